"""Rollcall on the school of tests/support/school.py, and what its principal may ask for."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphql_api.core.ids import global_id
from models.database import Database
from models.settings import Settings
from tests.support.house import House, house_on
from tests.support.rendering_here import RenderingHere
from tests.support.schedules import DOMAINS, account_ids
from tests.support.school import Ids, school


@pytest.fixture
async def ids(database: Database, tmp_path: Path) -> Ids:
    async with database.write() as session:
        return await school(session, tmp_path / "school")


@pytest.fixture
async def people(ids: Ids, database: Database) -> dict[str, int]:
    return await account_ids(database)


@pytest.fixture
async def house(ids: Ids, settings: Settings, database: Database) -> AsyncIterator[House]:
    async with house_on(replace(settings, mail_domains=DOMAINS), database, RenderingHere()) as opened:
        yield opened


@pytest.fixture
def wanted(ids: Ids, people: dict[str, int]) -> dict[str, Any]:
    """What a principal may ask for: every course of Arts, last week, on Mondays at 07:30."""
    return {
        "name": "Arts, weekly",
        "kind": "COURSE",
        "within": global_id("Department", ids["DEPARTMENT", "D"]),
        "period": "LAST_WEEK",
        "recurrence": {"frequency": "WEEKLY", "time": "07:30", "weekdays": ["MONDAY"]},
        "recipients": [{"user": global_id("User", people["arts"])}],
    }
