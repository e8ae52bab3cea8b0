"""What is published about the JSON files of reports, for anybody: the query they are the answer to, and a JSON Schema.

`GET /schemas/report.graphql` and `GET /schemas/report.json`. docs/ holds the same as files.
"""

from dataclasses import dataclass
from functools import cache

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphql_api.http.compression import compressed
from graphql_api.published.json_schema import ADDRESS, report_schema
from graphql_api.published.query import report_document


@dataclass(frozen=True, slots=True)
class Published:
    """Both as text."""

    query: str
    json_schema: str


@cache
def published() -> Published:
    """Both, written from the one schema of the process."""
    from graphql_api.schema import build_schema

    schema = build_schema()._schema
    query = report_document(schema)
    described = orjson.dumps(report_schema(schema, query), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Published(query, described.decode())


async def _query(request: Request) -> Response:
    return await compressed(request, Response(published().query, media_type="application/graphql; charset=utf-8"))


async def _json_schema(request: Request) -> Response:
    return await compressed(request, Response(published().json_schema, media_type="application/schema+json"))


def published_routes() -> list[Route]:
    """Both addresses."""
    return [Route("/schemas/report.graphql", _query), Route(ADDRESS, _json_schema)]
