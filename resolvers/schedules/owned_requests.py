"""What schedules and rules of alerts share as owned requests: who may do what with whose, lists, locks, a limit."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models import AlertKind, AlertRule, Schedule, ScheduleState, SubjectKind
from resolvers.access.viewers import Viewer
from resolvers.core.paging import Page, PageRequest, beyond, count_up_to, cut, in_order
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.schedules.drafts import may_own

Owned = TypeVar("Owned", Schedule, AlertRule)
Shown = TypeVar("Shown")

# what they are called, and the advisory lock under which those of an account are counted
_WORDS: Final[dict[type[Any], str]] = {Schedule: "schedule", AlertRule: "rule"}
_LOCKS: Final[dict[type[Any], int]] = {Schedule: 5_301, AlertRule: 5_302}


class Doing(StrEnum):
    """What somebody does with a owned request."""

    READ = "READ"
    STOP = "STOP"
    CHANGE = "CHANGE"


def permitted(viewer: Viewer, doing: Doing, of: type[Schedule] | type[AlertRule]) -> ColumnElement[bool]:
    """The condition under which this viewer may do that with one.

    ADMIN: all. Everybody who reads reports: with their own. PRINCIPAL: read and stop (pause, delete) those of their
    school, but not change what another account asks for in its own name.
    """
    if viewer.sees_everything:
        return true()
    if not may_own(viewer):
        return false()
    own = of.owner_id == viewer.user_id
    if viewer.rights.governs and viewer.school_id is not None and doing is not Doing.CHANGE:
        return or_(own, of.school_id == viewer.school_id)
    return own


@dataclass(frozen=True, slots=True)
class OwnedQuery:
    """Which of a list; every given part must hold. `states` None: all but the deleted."""

    states: Collection[ScheduleState] | None = None
    kinds: Collection[SubjectKind] | Collection[AlertKind] | None = None
    school_id: int | None = None
    owner_id: int | None = None

    def conditions(self, of: type[Schedule] | type[AlertRule]) -> list[ColumnElement[bool]]:
        """As conditions on the table."""
        states = self.states if self.states is not None else (ScheduleState.ACTIVE, ScheduleState.PAUSED)
        conditions: list[ColumnElement[bool]] = [of.state.in_(states)]
        if self.kinds is not None:
            conditions.append(of.kind.in_(self.kinds))
        if self.school_id is not None:
            conditions.append(of.school_id == self.school_id)
        if self.owner_id is not None:
            conditions.append(of.owner_id == self.owner_id)
        return conditions


async def page_of(
    session: AsyncSession,
    rows: Select[*tuple[Any, ...]],
    row: Callable[[Any], Shown],
    of: type[Schedule] | type[AlertRule],
    query: OwnedQuery,
    asked: PageRequest,
) -> Page[Shown]:
    """One page of these rows, which are those the viewer may read, newest first; the key of a row is (id,)."""
    keys = (of.id,)
    conditions = [*query.conditions(of), *beyond(keys, asked, descending=True)]
    order = in_order(keys, asked, descending=True)
    found = await session.execute(rows.where(*conditions).order_by(*order).limit(asked.size + 1))
    return cut([row(one) for one in found], asked)


async def count_of(
    session: AsyncSession, viewer: Viewer, of: type[Schedule] | type[AlertRule], query: OwnedQuery
) -> int | None:
    """How many the whole list has; exact up to 10,000, None beyond."""
    rows = select(of.id).where(permitted(viewer, Doing.READ, of), *query.conditions(of))
    return await count_up_to(session, rows)


async def make_room(session: AsyncSession, owner: Viewer, of: type[Schedule] | type[AlertRule], most: int) -> None:
    """Refuses where the account has `most` that are not deleted; nobody else adds one until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(_LOCKS[of], owner.user_id)))
    held = select(func.count()).where(of.owner_id == owner.user_id, of.state != ScheduleState.DELETED)
    if (await session.scalar(held) or 0) >= most:
        message = f"an account has {most} {_WORDS[of]}s at most; delete one first"
        raise Refusal(message, (), ProblemCode.CONFLICT)


async def held_for(session: AsyncSession, viewer: Viewer, of: type[Owned], id_: int, doing: Doing) -> Owned:
    """The one with that id, locked; refuses when the viewer may not see it or do that, or it has been deleted."""
    may = and_(true(), permitted(viewer, doing, of)).label("may")
    found = await session.execute(
        select(of, may).where(of.id == id_, permitted(viewer, Doing.READ, of)).with_for_update(of=of)
    )
    row = found.one_or_none()
    if row is None:
        raise Refusal(f"there is no such {_WORDS[of]}", ("id",), ProblemCode.NOT_FOUND)
    owned: Owned = row[0]
    if not row.may:
        raise Refusal("only its owner and ADMIN may do that", ("id",), ProblemCode.FORBIDDEN)
    if owned.state == ScheduleState.DELETED:
        raise Refusal("it has been deleted", ("id",), ProblemCode.CONFLICT)
    return owned
