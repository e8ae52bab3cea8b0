"""The server as a process: it says when it is ready, stops cleanly on a signal, and names an address it cannot have."""

import asyncio
import signal
import socket
import sys

import httpx
import pytest
from starlette.applications import Starlette

from graphql_api.http.server import AddressTakenError, serve

PROGRAM = """
import asyncio
from starlette.applications import Starlette
from graphql_api.http.server import serve
asyncio.run(serve(Starlette(), "127.0.0.1", 0, lambda host, port: print(port, flush=True)))
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_it_cleanly(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    async with httpx.AsyncClient(timeout=None) as client:
        assert (await client.get(f"http://127.0.0.1:{port}/nothing")).status_code == 404
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, out.decode().strip(), err.decode()) == (0, "stopped", "")


async def test_an_address_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressTakenError, match=f"Cannot listen on 127.0.0.1 port {port}: Address already in use."):
            await serve(Starlette(), "127.0.0.1", port, lambda _host, _port: None)
    with pytest.raises(AddressTakenError, match=r"Cannot listen on no\.such\.host\.invalid: "):
        await serve(Starlette(), "no.such.host.invalid", 0, lambda _host, _port: None)
