"""Schedules: asking for one, changing, pausing, looking at them, and who may do what with whose."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import AlertRule, Role, Schedule, ScheduleSlot, ScheduleState, School, Subject, SubjectKind, User
from resolvers.among import among
from resolvers.paging import MAX_COUNT, Page, PageRequest, cut
from resolvers.problems import ProblemCode, Refusal
from resolvers.recurrence import next_slot, recurrence_from_stored
from resolvers.schedule_drafts import Checked, ScheduleDraft, checked_draft, draft_of, may_own
from resolvers.school_days import Restraint
from resolvers.viewers import Viewer, viewer_by_id

MAX_SCHEDULES: Final = 200
"""How many an account may have that are not deleted."""

_RESTRAINT: Final = tuple(one.name for one in fields(Restraint))
_LOCKS: Final = 5_301  # the advisory locks under which schedules of an account are counted


class Doing(StrEnum):
    """What somebody does with a schedule."""

    READ = "READ"
    STOP = "STOP"
    CHANGE = "CHANGE"


def permitted(viewer: Viewer, doing: Doing, of: type[Schedule] | type[AlertRule] = Schedule) -> ColumnElement[bool]:
    """The condition on `Schedule` (or another standing request) under which this viewer may do that with it.

    ADMIN: all. Everybody who reads reports: with their own. PRINCIPAL: read and stop (pause, delete) those of their
    school, but not change what another account asks for in its own name.
    """
    if viewer.role is Role.ADMIN:
        return true()
    if not may_own(viewer):
        return false()
    own = of.owner_id == viewer.user_id
    if viewer.role is Role.PRINCIPAL and viewer.school_id is not None and doing is not Doing.CHANGE:
        return or_(own, of.school_id == viewer.school_id)
    return own


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule with what is shown beside it."""

    schedule: Schedule
    owner_name: str
    zone: str
    within_kind: SubjectKind | None


@dataclass(frozen=True, slots=True)
class ScheduleQuery:
    """Which schedules of a list; every given part must hold. `states` None: all but the deleted."""

    states: tuple[ScheduleState, ...] | None = None
    kinds: tuple[SubjectKind, ...] | None = None
    school_id: int | None = None
    owner_id: int | None = None


def _rows(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    parent = select(Subject.kind).where(Subject.id == Schedule.within).scalar_subquery()
    return (
        select(Schedule, User.name, School.timezone, parent)
        .join(User, User.id == Schedule.owner_id)
        .join(School, School.id == Schedule.school_id)
        .where(permitted(viewer, Doing.READ))
    )


def _row(found: Any) -> ScheduleRow:
    schedule, owner_name, zone, kind = found
    return ScheduleRow(schedule, owner_name, zone, SubjectKind(kind) if kind else None)


def _conditions(query: ScheduleQuery) -> list[ColumnElement[bool]]:
    states = query.states if query.states is not None else (ScheduleState.ACTIVE, ScheduleState.PAUSED)
    conditions: list[ColumnElement[bool]] = [Schedule.state.in_(states)]
    if query.kinds is not None:
        conditions.append(Schedule.kind.in_(query.kinds))
    if query.school_id is not None:
        conditions.append(Schedule.school_id == query.school_id)
    if query.owner_id is not None:
        conditions.append(Schedule.owner_id == query.owner_id)
    return conditions


async def list_schedules(
    session: AsyncSession, viewer: Viewer, query: ScheduleQuery, asked: PageRequest
) -> Page[ScheduleRow]:
    """One page of schedules, newest first; the key of a row is (id,)."""
    conditions = _conditions(query)
    if asked.after is not None:
        conditions.append(Schedule.id < asked.after[0])
    if asked.before is not None:
        conditions.append(Schedule.id > asked.before[0])
    order = Schedule.id.asc() if asked.checked().backwards else Schedule.id.desc()
    found = await session.execute(_rows(viewer).where(*conditions).order_by(order).limit(asked.size + 1))
    return cut([_row(one) for one in found], asked)


async def count_schedules(session: AsyncSession, viewer: Viewer, query: ScheduleQuery) -> int | None:
    """How many schedules the whole list has; exact up to 10,000, None beyond."""
    some = select(Schedule.id).where(permitted(viewer, Doing.READ), *_conditions(query)).limit(MAX_COUNT + 1)
    count = int(await session.scalar(select(func.count()).select_from(some.subquery())) or 0)
    return count if count <= MAX_COUNT else None


async def schedules_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, ScheduleRow]:
    """Those of the schedules the viewer may read, by id, deleted ones too: their history stays."""
    found = await session.execute(_rows(viewer).where(among(Schedule.id, ids)))
    return {row.schedule.id: row for row in map(_row, found)}


async def create_schedule(
    session: AsyncSession, viewer: Viewer, asked: ScheduleDraft, *, domains: Collection[str], now: datetime
) -> Schedule:
    """Writes down a schedule of the viewer; refuses, naming the field, one that is impossible or not theirs to ask."""
    checked = await checked_draft(session, viewer, asked, domains)
    await session.execute(select(func.pg_advisory_xact_lock(_LOCKS, viewer.user_id)))
    held = select(func.count()).where(Schedule.owner_id == viewer.user_id, Schedule.state != ScheduleState.DELETED)
    if (await session.scalar(held) or 0) >= MAX_SCHEDULES:
        raise Refusal(f"an account has {MAX_SCHEDULES} schedules at most; delete one first", (), ProblemCode.CONFLICT)
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
    schedule = await _to_do(session, viewer, schedule_id, Doing.CHANGE)
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
    schedule = await _to_do(session, viewer, schedule_id, Doing.STOP)
    return await _set(session, schedule, ScheduleState.PAUSED, None, now)


async def resume_schedule(session: AsyncSession, viewer: Viewer, schedule_id: int, now: datetime) -> Schedule:
    """Lets a paused schedule fall due again, from now on: what it missed meanwhile is not made good."""
    schedule = await _to_do(session, viewer, schedule_id, Doing.CHANGE)
    if schedule.state == ScheduleState.ACTIVE:
        return schedule
    zone = await session.scalar(select(School.timezone).where(School.id == schedule.school_id))
    assert zone is not None
    following = next_slot(recurrence_from_stored(schedule.recurrence), zone, now)
    return await _set(session, schedule, ScheduleState.ACTIVE, following, now)


async def delete_schedule(session: AsyncSession, viewer: Viewer, schedule_id: int, now: datetime) -> Schedule:
    """Ends a schedule for good; its history stays, and slots not yet begun are skipped."""
    schedule = await _to_do(session, viewer, schedule_id, Doing.STOP)
    return await _set(session, schedule, ScheduleState.DELETED, None, now)


async def run_schedule_now(session: AsyncSession, viewer: Viewer, schedule_id: int, now: datetime) -> ScheduleSlot:
    """Writes down a slot of this moment, run by hand; the caller queues the work in the same transaction.

    Holidays and terms do not hold it back; the condition does. Refuses while an earlier one is still at work.
    """
    schedule = await _to_do(session, viewer, schedule_id, Doing.CHANGE)
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


async def _to_do(session: AsyncSession, viewer: Viewer, schedule_id: int, doing: Doing) -> Schedule:
    """The schedule, locked; refuses when the viewer may not see it, may not do that, or it has been deleted."""
    may = and_(true(), permitted(viewer, doing)).label("may")
    found = await session.execute(
        select(Schedule, may)
        .where(Schedule.id == schedule_id, permitted(viewer, Doing.READ))
        .with_for_update(of=Schedule)
    )
    row = found.one_or_none()
    if row is None:
        raise Refusal("there is no such schedule", ("id",), ProblemCode.NOT_FOUND)
    schedule: Schedule = row[0]
    if not row.may:
        raise Refusal("only its owner and ADMIN may do that", ("id",), ProblemCode.FORBIDDEN)
    if schedule.state == ScheduleState.DELETED:
        raise Refusal("it has been deleted", ("id",), ProblemCode.CONFLICT)
    return schedule


async def _set(
    session: AsyncSession, schedule: Schedule, state: ScheduleState, next_slot_at: datetime | None, now: datetime
) -> Schedule:
    schedule.state, schedule.next_slot_at, schedule.updated_at = state, next_slot_at, now
    await session.flush()
    return schedule


def _first(checked: Checked, now: datetime) -> datetime:
    return next_slot(checked.draft.recurrence, checked.zone, now)
