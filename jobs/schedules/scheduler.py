"""The clock: finds the schedules that have fallen due, writes down their slots, and queues the work of each.

Any number of schedulers may run, one in every worker. Each locks the schedules it takes and passes over those another
holds; a slot is unique by schedule and moment; slots, jobs and the next moment are one transaction. So every slot is
there exactly once, whoever dies when. A batch costs the same few statements, whatever its size.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import BigInteger, DateTime, Float, Row, cast, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.alerts.due_rules import BATCH as RULES_AT_ONCE
from jobs.alerts.due_rules import claim_due_rules
from jobs.alerts.ended import SCHEDULE_RUN
from jobs.deliveries.alerting import tell
from jobs.queue.adding import UNATTENDED, Queue
from jobs.work.task import WorkContext
from models import (
    AlertKind,
    CatchUp,
    Export,
    Job,
    Run,
    Schedule,
    ScheduleSlot,
    ScheduleState,
    School,
    SlotState,
    WorkState,
)
from resolvers.alerts.alerts import NewAlert
from resolvers.alerts.idle import Idle, idle_alert
from resolvers.calendar.recurrence import recurrence_from_stored
from resolvers.calendar.school_days import Restraint, SchoolDays, school_days
from resolvers.core.any_of import any_of
from resolvers.schedules.due_slots import Due, DueSlot, due_slots

BATCH: Final = 500
# a schedule that is made meanwhile waits no longer than this to be seen
LONGEST_SLEEP: Final = 2.0
SHORTEST_SLEEP: Final = 0.05
LOOK_BACK: Final = timedelta(hours=1)
_INSTANT: Final = DateTime(timezone=True)
_UNENDED: Final = (WorkState.QUEUED, WorkState.RUNNING)

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """How many schedules were taken, and how many slots of theirs are to be run."""

    schedules: int
    slots: int


async def keep_schedules(context: WorkContext) -> None:
    """Takes up every schedule, and every rule of alerts, in the second in which it falls due; no failure ends it."""
    while True:
        seconds = LONGEST_SLEEP
        try:
            while (await claim_due(context)).schedules == BATCH:
                pass
            while await claim_due_rules(context) == RULES_AT_ONCE:
                pass
            seconds = await _seconds_left(context)
        except (SQLAlchemyError, OSError) as error:
            log.warning("database_away", error=repr(error))
        except Exception:
            log.exception("scheduler_failed")
        # a moment more, and not all at the same instant
        await asyncio.sleep(min(max(seconds, SHORTEST_SLEEP), LONGEST_SLEEP) + context.jitter() * SHORTEST_SLEEP)


async def claim_due(context: WorkContext, *, now: datetime | None = None, batch: int = BATCH) -> Claimed:
    """Takes up to `batch` schedules that are due and that no other scheduler holds, in one transaction.

    Time is the database's; `now` replaces it in tests.
    """
    async with context.database.write() as session:
        rows = await _lock_due(session, now, batch)
        if not rows:
            return Claimed(0, 0)
        schools = await _schools(session, rows)
        due = _worked_out(schools, rows)
        slots = await _write_slots(session, due)
        await _tell_owners(context, session, due)
        await _tell_of_terms(context, session, schools, rows)
        await _move_on(session, due)
        await _queue(context.queue, session, slots)
    log.info("schedules_claimed", schedules=len(rows), slots=len(slots))
    return Claimed(len(rows), len(slots))


async def wake_waiting(context: WorkContext, *, longer_than: timedelta = LOOK_BACK) -> int:
    """Wakes slots that have been open for long and that nothing will wake; returns how many.

    A slot is woken by what it waits for. Should that vanish instead of ending, as the files of an account do that is
    removed, this is what takes the slot on. Every worker does this as it starts and once an hour.
    """
    about_it = Job.arguments == func.jsonb_build_object("slot_id", ScheduleSlot.id)
    waiting = select(ScheduleSlot.id).where(
        ScheduleSlot.finished_at.is_(None),
        ScheduleSlot.created_at < func.now() - longer_than,
        # so many that rightly wait must not hide one that waits for nothing
        ~exists().where(about_it, Job.state.in_(_UNENDED)),
        ~exists().where(Run.id == ScheduleSlot.run_id, Run.state.in_(_UNENDED)),
        ~exists().where(Export.slot_id == ScheduleSlot.id, Export.state.in_(_UNENDED)),
    )
    async with context.database.write() as session:
        slot_ids = (await session.scalars(waiting.limit(BATCH))).all()
        await _queue(context.queue, session, slot_ids)
    return len(slot_ids)


async def _lock_due(session: AsyncSession, now: datetime | None, batch: int) -> Sequence[Row[Schedule, datetime]]:
    time = func.now(type_=_INSTANT) if now is None else literal(now, _INSTANT)
    due = (
        select(Schedule, time.label("now"))
        .where(Schedule.next_slot_at.is_not(None), Schedule.next_slot_at <= time)
        .order_by(Schedule.next_slot_at, Schedule.id)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    return (await session.execute(due)).all()


async def _schools(session: AsyncSession, rows: Sequence[Row[Schedule, datetime]]) -> dict[int, SchoolDays]:
    """The schools of the schedules; with their days where one is held back by them."""
    school_ids = {row[0].school_id for row in rows}
    restrained = {row[0].school_id for row in rows if row[0].not_on_holidays or row[0].only_in_terms}
    zones = await session.execute(select(School.id, School.timezone).where(School.id.in_(school_ids)))
    return {row.id: SchoolDays(row.timezone) for row in zones} | await school_days(session, restrained)


def _worked_out(
    schools: Mapping[int, SchoolDays], rows: Sequence[Row[Schedule, datetime]]
) -> dict[int, tuple[Due | None, datetime, datetime]]:
    """By schedule: what is due (None where it cannot be worked out), its first slot, and the time it is."""
    worked_out: dict[int, tuple[Due | None, datetime, datetime]] = {}
    for schedule, now in rows:
        first = schedule.next_slot_at
        assert first is not None
        try:
            due = due_slots(
                recurrence_from_stored(schedule.recurrence),
                Restraint(schedule.not_on_holidays, schedule.only_in_terms),
                CatchUp(schedule.catch_up),
                schools[schedule.school_id],
                first=first,
                now=now,
            )
        except Exception:  # one that is broken must not stop the others
            log.exception("schedule_broken", schedule_id=schedule.id)
            worked_out[schedule.id] = None, first, now
        else:
            worked_out[schedule.id] = due, first, now
    return worked_out


async def _write_slots(session: AsyncSession, due: dict[int, tuple[Due | None, datetime, datetime]]) -> list[int]:
    """Writes the slots that are not there yet; the ids of those to be run."""
    rows = [
        {
            "schedule_id": schedule_id,
            "slot_at": slot.slot_at,
            "by_hand": False,
            "state": slot.state,
            "note": slot.note,
            "created_at": now,
            "finished_at": None if slot.state is SlotState.QUEUED else now,
        }
        for schedule_id, (found, first, now) in due.items()
        for slot in (found.slots if found else (_broken(first),))
    ]
    written = await session.execute(
        insert(ScheduleSlot).on_conflict_do_nothing().returning(ScheduleSlot.id, ScheduleSlot.state), rows
    )
    return [row.id for row in written if row.state == SlotState.QUEUED]


def _broken(first: datetime) -> DueSlot:
    why = "The times of the schedule cannot be worked out, so it is paused; the log says more. Change it, then resume."
    return DueSlot(first, SlotState.FAILED, why)


async def _tell_owners(
    context: WorkContext, session: AsyncSession, due: dict[int, tuple[Due | None, datetime, datetime]]
) -> None:
    """Owners of broken schedules are told: a schedule that is paused says no more by itself."""
    broken = [schedule_id for schedule_id, (found, _, _) in due.items() if found is None]
    if not broken:
        return
    slots = await session.execute(
        select(ScheduleSlot.id, ScheduleSlot.schedule_id, Schedule.owner_id)
        .join(Schedule, Schedule.id == ScheduleSlot.schedule_id)
        .where(any_of(Schedule.id, broken), ScheduleSlot.slot_at == Schedule.next_slot_at)
    )
    news = [
        NewAlert(
            slot.owner_id, AlertKind.RUN_FAILED, f"slot:{slot.id}", {"slot": slot.id, "schedule": slot.schedule_id}
        )
        for slot in slots
    ]
    await tell(context.queue, context.bus, session, news, due[broken[0]][2])


async def _tell_of_terms(
    context: WorkContext,
    session: AsyncSession,
    schools: Mapping[int, SchoolDays],
    rows: Sequence[Row[Schedule, datetime]],
) -> None:
    """Owners of schedules that run in terms only, in a school that has none, are told once: it would be never."""
    idle = [schedule for schedule, _ in rows if schedule.only_in_terms and not schools[schedule.school_id].terms]
    news = [one for schedule in idle if (one := idle_alert(schedule, Idle.NO_TERMS)) is not None]
    if news:
        await tell(context.queue, context.bus, session, news, rows[0][1])


async def _move_on(session: AsyncSession, due: dict[int, tuple[Due | None, datetime, datetime]]) -> None:
    following = {schedule_id: found.following for schedule_id, (found, _, _) in due.items() if found}
    if following:
        moved = (
            func.unnest(literal([*following], ARRAY(BigInteger)), literal([*following.values()], ARRAY(_INSTANT)))
            .table_valued("id", "following", name="moved")
            .render_derived()
        )
        await session.execute(
            update(Schedule)
            .where(Schedule.id == moved.c.id)
            .values(next_slot_at=moved.c.following)
            .execution_options(synchronize_session=False)
        )
    broken = [schedule_id for schedule_id, (found, _, _) in due.items() if found is None]
    if broken:
        await session.execute(
            update(Schedule)
            .where(any_of(Schedule.id, broken))
            .values(state=ScheduleState.PAUSED, next_slot_at=None)
            .execution_options(synchronize_session=False)
        )


async def _queue(queue: Queue, session: AsyncSession, slot_ids: Sequence[int]) -> None:
    arguments = [{"slot_id": slot_id} for slot_id in slot_ids]
    await queue.enqueue_many(session, SCHEDULE_RUN, arguments, priority=UNATTENDED)


async def _seconds_left(context: WorkContext) -> float:
    """How long it is until the next schedule falls due."""
    left = func.extract("epoch", func.min(Schedule.next_slot_at) - func.clock_timestamp())
    async with context.database.read() as session:
        seconds = await session.scalar(select(cast(left, Float)).where(Schedule.next_slot_at.is_not(None)))
    return LONGEST_SLEEP if seconds is None else seconds
