"""Real servers for every test: one PostgreSQL and one Redis for the whole run, a fresh database for each test."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
import redis
from psycopg import sql

from models.database import Database
from models.embedded import Addresses, running_servers
from models.migrate import migrate
from models.settings import Bucket, load_settings
from tests.support.shared_databases import archive_url, college_url, school_url

if TYPE_CHECKING:
    from tests.support.s3 import Storage

__all__ = ["archive_url", "college_url", "school_url"]

# Workers of one run find the servers by it; the process that began the run makes and removes the directory.
DATA = "TESTS_OF_ROLLCALL"
TEMPLATE = "rollcall_template"
TEMPLATE_LOCK = 4_711
# In memory, a clone of the template takes 12 ms and not 400; a container may have too little of it.
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 2 * 1024**3


def pytest_configure(config: pytest.Config) -> None:
    """Makes the data directory of this run."""
    if not hasattr(config, "workerinput"):
        os.environ[DATA] = str(_new_directory())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes it again."""
    if not hasattr(config, "workerinput") and DATA in os.environ:
        shutil.rmtree(os.environ.pop(DATA), ignore_errors=True)


@pytest.fixture
def data_directory() -> Iterator[Path]:
    """An empty directory for embedded servers of a test's own."""
    path = _new_directory()
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def servers() -> Iterator[Addresses]:
    """PostgreSQL and Redis of this run, without the safety on power loss that tests do not need."""
    with running_servers(load_settings({"ROLLCALL_DATA": os.environ[DATA]}), durable=False) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def template(servers: Addresses) -> str:
    """The name of a migrated, empty database to clone."""
    with psycopg.connect(_url(servers, "postgres"), autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        known = connection.execute("select 1 from pg_database where datname = %s", [TEMPLATE]).fetchone()
        if known is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
            migrate(_url(servers, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_url(servers: Addresses, template: str) -> Iterator[str]:
    """The superuser's URL of a fresh, migrated database that only this test has."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(_url(servers, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        yield _url(servers, name)
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The application's way to that database."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def redis_url(servers: Addresses, worker_id: str) -> str:
    """An empty Redis database that only this worker has."""
    number = int(worker_id.removeprefix("gw") or 0) if worker_id != "master" else 0
    url = f"{servers.redis_url}?db={number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def storage() -> Iterator["Storage"]:
    """Storage that speaks S3, for the whole run."""
    from tests.support.s3 import serving

    with serving() as opened:
        yield opened


@pytest.fixture
def bucket(storage: "Storage") -> Bucket:
    """An empty bucket that only this test has."""
    return storage.new_bucket()


def _new_directory() -> Path:
    """A directory of our own; pytest's shut out the user that PostgreSQL runs as where we are root."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED
    path = Path(tempfile.mkdtemp(prefix="rollcall-test-", dir=MEMORY if roomy else "/tmp"))
    path.chmod(0o711)
    return path


def _url(servers: Addresses, database: str) -> str:
    return servers.database_url.replace("@/rollcall?", f"@/{database}?")
