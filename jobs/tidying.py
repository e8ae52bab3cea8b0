"""Tidying up: files that have expired or were never finished, and the drafts of workers that were killed."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update

from jobs.work import WorkContext
from models import Export, WorkState

# no file takes this long to write
DRAFT_AGE: Final = timedelta(days=1)
AT_ONCE: Final = 500


async def tidy(context: WorkContext) -> int:
    """Removes files nobody can fetch any more, and old drafts; returns how many files. Safe beside others who tidy."""
    await context.files.remove_old_drafts(DRAFT_AGE, datetime.now(UTC))
    count = 0
    while some := await _some(context):
        count += some
    return count


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
