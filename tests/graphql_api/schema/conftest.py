"""The college of college.py in a database of its own, shared by all tests that only read it."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from models.database import Database
from models.embedded import Addresses
from models.settings import Settings
from tests.factories import imported
from tests.filled import filled_database
from tests.graphql_api.schema.asking import Ask, asking
from tests.graphql_api.schema.college import COLLEGE


@pytest.fixture(scope="session")
def college_url(servers: Addresses, template: str) -> Iterator[str]:
    """The URL of a database with the college in it, for reading."""
    with filled_database(servers, template, _fill) as url:
        yield url


async def _fill(database: Database) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with database.write() as session:
            await imported(session, COLLEGE, Path(folder))


@pytest.fixture
async def college(college_url: str) -> AsyncIterator[Database]:
    """A way to read the college."""
    database = Database(college_url)
    yield database
    await database.close()


@pytest.fixture
def ask(college: Database, settings: Settings) -> Ask:
    """Runs an operation on the college as somebody."""
    return asking(college, settings)


@pytest.fixture
async def own_college(database: Database, tmp_path: Path) -> Database:
    """A college for one test, to write in."""
    async with database.write() as session:
        await imported(session, COLLEGE, tmp_path / "college")
    return database


@pytest.fixture
def ask_own(own_college: Database, settings: Settings) -> Ask:
    """Runs an operation on that college as somebody."""
    return asking(own_college, settings)
