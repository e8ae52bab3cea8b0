"""Databases that are filled once for all tests that only read them, and Rollcall on top."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from models.database import Database
from models.embedded import Addresses
from models.settings import Settings
from tests.factories import imported
from tests.filled import filled_database
from tests.graphql_api.reports.archive import fill_archive
from tests.graphql_api.reports.house import House, open_house
from tests.graphql_api.schema.college import COLLEGE
from tests.jobs.rendering_here import RenderingHere
from tests.resolvers.reports.conftest import school_url

__all__ = ["school_url"]


@pytest.fixture(scope="session")
def archive_url(servers: Addresses, template: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, filled_database(servers, template, fill_archive(Path(folder))) as url:
        yield url


@pytest.fixture
async def archive(settings: Settings, archive_url: str) -> AsyncIterator[House]:
    """The two schools of schema/college.py and the reports of archive.py; only to be read."""
    async with open_house(settings, archive_url) as house:
        yield house


@pytest.fixture
async def college(settings: Settings, database_url: str, database: Database, tmp_path: Path) -> AsyncIterator[House]:
    """The two schools of schema/college.py without reports, for one test."""
    async with database.write() as session:
        await imported(session, COLLEGE, tmp_path / "college")
    async with open_house(settings, database_url, RenderingHere()) as house:
        yield house


@pytest.fixture
async def house(settings: Settings, school_url: str) -> AsyncIterator[House]:
    """The school of tests/resolvers/reports and all its reports for March; only to be read."""
    async with open_house(settings, school_url) as opened:
        yield opened
