"""What a connection may send and how long it may take, before there is any request to answer.

uvicorn's own protocol bounds neither. Everything here is decided from a piece of data as it comes in: a request that
comes in one piece sets no timer. What is refused is answered in plain text and the connection closed.
"""

import asyncio
import re
from dataclasses import dataclass
from enum import Enum
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

log = structlog.get_logger("rollcall.connections")

RETRY_SECONDS: Final = 5
# a full server says so once in so many seconds
SAY_AGAIN_SECONDS: Final = 10
HOST: Final = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(:[0-9]*)?")
ABSOLUTE: Final = re.compile(rb"https?://([^/?#]*)([^#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one process takes from its clients; seconds are from the first moment to the last byte."""

    connections: int = 2_000
    header_bytes: int = 16_384
    headers: int = 100
    header_seconds: float = 20
    body_seconds: float = 20
    idle_seconds: int = 5


class Gate:
    """The bounds of one server, and how many connections it has turned away since it last said so."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.turned_away = 0
        self.silent_until = 0.0

    def protocol(self) -> Any:
        """What uvicorn makes a connection with."""
        return partial(Connection, gate=self)

    def turn_away(self, now: float) -> None:
        """Counts a connection that is one too many, and logs it unless that was done a moment ago."""
        self.turned_away += 1
        if now >= self.silent_until:
            log.warning("too many connections", most=self.bounds.connections, turned_away=self.turned_away)
            self.turned_away, self.silent_until = 0, now + SAY_AGAIN_SECONDS


class Part(Enum):
    """What a deadline is for."""

    HEAD = "head"
    BODY = "body"


class Refused(Exception):  # noqa: N818 (it ends a parser's callback and is never seen by anybody)
    """The request is not to be read any further."""


class Connection(HttpToolsProtocol):
    """uvicorn's connection within bounds."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        gate: Gate,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.gate = gate
        self.bounds = gate.bounds
        self.refusal = (HTTPStatus.BAD_REQUEST, "This is not HTTP.")
        # bytes since the last that were handed on: of headers, trailers, or what stands between chunks
        self.unread = 0
        self.has_head = self.has_all = self.upgraded = False
        self.awaited: Part | None = None
        self.deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for a request, or turns the connection away."""
        full = len(self.connections) >= self.bounds.connections
        super().connection_made(transport)
        if full:
            self.connections.discard(self)
            self.gate.turn_away(self.loop.time())
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections. Try again in a few seconds.")
        else:
            self._await_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        self._await(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, and refuses what is too long already."""
        self.unread += len(data)
        super().data_received(data)
        if self.upgraded or self.transport.is_closing():
            return
        if self.unread > self.bounds.header_bytes:
            self._refuse_length()
        else:
            self._await_more()

    def handle_websocket_upgrade(self) -> None:
        """Hands the connection over; the socket has deadlines of its own."""
        self.upgraded = True
        self._await(None)
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        """A request begins."""
        self.has_head = self.has_all = False
        self._await(None)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The headers are there: they are counted, and say which host is meant."""
        self.has_head = True
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self.bounds.header_bytes or len(self.headers) > self.bounds.headers:
            raise self._refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, self._too_long())
        self._check_target()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body, which the application takes or leaves."""
        self.unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self.unread = 0
        self.has_all = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Says why the parser stopped; uvicorn calls it."""
        self.refuse(*self.refusal)

    def refuse(self, status: HTTPStatus, sentence: str) -> None:
        """Answers with a sentence and closes."""
        lines = [STATUS_LINE[status]]
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(sentence)),
            (b"connection", b"close"),
        ]
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append((b"retry-after", b"%d" % RETRY_SECONDS))
        lines += [name + b": " + value + b"\r\n" for name, value in headers]
        self.transport.write(b"".join([*lines, b"\r\n", sentence.encode()]))
        self.transport.close()

    def _refused(self, status: HTTPStatus, sentence: str) -> Refused:
        self.refusal = (status, sentence)
        return Refused()

    def _too_long(self) -> str:
        return f"Headers may have {self.bounds.header_bytes} bytes and be {self.bounds.headers} at most."

    def _refuse_length(self) -> None:
        if self._is_answered():
            self.transport.close()
        else:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, self._too_long())

    def _is_answered(self) -> bool:
        """Whether something else is being said on the connection, or has been said to this very request."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and (cycle.response_started if self.has_head else not cycle.response_complete)

    def _check_target(self) -> None:
        """One host, as RFC 9112 §3.2 has it, and a target of a form that the method can have."""
        hosts = [value for name, value in self.headers if name == b"host"]
        target = ABSOLUTE.fullmatch(self.url)
        if len(hosts) > 1 or (not hosts and self.parser.get_http_version() != "1.0"):
            raise self._refused(HTTPStatus.BAD_REQUEST, "A request has one Host header.")
        if target is not None:  # its host counts, and not the header's
            hosts = [target[1]]
            self.headers[:] = [(b"host", target[1]), *(each for each in self.headers if each[0] != b"host")]
            self.url = target[2] if target[2].startswith(b"/") else b"/" + target[2]
        if any(HOST.fullmatch(host) is None for host in hosts):
            raise self._refused(HTTPStatus.BAD_REQUEST, "The host is not a name or an address.")
        if not self.url.startswith(b"/"):
            raise self._refused(HTTPStatus.BAD_REQUEST, "The target is not a path.")

    def _await_more(self) -> None:
        """Sets the deadline for what is to come next; none while a whole request is being answered."""
        if self.has_head and not self.has_all:
            self._await(Part.BODY)
        elif self.has_all and self._answering():
            self._await(None)
        else:
            self._await(Part.HEAD)

    def _answering(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        return cycle is not None and not cycle.response_complete

    def _await(self, part: Part | None) -> None:
        if part is self.awaited:
            return
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None
        self.awaited = part
        if part is not None:
            seconds = self.bounds.body_seconds if part is Part.BODY else self.bounds.header_seconds
            self.deadline = self.loop.call_later(seconds, self._too_late)

    def _too_late(self) -> None:
        if self.transport.is_closing():
            return
        nothing_came = self.awaited is Part.HEAD and not self.unread
        if nothing_came or self._is_answered():
            self.transport.close()
        else:
            self.refuse(HTTPStatus.REQUEST_TIMEOUT, "The request took too long to come.")
