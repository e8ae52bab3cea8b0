"""An archive of reports of the two schools of tests/support/college.py, as several people made them over a few hours.

March of every subject; the same again after a mark of P1 was corrected (nine subjects have a second revision);
February, when nothing happened; and one run of the head of Arts over the courses of one week, with an export.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from models import SubjectKind
from models.database import Database
from resolvers.access.viewers import SYSTEM, viewer_by_email
from resolvers.bundle import import_bundle
from resolvers.calendar.periods import Period, PeriodRequest
from resolvers.exports.exports import request_export
from resolvers.reports.generation import generate
from resolvers.reports.runs import RunRequest, request_run
from tests.support.bundles import bundle_of, write_bundle
from tests.support.college import COLLEGE, HEAD, MEASURES, NOW, SEES
from tests.support.factories import imported
from tests.support.filled import Fill

MARCH: Final = Period(date(2026, 3, 1), date(2026, 3, 31), "2026-03")
FEBRUARY: Final = Period(date(2026, 2, 1), date(2026, 2, 28), "2026-02")
WEEK: Final = Period(date(2026, 3, 2), date(2026, 3, 8), "2026-W10")
# one mark is enough to judge a trainee, so that no figure is the same everywhere
POLICY: Final = bundle_of(policies="school_id,chronic_min_expected\nA,1")
# whatever the mark of quo at s2, which bob taught, is in
CORRECTED: Final = {"A", "ART", "PNT", "P1", "COL", "bob", "quo"}
EVERYTHING: Final = {source_id for seen in SEES["admin@example.org"].values() for source_id in seen}


def fill_archive(folder: Path) -> Fill:
    """Fills a database with it."""

    async def fill(database: Database) -> None:
        async with database.write() as session:
            ids = list((await imported(session, COLLEGE | POLICY, folder / "first")).values())
        await _generate(database, ids, MARCH, 0)
        write_bundle(bundle_of(attendance="session_id,trainee_id,status\ns2,quo,PRESENT"), folder / "then")
        async with database.write() as session:
            await import_bundle(session, folder / "then")
        await _generate(database, ids, MARCH, 1)
        await _generate(database, ids, FEBRUARY, 2)
        await database.in_snapshot(_run_and_export)

    return fill


async def _generate(database: Database, ids: list[int], period: Period, hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    await database.in_snapshot(lambda session: generate(session, SYSTEM, ids, period, now=now))


async def _run_and_export(session: AsyncSession) -> None:
    head = await viewer_by_email(session, HEAD)
    assert head is not None
    now = NOW + timedelta(hours=3)
    run = await request_run(session, head, RunRequest(SubjectKind.COURSE, PeriodRequest(week="2026-W10")), now=now)
    made = await generate(session, head, run.subjects, WEEK, now=now, run_id=run.id)
    await request_export(session, head, made[0].report_id, "CSV", now=now, days=7)


def may_read(email: str, kind: SubjectKind) -> set[str]:
    """The institution's ids of the subjects of a kind whose reports somebody may read."""
    seen = SEES[email][kind]
    return seen & MEASURES[email] if kind is SubjectKind.TRAINER else seen
