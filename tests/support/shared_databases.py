"""Databases that are filled once a run, for all tests that only read them; tests/conftest.py has them all."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database import Database
from models.embedded import Addresses
from resolvers.reports.generation import generate
from tests.support.archive import fill_archive
from tests.support.college import COLLEGE
from tests.support.factories import ADMIN, imported
from tests.support.filled import filled_database
from tests.support.school import MARCH, NOW, school


@pytest.fixture(scope="session")
def archive_url(servers: Addresses, template: str) -> Iterator[str]:
    """The two schools of college.py and the reports of archive.py."""
    with tempfile.TemporaryDirectory() as folder, filled_database(servers, template, fill_archive(Path(folder))) as url:
        yield url


@pytest.fixture(scope="session")
def college_url(servers: Addresses, template: str) -> Iterator[str]:
    """The two schools of college.py, without reports."""

    async def fill(database: Database) -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with database.write() as session:
                await imported(session, COLLEGE, Path(folder))

    with filled_database(servers, template, fill) as url:
        yield url


@pytest.fixture(scope="session")
def school_url(servers: Addresses, template: str) -> Iterator[str]:
    """The school of school.py with all its reports for March."""

    async def fill(database: Database) -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with database.write() as session:
                ids = await school(session, Path(folder))
        everything = list(ids.values())
        await database.in_snapshot(lambda session: generate(session, ADMIN, everything, MARCH, now=NOW))

    with filled_database(servers, template, fill) as url:
        yield url
