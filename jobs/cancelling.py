"""Cancelling a run or an export: its row and its job end in one transaction, and its worker hears of it at once."""

from collections.abc import Collection
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.alerts.ended import QueueAndBus, export_ended, run_ended
from jobs.exports.export import KIND as EXPORT_MAKE
from jobs.exports.export_long import KIND as EXPORT_MAKE_LONG
from jobs.queue import claims
from jobs.queue.topics import publish_cancelled, publish_export, publish_run
from jobs.runs.generate import KIND as REPORTS_GENERATE
from models import Export, Run, WorkState
from models.database import after_commit
from resolvers.access.viewers import Viewer
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.exports.exports import export_by_id
from resolvers.reports.runs import run_by_id

OVER: Final = {
    WorkState.SUCCEEDED: "it is done already",
    WorkState.FAILED: "it has failed already",
    WorkState.CANCELLED: "it was cancelled already",
}
Cancellable = TypeVar("Cancellable", Run, Export)


async def cancel_run(reach: QueueAndBus, session: AsyncSession, viewer: Viewer, run_id: int) -> Run:
    """Ends a run, for who asked for it and for ADMIN. Reports it has stored stay; it stores no more from here on.

    Refusal: there is no such run, or it has ended.
    """
    run = await run_by_id(session, viewer, run_id)
    if run is None:
        raise Refusal("there is no such run", ("id",), ProblemCode.NOT_FOUND)
    await _cancel(reach, session, run, (REPORTS_GENERATE,), {"run_id": run_id})
    after_commit(session, lambda: publish_run(reach.bus, run_id))
    await run_ended(reach, session, run)
    return run


async def cancel_export(reach: QueueAndBus, session: AsyncSession, viewer: Viewer, export_id: int) -> Export:
    """Ends an export, for who asked for it and for ADMIN: there will be no file.

    Refusal: there is no such export, or it has ended.
    """
    export = await export_by_id(session, viewer, export_id)
    if export is None:
        raise Refusal("there is no such export", ("id",), ProblemCode.NOT_FOUND)
    await _cancel(reach, session, export, (EXPORT_MAKE, EXPORT_MAKE_LONG), {"export_id": export_id})
    after_commit(session, lambda: publish_export(reach.bus, export_id))
    await export_ended(reach, session, export)
    return export


async def _cancel(
    reach: QueueAndBus, session: AsyncSession, row: Cancellable, kinds: Collection[str], arguments: dict[str, int]
) -> None:
    # The job first, as its worker locks them: the other way round, each could wait for the other.
    for kind in kinds:
        for job_id in await claims.cancel(session, kind, arguments):
            after_commit(session, partial(publish_cancelled, reach.bus, job_id))
    await session.refresh(row, with_for_update=True)
    if row.state in OVER:
        raise Refusal(OVER[WorkState(row.state)], ("id",), ProblemCode.CONFLICT)
    row.state, row.finished_at = WorkState.CANCELLED, func.now()
    await session.flush()
    await session.refresh(row, ["finished_at"])
