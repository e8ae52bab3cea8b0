"""The school of school.py with all its reports for March, shared by the tests that read them."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models import BaseReport, SubjectKind
from models.database import Database
from models.embedded import Addresses
from resolvers.report_generation import generate
from resolvers.report_json import report_json
from resolvers.report_reading import contents_of
from resolvers.reports import reports_by_ids
from tests.factories import ADMIN, subject_ids
from tests.filled import filled_database
from tests.resolvers.reports.own import Own
from tests.resolvers.reports.school import MARCH, NOW, school, viewers

Read = Callable[..., Awaitable[Any]]
Subject = tuple[SubjectKind, str]


@pytest.fixture(scope="session")
def school_url(servers: Addresses, template: str) -> Iterator[str]:
    """The school with all its reports for March."""

    async def fill(database: Database) -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with database.write() as session:
                ids = await school(session, Path(folder))
        everything = list(ids.values())
        await database.in_snapshot(lambda session: generate(session, ADMIN, everything, MARCH, now=NOW))

    with filled_database(servers, template, fill) as url:
        yield url


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
