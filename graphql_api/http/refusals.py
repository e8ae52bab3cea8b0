"""Answers that are nothing but an error: the same JSON shape as GraphQL's, outside any operation."""

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graphql_api.core.errors import ErrorCode, PersistedQueryError, UserFacingError
from graphql_api.http.accept import GRAPHQL_JSON, JSON, preferred
from graphql_api.operations.masking import error_entry

SENTENCES = {
    404: "There is nothing at this address. The API is /graphql, its page is /graphiql.",
    405: "This address answers {allowed} only.",
}


def error_response(failure: Exception, request_id: str, media: str = JSON, **beside: str) -> Response:
    """The answer for an error, expected or not; unexpected ones are logged and masked. `beside`: further members."""
    known, entry = error_entry(failure, request_id)
    headers = {}
    if known is not None and known.code == ErrorCode.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = 'Bearer realm="rollcall"'
    if known is not None and known.retry_after is not None:
        headers["Retry-After"] = str(known.retry_after)
    status = known.status if known is not None else 500
    if status == 405:
        headers["Allow"] = "POST"
    return _json({**beside, "errors": [entry]}, status, headers, media)


async def refuse(request: Request, error: Exception) -> Response:
    """Starlette's handler for UserFacingError and for errors nobody expected."""
    media = JSON
    if request.url.path == "/graphql" and isinstance(error, UserFacingError) and error.status != 406:
        media = GRAPHQL_JSON if preferred(request.headers.get("accept")) == GRAPHQL_JSON else JSON
        if isinstance(error, PersistedQueryError) and media == JSON:
            error.status = 200  # clients of the older type look for the message in no other answer
    return error_response(error, request.scope["state"]["request_id"], media)


async def refuse_http(_request: Request, error: Exception) -> Response:
    """Starlette's handler for its own HTTPException: no such page, no such method."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if "Allow" in headers:  # always in the same order
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
    message = SENTENCES.get(error.status_code, str(error.detail)).format(allowed=headers.get("Allow", ""))
    entry = {"message": message, "extensions": {"code": ErrorCode.BAD_USER_INPUT}}
    return _json({"errors": [entry]}, error.status_code, headers, JSON)


def _json(value: object, status: int, headers: dict[str, str], media: str) -> Response:
    headers["Cache-Control"] = "no-store"
    return Response(orjson.dumps(value), status, headers, f"{media}; charset=utf-8")
