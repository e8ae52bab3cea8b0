"""Wakes listeners in any process: pub/sub, which forgets. What must not be missed is a row, read again when woken."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import orjson
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

Payload = dict[str, Any]

PREFIX: Final = "rollcall:"
# a channel nobody publishes to: Redis keeps the connection subscribed, and we keep it open
ALWAYS: Final = ""
BACKLOG: Final = 100
TIMEOUT_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 0.5

log = structlog.stdlib.get_logger(__name__)


class Listener:
    """What one subscriber has yet to read, never more than BACKLOG payloads.

    An empty payload means that some may have been missed (the reader was slow, or Redis was away): look at the rows.
    """

    def __init__(self) -> None:
        self._waiting: deque[Payload] = deque()
        self._news = asyncio.Event()
        self._closed = False

    def push(self, payload: Payload) -> None:
        if len(self._waiting) >= BACKLOG:
            self._waiting.clear()
            payload = {}
        self._waiting.append(payload)
        self._news.set()

    def close(self) -> None:
        self._closed = True
        self._news.set()

    def __aiter__(self) -> "Listener":
        return self

    async def __anext__(self) -> Payload:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()


class Bus:
    """Publishing and listening. One connection listens for the whole process; `redis_url` None: only within it."""

    def __init__(self, redis_url: str | None) -> None:
        self._redis: Redis | None = None
        if redis_url is not None:
            # a connection that only listens must notice when its peer is gone without a word; sockets of a machine do
            keepalive = {} if redis_url.startswith("unix:") else {"socket_keepalive": True}
            self._redis = Redis.from_url(redis_url, socket_connect_timeout=2, **keepalive)
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._active: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._pubsub: PubSub | None = None
        self._asked: set[str] = set()  # topics the present connection was told of
        self._reader: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._away = False
        self._closed = False

    @property
    def redis(self) -> Redis | None:
        """What an installation shares, for whoever has something else to share; None: there is this process only."""
        return self._redis

    async def publish(self, topic: str, payload: Payload) -> None:
        """Wakes the listeners of the topic, now. Never raises: whoever missed it finds the row."""
        if self._redis is None:
            self._fan_out(topic, payload)
            return
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._redis.publish(PREFIX + topic, orjson.dumps(payload))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("publish_failed", topic=topic, error=repr(error))

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[Listener]:
        """Listens from here on: what is published inside the block arrives. Iterate over the listener for payloads.

        With Redis away it starts all the same, and hears an empty payload once Redis is back.
        """
        listener = Listener()
        self._listeners[topic].add(listener)
        try:
            await self._listen_to(topic)
            if self._closed:
                listener.close()
            yield listener
        finally:
            self._listeners[topic].discard(listener)
            await self._forget(topic)

    async def ping(self) -> None:
        """Raises what Redis answers with when it does not answer; nothing to ask where there is none."""
        if self._redis is not None:
            await self._redis.ping()

    async def close(self) -> None:
        """Ends every subscription and closes the connections."""
        self._closed = True
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        for listener in [listener for listeners in self._listeners.values() for listener in listeners]:
            listener.close()
        if self._redis is not None:
            with suppress(RedisError, OSError):
                await self._redis.aclose()

    def _fan_out(self, topic: str, payload: Payload) -> None:
        for listener in self._listeners.get(topic, ()):
            listener.push(payload)

    async def _listen_to(self, topic: str) -> None:
        if self._redis is None or self._closed:
            return
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_for_ever(self._redis))
        active = self._active[topic]
        if active.is_set() or self._away:
            return
        with suppress(RedisError, OSError, TimeoutError):  # the reader sees the same and connects again
            async with asyncio.timeout(TIMEOUT_SECONDS):
                async with self._changing:
                    if self._pubsub is not None and topic not in self._asked:
                        await self._pubsub.subscribe(PREFIX + topic)
                        self._asked.add(topic)
                await active.wait()

    async def _forget(self, topic: str) -> None:
        async with self._changing:
            if self._listeners[topic]:
                return
            del self._listeners[topic]
            self._active.pop(topic, None)
            self._asked.discard(topic)
            if self._pubsub is not None:
                with suppress(RedisError, OSError, TimeoutError):
                    async with asyncio.timeout(TIMEOUT_SECONDS):
                        await self._pubsub.unsubscribe(PREFIX + topic)

    async def _read_for_ever(self, redis: Redis) -> None:
        again = False
        while True:
            try:
                await self._read_until_it_breaks(redis, again=again)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("bus_away", error=repr(error))
            except Exception:  # whatever it was, such as a payload that is no JSON: listeners must not go deaf
                log.exception("bus_failed")
            self._pubsub, self._away = None, True
            for event in self._active.values():
                event.clear()
            again = True
            await asyncio.sleep(RETRY_SECONDS)

    async def _read_until_it_breaks(self, redis: Redis, *, again: bool) -> None:
        async with redis.pubsub() as pubsub:
            async with self._changing:
                self._asked = {ALWAYS, *self._listeners}
                missed = set(self._asked) if again else set()
                await pubsub.subscribe(*(PREFIX + topic for topic in self._asked))
                self._pubsub, self._away = pubsub, False
            while True:
                message = await pubsub.get_message(timeout=None)
                if message is None:
                    continue
                topic = message["channel"].decode().removeprefix(PREFIX)
                if message["type"] == "message":
                    self._fan_out(topic, orjson.loads(message["data"]))
                elif message["type"] == "subscribe" and topic in self._listeners:
                    # confirmed a second time: the connection was made anew beneath us
                    if topic in missed or self._active[topic].is_set():
                        self._fan_out(topic, {})
                    missed.discard(topic)
                    self._active[topic].set()
