"""The GraphiQL page: from files of our own, or a sentence where they have not been built. And the log it leaves."""

import asyncio
import html
import io
import json
import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from graphql import parse, validate
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from graphql_api.http.logging import configure_logging
from graphql_api.http.pages import HERE, BuiltFiles, built_page
from graphql_api.http.requests import RequestLog
from graphql_api.schema import build_schema
from models.database import Database
from models.settings import load_settings
from tests.graphql_api.conftest import client_of
from tests.graphql_api.http.test_sign_in import give_password

QUERIES = sorted((HERE.parent / "web" / "src" / "queries").glob("*.graphql"))


def pages(built: Path, **environ: str) -> Starlette:
    settings = load_settings(environ)
    return Starlette(
        routes=[
            Route("/graphiql", built_page("index.html", settings, built)),
            Route("/open/{id}", built_page("open.html", settings, built)),
            Mount("/graphiql/assets", BuiltFiles(built)),
        ],
    )


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_what_the_pages_ask_fits_the_schema(query: Path) -> None:
    assert validate(build_schema()._schema, parse(query.read_text())) == []


async def test_the_built_page_is_served(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>GraphiQL</title>")
    (tmp_path / "open.html").write_text("<title>Rollcall</title>")
    (tmp_path / "assets" / "index-abc.js").write_text("run()")
    (tmp_path / "secret.txt").write_text("no")
    async with client_of(pages(tmp_path)) as client:
        page = await client.get("/graphiql")
        opened = await client.get("/open/Q291cnNlUmVwb3J0OjE")
        script = await client.get("/graphiql/assets/index-abc.js")
        outside = await client.get("/graphiql/assets/%2e%2e/secret.txt")
    assert (page.status_code, page.text, page.headers["cache-control"]) == (200, "<title>GraphiQL</title>", "no-cache")
    assert (opened.status_code, opened.text) == (200, "<title>Rollcall</title>")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert outside.status_code == 404


async def test_a_page_that_is_not_built_says_what_to_do(tmp_path: Path) -> None:
    async with client_of(pages(tmp_path)) as client:
        page = await client.get("/graphiql")
        script = await client.get("/graphiql/assets/index.js")
    assert (page.status_code, script.status_code) == (503, 404)
    assert "Run <code>make setup</code>" in page.text


@pytest.mark.parametrize("path", ["/icon.svg", "/favicon.ico"])
async def test_the_icon_is_served(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, "image/svg+xml")
    assert response.content == (HERE.parent / "web" / "src" / "icon.svg").read_bytes()


async def test_every_page_names_an_icon(client: httpx.AsyncClient, tmp_path: Path) -> None:
    async with client_of(pages(tmp_path)) as unbuilt:
        texts = [(await client.get("/")).text, (await unbuilt.get("/graphiql")).text]
    texts += [(HERE.parent / "web" / name).read_text() for name in ("index.html", "open.html")]
    assert [len(re.findall('<link rel="icon" href="[^"]+" type="image/svg\\+xml"', text)) for text in texts] == [1] * 4


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="the command is for bash and curl")
@pytest.mark.parametrize("password", ["correct horse ²", "  spaced\\t & 'quoted' %41+\" "])
@pytest.mark.parametrize("pasted", [False, True])
async def test_the_command_on_the_landing_page_works(
    client: httpx.AsyncClient, address: str, database: Database, ada: int, password: str, pasted: bool
) -> None:
    """As a script, and pasted into a shell whole: then the password must not be read from the command's next line."""
    await give_password(database, password)
    [block] = re.findall("<pre>(.*?)</pre>", (await client.get("/")).text, re.DOTALL)
    command = html.unescape(block).replace("http://127.0.0.1:8000", f"http://{address}")
    command = command.replace("you@example.org", "ada@example.org").replace("{ viewer { name role } }", "{ me }")
    arguments, typed = ([], f"{command}\n{password}\n") if pasted else (["-c", command], f"{password}\n")
    shell = await asyncio.create_subprocess_exec(
        "bash",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, err = await shell.communicate(typed.encode())
    assert (shell.returncode, out.decode(), err.decode()) == (0, 'Password: \n{"data":{"me":"ada@example.org"}}', "")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers, root.level
    stream = io.StringIO()
    configure_logging("info", stream)
    yield stream
    root.handlers, level = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_the_log_is_json_where_nobody_watches(log: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request_id="r1")
    try:
        structlog.get_logger("rollcall.test").info("imported", rows=5, where=Path("/x"))
        structlog.get_logger("rollcall.test").debug("not said")
        logging.getLogger("some.library").warning("odd %s", "thing")
    finally:
        structlog.contextvars.clear_contextvars()
    ours, theirs = (json.loads(line) for line in log.getvalue().splitlines())
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {
        "event": "imported",
        "rows": 5,
        "where": "/x",
        "level": "info",
        "logger": "rollcall.test",
        "request_id": "r1",
    }
    assert (theirs["event"], theirs["level"], theirs["request_id"]) == ("odd thing", "warning", "r1")


async def test_an_unhandled_exception_is_masked_outside_graphql(log: io.StringIO) -> None:
    async def breaks(_request: Request) -> Response:
        raise RuntimeError("the secret sauce")

    app = Starlette(routes=[Route("/breaks", breaks)], middleware=[Middleware(RequestLog)])
    async with client_of(app) as client:
        response: httpx.Response = await client.get("/breaks")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["requestId"]) == (500, response.headers["x-request-id"])
    assert "secret" not in response.text
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    failure, access = (line for line in lines if line["logger"].startswith("rollcall."))
    assert "the secret sauce" in failure["exception"]
    assert failure["request_id"] == access["request_id"] == response.headers["x-request-id"]
    assert (access["status"], access["path"], access["method"]) == (500, "/breaks", "GET")
