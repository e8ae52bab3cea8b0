"""Every metric of every subject agrees with a plain recomputation over the rows, on schools made to be difficult."""

import tempfile
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from resolvers.metrics.measure import SubjectDays, measure
from resolvers.metrics.registry import METRICS
from resolvers.metrics.sums import verify_sums
from tests.oracle import Oracle
from tests.support.bundles import Bundle
from tests.support.factories import ADMIN, RolledBack, imported
from tests.support.strategies import local_days, moments, periods, schools

NOW = datetime(2027, 1, 1, tzinfo=UTC)
MANY = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=False)


async def _imported(session: AsyncSession, bundle: Bundle) -> dict[tuple[str, str], int]:
    with tempfile.TemporaryDirectory() as folder:
        return await imported(session, bundle, Path(folder))


async def _disagreements(
    session: AsyncSession, ids: dict[tuple[str, str], int], bundle: Bundle, span: tuple[date, date], now: datetime
) -> list[tuple[object, ...]]:
    oracle = Oracle(bundle, now)
    subjects = list(oracle.subjects())
    measured = await measure(session, ADMIN, [SubjectDays(ids[subject], *span) for subject in subjects], now=now)
    found: list[tuple[object, ...]] = []
    for (kind, source_id), figures in zip(subjects, measured, strict=True):
        assert figures is not None
        wanted = oracle.metrics(kind, source_id, *span)
        assert wanted.keys() == METRICS.keys()
        found += [
            (kind, source_id, name, "wanted", wanted[name], "got", value)
            for name, value in figures.figures.items()
            if wanted[name] != value or type(wanted[name]) is not type(value)
        ]
    return found


@settings(MANY, max_examples=100)
@given(data=st.data())
async def test_every_metric_agrees_with_plain_recomputation(database: Database, data: st.DataObject) -> None:
    bundle = data.draw(schools())
    span, now = data.draw(periods(bundle)), data.draw(moments(bundle))
    with suppress(RolledBack):
        async with database.write() as session:
            ids = await _imported(session, bundle)
            assert await _disagreements(session, ids, bundle, span, now) == []
            raise RolledBack


def _some(data: st.DataObject, rows: list[dict[str, str]]) -> list[bool]:
    return data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))


def _without_some(data: st.DataObject, bundle: Bundle) -> Bundle:
    """The bundle less some marks, results, enrolments and policies: an earlier day's delivery."""
    at_home = {row["id"] for row in bundle.get("trainees", []) if row.get("school_id")}
    earlier = dict(bundle)
    for name in ("attendance", "results", "enrolments", "policies"):
        rows = bundle.get(name, [])
        earlier[name] = [
            row
            for row, kept in zip(rows, _some(data, rows), strict=True)
            if kept or (name == "enrolments" and row["trainee_id"] not in at_home)
        ]
    return earlier


@settings(MANY, max_examples=30)
@given(data=st.data())
async def test_parts_follow_later_deliveries_and_deletions(database_url: str, data: st.DataObject) -> None:
    """Kept sums equal sums made anew after every import, and figures are those of what is stored then."""
    bundle = data.draw(schools())
    earlier = _without_some(data, bundle)
    marks = bundle.get("attendance", [])
    gone = _some(data, marks)
    deletion = {"attendance": [{**row, "deleted": str(out).lower()} for row, out in zip(marks, gone, strict=True)]}
    left = {**bundle, "attendance": [row for row, out in zip(marks, gone, strict=True) if not out]}
    span = (local_days(bundle)[0], local_days(bundle)[-1])
    steps = [(earlier, earlier), (bundle, bundle)] + ([(deletion, left)] if marks else [])
    database = Database(database_url)
    try:
        for delivered, stored in steps:
            async with database.write() as session:
                ids = await _imported(session, delivered)
            async with database.read() as session:
                assert await _disagreements(session, ids, stored, span, NOW) == []
            async with database.write() as session:
                assert set((await verify_sums(session)).values()) == {0}
    finally:
        await database.close()
        _empty(database_url)


def _empty(database_url: str) -> None:
    """Empties the tables, so that the next example starts afresh."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("truncate subject, mark, job restart identity cascade")
