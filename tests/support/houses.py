"""Rollcall on schools with and without reports; fixtures for the conftest of a room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.database import Database
from models.settings import Settings
from tests.support.college import COLLEGE
from tests.support.factories import begun_with
from tests.support.house import House, open_house
from tests.support.rendering_here import RenderingHere


@pytest.fixture
async def archive(settings: Settings, archive_url: str) -> AsyncIterator[House]:
    """The two schools of tests/support/college.py and the reports of archive.py; only to be read."""
    async with open_house(settings, archive_url) as house:
        yield house


@pytest.fixture
async def college(settings: Settings, database_url: str, database: Database, tmp_path: Path) -> AsyncIterator[House]:
    """The two schools of tests/support/college.py without reports, for one test."""
    async with database.write() as session:
        await begun_with(session, COLLEGE, tmp_path / "college")
    async with open_house(settings, database_url, RenderingHere()) as house:
        yield house


@pytest.fixture
async def house(settings: Settings, school_url: str) -> AsyncIterator[House]:
    """The school of tests/resolvers/reports and all its reports for March; only to be read."""
    async with open_house(settings, school_url) as opened:
        yield opened
