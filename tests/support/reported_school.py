"""Ways to read the school of school.py with all its reports for March; fixtures for the conftest of a room."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models import BaseReport, SubjectKind
from models.database import Database
from resolvers.reports.data_json import report_json
from resolvers.reports.look_ups import reports_by_ids
from resolvers.reports.reading import contents_of
from tests.support.factories import subject_ids
from tests.support.own import Own
from tests.support.school import school, viewers

Read = Callable[..., Awaitable[Any]]
Subject = tuple[SubjectKind, str]


@pytest.fixture
async def reported(school_url: str) -> AsyncIterator[Database]:
    """A way to read it."""
    database = Database(school_url)
    yield database
    await database.close()


@pytest.fixture
async def read(reported: Database) -> Read:
    """Reads the JSON of the report of a subject, as one of those in `viewers`; None: not theirs to read."""
    async with reported.read() as session:
        ids = await subject_ids(session)
        found = await session.execute(select(BaseReport.subject_id, BaseReport.id))
    report_of = {row.subject_id: row.id for row in found}
    assert report_of.keys() == set(ids.values())

    async def read(subject: Subject, viewer: str = "admin") -> Any:
        async with reported.read() as session:
            who = viewers(ids)[viewer]
            reports = await reports_by_ids(session, who, [report_of[ids[subject]]])
            contents = await contents_of(session, who, list(reports.values()))
        return next((report_json(content) for content in contents.values()), None)

    return read


@pytest.fixture
async def own(database: Database, tmp_path: Path) -> Own:
    """The school in a database of the test's own."""
    async with database.write() as session:
        ids = await school(session, tmp_path / "school")
    return Own(database, ids, tmp_path)
