"""The history of schedules: their slots, newest first, for many schedules in one statement."""

from collections.abc import Collection, Sequence

from sqlalchemy import BigInteger, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import Schedule, ScheduleSlot
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of
from resolvers.core.paging import Page, PageRequest, beyond, cut, in_order
from resolvers.schedules.owned_requests import Doing, permitted


async def slots_of_schedules(
    session: AsyncSession, viewer: Viewer, schedule_ids: Sequence[int], asked: PageRequest
) -> dict[int, Page[ScheduleSlot]]:
    """One page of slots for each schedule the viewer may read; the key of a slot is (slot_at,)."""
    schedules = (
        func.unnest(literal(list(schedule_ids), ARRAY(BigInteger))).table_valued("id", name="wanted").render_derived()
    )
    keys = (ScheduleSlot.slot_at,)
    conditions = [ScheduleSlot.schedule_id == schedules.c.id, *beyond(keys, asked, descending=True)]
    order = in_order(keys, asked, descending=True)
    # of each schedule as many as the page has, by the index: a history may be long
    page = select(ScheduleSlot).where(*conditions).order_by(*order).limit(asked.size + 1).lateral("page")
    found = aliased(ScheduleSlot, page)
    rows = await session.scalars(
        select(found)
        .join_from(schedules, Schedule, Schedule.id == schedules.c.id)
        .join(found, true())
        .where(permitted(viewer, Doing.READ, Schedule))
        .order_by(*in_order((found.slot_at,), asked, descending=True))
    )
    slots: dict[int, list[ScheduleSlot]] = {schedule_id: [] for schedule_id in schedule_ids}
    for slot in rows:
        slots[slot.schedule_id].append(slot)
    return {schedule_id: cut(found_slots, asked) for schedule_id, found_slots in slots.items()}


async def slots_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, ScheduleSlot]:
    """Those of the slots whose schedule the viewer may read, by id."""
    found = await session.scalars(
        select(ScheduleSlot)
        .join(Schedule, Schedule.id == ScheduleSlot.schedule_id)
        .where(any_of(ScheduleSlot.id, ids), permitted(viewer, Doing.READ, Schedule))
    )
    return {slot.id: slot for slot in found}
