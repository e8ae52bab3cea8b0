"""The verb behind an export: reports, as their asker may see them now, rendered and published whole."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.alerts.ended import export_ended
from jobs.exports.options import options_from_stored
from jobs.exports.plan import ALL_GONE, GONE, VANISHED, Asked, Plan, Portion, Told, plan_of, read_portion
from jobs.queue.failures import LeaseLost, PermanentFailure, TemporaryFailure
from jobs.queue.topics import publish_export
from jobs.rendering.parent import Rendered
from jobs.work.task import Verb, Work
from models import Export, WorkState
from models.database import after_commit
from models.files import new_key
from resolvers.access.viewers import viewer_by_id

KIND: Final = "export.make"
PROGRESS_SECONDS: Final = 1.0
"""How often it is written down how far a file is, at most."""


async def run(work: Work, *, export_id: int) -> None:
    """Makes the file; nothing is downloadable before it is whole."""
    begun = await _begin(work, export_id)
    if begun is not None:
        await publish_export(work.bus, export_id)
        await _make(work, begun)
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


def _asked(export: Export) -> Asked:
    options = options_from_stored(export.options)
    return Asked(export.report_ids, export.format, options, export.matching, export.filters)


async def _make(work: Work, begun: _Begun) -> None:
    async with work.files.draft() as draft:
        rendered, told = await _render(work, begun, draft)
        try:
            # an upload takes its time, so not in the transaction; until that has committed nobody can fetch it
            await work.files.publish(draft, begun.key)
            await _end(work, begun, rendered, told)
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


async def _end(work: Work, begun: _Begun, rendered: Rendered, told: Told) -> None:
    plan = begun.plan
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
                byte_size=rendered.byte_size,
                sha256=rendered.sha256,
                names=sorted(told.names),
                contacts=sorted(told.contacts),
                finished_at=func.now(),
            )
            .returning(Export)
        )
        if ended is not None:
            await export_ended(work, session, ended)


async def _render(work: Work, begun: _Begun, draft: Path) -> tuple[Rendered, Told]:
    """Writes the file; what was written, and whom it tells of."""
    plan = begun.plan
    told, done, last = Told(plan.named), 0, time.monotonic()
    async with work.renderer.open(plan.format.name, plan.cover, draft) as rendering:
        for report_ids in plan.portions():
            portion = await _read(work, begun, report_ids)
            await rendering.add(portion.documents)
            told |= portion.told
            done += len(report_ids)
            if time.monotonic() - last >= PROGRESS_SECONDS:
                await _tell(work, begun.export_id, done)
                last = time.monotonic()
        return await rendering.close(), told


async def _read(work: Work, begun: _Begun, report_ids: Sequence[int]) -> Portion:
    async with work.database.read() as session:
        viewer = await viewer_by_id(session, begun.asker_id)
        if viewer is None:
            raise TemporaryFailure(VANISHED)
        return await read_portion(session, viewer, begun.plan, report_ids)


async def _tell(work: Work, export_id: int, done: int) -> None:
    async with work.fenced() as session:
        await session.execute(update(Export).where(Export.id == export_id).values(done=done))
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
