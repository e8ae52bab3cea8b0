"""Exports: asking for a file of a report, and looking at how it is getting on."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models import Export, Role, Subject, WorkState
from resolvers.among import among
from resolvers.reports import report_to_read, reports_by_ids
from resolvers.scope import visible
from resolvers.viewers import Viewer

MAX_EXPORTS: Final = 20
"""How many exports are listed of one report."""


def _shown_to(viewer: Viewer) -> ColumnElement[bool]:
    """The exports the viewer may know of: a file holds what its asker may see, so nobody else's; ADMIN: all."""
    return true() if viewer.role is Role.ADMIN else Export.requested_by == viewer.user_id


async def request_export(
    session: AsyncSession, viewer: Viewer, report_id: int, format_name: str, *, now: datetime, days: int
) -> Export:
    """Writes down an export of a report the viewer may read; the caller queues the work in the same transaction."""
    report = await report_to_read(session, viewer, report_id)
    export = Export(
        report_id=report.id,
        report_ids=[report.id],
        format=format_name,
        state=WorkState.QUEUED,
        requested_by=viewer.user_id,
        requested_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(export)
    await session.flush()
    return export


async def export_by_id(session: AsyncSession, viewer: Viewer, export_id: int) -> Export | None:
    """The export, for who asked for it and for ADMIN."""
    found: Export | None = await session.scalar(select(Export).where(Export.id == export_id, _shown_to(viewer)))
    return found


async def exports_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, Export]:
    """Those of the exports the viewer may know of, by id."""
    found = await session.scalars(select(Export).where(among(Export.id, ids), _shown_to(viewer)))
    return {export.id: export for export in found}


async def exports_of_reports(
    session: AsyncSession, viewer: Viewer, report_ids: Collection[int]
) -> dict[int, list[Export]]:
    """The newest exports of each of these reports that the viewer may know of, newest first; one statement."""
    newest_first = (Export.requested_at.desc(), Export.id.desc())
    place = func.row_number().over(partition_by=Export.report_id, order_by=newest_first).label("place")
    ranked = select(Export.id, place).where(among(Export.report_id, report_ids), _shown_to(viewer)).subquery("ranked")
    found = await session.scalars(
        select(Export)
        .join(ranked, ranked.c.id == Export.id)
        .where(ranked.c.place <= MAX_EXPORTS)
        .order_by(Export.report_id, ranked.c.place)
    )
    exports: dict[int, list[Export]] = {report_id: [] for report_id in report_ids}
    for export in found:
        assert export.report_id is not None
        exports[export.report_id].append(export)
    return exports


async def may_fetch(session: AsyncSession, viewer: Viewer, export: Export) -> bool:
    """Whether the viewer may read all that the file holds: the report, and every name in it, as things are now."""
    if len(await reports_by_ids(session, viewer, export.report_ids)) < len(export.report_ids):
        return False
    seen = select(func.count()).select_from(Subject).where(among(Subject.id, export.names), visible(viewer))
    return await session.scalar(seen) == len(export.names)


async def fetchable(session: AsyncSession, viewer: Viewer, exports: Sequence[Export]) -> list[Export]:
    """Those of the exports whose files the viewer may fetch, as `may_fetch`; two statements for all of them."""
    reports = await reports_by_ids(
        session, viewer, {report_id for export in exports for report_id in export.report_ids}
    )
    named = {subject_id for export in exports for subject_id in export.names}
    seen = set(await session.scalars(select(Subject.id).where(among(Subject.id, named), visible(viewer))))
    return [one for one in exports if reports.keys() >= set(one.report_ids) and seen.issuperset(one.names)]
