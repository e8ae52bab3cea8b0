"""Occurrences of rules: opened when something begins to hold, ended when it does not hold any more, told once each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, Text, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.expression import bindparam

from models import AlertKind, AlertRule, RuleOccurrence, Session, Subject, SubjectKind
from resolvers.access.scope import visible
from resolvers.access.viewers import Viewer
from resolvers.alerts.alerts import NewAlert
from resolvers.alerts.rule_findings import SESSION_KEY, Finding, seen_by
from resolvers.core.any_of import any_of
from resolvers.core.paging import Page, PageRequest, beyond, cut, in_order
from resolvers.schedules.owned_requests import Doing, permitted

MAX_ALERTS: Final = 20
"""How many findings of one check are told to an account one by one; of more it gets one alert with their number."""

# A session is told of once for ever, whatever becomes of it later; all else once for as long as it lasts.
_OPEN: Final = text("""
    insert into rule_occurrence (rule_id, subject_id, key, began_at)
    select :rule, n.subject_id, n.key, :now
    from unnest(:subjects, :keys) as n (subject_id, key)
    where not exists (
        select from rule_occurrence o
        where o.rule_id = :rule and o.key = n.key
            and (n.key <> '' or (o.subject_id = n.subject_id and o.ended_at is null))
    )
    order by n.subject_id, n.key
    on conflict (rule_id, subject_id, key) where ended_at is null do nothing
    returning id, subject_id, key
""").bindparams(bindparam("subjects", type_=ARRAY(BigInteger)), bindparam("keys", type_=ARRAY(Text)))


@dataclass(frozen=True, slots=True)
class Opened:
    """A finding that is new, and its occurrence."""

    id: int
    finding: Finding


async def note_findings(
    session: AsyncSession, rule_id: int, findings: Sequence[Finding], now: datetime
) -> list[Opened]:
    """Ends what is open and was not found, opens what was found and is not open; returns the latter, in order.

    The caller holds the rule, so that two checks of it follow one another.
    """
    held = {_identity(finding.subject_id, finding.key) for finding in findings}
    open_ones = await session.execute(
        select(RuleOccurrence.id, RuleOccurrence.subject_id, RuleOccurrence.key).where(
            RuleOccurrence.rule_id == rule_id, RuleOccurrence.ended_at.is_(None)
        )
    )
    over = [row.id for row in open_ones if _identity(row.subject_id, row.key) not in held]
    if over:
        ended = update(RuleOccurrence).where(any_of(RuleOccurrence.id, over)).values(ended_at=now)
        await session.execute(ended.execution_options(synchronize_session=False))
    if not findings:
        return []
    found = {(finding.subject_id, finding.key): finding for finding in findings}
    values: dict[str, Any] = {
        "rule": rule_id,
        "now": now,
        "subjects": [subject_id for subject_id, _ in found],
        "keys": [key for _, key in found],
    }
    rows = await session.execute(_OPEN, values)
    return sorted((Opened(row.id, found[row.subject_id, row.key]) for row in rows), key=lambda one: one.id)


def _identity(subject_id: int, key: str) -> object:
    # a session stays the same one when it moves to another class group
    return key or subject_id


async def news_of(
    session: AsyncSession, rule: AlertRule, opened: Sequence[Opened], accounts: Collection[Viewer]
) -> list[NewAlert]:
    """What to tell these accounts: of what each may see at this moment. One statement for all of the same rights."""
    if not opened:
        return []
    subjects = {rule.within, *(one.finding.subject_id for one in opened)}
    seen: dict[Viewer, set[int]] = {}
    news = []
    for account in accounts:
        rights = replace(account, user_id=0, email=None, name="", tokens_from=None)
        if rights not in seen:
            seen[rights] = await seen_by(session, account, subjects)
        own = [one for one in opened if one.finding.subject_id in seen[rights]]
        news += _news(rule, account.user_id, own, names_within=rule.within in seen[rights])
    return news


def _news(rule: AlertRule, account_id: int, own: Sequence[Opened], *, names_within: bool) -> list[NewAlert]:
    kind = AlertKind(rule.kind)
    about = {"rule": rule.id} | {name: value for name, value in rule.limits.items() if name == "band"}
    if len(own) > MAX_ALERTS:
        # they are told together: which ones they are is in the rule's open occurrences
        data = about | {"count": len(own)} | ({"subject": rule.within} if names_within else {})
        if "count" in rule.limits:
            data["sessions"] = rule.limits["count"]
        return [NewAlert(account_id, kind, f"rule:{rule.id}:{own[0].id}-{own[-1].id}", data)]
    return [
        NewAlert(
            account_id, kind, f"rule:{one.id}", {**about, "subject": one.finding.subject_id, **one.finding.numbers}
        )
        for one in own
    ]


@dataclass(frozen=True, slots=True)
class OpenOccurrence:
    """Something of which a rule holds since `began_at`; of a session also its own id at the institution and its start.

    `subject_id` is the trainee, or the class group of the session.
    """

    id: int
    rule_id: int
    subject_id: int
    began_at: datetime
    session: str | None
    session_at: datetime | None


async def open_occurrences(
    session: AsyncSession, viewer: Viewer, rule_ids: Sequence[int], asked: PageRequest
) -> dict[int, Page[OpenOccurrence]]:
    """One page of what is open of each rule the viewer may read and of whom they may see; newest first, keys (id,)."""
    keys = (RuleOccurrence.id,)
    order = in_order(keys, asked, descending=True)
    place = func.row_number().over(partition_by=RuleOccurrence.rule_id, order_by=order).label("place")
    conditions = [
        any_of(RuleOccurrence.rule_id, rule_ids),
        RuleOccurrence.ended_at.is_(None),
        permitted(viewer, Doing.READ, AlertRule),
        visible(viewer, (SubjectKind.TRAINEE, SubjectKind.CLASS_GROUP)),
        *beyond(keys, asked, descending=True),
    ]
    ranked = (
        select(RuleOccurrence, place)
        .join(AlertRule, AlertRule.id == RuleOccurrence.rule_id)
        .join(Subject, Subject.id == RuleOccurrence.subject_id)
        .where(*conditions)
        .subquery("ranked")
    )
    session_id = cast(func.nullif(func.substr(ranked.c.key, len(SESSION_KEY) + 1), ""), Integer)
    found = await session.execute(
        select(ranked, Session.source_id.label("session"), Session.starts_at.label("session_at"))
        .outerjoin(Session, Session.id == session_id)
        .where(ranked.c.place <= asked.size + 1)
        .order_by(ranked.c.rule_id, ranked.c.place)
    )
    occurrences: dict[int, list[OpenOccurrence]] = {rule_id: [] for rule_id in rule_ids}
    for row in found:
        one = OpenOccurrence(row.id, row.rule_id, row.subject_id, row.began_at, row.session, row.session_at)
        occurrences[row.rule_id].append(one)
    return {rule_id: cut(rows, asked) for rule_id, rows in occurrences.items()}
