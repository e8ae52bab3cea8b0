"""The task behind a run: generates the reports of its subjects, some at a time, with progress.

Safe to run twice: reports already generated come back unchanged. `done` counts from the subjects a finished chunk
covered, in the transaction of that chunk.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.alerts.ended import run_ended
from jobs.queue.failures import LeaseLost, PermanentFailure
from jobs.queue.topics import publish_reports, publish_run
from jobs.work.task import Task, Work
from models import Run, Subject, WorkState
from models.database import SNAPSHOT_TRIES, after_commit, got_in_the_way
from resolvers.access.viewers import SYSTEM, Viewer, viewer_by_id
from resolvers.calendar.periods import Period
from resolvers.core.any_of import any_of
from resolvers.core.problems import Refusal
from resolvers.core.wording import counted
from resolvers.reports.generation import Generated, generate
from resolvers.reports.runs import period_from_stored, periods_of_schools

KIND: Final = "reports.generate"
CHUNK: Final = 500


async def run(work: Work, *, run_id: int) -> None:
    """Does what is left of the run."""
    async with work.fenced() as session:
        row = await _row(session, run_id)
        if row.state in (WorkState.SUCCEEDED, WorkState.CANCELLED):
            return
        viewer = await _owner(session, row)
        row.state, row.started_at = WorkState.RUNNING, row.started_at or func.now()
        row.done = row.failed = row.unchanged = 0
        chunks = await _chunks(session, row)
    await publish_run(work.bus, run_id)
    for period, subject_ids in chunks:
        generated = await _chunk(work, run_id, viewer, period, subject_ids)
        await publish_reports(work.bus, [report.report_id for report in generated if not report.unchanged])
        await publish_run(work.bus, run_id)
    async with work.fenced() as session:
        row = await _row(session, run_id)
        row.state, row.finished_at = WorkState.SUCCEEDED, func.now()
        if row.failed:
            subjects = counted(row.total, "subject", "subjects")
            are = "is" if row.failed == 1 else "are"
            row.error = f"{row.failed:,} of {subjects} {are} gone or no longer yours to read."
        await run_ended(work, session, row)
    await publish_run(work.bus, run_id)


async def _row(session: AsyncSession, run_id: int) -> Run:
    row = await session.scalar(select(Run).where(Run.id == run_id))
    if row is None:
        raise PermanentFailure("The run no longer exists.")
    return row


async def _owner(session: AsyncSession, row: Run) -> Viewer:
    viewer = SYSTEM if row.requested_by is None else await viewer_by_id(session, row.requested_by)
    if viewer is None:
        raise PermanentFailure("The account that asked for the run no longer exists.")
    return viewer


async def _chunks(session: AsyncSession, row: Run) -> list[tuple[Period, list[int]]]:
    found = await session.execute(select(Subject.id, Subject.school_id).where(any_of(Subject.id, row.subjects)))
    school_of = {subject.id: subject.school_id for subject in found}
    asked = period_from_stored(row.period)
    try:
        periods = await periods_of_schools(session, school_of.values(), asked, row.period_as_of)
    except Refusal as refusal:
        raise PermanentFailure(f"The days to count cannot be told any more: {refusal.message}.") from None
    row.failed += sum(subject_id not in school_of for subject_id in row.subjects)
    left = [subject_id for subject_id in row.subjects if subject_id in school_of]
    chunks = []
    for school_id, group in groupby(left, key=school_of.__getitem__):
        ids = list(group)
        chunks += [(periods[school_id], ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK)]
    return chunks


async def _chunk(
    work: Work, run_id: int, viewer: Viewer, period: Period, subject_ids: Sequence[int]
) -> list[Generated]:
    for tries in range(1, SNAPSHOT_TRIES + 1):
        try:
            async with work.fenced(snapshot=True) as session:
                generated = await generate(session, viewer, subject_ids, period, now=datetime.now(UTC), run_id=run_id)
                await session.execute(
                    update(Run)
                    .where(Run.id == run_id)
                    .values(
                        done=Run.done + len(generated),
                        unchanged=Run.unchanged + sum(report.unchanged for report in generated),
                        failed=Run.failed + len(subject_ids) - len(generated),
                    )
                )
                return generated
        except DBAPIError as error:
            if tries == SNAPSHOT_TRIES or not got_in_the_way(error):
                raise
    raise LeaseLost(f"run {run_id}")


async def failed(work: Work, session: AsyncSession, reason: str, *, run_id: int) -> None:
    """The run ends FAILED with the reason; reports already stored stay."""
    after_commit(session, lambda: publish_run(work.bus, run_id))
    row = await session.scalar(
        update(Run)
        .where(Run.id == run_id, Run.state.not_in((WorkState.SUCCEEDED, WorkState.CANCELLED)))
        .values(state=WorkState.FAILED, error=reason, finished_at=func.now())
        .returning(Run)
    )
    if row is not None:
        await run_ended(work, session, row)


TASK: Final = Task(kind=KIND, run=run, failed=failed)
