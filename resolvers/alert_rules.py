"""Alert rules: what an owner asks to be told of as soon as it holds; making, changing and looking at them.

Who may do what with a rule is as for schedules (`resolvers/schedules.permitted`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import AlertKind, AlertRule, Frequency, RuleOccurrence, ScheduleState, School, Subject, SubjectKind, User
from resolvers.among import among
from resolvers.paging import MAX_COUNT, Page, PageRequest, cut
from resolvers.problems import ProblemCode, Refusal
from resolvers.recurrence import Recurrence, next_slot
from resolvers.rule_drafts import CheckedRule, RuleDraft, checked_rule, draft_of_rule
from resolvers.schedules import Doing, permitted
from resolvers.viewers import Viewer, viewer_by_id

MAX_RULES: Final = 200
"""How many an account may have that are not deleted."""

_LOCKS: Final = 5_302  # the advisory locks under which rules of an account are counted


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with what is shown beside it."""

    rule: AlertRule
    owner_name: str
    zone: str
    within_kind: SubjectKind


@dataclass(frozen=True, slots=True)
class RuleQuery:
    """Which rules of a list; every given part must hold. `states` None: all but the deleted."""

    states: tuple[ScheduleState, ...] | None = None
    kinds: tuple[AlertKind, ...] | None = None
    school_id: int | None = None
    owner_id: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions on `AlertRule`."""
        states = self.states if self.states is not None else (ScheduleState.ACTIVE, ScheduleState.PAUSED)
        conditions: list[ColumnElement[bool]] = [AlertRule.state.in_(states)]
        if self.kinds is not None:
            conditions.append(AlertRule.kind.in_(self.kinds))
        if self.school_id is not None:
            conditions.append(AlertRule.school_id == self.school_id)
        if self.owner_id is not None:
            conditions.append(AlertRule.owner_id == self.owner_id)
        return conditions


def next_check(check_time: str, zone: str, after: datetime) -> datetime:
    """The next instant at which it is that time of day in that zone, once a day also where clocks change."""
    return next_slot(Recurrence(Frequency.DAILY, check_time), zone, after)


def _rows(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    return (
        select(AlertRule, User.name, School.timezone, Subject.kind)
        .join(User, User.id == AlertRule.owner_id)
        .join(School, School.id == AlertRule.school_id)
        .join(Subject, Subject.id == AlertRule.within)
        .where(permitted(viewer, Doing.READ, AlertRule))
    )


def _row(found: Any) -> RuleRow:
    rule, owner_name, zone, kind = found
    return RuleRow(rule, owner_name, zone, SubjectKind(kind))


async def list_rules(session: AsyncSession, viewer: Viewer, query: RuleQuery, asked: PageRequest) -> Page[RuleRow]:
    """One page of rules, newest first; the key of a row is (id,)."""
    conditions = query.conditions()
    if asked.after is not None:
        conditions.append(AlertRule.id < asked.after[0])
    if asked.before is not None:
        conditions.append(AlertRule.id > asked.before[0])
    order = AlertRule.id.asc() if asked.checked().backwards else AlertRule.id.desc()
    found = await session.execute(_rows(viewer).where(*conditions).order_by(order).limit(asked.size + 1))
    return cut([_row(one) for one in found], asked)


async def count_rules(session: AsyncSession, viewer: Viewer, query: RuleQuery) -> int | None:
    """How many rules the whole list has; exact up to 10,000, None beyond."""
    readable = permitted(viewer, Doing.READ, AlertRule)
    some = select(AlertRule.id).where(readable, *query.conditions()).limit(MAX_COUNT + 1)
    count = int(await session.scalar(select(func.count()).select_from(some.subquery())) or 0)
    return count if count <= MAX_COUNT else None


async def rules_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, RuleRow]:
    """Those of the rules the viewer may read, by id, deleted ones too."""
    found = await session.execute(_rows(viewer).where(among(AlertRule.id, ids)))
    return {row.rule.id: row for row in map(_row, found)}


async def create_rule(
    session: AsyncSession, viewer: Viewer, asked: RuleDraft, *, domains: Collection[str], now: datetime
) -> AlertRule:
    """Writes down a rule of the viewer; refuses, naming the field, one that is impossible or not theirs to ask."""
    checked = await checked_rule(session, viewer, asked, domains)
    await session.execute(select(func.pg_advisory_xact_lock(_LOCKS, viewer.user_id)))
    held = select(func.count()).where(AlertRule.owner_id == viewer.user_id, AlertRule.state != ScheduleState.DELETED)
    if (await session.scalar(held) or 0) >= MAX_RULES:
        raise Refusal(f"an account has {MAX_RULES} rules at most; delete one first", (), ProblemCode.CONFLICT)
    rule = AlertRule(
        owner_id=viewer.user_id,
        school_id=checked.school_id,
        state=ScheduleState.ACTIVE,
        next_check_at=_first(checked, now),
        created_at=now,
        **checked.draft.values(),
    )
    session.add(rule)
    await session.flush()
    return rule


async def update_rule(
    session: AsyncSession,
    viewer: Viewer,
    rule_id: int,
    changes: Mapping[str, Any],
    *,
    domains: Collection[str],
    now: datetime,
) -> AlertRule:
    """Changes parts of a rule, named as in `RuleDraft`; the whole is checked anew, under its owner's rights.

    The kind stays. What is open and does not hold any more by the rule as changed ends at the next check, untold.
    """
    rule = await _to_do(session, viewer, rule_id, Doing.CHANGE)
    owner = viewer if viewer.user_id == rule.owner_id else await viewer_by_id(session, rule.owner_id)
    assert owner is not None
    checked = await checked_rule(session, owner, replace(draft_of_rule(rule), **changes), domains)
    before = rule.check_time, rule.school_id
    for name, value in checked.draft.values().items():
        setattr(rule, name, value)
    rule.school_id = checked.school_id
    if rule.state == ScheduleState.ACTIVE and before != (rule.check_time, rule.school_id):
        rule.next_check_at = _first(checked, now)
    await session.flush()
    return rule


async def pause_rule(session: AsyncSession, viewer: Viewer, rule_id: int) -> AlertRule:
    """Stops a rule from being checked until it is resumed; what is open stays open."""
    rule = await _to_do(session, viewer, rule_id, Doing.STOP)
    return await _set(session, rule, ScheduleState.PAUSED, None)


async def resume_rule(session: AsyncSession, viewer: Viewer, rule_id: int, now: datetime) -> AlertRule:
    """Has a paused rule checked again, from its next time of day on."""
    rule = await _to_do(session, viewer, rule_id, Doing.CHANGE)
    if rule.state == ScheduleState.ACTIVE:
        return rule
    zone = await session.scalar(select(School.timezone).where(School.id == rule.school_id))
    assert zone is not None
    return await _set(session, rule, ScheduleState.ACTIVE, next_check(rule.check_time, zone, now))


async def delete_rule(session: AsyncSession, viewer: Viewer, rule_id: int, now: datetime) -> AlertRule:
    """Ends a rule for good, and all that is open of it."""
    rule = await _to_do(session, viewer, rule_id, Doing.STOP)
    ended = update(RuleOccurrence).where(RuleOccurrence.rule_id == rule.id, RuleOccurrence.ended_at.is_(None))
    await session.execute(ended.values(ended_at=now).execution_options(synchronize_session=False))
    return await _set(session, rule, ScheduleState.DELETED, None)


async def _to_do(session: AsyncSession, viewer: Viewer, rule_id: int, doing: Doing) -> AlertRule:
    """The rule, locked; refuses when the viewer may not see it, may not do that, or it has been deleted."""
    may = and_(true(), permitted(viewer, doing, AlertRule)).label("may")
    found = await session.execute(
        select(AlertRule, may)
        .where(AlertRule.id == rule_id, permitted(viewer, Doing.READ, AlertRule))
        .with_for_update(of=AlertRule)
    )
    row = found.one_or_none()
    if row is None:
        raise Refusal("there is no such rule", ("id",), ProblemCode.NOT_FOUND)
    rule: AlertRule = row[0]
    if not row.may:
        raise Refusal("only its owner and ADMIN may do that", ("id",), ProblemCode.FORBIDDEN)
    if rule.state == ScheduleState.DELETED:
        raise Refusal("it has been deleted", ("id",), ProblemCode.CONFLICT)
    return rule


async def _set(
    session: AsyncSession, rule: AlertRule, state: ScheduleState, next_check_at: datetime | None
) -> AlertRule:
    rule.state, rule.next_check_at = state, next_check_at
    await session.flush()
    return rule


def _first(checked: CheckedRule, now: datetime) -> datetime:
    return next_check(checked.draft.check_time, checked.zone, now)
