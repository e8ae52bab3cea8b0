"""What follows when a run or an export has ended, in the transaction in which it ends.

Of a schedule's slot: the slot goes on. Of a person: they are told, unless it was cancelled.
"""

from datetime import UTC, datetime
from typing import Any, Final, Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.deliveries.alerting import tell
from jobs.queue.adding import UNATTENDED, WAITED_FOR, Queue
from jobs.queue.bus import Bus
from models import AlertKind, BaseReport, Export, Run, ScheduleSlot, WorkState
from resolvers.alerts.alerts import NewAlert

SCHEDULE_RUN: Final = "schedule.run"


class QueueAndBus(Protocol):
    """Whoever can queue work and wake listeners: a job's `Work`, or an operation's context."""

    @property
    def queue(self) -> Queue: ...

    @property
    def bus(self) -> Bus: ...


async def run_ended(work: QueueAndBus, session: AsyncSession, run: Run) -> None:
    """To be called when it has just become SUCCEEDED, FAILED or CANCELLED; not in a snapshot transaction."""
    await session.flush()
    slot_id = await session.scalar(select(ScheduleSlot.id).where(ScheduleSlot.run_id == run.id))
    if slot_id is not None:
        await _wake_slot(work, session, slot_id)
    elif run.requested_by is not None and run.state == WorkState.SUCCEEDED and run.done:
        data = {"run": run.id, "count": run.done, "failed": run.failed, **await _only_report(session, run)}
        await _tell(work, session, NewAlert(run.requested_by, AlertKind.REPORT_READY, f"run:{run.id}", data))
    elif run.requested_by is not None and run.state != WorkState.CANCELLED:
        await _tell(work, session, NewAlert(run.requested_by, AlertKind.RUN_FAILED, f"run:{run.id}", {"run": run.id}))


async def export_ended(work: QueueAndBus, session: AsyncSession, export: Export) -> None:
    """The same for an export."""
    await session.flush()
    if export.slot_id is not None:
        await _wake_slot(work, session, export.slot_id)
        return
    kinds = {WorkState.SUCCEEDED: AlertKind.EXPORT_READY, WorkState.FAILED: AlertKind.RUN_FAILED}
    kind = kinds.get(WorkState(export.state))
    if kind is not None:
        about = {"count": export.report_count} if export.report_id is None else {"report": export.report_id}
        # the title names nobody, and says that something is missing
        missing = {"leftOut": len(export.left_out)} if export.left_out else {}
        data = {"export": export.id, **about, **missing}
        await _tell(work, session, NewAlert(export.requested_by, kind, f"export:{export.id}", data))


async def _only_report(session: AsyncSession, run: Run) -> dict[str, Any]:
    """The subject and the report of a run over one subject; also where its report was there already."""
    if len(run.subjects) != 1 or not run.done:
        return {}
    report_id = await session.scalar(
        select(BaseReport.id)
        .where(
            BaseReport.subject_id == run.subjects[0],
            BaseReport.period_from == run.period_from,
            BaseReport.period_to == run.period_to,
        )
        .order_by(BaseReport.revision.desc())
        .limit(1)
    )
    return {"subject": run.subjects[0], **({"report": report_id} if report_id is not None else {})}


async def _wake_slot(work: QueueAndBus, session: AsyncSession, slot_id: int) -> None:
    by_hand = await session.scalar(select(ScheduleSlot.by_hand).where(ScheduleSlot.id == slot_id))
    priority = WAITED_FOR if by_hand else UNATTENDED
    await work.queue.enqueue(session, SCHEDULE_RUN, {"slot_id": slot_id}, priority=priority)


async def _tell(work: QueueAndBus, session: AsyncSession, news: NewAlert) -> None:
    await tell(work.queue, work.bus, session, [news], datetime.now(UTC))
