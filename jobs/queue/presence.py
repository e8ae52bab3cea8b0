"""Which workers are there: each leaves word in Redis after every look at the queue, and is forgotten in its silence.

Time is that of Redis, which all of them share.
"""

import asyncio
from contextlib import suppress
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

KEY: Final = "rollcall:workers"
# several looks at the queue, and as long as a lease lasts about
SILENCE_SECONDS: Final = 15
TIMEOUT_SECONDS: Final = 1.0


async def say_present(redis: Redis | None, worker: str, *, now: int | None = None) -> None:
    """Leaves word that this worker has just looked for work. Never raises: it works on without Redis."""
    if redis is None:
        return
    with suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(TIMEOUT_SECONDS):
            now = await _time(redis) if now is None else now
            async with redis.pipeline() as together:
                together.zremrangebyscore(KEY, "-inf", now - SILENCE_SECONDS)
                together.zadd(KEY, {worker: now})
                together.expire(KEY, SILENCE_SECONDS)
                await together.execute()


async def say_gone(redis: Redis | None, worker: str) -> None:
    """Takes the word back: a worker that was asked to stop is gone at once. Never raises."""
    if redis is not None:
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await redis.zrem(KEY, worker)


async def workers_present(redis: Redis | None, *, now: int | None = None) -> int | None:
    """How many workers have looked for work within SILENCE_SECONDS; None: Redis does not say. Never raises."""
    if redis is not None:
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                now = await _time(redis) if now is None else now
                return int(await redis.zcount(KEY, f"({now - SILENCE_SECONDS}", "+inf"))
    return None


async def _time(redis: Redis) -> int:
    seconds, _ = await redis.time()
    return int(seconds)
