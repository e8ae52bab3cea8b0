"""The verb behind an export: a report, as its asker may see it now, rendered and published whole."""

import re
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from exporters import Cover, Document, formats
from jobs.documents import document_of
from jobs.ended import export_ended
from jobs.failures import PermanentFailure
from jobs.topics import publish_export
from jobs.verbs import Verb
from jobs.work import Work
from models import Export, School, User, WorkState
from models.database import after_commit
from models.files import new_key
from resolvers.report_content import ReportContent, contents_of, subjects_in
from resolvers.reports import reports_by_ids
from resolvers.viewers import Viewer, viewer_by_id

KIND: Final = "export.make"


async def read_document(session: AsyncSession, viewer: Viewer, report_id: int) -> Document | None:
    """The document of a report under the viewer's rights; None when there is none they may read."""
    content = await _content(session, viewer, report_id)
    return await _document(session, content) if content else None


async def _content(session: AsyncSession, viewer: Viewer, report_id: int) -> ReportContent | None:
    reports = await reports_by_ids(session, viewer, [report_id])
    return (await contents_of(session, viewer, list(reports.values()))).get(report_id)


async def _document(session: AsyncSession, content: ReportContent) -> Document:
    zone = await session.scalar(select(School.timezone).where(School.id == content.report.school_id))
    by = await session.scalar(select(User.name).where(User.id == content.report.generated_by))
    return document_of(content, time_zone=zone or "UTC", generated_by=by)


def file_name(document: Document, format_name: str) -> str:
    """A name that says what the file is and survives every file system."""
    period = document.period_name or f"{document.period_from}_{document.period_to}"
    words = re.sub(r"[^\w.]+", "-", f"{document.kind.lower()}-{document.subject_name}-{period}").strip("-.")
    # a name may have 255 bytes where it is stored
    return words.encode()[:200].decode(errors="ignore") + formats()[format_name].file_type(cover_of(document)).suffix


def cover_of(document: Document) -> Cover:
    """The cover of a file of one report."""
    return Cover(
        title=document.title,
        made_at=document.generated_at,
        made_by=document.generated_by,
        time_zone=document.time_zone,
    )


async def run(work: Work, *, export_id: int) -> None:
    """Makes the file; nothing is downloadable before it is whole."""
    async with work.fenced() as session:
        export = await session.scalar(select(Export).where(Export.id == export_id))
        if export is None:
            raise PermanentFailure("The export no longer exists.")
        if export.state in (WorkState.SUCCEEDED, WorkState.CANCELLED):
            return
        viewer = await viewer_by_id(session, export.requested_by)
        content = await _content(session, viewer, export.report_ids[0]) if viewer else None
        if content is None:
            raise PermanentFailure("The report is gone or no longer yours to read.")
        document = await _document(session, content)
        if export.file_key is not None:  # of an attempt that did not come to its end
            await work.files.delete(export.file_key)
        export.state, export.file_key = WorkState.RUNNING, (key := new_key())
        # the days are those of the file: it may have waited for long until there was a worker
        export.expires_at = func.now() + timedelta(days=work.settings.export_days)
    await publish_export(work.bus, export_id)
    async with work.files.draft() as draft:
        rendered = await work.renderer.render(export.format, cover_of(document), document, draft)
        async with work.fenced() as session:
            # by the holder only, so that the file is always the one the row names
            await work.files.publish(draft, key)
            ended = await session.scalar(
                update(Export)
                .where(Export.id == export_id)
                .values(
                    state=WorkState.SUCCEEDED,
                    file_name=file_name(document, export.format),
                    media_type=formats()[export.format].file_type(cover_of(document)).media_type,
                    done=1,
                    byte_size=rendered.byte_size,
                    sha256=rendered.sha256,
                    names=sorted(subjects_in(content)),
                    finished_at=func.now(),
                )
                .returning(Export)
            )
            if ended is not None:
                await export_ended(work, session, ended)
    await publish_export(work.bus, export_id)


async def failed(work: Work, session: AsyncSession, reason: str, *, export_id: int) -> None:
    """The export ends FAILED with the reason."""
    after_commit(session, lambda: publish_export(work.bus, export_id))
    ended = await session.scalar(
        update(Export)
        .where(Export.id == export_id, Export.state.not_in((WorkState.SUCCEEDED, WorkState.CANCELLED)))
        .values(state=WorkState.FAILED, error=reason, finished_at=func.now())
        .returning(Export)
    )
    if ended is not None:
        await export_ended(work, session, ended)


VERB: Final = Verb(kind=KIND, run=run, failed=failed)
