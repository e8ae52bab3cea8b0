"""The task behind an e-mail: that of every delivery (`delivering`), in slots of its own.

A mail whose files are too much for the mail server goes on at once without them. Its receiver reads so in the mail, and
the owner of the schedule in the slot's note and in an alert, once for each slot.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.deliveries.alerting import tell
from jobs.deliveries.delivering import DELAYS, MAIL, SECONDS, attempt, failed
from jobs.work.task import Task, Work
from models import Alert, AlertKind, Delivery, Schedule, ScheduleSlot
from resolvers.alerts.alerts import NewAlert
from resolvers.deliveries.deliveries import REFUSED_BYTES

NOTE: Final = "Mail went without its files: they are too much for the mail server. The deliveries say more."


async def run(work: Work, *, delivery_id: int) -> None:
    """Makes one attempt, and a second one without files where the mail server takes no mail of that size."""
    too_large = await attempt(work, delivery_id)
    if too_large:
        async with work.fenced() as session:
            await _leave_files_out(work, session, delivery_id, too_large)
        await attempt(work, delivery_id)


async def _leave_files_out(work: Work, session: AsyncSession, delivery_id: int, too_large: int) -> None:
    found = await session.scalars(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(content=Delivery.content.concat({REFUSED_BYTES: too_large}))
        .returning(Delivery)
    )
    delivery = found.one_or_none()
    slot_id = None if delivery is None else await _slot_of(session, delivery)
    if slot_id is None:
        return
    slot = (await session.scalars(select(ScheduleSlot).where(ScheduleSlot.id == slot_id).with_for_update())).one()
    if NOTE not in (slot.note or ""):
        slot.note = f"{slot.note} {NOTE}" if slot.note else NOTE
    owner = await session.scalar(select(Schedule.owner_id).where(Schedule.id == slot.schedule_id))
    assert owner is not None
    data = {"slot": slot.id, "schedule": slot.schedule_id, REFUSED_BYTES: too_large}
    news = NewAlert(owner, AlertKind.RUN_FAILED, f"slot:{slot.id}:files", data)
    await tell(work.queue, work.bus, session, [news], datetime.now(UTC))


async def _slot_of(session: AsyncSession, delivery: Delivery) -> int | None:
    if delivery.slot_id is not None:
        return delivery.slot_id
    return await session.scalar(select(Alert.data["slot"].as_integer()).where(Alert.id == delivery.alert_id))


# two messages, one after the other
TASK: Final = Task(kind=MAIL, run=run, failed=failed, seconds=2 * SECONDS, delays=DELAYS, at_most=2)
