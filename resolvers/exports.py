"""Exports: asking for a file of a report, and looking at how it is getting on."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Export, Role, Subject, WorkState
from resolvers.among import among
from resolvers.reports import report_to_read, reports_by_ids
from resolvers.scope import visible
from resolvers.viewers import Viewer


async def request_export(
    session: AsyncSession, viewer: Viewer, report_id: int, format_name: str, *, now: datetime, days: int
) -> Export:
    """Writes down an export of a report the viewer may read; the caller queues the work in the same transaction."""
    report = await report_to_read(session, viewer, report_id)
    export = Export(
        report_id=report.id,
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
    """The export, for who asked for it and for ADMIN; a file holds what its asker may see, so nobody else's."""
    export = await session.scalar(select(Export).where(Export.id == export_id))
    if export is None or (export.requested_by != viewer.user_id and viewer.role is not Role.ADMIN):
        return None
    return export


async def may_fetch(session: AsyncSession, viewer: Viewer, export: Export) -> bool:
    """Whether the viewer may read all that the file holds: the report, and every name in it, as things are now."""
    if not await reports_by_ids(session, viewer, [export.report_id]):
        return False
    seen = select(func.count()).select_from(Subject).where(among(Subject.id, export.names), visible(viewer))
    return await session.scalar(seen) == len(export.names)
