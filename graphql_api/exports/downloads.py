"""Downloads: links that are signed for one user, one export and ten minutes, and the address behind them.

A link says who may use it; whether they still may is looked up again each time it is used, for every part of a file.
The bytes go through here also when they are kept elsewhere: an address of the storage's own would know no rights.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from graphql_api.core.context import Services, utc_now
from graphql_api.core.errors import BadUserInputError, ForbiddenError, UnavailableError, UserFacingError
from graphql_api.core.errors import ErrorCode as Code
from graphql_api.http.attachments import NAMELESS, attachment, saved_name
from graphql_api.http.byte_ranges import asked_range, has_it
from graphql_api.http.refusals import error_response
from graphql_api.http.requests import request_id_of
from models import Export, WorkState
from models.files import FileStore, StoreError
from models.settings import Settings, signing_secret
from resolvers.access.viewers import viewer_by_id
from resolvers.exports.exports import export_by_id, may_fetch

STALE: Final = "This link is not valid, or no longer; ask for the export again to get a new one."
GONE: Final = "There is no such file: it has expired, or you may no longer read all that is in it."
DAMAGED: Final = "The file is not as it was written, so it is not given out; ask for the export again."
AWAY: Final = "Files cannot be read at the moment. Try again in a minute."
AWAY_SECONDS: Final = 60
OUTSIDE: Final = "The file has {size} bytes; there are none where you ask for some."

log = structlog.get_logger("rollcall.downloads")


class GoneError(UserFacingError):
    """There is nothing (any more) behind a good link."""

    code = Code.BAD_USER_INPUT


@lru_cache(maxsize=8)
def _key(settings: Settings) -> bytes:
    return hmac.digest(signing_secret(settings).encode(), b"rollcall download link", "sha256")


def _signature(settings: Settings, export_id: int, user_id: int, until: int) -> str:
    text = f"{export_id}.{user_id}.{until}".encode()
    return hmac.new(_key(settings), text, hashlib.sha256).hexdigest()


def download_url(settings: Settings, export: Export, user_id: int, now: datetime) -> str | None:
    """The link to a finished export for that user; None while there is no file, or when it has expired."""
    if export.state != WorkState.SUCCEEDED or export.file_name is None or now >= export.expires_at:
        return None
    end = min(now + timedelta(minutes=settings.link_minutes), export.expires_at)
    until = int(end.timestamp())
    query = urlencode({"user": user_id, "until": until, "signature": _signature(settings, export.id, user_id, until)})
    return f"{settings.url.rstrip('/')}/exports/{export.id}/{quote(saved_name(export.file_name), safe='')}?{query}"


def downloads_route(services: Services) -> Route:
    """GET and HEAD /exports/{id}/{name}: the file behind a signed link, or a part of it."""

    async def answer(request: Request) -> Response:
        export_id, user_id = _asked(services.settings, request)
        export = await _fetchable(services, export_id, user_id)
        if export is None or export.file_key is None:
            raise GoneError(GONE, status=404)
        await _check(services.files, export, export.file_key)
        return _answer(request, services.files, export, export.file_key)

    return Route("/exports/{id}/{name}", answer)


async def _fetchable(services: Services, export_id: int, user_id: int) -> Export | None:
    async with services.database.read() as session:
        viewer = await viewer_by_id(session, user_id)
        export = await export_by_id(session, viewer, export_id) if viewer else None
        if viewer is None or export is None or export.state != WorkState.SUCCEEDED or export.expires_at <= utc_now():
            return None
        return export if await may_fetch(session, viewer, export) else None


async def _check(files: FileStore, export: Export, key: str) -> None:
    """Refuses a file that is not there as the row says, before a byte of it is sent."""
    try:
        size = await files.size(key)
    except FileNotFoundError:
        raise GoneError(GONE, status=404) from None
    except StoreError as error:
        log.error("store_away", store=str(files), reason=error.reason)
        raise UnavailableError(AWAY, retry_after=AWAY_SECONDS) from error
    if size != export.byte_size:
        log.error("file_damaged", export=export.id, key=key, bytes=size, expected=export.byte_size)
        raise GoneError(DAMAGED, status=404)


def _answer(request: Request, files: FileStore, export: Export, key: str) -> Response:
    size, etag = export.byte_size or 0, f'"{export.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-store", "Accept-Ranges": "bytes"}
    if has_it(request.headers, etag):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = attachment(export.file_name or NAMELESS)
    media_type = export.media_type or "application/octet-stream"
    if request.method == "HEAD":  # of which ranges mean nothing
        return Response(headers=headers | {"Content-Length": str(size)}, media_type=media_type)
    part = asked_range(request.headers, etag, size)
    if part is None:
        headers["Content-Length"] = str(size)
        return StreamingResponse(files.stream(key), headers=headers, media_type=media_type)
    if not part.length:
        refusal = error_response(BadUserInputError(OUTSIDE.format(size=size), status=416), request_id_of(request))
        refusal.headers["Content-Range"] = f"bytes */{size}"
        return refusal
    headers["Content-Length"] = str(part.length)
    headers["Content-Range"] = f"bytes {part.first}-{part.first + part.length - 1}/{size}"
    pieces = files.stream(key, part.first, part.length)
    return StreamingResponse(pieces, 206, headers, media_type)


def _asked(settings: Settings, request: Request) -> tuple[int, int]:
    query = request.query_params
    try:
        export_id, user_id, until = int(request.path_params["id"]), int(query["user"]), int(query["until"])
    except (KeyError, ValueError):
        raise ForbiddenError(STALE) from None
    signature = _signature(settings, export_id, user_id, until)
    if not hmac.compare_digest(signature.encode(), query.get("signature", "").encode()):
        raise ForbiddenError(STALE)
    if utc_now().timestamp() >= until:
        raise ForbiddenError(STALE)
    return export_id, user_id
