"""Long answers and built files go compressed to who can read that; events and short answers do not."""

import asyncio
import gzip
import zlib
from pathlib import Path

import httpx
import orjson
import pytest

from graphql_api.http import compression
from graphql_api.http.accept import takes
from graphql_api.http.compression import SMALLEST
from tests.graphql_api.conftest import client_of
from tests.graphql_api.http.test_pages import pages
from tests.support.tiny_schema import Stage

PEOPLE = {"query": "{ people(first: 100) { nodes { name email } } }"}
BROWSER = "gzip, deflate, br, zstd"
SHORT_SCRIPT, LONG_SCRIPT = "run()", "run();" * 1_000


async def raw(
    client: httpx.AsyncClient, method: str, path: str, encodings: str, **rest: object
) -> tuple[httpx.Headers, bytes]:
    """The headers of an answer, and its body as it was sent."""
    headers = {"Accept-Encoding": encodings, **rest.pop("headers", {})}  # type: ignore[dict-item]
    async with client.stream(method, path, headers=headers, **rest) as response:  # type: ignore[arg-type]
        assert response.status_code == 200
        return response.headers, b"".join([part async for part in response.aiter_raw()])


@pytest.mark.parametrize(
    ("header", "gzip_taken", "br_taken"),
    [
        (None, False, False),
        ("", False, False),
        (BROWSER, True, True),
        ("GZIP", True, False),
        ("gzip;q=0", False, False),
        ("gzip;q=0, *", False, True),
        ("*", True, True),
        ("*;q=0, br;q=0.1", False, True),
        ("identity", False, False),
        ("gzip;q=x", False, False),
        ("xgzip", False, False),
    ],
)
def test_what_a_client_takes(header: str | None, gzip_taken: bool, br_taken: bool) -> None:
    assert (takes(header, "gzip"), takes(header, "br")) == (gzip_taken, br_taken)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("in_a_thread", [False, True])
async def test_a_long_answer_is_compressed(
    client: httpx.AsyncClient, bearer: dict[str, str], method: str, in_a_thread: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "IN_A_THREAD", SMALLEST if in_a_thread else 10**6)
    asked = {"params": PEOPLE} if method == "GET" else {"json": PEOPLE}
    plain, whole = await raw(client, method, "/graphql", "identity", headers=bearer, **asked)
    headers, body = await raw(client, method, "/graphql", BROWSER, headers=bearer, **asked)
    assert ("content-encoding" in plain, headers["content-encoding"]) == (False, "gzip")
    assert plain["vary"] == headers["vary"] == "Accept-Encoding, Origin"
    assert (int(headers["content-length"]), gzip.decompress(body)) == (len(body), whole)
    assert len(orjson.loads(whole)["data"]["people"]["nodes"]) == 100
    assert len(body) * 5 < len(whole)


@pytest.mark.parametrize("encodings", ["identity", "gzip;q=0", "br", "deflate"])
async def test_who_takes_no_gzip_gets_none(client: httpx.AsyncClient, bearer: dict[str, str], encodings: str) -> None:
    headers, body = await raw(client, "POST", "/graphql", encodings, headers=bearer, json=PEOPLE)
    assert ("content-encoding" in headers, body[:8]) == (False, b'{"data":')


async def test_a_short_answer_is_left_alone(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    headers, body = await raw(client, "POST", "/graphql", BROWSER, headers=bearer, json={"query": "{ hello }"})
    assert ("content-encoding" in headers, body) == (False, b'{"data":{"hello":"hello"}}')


async def test_what_is_published_is_compressed(client: httpx.AsyncClient) -> None:
    for path in ("/", "/schemas/report.json", "/schemas/report.graphql"):
        headers, body = await raw(client, "GET", path, BROWSER)
        _, whole = await raw(client, "GET", path, "identity")
        assert (headers["content-encoding"], gzip.decompress(body)) == ("gzip", whole)


async def test_events_come_when_they_happen(address: str, bearer: dict[str, str], stage: Stage) -> None:
    headers = bearer | {"Accept": "text/event-stream", "Accept-Encoding": BROWSER}
    async with (
        httpx.AsyncClient(base_url=f"http://{address}", timeout=None) as client,
        client.stream("POST", "/graphql", json={"query": "subscription { news }"}, headers=headers) as response,
    ):
        assert "content-encoding" not in response.headers
        lines = response.aiter_lines()
        for item in ("one", "two"):  # the second happens only when the first has been read
            stage.news.put_nowait(item)
            async with asyncio.timeout(10):
                while (line := await anext(lines)) != f'data: {{"data":{{"news":"{item}"}}}}':
                    assert "data: {" not in line


def built(folder: Path) -> Path:
    (folder / "assets").mkdir()
    (folder / "assets" / "long.js").write_text(LONG_SCRIPT)
    (folder / "assets" / "long.js.gz").write_bytes(gzip.compress(LONG_SCRIPT.encode(), mtime=0))
    (folder / "assets" / "long.js.br").write_bytes(b"brotli")
    (folder / "assets" / "short.js").write_text(SHORT_SCRIPT)
    return folder


@pytest.mark.parametrize(
    ("name", "encodings", "coding", "body"),
    [
        ("long.js", BROWSER, "br", b"brotli"),
        ("long.js", "gzip", "gzip", gzip.compress(LONG_SCRIPT.encode(), mtime=0)),
        ("long.js", "br;q=0, gzip;q=0.5", "gzip", gzip.compress(LONG_SCRIPT.encode(), mtime=0)),
        ("long.js", "identity", None, LONG_SCRIPT.encode()),
        ("short.js", BROWSER, None, SHORT_SCRIPT.encode()),
    ],
)
async def test_a_built_file_comes_as_the_build_left_it(
    tmp_path: Path, name: str, encodings: str, coding: str | None, body: bytes
) -> None:
    async with client_of(pages(built(tmp_path))) as client:
        headers, sent = await raw(client, "GET", f"/graphiql/assets/{name}", encodings)
    assert (headers.get("content-encoding"), len(sent), headers["vary"]) == (coding, len(body), "Accept-Encoding")
    assert (zlib.decompress(sent, 31) if coding == "gzip" else sent) in {body, LONG_SCRIPT.encode()}
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_a_copy_that_is_kept_is_not_sent_again(tmp_path: Path) -> None:
    async with client_of(pages(built(tmp_path))) as client:
        asked = {"Accept-Encoding": "gzip"}
        first = await client.get("/graphiql/assets/long.js", headers=asked)
        again = await client.get("/graphiql/assets/long.js", headers=asked | {"If-None-Match": first.headers["etag"]})
        plain = await client.get("/graphiql/assets/long.js", headers={"Accept-Encoding": "identity"})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["etag"] != plain.headers["etag"]
