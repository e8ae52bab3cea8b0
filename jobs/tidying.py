"""Tidying up: files that have expired or were never finished, or that no export names any more, drafts of workers that
were killed, jobs long ended.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update

from jobs.work.task import WorkContext
from models import Export, Job, WorkState

# no file takes this long to write
DRAFT_AGE: Final = timedelta(days=1)
# so many are removed together, in the transaction that writes it down
AT_ONCE: Final = 50
KEEP_JOBS: Final = timedelta(days=30)
"""What came of the work stays in the rows that people look at; the job is for whoever reads the log."""
JOBS_AT_ONCE: Final = 5_000


async def tidy(context: WorkContext, *, now: datetime | None = None) -> int:
    """Removes files nobody can fetch any more, and old drafts; returns how many files. Safe beside others who tidy.

    `now` is the clock of the files, as rows have the database's. A file that cannot be removed keeps its row's key, and
    the others go all the same; what was the matter with it is raised at the end.
    """
    now = now or datetime.now(UTC)
    await context.files.remove_old_drafts(DRAFT_AGE, now)
    count, last = 0, 0
    problems: list[BaseException] = []
    while some := await _some(context, last):
        count, last = count + len(some.gone), some.last
        problems += some.problems
        if not some.gone:  # the store is away
            break
    else:
        count += await _ownerless(context, now)
    if problems:
        raise problems[0]
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


@dataclass(frozen=True, slots=True)
class _Some:
    """Exports up to the id `last`, in the order of their ids: those whose files are gone, and why others are not."""

    last: int
    gone: tuple[int, ...]
    problems: tuple[BaseException, ...]


async def _some(context: WorkContext, after: int) -> _Some | None:
    over = Export.state.in_((WorkState.FAILED, WorkState.CANCELLED)) & (Export.finished_at < func.now() - DRAFT_AGE)
    async with context.database.write() as session:
        rows = await session.execute(
            select(Export.id, Export.file_key)
            .where(Export.id > after, Export.file_key.is_not(None), over | (Export.expires_at < func.now()))
            .order_by(Export.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        keys = {row.id: row.file_key for row in rows}
        if not keys:
            return None
        ends = await asyncio.gather(*(context.files.delete(key) for key in keys.values()), return_exceptions=True)
        gone = tuple(id_ for id_, end in zip(keys, ends, strict=True) if not isinstance(end, BaseException))
        await session.execute(update(Export).where(Export.id.in_(gone)).values(file_key=None))
    return _Some(max(keys), gone, tuple(end for end in ends if isinstance(end, BaseException)))


async def _ownerless(context: WorkContext, now: datetime) -> int:
    """Removes files that no export names: of accounts that are gone, of uploads that outlived their worker.

    Only when they would have expired anyway, so that two installations that were given one bucket by mistake, or a
    database that was put back as it had been, lose nothing that can still be fetched.
    """
    count = 0
    longest = timedelta(days=context.settings.export_days) + DRAFT_AGE
    async for keys in context.files.keys_before(now - longest):
        async with context.database.read() as session:
            named = set(await session.scalars(select(Export.file_key).where(Export.file_key.in_(keys))))
        for key in keys:
            if key not in named:
                count += await context.files.delete(key)
    return count
