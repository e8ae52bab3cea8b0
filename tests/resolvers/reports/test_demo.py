"""Every report of the demo college: what is stored names nobody, and its parts agree with its figures."""

import re
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models import BaseReport, Mark, Session, Subject, SubjectKind, User
from models.database import Database
from models.embedded import Addresses
from resolvers.bundle import import_bundle
from resolvers.calendar.periods import Period
from resolvers.demo import write_demo_bundle
from resolvers.metrics.measure import SubjectDays, measure
from resolvers.metrics.registry import METRICS
from resolvers.reports.data_json import report_json
from resolvers.reports.generation import generate
from resolvers.reports.reading import contents_of, stored_figures
from tests.support.factories import ADMIN
from tests.support.filled import filled_database

TODAY = date(2026, 3, 18)
NOW = datetime(2026, 3, 18, 18, tzinfo=UTC)
SPAN = Period(date(2026, 1, 7), date(2026, 3, 20))
ADDITIVE = (
    "expected", "marked", "present", "late", "excused", "absent", "unmarked", "sessionCount", "sessionsScheduled",
    "sessionsCancelled", "sessionsUnrecorded", "resultCount",
)  # fmt: skip
Reports = list[BaseReport]


@pytest.fixture(scope="session")
def demo_url(servers: Addresses, template: str) -> Iterator[str]:
    async def fill(database: Database) -> None:
        with tempfile.TemporaryDirectory() as folder:
            write_demo_bundle(Path(folder), scale=0.05, today=TODAY)
            async with database.write() as session:
                await import_bundle(session, Path(folder))
        async with database.read() as session:
            ids = (await session.scalars(select(Subject.id))).all()
        await database.in_snapshot(lambda session: generate(session, ADMIN, ids, SPAN, now=NOW))

    with filled_database(servers, template, fill) as url:
        yield url


@pytest.fixture
async def demo(demo_url: str) -> AsyncIterator[Database]:
    database = Database(demo_url)
    yield database
    await database.close()


@pytest.fixture
async def reports(demo: Database) -> Reports:
    """One report of every subject."""
    async with demo.read() as session:
        found = list(await session.scalars(select(BaseReport).order_by(BaseReport.id)))
        assert {report.subject_id for report in found} == set(await session.scalars(select(Subject.id)))
    assert {report.kind for report in found} == set(SubjectKind)
    return found


def texts(value: Any) -> Iterator[str]:
    """Every text anywhere in JSON, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, held in value.items():
            yield key
            yield from texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from texts(held)


async def test_what_is_stored_names_nobody(demo: Database, reports: Reports) -> None:
    async with demo.read() as session:
        names = set(await session.scalars(select(Subject.name))) | set(await session.scalars(select(User.name)))
    stored = {text for report in reports for text in texts([report.data, report.policy])}
    assert stored & names == set()
    assert [text for text in stored if "@" in text] == []
    # what there is besides keys: days, weeks, times, words, exact decimals, and institution's ids of sessions
    words = "PRESENT|LATE|EXCUSED|ABSENT|UNMARKED|SCHEDULED|CANCELLED|AT_RISK|WATCH"
    known = re.compile(rf"\d{{4}}-\d\d-\d\d|\d{{4}}-W\d\d|\d\d:\d\d|{words}|\d+(\.\d+)?|[a-z]+([A-Z_][a-z]+)*")
    async with demo.read() as session:
        sessions = set(await session.scalars(select(Session.source_id)))
    assert {text for text in stored if not known.fullmatch(text)} - sessions == set()


async def test_stored_figures_are_the_live_ones_of_that_moment(demo: Database, reports: Reports) -> None:
    async with demo.read() as session:
        asked = [SubjectDays(report.subject_id, SPAN.first, SPAN.last) for report in reports]
        measured = await measure(session, ADMIN, asked, now=NOW)
    for report, live in zip(reports, measured, strict=True):
        assert live is not None
        assert (report.kind, stored_figures(report)) == (live.kind, dict(live.figures))
        assert report.policy == live.rules.stored()


async def shown(demo: Database, reports: Reports) -> list[tuple[BaseReport, dict[str, Any]]]:
    """The reports with their content, read by somebody who sees everything."""
    async with demo.read() as session:
        contents = await contents_of(session, ADMIN, reports)
    return [(report, report_json(contents[report.id])) for report in reports]


async def test_rows_of_a_breakdown_add_up_to_the_whole(demo: Database, reports: Reports) -> None:
    for report, data in await shown(demo, reports):
        breakdown = data["breakdown"]
        parts = [row["metrics"] for row in breakdown["rows"]] + [breakdown["other"]] * (breakdown["other"] is not None)
        figures = stored_figures(report)
        assert {name: sum(part[name] for part in parts) for name in ADDITIVE} == {
            name: figures[name] for name in ADDITIVE
        }, report.kind
        assert breakdown["hidden"] == 0


async def test_points_of_a_trend_add_up_to_the_whole(demo: Database, reports: Reports) -> None:
    trends = [(report, data["trend"]) for report, data in await shown(demo, reports) if "trend" in data]
    assert trends != []
    for report, trend in trends:
        assert sum(point["metrics"]["expected"] for point in trend) == report.expected
        assert sum(point["metrics"]["sessionCount"] for point in trend) == report.session_count
        assert (trend[0]["from"], trend[-1]["to"]) == (str(SPAN.first), str(SPAN.last))


async def test_bands_are_as_many_as_the_figures_say(demo: Database, reports: Reports) -> None:
    banded = [(report, data["bands"]["trainees"]) for report, data in await shown(demo, reports) if "bands" in data]
    for report, trainees in banded:
        bands = Counter(row["band"] for row in trainees)
        assert (bands["AT_RISK"], bands["WATCH"]) == (report.at_risk_count, report.watch_count)
        below = {"AT_RISK": "atRiskBelow", "WATCH": "watchBelow"}
        for row in trainees:
            rate = row["metrics"]["attendanceRate"]
            assert row["band"] is None or Decimal(rate) < Decimal(report.policy[below[row["band"]]])
    assert sum(len(trainees) for _, trainees in banded) > 0


async def test_sessions_without_marks_are_the_unrecorded_ones(demo: Database, reports: Reports) -> None:
    for report, data in await shown(demo, reports):
        if "unrecorded" in data:
            async with demo.read() as session:
                ids = {one["session"] for one in data["unrecorded"]}
                marked = await session.scalars(
                    select(Session.source_id)
                    .join(Mark, Mark.session_id == Session.id)
                    .where(Session.source_id.in_(ids))
                )
                assert set(marked) == set()
            assert len(ids) == report.sessions_unrecorded


async def test_a_timeline_has_the_marks_that_were_counted(demo: Database, reports: Reports) -> None:
    for report, data in await shown(demo, reports):
        if report.kind != SubjectKind.TRAINEE:
            continue
        statuses = Counter(entry["status"] for entry in data["timeline"])
        figures = stored_figures(report)
        for name in ("present", "late", "excused", "absent", "unmarked"):
            assert statuses[name.upper()] == figures[name]
        assert statuses["CANCELLED"] == figures["sessionsCancelled"]
        assert len(data["timeline"]) == figures["sessionsScheduled"]
        days = [(entry["day"], entry["time"]) for entry in data["timeline"]]
        assert days == sorted(days)
        longest = max((streak["sessions"] for streak in data["streaks"]), default=min(1, figures["absent"] or 0))
        assert longest == figures["longestAbsenceStreak"]


async def test_every_metric_has_its_column(reports: Reports) -> None:
    assert set(stored_figures(reports[0])) == set(METRICS)
