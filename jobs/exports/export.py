"""The task behind an export: reports, as their asker may see them now, rendered and published whole."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.alerts.ended import export_ended
from jobs.exports.options import options_from_stored
from jobs.exports.plan import ALL_GONE, GONE, VANISHED, FileRequest, Plan, Portion, plan_of, read_portion
from jobs.exports.writing import FileWriting, Written
from jobs.queue.failures import LeaseLost, PermanentFailure, TemporaryFailure
from jobs.queue.topics import publish_export
from jobs.work.task import Task, Work
from models import Export, WorkState
from models.database import after_commit
from models.files import new_key
from resolvers.access.viewers import viewer_by_id
from resolvers.exports.left_out import stored

KIND: Final = "export.make"
PROGRESS_SECONDS: Final = 1.0
"""How often it is written down how far a file is, at most."""


async def run(work: Work, *, export_id: int, gives_way: bool = False) -> None:
    """Makes the file; nothing is downloadable before it is whole. `gives_way`: other work goes before it."""
    begun = await _begin(work, export_id)
    if begun is not None:
        await publish_export(work.bus, export_id)
        await _make(work, begun, gives_way)
        await publish_export(work.bus, export_id)


@dataclass(frozen=True, slots=True)
class _Begun:
    """An attempt at a file, which will be kept under `key`."""

    export_id: int
    asker_id: int
    plan: Plan
    key: str


async def _begin(work: Work, export_id: int) -> _Begun | None:
    """Plans the file and writes down that it is begun; None: it has ended."""
    async with work.fenced() as session:
        export = await session.scalar(select(Export).where(Export.id == export_id))
        if export is None:
            raise PermanentFailure("The export no longer exists.")
        if export.state in (WorkState.SUCCEEDED, WorkState.CANCELLED):
            return None
        viewer = await viewer_by_id(session, export.requested_by)
        if viewer is None:
            raise PermanentFailure(GONE if export.report_count == 1 else ALL_GONE)
        plan = await plan_of(session, viewer, _asked(export), datetime.now(UTC))
        begun = _Begun(export_id, viewer.user_id, plan, new_key())
        if export.file_key is not None:
            # of an attempt that did not come to its end; while the row still names it, so that none is ever without one
            await work.files.delete(export.file_key)
        export.state, export.file_key, export.done = WorkState.RUNNING, begun.key, 0
        # the days are those of the file: it may have waited for long until there was a worker
        export.expires_at = func.now() + timedelta(days=work.settings.export_days)
    return begun


def _asked(export: Export) -> FileRequest:
    options = options_from_stored(export.options)
    return FileRequest(export.report_ids, export.format, options, export.matching, export.filters)


async def _make(work: Work, begun: _Begun, gives_way: bool) -> None:
    async with work.files.draft() as draft:
        written = await FileWriting(
            work.renderer, draft, partial(_read, work, begun), _Progress(work, begun.export_id), gives_way
        ).write(begun.plan)
        try:
            # an upload takes its time, so not in the transaction; until that has committed nobody can fetch it
            await work.files.publish(draft, begun.key)
            await _end(work, begun, written)
        except (LeaseLost, asyncio.CancelledError):
            await asyncio.shield(_give_up(work, begun))
            raise


async def _give_up(work: Work, begun: _Begun) -> None:
    """Removes the file of an attempt that is over, unless its end was written down after all.

    The row is locked, so a commit that was under way has come to its end, whichever.
    """
    async with work.database.write() as session:
        kept = await session.scalar(
            select(Export.state).where(Export.id == begun.export_id, Export.file_key == begun.key).with_for_update()
        )
        if kept != WorkState.SUCCEEDED:
            await work.files.delete(begun.key)


async def _end(work: Work, begun: _Begun, written: Written) -> None:
    plan = written.plan
    async with work.fenced() as session:
        ended = await session.scalar(
            update(Export)
            .where(Export.id == begun.export_id)
            .values(
                state=WorkState.SUCCEEDED,
                file_name=plan.file_name,
                media_type=plan.file_type.media_type,
                report_ids=plan.report_ids,
                report_count=len(plan.heads),
                done=len(plan.heads),
                byte_size=written.rendered.byte_size,
                sha256=written.rendered.sha256,
                names=sorted(written.told.names),
                contacts=sorted(written.told.contacts),
                left_out=stored(written.left_out),
                finished_at=func.now(),
            )
            .returning(Export)
        )
        if ended is not None:
            await export_ended(work, session, ended)


async def _read(work: Work, begun: _Begun, plan: Plan, report_ids: Sequence[int]) -> Portion:
    async with work.database.read() as session:
        viewer = await viewer_by_id(session, begun.asker_id)
        if viewer is None:
            raise TemporaryFailure(VANISHED)
        return await read_portion(session, viewer, plan, report_ids)


class _Progress:
    """Writes down now and then how many reports are written."""

    def __init__(self, work: Work, export_id: int) -> None:
        self._work, self._export_id, self._last = work, export_id, time.monotonic()

    async def __call__(self, done: int) -> None:
        if time.monotonic() - self._last >= PROGRESS_SECONDS:
            async with self._work.fenced() as session:
                await session.execute(update(Export).where(Export.id == self._export_id).values(done=done))
            await publish_export(self._work.bus, self._export_id)
            self._last = time.monotonic()


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


TASK: Final = Task(kind=KIND, run=run, failed=failed)
