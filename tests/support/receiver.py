"""A real HTTP server that plays the receiver of a webhook: it keeps what it is called with and answers as told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook as Verifier


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came."""

    path: str
    headers: dict[str, str]
    body: str

    def verified(self, secret: str) -> Any:
        """The body, verified as a receiver with that secret does it."""
        return Verifier(secret).verify(self.body, self.headers)


@dataclass(slots=True)
class Receiver:
    """`answers` are (status, headers), one for each call; from then on 204. `silent`: it takes calls, no more."""

    port: int = 0
    answers: list[tuple[int, Sequence[str]]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    connections: int = 0
    body: bytes = b""
    silent: bool = False
    # set as soon as a call has come in
    called: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.calls.append(Call(head[0].split(" ")[1], headers, body.decode()))
            self.called.set()
            if self.silent:
                await self.closing.wait()
                return
            status, more = self.answers.pop(0) if self.answers else (204, ())
            lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(self.body)}", "connection: close", *more]
            writer.write("\r\n".join([*lines, "", ""]).encode() + self.body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # who called has gone, as some tests want it
        finally:
            writer.close()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.close()
        await server.wait_closed()
