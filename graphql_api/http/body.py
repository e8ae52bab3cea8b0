"""Reads operations strictly, in the one shape GraphQL over HTTP has: from a capped body of JSON, or from an address."""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.requests import Request

from graphql_api.core.errors import BadUserInputError, PersistedQueryError

MOST_BODY_BYTES: Final = 65_536
TEXTS: Final = ("query", "operationName")
OBJECTS: Final = ("variables", "extensions")


@dataclass(frozen=True, slots=True)
class Operation:
    """One GraphQL operation as a client sent it."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


def media_type(header: str) -> str:
    """The type without parameters, in lower case."""
    return header.partition(";")[0].strip().lower()


async def read_body(request: Request, most: int) -> bytes:
    """The body; BadUserInputError with status 413 for more than `most` bytes, which are not read."""
    too_large = BadUserInputError(f"The body may have at most {most:,} bytes.", status=413)
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > most):
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise too_large
    return bytes(body)


async def read_operation(request: Request) -> Operation:
    """The operation of a request: of a GET in its address, else in its JSON body. BadUserInputError: anything else."""
    if request.method in {"GET", "HEAD"}:
        return _operation_in_address(request)
    content_type = request.headers.get("content-type", "")
    if media_type(content_type) != "application/json":
        raise BadUserInputError("Send the operation as JSON: Content-Type application/json.", status=415)
    charset = content_type.lower().partition("charset=")[2].strip("\"' ;")
    if charset not in {"", "utf-8", "utf8"}:
        raise BadUserInputError("Send the JSON in UTF-8.", status=415)
    try:
        value = orjson.loads(await read_body(request, MOST_BODY_BYTES))
    except orjson.JSONDecodeError as error:
        raise BadUserInputError(f"The body is not JSON: {error}.") from None
    return operation_of(value)


def _operation_in_address(request: Request) -> Operation:
    value: dict[str, object] = {}
    for name, text in request.query_params.multi_items():
        if name in value:
            raise BadUserInputError(f'Give "{name}" once.')
        if name in TEXTS:
            value[name] = text
        elif name in OBJECTS and text:
            try:
                value[name] = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                raise BadUserInputError(f'"{name}" is not JSON: {error}.') from None
    return operation_of(value)


def operation_of(value: object) -> Operation:
    """The operation in an object {query, variables, operationName, extensions}. Raises BadUserInputError.

    PersistedQueryError: it holds the hash of a query in its place, and the client would send the query next.
    """
    if isinstance(value, list):
        raise BadUserInputError("Send one operation per request; lists of operations are not answered.")
    if not isinstance(value, dict):
        raise BadUserInputError('The body must be a JSON object such as {"query": "{ viewer { name } }"}.')
    query = value.get("query")
    if query is None and isinstance(value.get("extensions"), dict) and "persistedQuery" in value["extensions"]:
        raise PersistedQueryError
    if not isinstance(query, str) or not query.strip():
        raise BadUserInputError('"query" must be text with a GraphQL operation in it.')
    operation_name = value.get("operationName")
    if not isinstance(operation_name, str | None):
        raise BadUserInputError('"operationName" must be text, or left out.')
    for name in OBJECTS:
        if not isinstance(value.get(name), dict | None):
            raise BadUserInputError(f'"{name}" must be an object, or left out.')
    # an empty name names no operation: clients send it where there is none
    return Operation(query, value.get("variables"), operation_name or None, value.get("extensions"))
