"""The command line as people use it: processes of their own, on one installation that holds tests/data/attend."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from models.embedded import Addresses
from tests.conftest import DATA
from tests.support.factories import ATTEND

ROOT = Path(__file__).parents[3]
HANGING_SECONDS = 600  # only what hangs takes so long, on however busy a machine


def environ_of_process() -> dict[str, str]:
    """What a process of ours gets: ours, and compiled modules in one place, also where none are to be written."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return environ | {"PYTHONPYCACHEPREFIX": str(Path(os.environ[DATA]) / "compiled")}


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: its exit code and what it wrote."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Installation:
    """Where commands run: the settings they get, and the database behind them."""

    environ: dict[str, str]
    database_url: str

    def rollcall(self, *arguments: str | Path, typed: str = "", **environ: str) -> Outcome:
        """Runs `rollcall …` to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "graphql_api.cli", *arguments],
            cwd=ROOT,
            env=environ_of_process() | self.environ | environ,
            input=typed,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=HANGING_SECONDS,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def ask(self, statement: str) -> Any:
        """The first value of an SQL query; a statement without rows gives None."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    return _free_port()


@pytest.fixture
def another_port() -> int:
    """Another one."""
    return _free_port()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
    return number


@pytest.fixture
def empty_database(servers: Addresses) -> Iterator[str]:
    """The URL of a database without tables."""
    yield from _database(servers, "template0")


@pytest.fixture(scope="module")
def attend(servers: Addresses, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation into which tests/data/attend was imported by the command."""
    for url in _database(servers, template):
        data = tmp_path_factory.mktemp("installation")
        environ = {"DATABASE_URL": url, "REDIS_URL": f"{servers.redis_url}?db=15", "ROLLCALL_DATA": str(data)}
        installation = Installation(environ, url)
        imported = installation.rollcall("import", ATTEND)
        assert (imported.code, imported.out.splitlines()[-1]) == (0, "23,912 rows, 23,912 changed; 0 warnings.")
        yield installation


def _database(servers: Addresses, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"

    def url(database: str) -> str:
        return servers.database_url.replace("@/rollcall?", f"@/{database}?")

    with psycopg.connect(url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        yield url(name)
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
