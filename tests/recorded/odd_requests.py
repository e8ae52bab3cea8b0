"""Requests that are no plain operation: pages, probes, sign-in, and what a careless or hostile client sends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.recorded.api import Api
from tests.recorded.keeping import Keeper, answered

JSON: Final = {"Content-Type": "application/json"}
GRAPHQL: Final = {"Accept": "application/graphql-response+json"}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
PAGES: Final = {
    "landing": "/",
    "graphiql": "/graphiql",
    "graphiql-slash": "/graphiql/",
    "open": "/open/U2Nob29sUmVwb3J0OjE",
    "missing-asset": "/graphiql/assets/missing.js",
    "outside-asset": "/graphiql/assets/..%2f..%2findex.html",
    "healthz": "/healthz",
    "readyz": "/readyz",
    "report-schema": "/schemas/report.json",
    "report-query": "/schemas/report.graphql",
    "missing": "/missing",
    "graphql-by-get": "/graphql?query=%7Bviewer%7Bid%7D%7D",
    "token-by-get": "/auth/token",
    "unsigned-download": "/exports/1/file.pdf",
    "forged-download": "/exports/1/file.pdf?user=1&until=9999999999&signature=" + 64 * "0",
    "odd-download": "/exports/one/file.pdf?user=1&until=soon&signature=",
}


@dataclass(frozen=True, slots=True)
class Odd:
    """A request."""

    method: str
    path: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def ask_oddly(api: Api, keeper: Keeper, values: Mapping[str, Any]) -> None:
    """Sends every odd request once, without signing in and as ADMIN where that makes a difference."""
    for name, path in PAGES.items():
        for method in ("GET", "HEAD", "DELETE") if name in {"landing", "healthz"} else ("GET",):
            keeper.keep("pages", f"{name}.{method}", answered(api.client.request(method, path)))
    for name, odd in odd_requests(values):
        for role in ("ADMIN", None):
            headers = api.headers(role) | dict(odd.headers)
            answer = api.client.request(odd.method, odd.path, content=odd.content, headers=headers)
            keeper.keep("operations", f"odd-{name}.{role or 'NOBODY'}", answered(answer))


def odd_requests(values: Mapping[str, Any]) -> Iterator[tuple[str, Odd]]:
    """A name and a request each."""
    bodies = {
        "null": b"null",
        "number": b"5",
        "text": b'"x"',
        "list": b'[{"query": "{ viewer { id } }"}]',
        "empty": b"",
        "empty-object": b"{}",
        "not-json": b"{query: viewer}",
        "not-utf8": b'{"query": "\xff"}',
        "deep": b"[" * 2000 + b"]" * 2000,
        "too-large": b'{"query": "' + b" " * 70_000 + b'"}',
        "query-is-number": b'{"query": 7}',
        "variables-are-a-list": b'{"query": "{ viewer { id } }", "variables": []}',
        "syntax": b'{"query": "{ viewer { id "}',
        "comment-only": b'{"query": "# nothing"}',
        "unknown-name": b'{"query": "query A { viewer { id } }", "operationName": "B"}',
        "named": b'{"query": "query A { viewer { id } } query B { viewer { name } }", "operationName": "B"}',
        "null-variable": b'{"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": null}}',
        "wrong-variable": b'{"query": "query($n: Int) { schools(first: $n) { totalCount } }", "variables": {"n": "x"}}',
        "typename": b'{"query": "{ __typename }"}',
    }
    for name, body in bodies.items():
        yield name, Odd("POST", "/graphql", body, JSON)
        yield f"{name}-strict", Odd("POST", "/graphql", body, JSON | GRAPHQL)
    viewer = b'{"query": "{ viewer { role } }"}'
    yield "text-plain", Odd("POST", "/graphql", viewer, {"Content-Type": "text/plain"})
    yield "no-content-type", Odd("POST", "/graphql", viewer)
    yield "accept-html", Odd("POST", "/graphql", viewer, JSON | {"Accept": "text/html"})
    yield "bad-token", Odd("POST", "/graphql", viewer, JSON | {"Authorization": "Bearer nonsense"})
    yield "basic", Odd("POST", "/graphql", viewer, JSON | {"Authorization": "Basic bm9ib2R5Og=="})
    yield "query-as-event-stream", Odd("POST", "/graphql", viewer, JSON | {"Accept": "text/event-stream"})
    yield "put", Odd("PUT", "/graphql", viewer, JSON)
    subject = f'{{"query": "{{ node(id: \\"{values["trainee"]}\\") {{ id }} }}"}}'.encode()
    yield "node-strict", Odd("POST", "/graphql", subject, JSON | GRAPHQL)
    yield "sign-in-wrong", Odd("POST", "/auth/token", b"username=nobody@northgate.example&password=wrong", FORM)
    yield "sign-in-empty", Odd("POST", "/auth/token", b"", FORM)
    yield "sign-in-twice", Odd("POST", "/auth/token", b"username=a&username=b&password=c", FORM)
    yield "sign-in-json", Odd("POST", "/auth/token", b"{}", JSON)
    yield "sign-in-large", Odd("POST", "/auth/token", b"username=" + b"a" * 9_000, FORM)
