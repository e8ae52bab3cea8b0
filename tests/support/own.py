"""The school of school.py in a database of a test's own, to change and to report on."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from models import BaseReport
from models.database import Database
from resolvers.access.viewers import Viewer
from resolvers.bundle import import_bundle
from resolvers.calendar.periods import Period
from resolvers.reports.data_json import report_json
from resolvers.reports.generation import Generated, generate
from resolvers.reports.look_ups import latest_ids, reports_by_ids
from resolvers.reports.reading import contents_of, stored_figures
from tests.support.bundles import bundle_of, write_bundle
from tests.support.factories import ADMIN
from tests.support.school import MARCH, NOW, Ids


@dataclass(frozen=True, slots=True)
class Own:
    """The school, its ids, and what one does with it."""

    database: Database
    ids: Ids
    folder: Path

    async def generate(
        self, *subjects: int, viewer: Viewer = ADMIN, period: Period = MARCH, now: datetime = NOW
    ) -> list[Generated]:
        return await self.database.in_snapshot(lambda session: generate(session, viewer, subjects, period, now=now))

    async def take(self, **files: str) -> None:
        """A later delivery."""
        write_bundle(bundle_of(**files), self.folder / "later")
        async with self.database.write() as session:
            await import_bundle(session, self.folder / "later")

    async def read(self, report_id: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], datetime]:
        """Figures, policy, everything else, and when it was generated."""
        async with self.database.read() as session:
            report = (await reports_by_ids(session, ADMIN, [report_id]))[report_id]
            content = (await contents_of(session, ADMIN, [report]))[report_id]
        return dict(stored_figures(report)), report.policy, report_json(content), report.generated_at

    async def chain(self) -> list[tuple[int, int, bool]]:
        """(id, revision, whether it is the latest) of every report, oldest first."""
        async with self.database.read() as session:
            rows = (await session.execute(select(BaseReport.id, BaseReport.revision).order_by(BaseReport.id))).all()
            latest = await latest_ids(session, [row.id for row in rows])
        return [(row.id, row.revision, row.id in latest) for row in rows]
