"""What happens around every request: its id, one line in the access log, and a masked answer when all else fails.

Pure ASGI: nothing is buffered, so streams and sockets pass through untouched.
"""

import re
from time import perf_counter
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_api.http.refusals import error_response

log = structlog.get_logger("rollcall.access")

GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
CLIENT_LEFT: Final = 499
QUIET_PATHS: Final = ("/healthz", "/readyz", "/metrics", "/graphiql/assets/", "/icon.svg", "/favicon.ico")
SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    # GraphiQL's editor runs workers from our own files and sets styles on elements
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
}


def request_id_of(connection: HTTPConnection) -> str:
    """The id this request has in the log and in its X-Request-ID header."""
    request_id = connection.scope["state"]["request_id"]
    assert isinstance(request_id, str)
    return request_id


class RequestLog:
    """Middleware: request id, security headers, access log, and a masked 500 for an exception nobody handled."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = perf_counter()
        status: int | None = None

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            elif message["type"] == "websocket.close":
                status = message.get("code", 1000)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            status = status or CLIENT_LEFT
        except Exception as error:
            answer = error_response(error, request_id)
            if status is not None or scope["type"] == "websocket":
                raise  # too late for an answer; the server closes the connection
            await answer(scope, receive, send_with_headers)
        finally:
            write = log.debug if str(scope["path"]).startswith(QUIET_PATHS) else log.info
            write(
                "request",
                method=scope.get("method", "WEBSOCKET"),
                path=scope["path"],
                status=status,
                ms=round((perf_counter() - started) * 1000, 1),
            )


def _request_id(scope: Scope) -> str:
    given = HTTPConnection(scope).headers.get("x-request-id", "")
    return given if GIVEN_ID.fullmatch(given) else uuid4().hex
