"""Alert rules: what an owner asks to be told of as soon as it holds; making, changing and looking at them.

Who may do what with a rule is as for schedules (`resolvers/standing.permitted`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import AlertRule, Frequency, RuleOccurrence, ScheduleState, School, Subject, SubjectKind, User
from resolvers.access.viewers import Viewer, viewer_by_id
from resolvers.alerts.rule_drafts import CheckedRule, RuleDraft, checked_rule, draft_of_rule
from resolvers.calendar.recurrence import Recurrence, next_slot
from resolvers.core.any_of import any_of
from resolvers.core.paging import Page, PageRequest
from resolvers.schedules.owned_requests import Doing, OwnedQuery, held_for, make_room, page_of, permitted

MAX_RULES: Final = 200
"""How many an account may have that are not deleted."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with what is shown beside it."""

    rule: AlertRule
    owner_name: str
    zone: str
    within_kind: SubjectKind


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


async def list_rules(session: AsyncSession, viewer: Viewer, query: OwnedQuery, asked: PageRequest) -> Page[RuleRow]:
    """One page of rules, newest first; the key of a row is (id,)."""
    return await page_of(session, _rows(viewer), _row, AlertRule, query, asked)


async def rules_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, RuleRow]:
    """Those of the rules the viewer may read, by id, deleted ones too."""
    found = await session.execute(_rows(viewer).where(any_of(AlertRule.id, ids)))
    return {row.rule.id: row for row in map(_row, found)}


async def create_rule(
    session: AsyncSession, viewer: Viewer, asked: RuleDraft, *, domains: Collection[str], now: datetime
) -> AlertRule:
    """Writes down a rule of the viewer; refuses, naming the field, one that is impossible or not theirs to ask."""
    checked = await checked_rule(session, viewer, asked, domains)
    await make_room(session, viewer, AlertRule, MAX_RULES)
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
    rule = await held_for(session, viewer, AlertRule, rule_id, Doing.CHANGE)
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
    rule = await held_for(session, viewer, AlertRule, rule_id, Doing.STOP)
    return await _set(session, rule, ScheduleState.PAUSED, None)


async def resume_rule(session: AsyncSession, viewer: Viewer, rule_id: int, now: datetime) -> AlertRule:
    """Has a paused rule checked again, from its next time of day on."""
    rule = await held_for(session, viewer, AlertRule, rule_id, Doing.CHANGE)
    if rule.state == ScheduleState.ACTIVE:
        return rule
    zone = await session.scalar(select(School.timezone).where(School.id == rule.school_id))
    assert zone is not None
    return await _set(session, rule, ScheduleState.ACTIVE, next_check(rule.check_time, zone, now))


async def delete_rule(session: AsyncSession, viewer: Viewer, rule_id: int, now: datetime) -> AlertRule:
    """Ends a rule for good, and all that is open of it."""
    rule = await held_for(session, viewer, AlertRule, rule_id, Doing.STOP)
    ended = update(RuleOccurrence).where(RuleOccurrence.rule_id == rule.id, RuleOccurrence.ended_at.is_(None))
    await session.execute(ended.values(ended_at=now).execution_options(synchronize_session=False))
    return await _set(session, rule, ScheduleState.DELETED, None)


async def _set(
    session: AsyncSession, rule: AlertRule, state: ScheduleState, next_check_at: datetime | None
) -> AlertRule:
    rule.state, rule.next_check_at = state, next_check_at
    await session.flush()
    return rule


def _first(checked: CheckedRule, now: datetime) -> datetime:
    return next_check(checked.draft.check_time, checked.zone, now)
