"""Exports: asking for a file of a report, and looking at how it is getting on."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Export, Role, WorkState
from resolvers.reports import report_to_read
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
