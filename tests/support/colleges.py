"""Asking the college of college.py, to read it or to write in; fixtures for the conftest of a room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.database import Database
from models.settings import Settings
from tests.support.asking import Ask, asking
from tests.support.college import COLLEGE
from tests.support.factories import begun_with


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
        await begun_with(session, COLLEGE, tmp_path / "college")
    return database


@pytest.fixture
def ask_own(own_college: Database, settings: Settings) -> Ask:
    """Runs an operation on that college as somebody."""
    return asking(own_college, settings)
