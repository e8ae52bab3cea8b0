"""Downloads: links that are signed for one user, one export and ten minutes, and the address behind them.

A link says who may use it; whether they still may is looked up again when it is used.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from graphql_api.context import Services, utc_now
from graphql_api.errors import ErrorCode as Code
from graphql_api.errors import ForbiddenError, UserFacingError
from models import Export, WorkState
from models.files import FileStore
from models.settings import Settings, signing_secret
from resolvers.exports import export_by_id, may_fetch
from resolvers.viewers import viewer_by_id

STALE: Final = "This link is not valid, or no longer; ask for the export again to get a new one."
GONE: Final = "There is no such file: it has expired, or you may no longer read all that is in it."


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
    return f"{settings.url.rstrip('/')}/exports/{export.id}/{quote(export.file_name)}?{query}"


def downloads_route(services: Services) -> Route:
    """GET /exports/{id}/{name}: the file behind a signed link."""

    async def answer(request: Request) -> Response:
        export_id, user_id = _asked(services.settings, request)
        export = await _fetchable(services, export_id, user_id)
        if export is None or export.file_key is None or not await _is_kept(services.files, export.file_key):
            raise GoneError(GONE, status=404)
        return StreamingResponse(
            services.files.stream(export.file_key),
            media_type=export.media_type or "application/octet-stream",
            headers={
                "Content-Length": str(export.byte_size),
                "Content-Disposition": _disposition(export.file_name or "report"),
                "Cache-Control": "private, no-store",
                "ETag": f'"{export.sha256}"',
            },
        )

    return Route("/exports/{id}/{name}", answer)


async def _fetchable(services: Services, export_id: int, user_id: int) -> Export | None:
    async with services.database.read() as session:
        viewer = await viewer_by_id(session, user_id)
        export = await export_by_id(session, viewer, export_id) if viewer else None
        if viewer is None or export is None or export.expires_at <= utc_now():
            return None
        return export if await may_fetch(session, viewer, export) else None


async def _is_kept(files: FileStore, key: str) -> bool:
    try:
        await files.size(key)
    except FileNotFoundError:
        return False
    return True


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


def _disposition(name: str) -> str:
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
