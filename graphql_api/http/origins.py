"""Pages of other origins: which may use Rollcall from a browser, and what their scripts may send and read.

Browsers send nothing along of their own accord: whoever asks bears a token that a script put there. So no answer has
`Access-Control-Allow-Credentials`, and no origin is ever a wildcard.
"""

from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from graphql_api.core.errors import BadUserInputError, ForbiddenError
from graphql_api.http.refusals import error_response
from models.settings import Settings

log = structlog.get_logger("rollcall.origins")

METHODS: Final = ("GET", "HEAD", "POST")
SENT: Final = (
    "Authorization",
    "X-Request-ID",
    # parts of a download, and whether it has changed
    "Range",
    "If-Range",
    "If-None-Match",
    # what clients send along with a GET to say that a script wrote it
    "Apollo-Require-Preflight",
    "GraphQL-Preflight",
    "GraphQL-Require-Preflight",
    "X-Apollo-Operation-Name",
    "X-Requested-With",
)
READ: Final = (
    "Content-Disposition",
    "Content-Range",
    "Accept-Ranges",
    "ETag",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
)
# the longest that browsers keep the answer to a preflight: two hours
KEPT_SECONDS: Final = 7_200

REFUSED_ORIGIN: Final = (
    "Pages of {origin} may not use this server; whoever runs it names the origins that may in ROLLCALL_ORIGINS."
)
REFUSED_REQUEST: Final = (
    "Pages of other origins may send {methods}, with the headers {headers} and those that need no leave."
)


class Origins(CORSMiddleware):
    """Middleware: answers preflights, and says on every answer whether the page that asked may read it."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """204 for what may be sent, else a sentence: 403 for the origin, 400 for a method or header."""
        answer = super().preflight_response(request_headers)
        headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        if answer.status_code == 200:
            return Response(status_code=204, headers=headers)
        origin = request_headers["origin"]
        log.info("preflight refused", origin=origin)
        if self.is_allowed_origin(origin):
            sentence = REFUSED_REQUEST.format(methods=", ".join(METHODS), headers=", ".join(SENT))
            refusal = error_response(BadUserInputError(sentence), "none")
        else:
            refusal = error_response(ForbiddenError(REFUSED_ORIGIN.format(origin=origin)), "none")
        refusal.headers.update(headers)
        return refusal


def other_origins(settings: Settings) -> Middleware:
    """The middleware for the origins of ROLLCALL_ORIGINS and our own."""
    return Middleware(
        Origins,
        allow_origins=settings.origins,
        allow_methods=METHODS,
        allow_headers=SENT,
        expose_headers=READ,
        allow_private_network=True,  # a listed page may also reach a server that only the institution's network has
        max_age=KEPT_SECONDS,
    )
