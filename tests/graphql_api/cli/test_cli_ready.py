"""`rollcall ready`: what a health check of a container is told."""

import asyncio
import sys

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphql_api.http.server import serve
from tests.graphql_api.cli.conftest import HANGING_SECONDS, ROOT, environ_of_process


async def asked(**environ: str) -> tuple[int | None, str, str]:
    """The exit code of the command, and what it writes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "graphql_api.cli", "ready"),
        cwd=ROOT,
        env=environ_of_process() | environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(HANGING_SECONDS):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize(
    ("host", "status", "outcome"),
    [
        ("127.0.0.1", 200, (0, "Ready.\n", "")),
        ("0.0.0.0", 200, (0, "Ready.\n", "")),
        ("127.0.0.1", 503, (1, "", "Not ready: the server at 127.0.0.1 port {port} answers /readyz with 503.\n")),
    ],
)
async def test_the_server_is_asked_where_it_listens(host: str, status: int, outcome: tuple[int, str, str]) -> None:
    async def answer(_request: Request) -> Response:
        return Response(status_code=status)

    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    app = Starlette(routes=[Route("/readyz", answer)])
    server = asyncio.create_task(serve(app, host, 0, lambda _host, port: ready.set_result(str(port)), stop=stop))
    port = await ready
    found = await asked(ROLLCALL_HOST=host, ROLLCALL_PORT=port)
    stop.set()
    await server
    code, out, err = outcome
    assert found == (code, out, err.format(port=port))


async def test_no_server_is_a_sentence(port: int) -> None:
    said = f"No answer from a server at 127.0.0.1 port {port}: [Errno 111] Connection refused.\n"
    assert await asked(ROLLCALL_PORT=str(port)) == (1, "", said)
