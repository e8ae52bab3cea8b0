"""Long answers of text in gzip.

Asked for by each address whose answers may be long, so that nothing else passes through here: not events, which a
compressor would hold back; not downloads, whose parts and lengths are those of the file as it is kept, and which mostly
are compressed already; not `/auth/token`; and short answers cost nothing.

The lengths of compressed answers can betray a secret to whoever may have it sent again and again beside text of their
choice. Nobody else can have our answers sent: a browser asks in nobody's name without a script of ours or of a listed
origin, which puts the token there (origins.py).
"""

import gzip
from typing import Final

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from graphql_api.http.accept import takes

# below the size of a packet, nothing comes sooner for being smaller
SMALLEST: Final = 1_400
# a tenth of the introspection, in half the time of the best level
LEVEL: Final = 4
# what takes longer than a few milliseconds does not keep other requests waiting
IN_A_THREAD: Final = 131_072


async def compressed(request: Request, response: Response) -> Response:
    """The same response, its body in gzip where it is long and the client takes that."""
    size = len(response.body)
    if size < SMALLEST:
        return response
    response.headers.add_vary_header("Accept-Encoding")
    if takes(request.headers.get("accept-encoding"), "gzip"):
        response.body = (
            await to_thread.run_sync(_packed, response.body) if size >= IN_A_THREAD else _packed(response.body)
        )
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response


def _packed(body: bytes | memoryview) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)
