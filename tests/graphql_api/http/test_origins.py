"""Pages of other origins: preflights, what their scripts may read, and sockets; those not listed are refused."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.exceptions import InvalidStatus

from graphql_api.app import create_app
from graphql_api.core.context import Services
from models.settings import Settings
from tests.graphql_api.conftest import app_on, client_of
from tests.graphql_api.http.test_websocket import hear, raw, say
from tests.support.tiny_schema import build_schema

APP = "http://localhost:3000"
OURS = "http://127.0.0.1:8000"
STRANGER = "https://elsewhere.example"
EXPOSED = "Content-Disposition, Content-Range, Accept-Ranges, ETag, Retry-After, WWW-Authenticate, X-Request-ID"
LEAVE = ("access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers", "vary")
PATHS = ("/graphql", "/auth/token", "/exports/1/report.pdf", "/nothing")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, further_origins=(APP,))


def leave(response: httpx.Response) -> list[str | None]:
    return [response.headers.get(name) for name in LEAVE]


async def preflight(
    client: httpx.AsyncClient, origin: str, path: str = "/graphql", method: str = "POST", headers: str = ""
) -> httpx.Response:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return await client.options(path, headers=asked | ({"Access-Control-Request-Headers": headers} if headers else {}))


@pytest.mark.parametrize("origin", [APP, OURS])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", "authorization,content-type"),
        ("GET", "authorization, apollo-require-preflight"),
        ("GET", "range,if-range"),
        ("HEAD", ""),
    ],
)
async def test_a_preflight_of_a_listed_origin_is_204(
    client: httpx.AsyncClient, origin: str, path: str, method: str, headers: str
) -> None:
    answer = await preflight(client, origin, path, method, headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert dict(answer.headers) == {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, HEAD, POST",
        "access-control-allow-headers": (
            "Accept, Accept-Language, Apollo-Require-Preflight, Authorization, Content-Language, Content-Type,"
            " GraphQL-Preflight, GraphQL-Require-Preflight, If-None-Match, If-Range, Range, X-Apollo-Operation-Name,"
            " X-Request-ID, X-Requested-With"
        ),
        "access-control-max-age": "7200",
        "vary": (
            "Origin, Access-Control-Request-Method, Access-Control-Request-Headers,"
            " Access-Control-Request-Private-Network"
        ),
    }


@pytest.mark.parametrize(
    "origin", [STRANGER, "null", "http://localhost:3001", "https://localhost:3000", f"{APP}.evil.example"]
)
async def test_a_preflight_of_any_other_origin_is_refused_in_a_sentence(client: httpx.AsyncClient, origin: str) -> None:
    answer = await preflight(client, origin, headers="authorization,content-type")
    sentence = (
        f"Pages of {origin} may not use this server; whoever runs it names the origins that may in ROLLCALL_ORIGINS."
    )
    assert (answer.status_code, answer.json()) == (
        403,
        {"errors": [{"message": sentence, "extensions": {"code": "FORBIDDEN"}}]},
    )
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(("method", "headers"), [("DELETE", ""), ("POST", "authorization,x-odd"), ("PUT", "x-odd")])
async def test_what_a_page_may_not_send_is_said(client: httpx.AsyncClient, method: str, headers: str) -> None:
    answer = await preflight(client, APP, method=method, headers=headers)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert error["message"].startswith(
        "Pages of other origins may send GET, HEAD, POST, with the headers Authorization,"
    )


@pytest.mark.parametrize("origin", [APP, OURS])
async def test_every_answer_can_be_read_by_a_listed_origin(
    client: httpx.AsyncClient, bearer: dict[str, str], origin: str
) -> None:
    asked = bearer | {"Origin": origin}
    answers = [
        await client.post("/graphql", json={"query": "{ hello }"}, headers=asked),
        await client.post("/graphql", json={"query": "{ hello }"}, headers={"Origin": origin}),
        await client.post("/graphql", content="{", headers=asked | {"Content-Type": "application/json"}),
        await client.post("/auth/token", data={"username": "a@example.org", "password": "no"}, headers=asked),
        await client.get("/exports/1/report.pdf", headers=asked),
        await client.get("/nothing", headers=asked),
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 400, 401, 403, 404]
    assert [leave(answer) for answer in answers] == [[origin, None, EXPOSED, "Origin"]] * len(answers)


@pytest.mark.parametrize("origin", [STRANGER, "null", None])
async def test_no_answer_gives_leave_to_any_other(
    client: httpx.AsyncClient, bearer: dict[str, str], origin: str | None
) -> None:
    asked = bearer | ({"Origin": origin} if origin else {})
    for answer in (
        await client.post("/graphql", json={"query": "{ hello }"}, headers=asked),
        await client.get("/healthz", headers=asked),
    ):
        assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (200, None)
        assert answer.headers["vary"] == "Origin"


async def test_an_unexpected_error_can_be_read_too(services: Services) -> None:
    async def breaks(_request: Request) -> Response:
        raise RuntimeError("the secret sauce")

    app = create_app(
        services.settings,
        services.database,
        services.queue,
        services.bus,
        services.files,
        schema=build_schema(),
        routes=[Route("/breaks", breaks)],
    )
    async with client_of(app) as client:
        answer = await client.get("/breaks", headers={"Origin": APP})
    assert (answer.status_code, leave(answer)) == (500, [APP, None, EXPOSED, "Origin"])
    assert answer.json()["errors"][0]["extensions"]["requestId"] == answer.headers["x-request-id"]


async def test_server_sent_events_can_be_read(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    answer = await client.post(
        "/graphql",
        json={"query": "subscription { people { name } }"},
        headers=bearer | {"Accept": "text/event-stream", "Origin": APP},
    )
    assert (answer.status_code, leave(answer)) == (200, [APP, None, EXPOSED, "Origin"])


@pytest.mark.parametrize("origin", [APP, OURS])
async def test_a_socket_opens_for_a_listed_origin(address: str, bearer: dict[str, str], origin: str) -> None:
    # the server listens on another port than ROLLCALL_URL says, as behind a proxy that drops Host
    async with raw(address, origin=origin) as socket:
        await say(socket, type="connection_init", payload=bearer)
        assert await hear(socket) == {"type": "connection_ack"}


@pytest.mark.parametrize("origin", [STRANGER, "null", "http://localhost:3001", "https://localhost:3000"])
async def test_a_socket_stays_shut_for_any_other(address: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with raw(address, origin=origin):
            pass
    assert refusal.value.response.status_code == 403


async def test_without_the_setting_only_our_own_address_is_let_in(services: Services) -> None:
    alone: Any = replace(services, settings=replace(services.settings, further_origins=()))
    async with client_of(app_on(alone)) as client:
        assert (await preflight(client, APP)).status_code == 403
        assert (await preflight(client, OURS)).status_code == 204
