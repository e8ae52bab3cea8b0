"""Tidying up: files that have expired or were never finished, drafts of workers that were killed, jobs long ended."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update

from jobs.work import WorkContext
from models import Export, Job, WorkState

# no file takes this long to write
DRAFT_AGE: Final = timedelta(days=1)
AT_ONCE: Final = 500
KEEP_JOBS: Final = timedelta(days=30)
"""What came of the work stays in the rows that people look at; the job is for whoever reads the log."""
JOBS_AT_ONCE: Final = 5_000


async def tidy(context: WorkContext) -> int:
    """Removes files nobody can fetch any more, and old drafts; returns how many files. Safe beside others who tidy."""
    await context.files.remove_old_drafts(DRAFT_AGE, datetime.now(UTC))
    count = 0
    while some := await _some(context):
        count += some
    return count


async def forget_jobs(context: WorkContext) -> int:
    """Deletes jobs that ended 30 days ago; returns how many. Safe beside others who tidy."""
    count = 0
    while some := await _some_jobs(context):
        count += some
    return count


async def _some_jobs(context: WorkContext) -> int:
    # only the oldest are looked at, by their key: the table is not read whole for the sake of a few
    oldest = select(Job.id, Job.finished_at).order_by(Job.id).limit(JOBS_AT_ONCE).subquery("oldest")
    long_ended = select(oldest.c.id).where(oldest.c.finished_at < func.now() - KEEP_JOBS)
    async with context.database.write() as session:
        gone = await session.scalars(
            delete(Job).where(Job.id.in_(long_ended)).returning(Job.id).execution_options(synchronize_session=False)
        )
        return len(gone.all())


async def _some(context: WorkContext) -> int:
    over = Export.state.in_((WorkState.FAILED, WorkState.CANCELLED)) & (Export.finished_at < func.now() - DRAFT_AGE)
    async with context.database.write() as session:
        rows = await session.execute(
            select(Export.id, Export.file_key)
            .where(Export.file_key.is_not(None), over | (Export.expires_at < func.now()))
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        keys = {row.id: row.file_key for row in rows}
        for key in keys.values():
            await context.files.delete(key)
        await session.execute(update(Export).where(Export.id.in_(keys)).values(file_key=None))
    return len(keys)
