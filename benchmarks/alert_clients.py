"""Subscribers in a process of their own: `python -m benchmarks.alert_clients PORT`, orders as lines of JSON.

`{"subscribe": [tokens], "query"}`: that many sockets, each with one subscription. `{"hear": n}`: answers with the
moment each socket heard its n-th alert. `{"churn": cycles, "at_once", "token", "query", "after"}`: connects and drops,
in three ways: before signing in, right after subscribing, after the first alert; answers with the seconds of each.
Every order is answered with a line of JSON. As thin as can be, so that what is measured is the server.
"""

import asyncio
import sys
from time import perf_counter
from typing import Any, Final

import orjson

HANDSHAKE: Final = (
    b"GET /graphql HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
END_OF_HEAD: Final = b"\r\n\r\n"
ABORTS: Final = 3
PING: Final = 9
PATIENCE: Final = 180


class Socket(asyncio.Protocol):
    """One WebSocket: what it heard, and when."""

    def __init__(self) -> None:
        self.heard: list[float] = []
        self.messages: asyncio.Queue[bytes] = asyncio.Queue()
        self._buffer = b""
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        """Notes each alert; hands on every other message."""
        now = perf_counter()
        self._buffer += data
        if not self._upgraded:
            head, end, self._buffer = self._buffer.partition(END_OF_HEAD)
            if not end:
                self._buffer = head
                return
            self._upgraded = True
            self.messages.put_nowait(b"upgraded")
        while (message := self._frame()) is not None:
            if b'"next"' in message:
                if b'"errors"' in message:
                    raise ValueError(message)
                self.heard.append(now)
            self.messages.put_nowait(message)

    def connection_lost(self, _: Exception | None) -> None:
        """Nothing more will come."""
        self.messages.put_nowait(b"")

    def _frame(self) -> bytes | None:
        if len(self._buffer) < 2:
            return None
        length, begin = self._buffer[1], 2
        if length == 126:
            length, begin = int.from_bytes(self._buffer[2:4]), 4
        if len(self._buffer) < begin + length:
            return None
        opcode, frame = self._buffer[0] & 0x0F, self._buffer[begin : begin + length]
        self._buffer = self._buffer[begin + length :]
        if opcode == PING:  # who does not answer is dropped
            self.transport.write(bytes([0x8A, 0x80 | length]) + b"\0\0\0\0" + frame)
            return self._frame()
        return frame

    def say(self, **message: Any) -> None:
        """Sends one frame."""
        body = orjson.dumps(message)
        size = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + len(body).to_bytes(2)
        self.transport.write(b"\x81" + size + b"\0\0\0\0" + body)  # masked with zeros

    async def expect(self, wanted: bytes) -> None:
        """Waits for a message with that in it."""
        async with asyncio.timeout(PATIENCE):
            message = await self.messages.get()
        if wanted not in message:
            raise ValueError(f"{wanted!r} expected, {message!r} heard")


async def opened(port: int) -> Socket:
    """A socket that is connected."""
    _, socket = await asyncio.get_running_loop().create_connection(Socket, "127.0.0.1", port)
    await socket.expect(b"upgraded")
    return socket


async def signed_in(port: int, token: str) -> Socket:
    """A socket that is signed in."""
    socket = await opened(port)
    socket.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
    await socket.expect(b"connection_ack")
    return socket


async def subscribed(port: int, token: str, query: str, after: str | None = None) -> Socket:
    """A socket that has asked for alerts."""
    socket = await signed_in(port, token)
    socket.say(type="subscribe", id="1", payload={"query": query, "variables": {"after": after}})
    return socket


async def cycle(port: int, number: int, order: dict[str, Any]) -> None:
    """Connects, and goes without a word of farewell."""
    match number % ABORTS:
        case 0:
            socket = await opened(port)
        case 1:
            socket = await subscribed(port, order["token"], order["query"])
        case _:
            socket = await subscribed(port, order["token"], order["query"], order["after"])
            await socket.expect(b'"next"')
    if number % 2:
        socket.transport.close()
    else:
        socket.transport.abort()
    while await socket.messages.get():
        pass


async def churn(port: int, order: dict[str, Any]) -> list[float]:
    """So many cycles, some at once; the seconds of each."""
    numbers, seconds = iter(range(order["churn"])), []

    async def one_after_the_other() -> None:
        for number in numbers:
            begun = perf_counter()
            await cycle(port, number, order)
            seconds.append(perf_counter() - begun)

    await asyncio.gather(*(one_after_the_other() for _ in range(order["at_once"])))
    return seconds


async def subscribe(port: int, order: dict[str, Any]) -> list[Socket]:
    """A socket for each token, some at once."""
    few = asyncio.Semaphore(20)

    async def one(token: str) -> Socket:
        async with few:
            return await subscribed(port, token, order["query"])

    return list(await asyncio.gather(*(one(token) for token in order["subscribe"])))


async def hear(sockets: list[Socket], count: int) -> list[float]:
    """When each socket heard its alert of that number, once all have."""
    async with asyncio.timeout(PATIENCE):
        while any(len(socket.heard) < count for socket in sockets):  # noqa: ASYNC110  an event each would cost more
            await asyncio.sleep(0.02)
    return [socket.heard[count - 1] for socket in sockets]


async def main(port: int) -> None:
    """Does as it is told until its input ends."""
    sockets: list[Socket] = []
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        order = orjson.loads(line)
        answer: object = None
        if "subscribe" in order:
            for socket in sockets:
                socket.transport.abort()
            sockets = await subscribe(port, order)
        elif "hear" in order:
            answer = await hear(sockets, order["hear"])
        else:
            answer = await churn(port, order)
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
