"""`rollcall serve` in a process of its own, and requests for it as bytes."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter, sleep
from typing import Any, Final

import orjson

from benchmarks.client import exchange
from benchmarks.stage import ROOT, Stage
from graphql_api.http.tokens import create_token
from models import Role
from resolvers.access.accounts import one_account_per_role

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers on a loopback port."""

    process: subprocess.Popen[bytes]
    port: int

    def ask(self, request: bytes) -> Any:
        """The JSON answer to one request."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            return orjson.loads(exchange(connection, request))

    def stop(self) -> None:
        """Ends it as Ctrl-C does."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(stage: Stage, database: str) -> Served:
    """Starts the server with its default settings and waits until it answers."""
    return _started(stage, database, "graphql_api.cli", "serve")


def serve_module(stage: Stage, database: str, module: str) -> Served:
    """The same with a module of our own that takes the port as its argument."""
    return _started(stage, database, module)


def _started(stage: Stage, database: str, *command: str) -> Served:
    port = _free_port()
    ours = {
        "DATABASE_URL": stage.url(database),
        "REDIS_URL": stage.addresses.redis_url,
        "ROLLCALL_DATA": str(stage.settings.data),
        "ROLLCALL_SECRET": stage.settings.secret,
        "ROLLCALL_HOST": "127.0.0.1",
        "ROLLCALL_PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}
    started = [sys.executable, "-P", "-m", *command, *([] if "serve" in command else [str(port)])]
    with (stage.settings.data / "serve.log").open("wb") as log:
        process = subprocess.Popen(started, env=inherited | ours, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # type: ignore[arg-type]
    served = Served(process, port)
    until = perf_counter() + START_SECONDS
    while perf_counter() < until and process.poll() is None:
        try:
            served.ask(b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n")
        except OSError:
            sleep(0.05)
        else:
            return served
    served.stop()
    raise RuntimeError(f"rollcall serve did not come up; see {stage.settings.data / 'serve.log'}")


def graphql_request(stage: Stage, database: str, query: str, variables: Mapping[str, Any]) -> bytes:
    """A POST to /graphql, signed in as the administrator."""
    token = create_token(stage.settings, asyncio.run(administrator(stage, database)), datetime.now(UTC))
    body = orjson.dumps({"query": query, "variables": variables})
    head = (
        "POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def administrator(stage: Stage, database: str) -> int:
    """The account of the college's administrator."""
    application = stage.application(database)
    try:
        async with application.read() as session:
            accounts = await one_account_per_role(session)
    finally:
        await application.close()
    return next(account.sign_in.user_id for account in accounts if account.role is Role.ADMIN)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
