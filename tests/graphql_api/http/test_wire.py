"""What a connection may send and how long it may take, over sockets; no wait is longer than the deadline under test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from graphql_api.http.server import serve
from graphql_api.http.wire import Bounds

LONG: float = 600
PATIENT = Bounds(header_seconds=LONG, body_seconds=LONG, idle_seconds=int(LONG))
GET = b"GET /said HTTP/1.1\r\nHost: rollcall.test\r\n"
POST = b"POST /said HTTP/1.1\r\nHost: rollcall.test\r\n"
HANDSHAKE = (
    b"GET /socket HTTP/1.1\r\nHost: rollcall.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
Talk = Callable[[bytes], Awaitable[tuple[int, str]]]


class Client:
    """A connection of ours."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, str]:
        """The status and the text of the next answer."""
        status, _, text = await self.full_answer()
        return status, text

    async def full_answer(self) -> tuple[int, dict[str, str], str]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        length = int(headers.get("content-length", 0))
        return int(head[0].split()[1]), headers, (await self.reader.readexactly(length)).decode()

    async def is_over(self) -> bool:
        """Waits for more, and says whether the server has closed instead."""
        return await self.reader.read(1) == b""


class Server:
    """A server within bounds, and what its application has heard."""

    def __init__(self, address: tuple[str, int], heard: list[str]) -> None:
        self.address = address
        self.heard = heard
        self.stack = AsyncExitStack()

    async def connect(self) -> Client:
        reader, writer = await asyncio.open_connection(*self.address)
        self.stack.callback(writer.close)
        return Client(reader, writer)

    async def ask(self, data: bytes) -> tuple[int, str]:
        """The answer to one request on a connection of its own."""
        client = await self.connect()
        await client.send(data)
        return await client.answer()


@asynccontextmanager
async def serving(bounds: Bounds) -> AsyncIterator[Server]:
    heard: list[str] = []

    async def said(request: Request) -> PlainTextResponse:
        body = (await request.body()).decode()
        heard.append(f"{request.method} {request.url.hostname} {request.url.path}?{request.url.query} {body}")
        return PlainTextResponse(heard[-1])

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive()

    routes = [Route("/{path:path}", said, methods=["GET", "POST"]), WebSocketRoute("/socket", socket)]
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    running = asyncio.create_task(
        serve(
            Starlette(routes=routes),
            "127.0.0.1",
            0,
            lambda *address: ready.set_result(address),
            stop=stop,
            bounds=bounds,
        )
    )
    server = Server(await ready, heard)
    try:
        async with asyncio.timeout(60), server.stack:
            yield server
    finally:
        stop.set()
        await running


def filled(bytes_: int, request: bytes = GET) -> bytes:
    """A request whose target and headers have that many bytes."""
    counted = len(b"/said" + b"host" + b"rollcall.test" + b"x")
    return request + b"x: " + b"y" * (bytes_ - counted) + b"\r\n\r\n"


TOO_LONG = (431, "Headers may have 16384 bytes and be 100 at most.")


async def test_headers_have_a_size_and_a_number() -> None:
    async with serving(PATIENT) as server:
        assert await server.ask(filled(16_384)) == (200, "GET rollcall.test /said? ")
        assert await server.ask(filled(16_385)) == TOO_LONG
        assert await server.ask(GET + b"x: y\r\n" * 99 + b"\r\n") == (200, "GET rollcall.test /said? ")
        assert await server.ask(GET + b"x: y\r\n" * 100 + b"\r\n") == TOO_LONG
        assert await server.ask(HANDSHAKE + b"x: " + b"y" * 16_384 + b"\r\n\r\n") == TOO_LONG
        assert len(server.heard) == 2


@pytest.mark.parametrize(
    "endless",
    [
        GET + b"x: y",
        GET + b"x",
        b"GET /",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nTrailer: y",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2;extension",
    ],
)
async def test_what_never_ends_is_ended(endless: bytes) -> None:
    async with serving(PATIENT) as server:
        client = await server.connect()
        sent = 0
        with suppress(ConnectionError):
            await client.send(endless)
            while sent < 1_000_000 and not client.reader.at_eof():
                await client.send(b"1" * 4_000)
                sent += 4_000
                await asyncio.sleep(0)
        assert sent < 1_000_000
        assert server.heard == []


async def test_each_request_of_a_connection_is_counted_anew() -> None:
    async with serving(PATIENT) as server:
        client = await server.connect()
        for _ in range(3):
            await client.send(filled(16_000))
            assert (await client.answer())[0] == 200
        await client.send(POST + b"Content-Length: 60000\r\n\r\n" + b"b" * 60_000)
        assert (await client.answer())[0] == 200
        await client.send(filled(16_385))
        assert await client.answer() == TOO_LONG
        assert await client.is_over()


@pytest.mark.parametrize("part", [GET, b"G", b"\r\n", HANDSHAKE])
async def test_headers_have_a_deadline(part: bytes) -> None:
    async with serving(Bounds(header_seconds=0.05, body_seconds=LONG, idle_seconds=int(LONG))) as server:
        client = await server.connect()
        await client.send(part)
        assert await client.answer() == (408, "The request took too long to come.")
        assert await client.is_over()
        silent = await server.connect()
        assert await silent.is_over()
        assert server.heard == []


async def test_the_headers_of_a_later_request_have_a_deadline_too() -> None:
    async with serving(Bounds(header_seconds=0.5, body_seconds=LONG, idle_seconds=int(LONG))) as server:
        client = await server.connect()
        await client.send(GET + b"\r\n")
        assert (await client.answer())[0] == 200
        await client.send(GET)
        assert await client.answer() == (408, "The request took too long to come.")
        stray = await server.connect()
        await stray.send(GET + b"\r\n")
        assert (await stray.answer())[0] == 200
        await stray.send(b"\r\n")
        assert await stray.is_over()


@pytest.mark.parametrize(
    "part",
    [b"Content-Length: 10\r\n\r\nabc", b"Content-Length: 10\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc"],
)
async def test_a_body_has_a_deadline(part: bytes) -> None:
    async with serving(Bounds(header_seconds=LONG, body_seconds=0.05)) as server:
        client = await server.connect()
        await client.send(POST + part)
        assert await client.answer() == (408, "The request took too long to come.")
        assert await client.is_over()
        assert server.heard == []


async def test_an_idle_connection_is_closed() -> None:
    async with serving(Bounds(header_seconds=LONG, body_seconds=LONG, idle_seconds=0)) as server:
        client = await server.connect()
        await client.send(GET + b"\r\n")
        assert (await client.answer())[0] == 200
        assert await client.is_over()


async def test_a_socket_outlives_the_deadlines_of_its_handshake() -> None:
    async with serving(Bounds(header_seconds=0.05, body_seconds=0.05)) as server:
        client = await server.connect()
        await client.send(HANDSHAKE + b"\r\n")
        assert (await client.answer())[0] == 101
        silent = await server.connect()
        assert await silent.is_over()  # the deadline has passed
        await client.send(b"\x89\x80\0\0\0\0")
        assert await client.reader.readexactly(2) == b"\x8a\x00"  # a ping is answered


async def test_one_connection_too_many_is_told_to_come_later() -> None:
    with structlog.testing.capture_logs() as logs:
        async with serving(Bounds(connections=2, header_seconds=LONG)) as server:
            first, second = await server.connect(), await server.connect()
            for client in (first, second):
                await client.send(GET + b"\r\n")
                assert (await client.answer())[0] == 200
            for _ in range(2):
                third = await server.connect()
                status, headers, text = await third.full_answer()
                assert (status, headers["retry-after"], headers["connection"]) == (503, "5", "close")
                assert text == "Too many connections. Try again in a few seconds."
                assert await third.is_over()
            await first.send(HANDSHAKE + b"\r\n")  # a socket counts like any other
            assert (await first.answer())[0] == 101
            assert (await (await server.connect()).full_answer())[0] == 503
            await second.send(GET + b"Connection: close\r\n\r\n")
            assert (await second.answer())[0] == 200
            assert await second.is_over()
            assert (await server.ask(GET + b"\r\n"))[0] == 200
    said = [{"event": "too many connections", "log_level": "warning", "most": 2, "turned_away": 1}]
    assert [line for line in logs if line["event"] == "too many connections"] == said


ONE_HOST = (400, "A request has one Host header.")
NO_HOST = (400, "The host is not a name or an address.")
NO_PATH = (400, "The target is not a path.")
NO_HTTP = (400, "This is not HTTP.")


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (b"GET /a HTTP/1.1\r\n", ONE_HOST),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n", ONE_HOST),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nHOST: a\r\n", ONE_HOST),
        (b"GET /a HTTP/1.0\r\nHost: a\r\nHost: a\r\n", ONE_HOST),
        (b"GET http://a/ HTTP/1.1\r\n", ONE_HOST),
        *(
            (b"GET /a HTTP/1.1\r\nHost:" + host + b"\r\n", NO_HOST)
            for host in (
                b"",
                b" a b",
                b" a,b/",
                b" a/b",
                b" u@a",
                b" a:b",
                b" [::1",
                b" a?b",
                b" \xff",
                b" a:1:2",
                b" a#b",
            )
        ),
        (b"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n", NO_HOST),
        (b"GET http:///b HTTP/1.1\r\nHost: a\r\n", NO_HOST),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n", NO_PATH),
        (b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n", NO_PATH),
        (b"GET ftp://a/b HTTP/1.1\r\nHost: a\r\n", NO_PATH),
        (b"GET a HTTP/1.1\r\nHost: a\r\n", NO_HTTP),
        (b"GET /a HTTP/1.1\r\nHost : a\r\n", NO_HTTP),
        (b"GET /a HTTP/1.1\r\nHost: a\r\n b\r\n", NO_HTTP),
        (b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n", NO_HTTP),
        (b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n", NO_HTTP),
        (b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n", NO_HTTP),
        (b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n", NO_HTTP),
        (b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n", NO_HTTP),
    ],
)
async def test_what_is_no_request_is_refused(head: bytes, answer: tuple[int, str]) -> None:
    async with serving(PATIENT) as server:
        assert await server.ask(head + b"\r\n") == answer
        assert server.heard == []


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"GET /a?b=c HTTP/1.1\r\nHost: a.b-c.example:80\r\n", "GET a.b-c.example /a?b=c "),
        (b"GET /a HTTP/1.1\r\nHost: [2001:db8::1]:8000\r\n", "GET 2001:db8::1 /a? "),
        (b"GET /a HTTP/1.0\r\n", "GET 127.0.0.1 /a? "),
        (b"GET http://real.example:81/a?b HTTP/1.1\r\nHost: other.example\r\n", "GET real.example /a?b "),
        (b"GET HTTP://real.example?b HTTP/1.1\r\nHost: other.example\r\n", "GET real.example /?b "),
        (b"GET https://real.example HTTP/1.1\r\nHost: real.example\r\n", "GET real.example /? "),
    ],
)
async def test_a_target_has_the_forms_of_the_rfc(head: bytes, text: str) -> None:
    async with serving(PATIENT) as server:
        assert await server.ask(head + b"\r\n") == (200, text)
