"""Schedules: asking for one, changing, pausing, looking at them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import Schedule, ScheduleSlot, ScheduleState, School, Subject, SubjectKind, User
from resolvers.access.viewers import Viewer, viewer_by_id
from resolvers.calendar.recurrence import next_slot, recurrence_from_stored
from resolvers.calendar.school_days import Restraint
from resolvers.core.any_of import any_of
from resolvers.core.paging import Page, PageRequest
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.schedules.drafts import Checked, ScheduleDraft, checked_draft, draft_of
from resolvers.schedules.owned_requests import Doing, OwnedQuery, held_for, make_room, page_of, permitted

MAX_SCHEDULES: Final = 200
"""How many an account may have that are not deleted."""

_RESTRAINT: Final = tuple(one.name for one in fields(Restraint))


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule with what is shown beside it."""

    schedule: Schedule
    owner_name: str
    zone: str
    within_kind: SubjectKind | None


def _rows(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    parent = select(Subject.kind).where(Subject.id == Schedule.within).scalar_subquery()
    return (
        select(Schedule, User.name, School.timezone, parent)
        .join(User, User.id == Schedule.owner_id)
        .join(School, School.id == Schedule.school_id)
        .where(permitted(viewer, Doing.READ, Schedule))
    )


def _row(found: Any) -> ScheduleRow:
    schedule, owner_name, zone, kind = found
    return ScheduleRow(schedule, owner_name, zone, SubjectKind(kind) if kind else None)


async def list_schedules(
    session: AsyncSession, viewer: Viewer, query: OwnedQuery, asked: PageRequest
) -> Page[ScheduleRow]:
    """One page of schedules, newest first; the key of a row is (id,)."""
    return await page_of(session, _rows(viewer), _row, Schedule, query, asked)


async def schedules_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, ScheduleRow]:
    """Those of the schedules the viewer may read, by id, deleted ones too: their history stays."""
    found = await session.execute(_rows(viewer).where(any_of(Schedule.id, ids)))
    return {row.schedule.id: row for row in map(_row, found)}


async def create_schedule(
    session: AsyncSession, viewer: Viewer, asked: ScheduleDraft, *, domains: Collection[str], now: datetime
) -> Schedule:
    """Writes down a schedule of the viewer; refuses, naming the field, one that is impossible or not theirs to ask."""
    checked = await checked_draft(session, viewer, asked, domains)
    await make_room(session, viewer, Schedule, MAX_SCHEDULES)
    schedule = Schedule(
        owner_id=viewer.user_id,
        state=ScheduleState.ACTIVE,
        next_slot_at=_first(checked, now),
        created_at=now,
        updated_at=now,
        **checked.draft.values(checked.school_id),
    )
    session.add(schedule)
    await session.flush()
    return schedule


async def update_schedule(
    session: AsyncSession,
    viewer: Viewer,
    schedule_id: int,
    changes: Mapping[str, Any],
    *,
    domains: Collection[str],
    now: datetime,
) -> Schedule:
    """Changes parts of a schedule; the whole is checked anew, under its owner's rights.

    They are named as in `ScheduleDraft` and `Restraint`. Naming the subjects in one way ends the other ways.
    """
    schedule = await held_for(session, viewer, Schedule, schedule_id, Doing.CHANGE)
    owner = viewer if viewer.user_id == schedule.owner_id else await viewer_by_id(session, schedule.owner_id)
    assert owner is not None
    before = draft_of(schedule)
    if any(changes.get(name) is not None for name in ("subject_ids", "within", "school_id")):
        before = replace(before, subject_ids=None, within=None, school_id=None)
    held_back = {name: value for name, value in changes.items() if name in _RESTRAINT}
    before = replace(before, restraint=replace(before.restraint, **held_back))
    others = {name: value for name, value in changes.items() if name not in _RESTRAINT}
    checked = await checked_draft(session, owner, replace(before, **others), domains)
    rhythm = schedule.recurrence, schedule.school_id
    for name, value in checked.draft.values(checked.school_id).items():
        setattr(schedule, name, value)
    schedule.updated_at = now
    if schedule.state == ScheduleState.ACTIVE and rhythm != (schedule.recurrence, schedule.school_id):
        schedule.next_slot_at = _first(checked, now)
    await session.flush()
    return schedule


async def pause_schedule(session: AsyncSession, viewer: Viewer, schedule_id: int, now: datetime) -> Schedule:
    """Stops a schedule from falling due until it is resumed. What is already at work goes on."""
    schedule = await held_for(session, viewer, Schedule, schedule_id, Doing.STOP)
    return await _set(session, schedule, ScheduleState.PAUSED, None, now)


async def resume_schedule(session: AsyncSession, viewer: Viewer, schedule_id: int, now: datetime) -> Schedule:
    """Lets a paused schedule fall due again, from now on: what it missed meanwhile is not made good."""
    schedule = await held_for(session, viewer, Schedule, schedule_id, Doing.CHANGE)
    if schedule.state == ScheduleState.ACTIVE:
        return schedule
    zone = await session.scalar(select(School.timezone).where(School.id == schedule.school_id))
    assert zone is not None
    following = next_slot(recurrence_from_stored(schedule.recurrence), zone, now)
    return await _set(session, schedule, ScheduleState.ACTIVE, following, now)


async def delete_schedule(session: AsyncSession, viewer: Viewer, schedule_id: int, now: datetime) -> Schedule:
    """Ends a schedule for good; its history stays, and slots not yet begun are skipped."""
    schedule = await held_for(session, viewer, Schedule, schedule_id, Doing.STOP)
    return await _set(session, schedule, ScheduleState.DELETED, None, now)


async def run_schedule_now(session: AsyncSession, viewer: Viewer, schedule_id: int, now: datetime) -> ScheduleSlot:
    """Writes down a slot of this moment, run by hand; the caller queues the work in the same transaction.

    Holidays and terms do not hold it back; the condition does. Refuses while an earlier one is still at work.
    """
    schedule = await held_for(session, viewer, Schedule, schedule_id, Doing.CHANGE)
    at_work = select(ScheduleSlot.id).where(
        ScheduleSlot.schedule_id == schedule.id,
        ScheduleSlot.by_hand,
        ScheduleSlot.finished_at.is_(None),
        ScheduleSlot.slot_at != now,
    )
    if await session.scalar(select(exists(at_work))):
        raise Refusal("it is being run by hand already", ("id",), ProblemCode.CONFLICT)
    values = {"schedule_id": schedule.id, "slot_at": now, "by_hand": True, "state": "QUEUED", "created_at": now}
    await session.execute(insert(ScheduleSlot).values(values).on_conflict_do_nothing())
    slot = await session.scalar(
        select(ScheduleSlot).where(ScheduleSlot.schedule_id == schedule.id, ScheduleSlot.slot_at == now)
    )
    assert slot is not None
    return slot


async def _set(
    session: AsyncSession, schedule: Schedule, state: ScheduleState, next_slot_at: datetime | None, now: datetime
) -> Schedule:
    schedule.state, schedule.next_slot_at, schedule.updated_at = state, next_slot_at, now
    await session.flush()
    return schedule


def _first(checked: Checked, now: datetime) -> datetime:
    return next_slot(checked.draft.recurrence, checked.zone, now)
