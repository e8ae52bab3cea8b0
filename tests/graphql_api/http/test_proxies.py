"""Behind a proxy: below a path of a shared host, kept or stripped by it, and whose word counts about who is asking."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from graphql_api.core.context import Services
from graphql_api.exports.downloads import download_url
from graphql_api.http.pages import built_page
from graphql_api.http.server import serve
from graphql_api.http.sign_in import ATTEMPTS_PER_ACCOUNT
from graphql_api.http.sub_path import SubPath
from models import Export, WorkState
from models.database import Database
from models.settings import Network, Settings, load_settings
from tests.graphql_api.conftest import app_on, client_of
from tests.graphql_api.http.test_sign_in import PASSWORD, give_password
from tests.graphql_api.http.test_websocket import hear, raw, say

SCHOOL = "https://school.example/rollcall"
LOCAL = ip_network("127.0.0.1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"ROLLCALL_DATA": str(tmp_path), "ROLLCALL_URL": f"{SCHOOL}/", "ROLLCALL_SECRET": "s" * 40})


@asynccontextmanager
async def served(app: ASGIApp, proxies: Sequence[Network]) -> AsyncIterator[str]:
    """host:port of a server that believes those proxies."""
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve(
            app,
            "127.0.0.1",
            0,
            lambda host, port: ready.set_result(f"{host}:{port}"),
            stop=stop,
            proxies=proxies,
        )
    )
    yield await ready
    stop.set()
    await server


@pytest.fixture(params=["/rollcall", ""], ids=["kept", "stripped"])
def path(request: pytest.FixtureRequest) -> str:
    """What the proxy leaves before our paths."""
    return str(request.param)


async def test_every_address_is_there_below_the_path(
    client: httpx.AsyncClient, database: Database, ada: int, path: str
) -> None:
    await give_password(database)
    for name in ("/healthz", "/readyz", "/icon.svg", "/schemas/report.json", "/"):
        assert (name, (await client.get(path + name)).status_code) == (name, 200)
    signed_in = await client.post(f"{path}/auth/token", data={"username": "ada@example.org", "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    answer = await client.post(f"{path}/graphql", json={"query": "{ me }"}, headers=bearer)
    assert answer.json() == {"data": {"me": "ada@example.org"}}


@pytest.mark.parametrize("name", ["/rollcallgraphiql", "/rollcall.d/healthz", "/ROLLCALL/healthz", "/rollcall/nothing"])
async def test_what_only_looks_like_the_path_is_not_there(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(name)).status_code == 404


async def test_the_path_itself_is_the_landing_page(client: httpx.AsyncClient) -> None:
    page = (await client.get("/rollcall")).text
    assert 'href="/rollcall/graphiql"' in page
    assert 'href="/rollcall/icon.svg"' in page
    assert f"curl -s {SCHOOL}/graphql " in page
    assert 'href="/graphiql"' not in page


async def test_built_pages_find_their_files_below_the_path(settings: Settings, tmp_path: Path, path: str) -> None:
    (tmp_path / "index.html").write_text(
        '<script src="/graphiql/assets/a.js"></script><link href="/graphiql/assets/b">'
    )
    app = SubPath(Starlette(routes=[Route("/graphiql", built_page("index.html", settings, tmp_path))]), "/rollcall")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://rollcall.test") as client:
        page = await client.get(f"{path}/graphiql")
    assert page.headers["cache-control"] == "no-cache"
    assert page.text == (
        '<script src="/rollcall/graphiql/assets/a.js"></script><link href="/rollcall/graphiql/assets/b">'
    )


async def test_a_page_that_is_not_built_has_its_icon_below_the_path(settings: Settings, tmp_path: Path) -> None:
    app = Starlette(routes=[Route("/graphiql", built_page("index.html", settings, tmp_path))])
    async with client_of(app) as client:
        page = await client.get("/graphiql")
    assert (page.status_code, page.text.count('href="/rollcall/icon.svg"')) == (503, 1)


def test_download_links_begin_with_the_address_of_people(settings: Settings) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    export = Export(id=7, state=WorkState.SUCCEEDED, file_name="a.pdf", expires_at=now + timedelta(days=1))
    link = download_url(settings, export, 1, now)
    assert link is not None
    assert link.split("?")[0] == f"{SCHOOL}/exports/7/a.pdf"


async def test_the_socket_opens_below_the_path(services: Services, bearer: dict[str, str], path: str) -> None:
    """With the Origin that a browser sends there, which has no path."""
    async with served(app_on(services), []) as address:
        opened = raw(f"{address}{path}", additional_headers=bearer, origin="https://school.example")
        async with opened as socket:
            await say(socket, type="connection_init")
            assert await hear(socket) == {"type": "connection_ack"}


async def test_at_the_root_of_a_host_no_path_is_taken_off(services: Services) -> None:
    app = app_on(replace(services, settings=replace(services.settings, url="https://school.example")))
    async with client_of(app) as client:
        assert (await client.get("/rollcall/healthz")).status_code == 404
        assert 'href="/graphiql"' in (await client.get("/")).text


async def attempt(client: httpx.AsyncClient, forwarded_for: str) -> int:
    form = {"username": "ada@example.org", "password": "not hers"}
    answer = await client.post("/auth/token", data=form, headers={"X-Forwarded-For": forwarded_for})
    return answer.status_code


@pytest.mark.parametrize(
    ("proxies", "other"),
    [
        ([LOCAL], 401),
        ([ip_network("127.0.0.0/8")], 401),
        ([], 429),  # all come from one address, whatever they say
        ([ip_network("10.1.0.0/16")], 429),
    ],
    ids=["trusted", "network", "none", "another"],
)
async def test_attempts_count_for_whom_a_trusted_proxy_names(
    services: Services, ada: int, proxies: list[Network], other: int
) -> None:
    async with served(app_on(services), proxies) as address, httpx.AsyncClient(base_url=f"http://{address}") as client:
        first = [await attempt(client, "203.0.113.1") for _ in range(ATTEMPTS_PER_ACCOUNT + 1)]
        assert first == [401] * ATTEMPTS_PER_ACCOUNT + [429]
        assert await attempt(client, "203.0.113.2") == other


async def test_of_a_chain_the_last_that_is_no_proxy_counts(services: Services, ada: int) -> None:
    """What a client writes into the header itself stands before what the proxy adds, and buys no further attempts."""
    async with served(app_on(services), [LOCAL]) as address, httpx.AsyncClient(base_url=f"http://{address}") as client:
        said = [await attempt(client, f"198.51.100.{n}, 203.0.113.1") for n in range(ATTEMPTS_PER_ACCOUNT + 1)]
    assert said == [401] * ATTEMPTS_PER_ACCOUNT + [429]


async def test_a_variable_that_is_no_setting_makes_nobody_trusted(
    services: Services, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    async with served(app_on(services), []) as address, httpx.AsyncClient(base_url=f"http://{address}") as client:
        said = [await attempt(client, f"203.0.113.{n}") for n in range(ATTEMPTS_PER_ACCOUNT + 1)]
    assert said == [401] * ATTEMPTS_PER_ACCOUNT + [429]
