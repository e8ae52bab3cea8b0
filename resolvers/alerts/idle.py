"""Standing requests that wait for something that is not there: rules that look at nothing, schedules that never run."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import AlertKind, AlertRule, Schedule, Subject, SubjectKind
from resolvers.alerts.alerts import NewAlert
from resolvers.alerts.rule_drafts import watch_of
from resolvers.calendar.periods import PeriodName, PeriodRequest, resolve, school_calendars
from resolvers.calendar.school_days import SchoolDays
from resolvers.core.any_of import any_of
from resolvers.metrics.counting import Counting, SubjectDays, SubjectRules
from resolvers.metrics.dimensions import ASKED, DIMENSION
from resolvers.metrics.facts import enrolled_sql
from resolvers.metrics.policies import DEFAULTS
from resolvers.reports.runs import period_from_stored

IDLE: Final = "idle"
"""In the data of an alert: why the rule or the schedule it tells of does nothing."""


class Idle(StrEnum):
    """Why a standing request does nothing."""

    NO_TERMS = "NO_TERMS"
    NO_TERM_NOW = "NO_TERM_NOW"
    NO_TRAINEES = "NO_TRAINEES"
    NO_SESSIONS = "NO_SESSIONS"
    NOBODY_TO_TELL = "NOBODY_TO_TELL"
    NOT_READABLE = "NOT_READABLE"


SENTENCES: Final[Mapping[Idle, str]] = MappingProxyType(
    {
        Idle.NO_TERMS: "It goes by terms, and the school has none with a first and a last day.",
        Idle.NO_TERM_NOW: "It goes by terms, and today is in none of the school.",
        Idle.NO_TRAINEES: "Nobody is enrolled there on the days it looks at.",
        Idle.NO_SESSIONS: "No session is timetabled there on the days it looks at.",
        Idle.NOBODY_TO_TELL: "Nobody is left whom it may tell.",
        Idle.NOT_READABLE: "Its owner may no longer read what it looks at.",
    }
)
# What passes by itself is shown, and is no news: holidays come every year.
_PASSING: Final = frozenset({Idle.NO_TERM_NOW, Idle.NO_SESSIONS})
_OF_TERMS: Final = frozenset({PeriodName.TERM_TO_DATE, PeriodName.THIS_TERM, PeriodName.LAST_TERM})


def idle_alert(of: AlertRule | Schedule, reason: Idle) -> NewAlert | None:
    """What its owner is told of that, once for each reason; None: it passes by itself."""
    if reason in _PASSING:
        return None
    thing = "rule" if isinstance(of, AlertRule) else "schedule"
    return NewAlert(of.owner_id, AlertKind.RUN_FAILED, f"{thing}:{of.id}:{reason}", {thing: of.id, IDLE: reason.value})


def idle_schedule(schedule: Schedule, school: SchoolDays, now: datetime) -> Idle | None:
    """Why a schedule that goes by terms does nothing."""
    named = period_from_stored(schedule.period).named
    if not (schedule.only_in_terms or named in _OF_TERMS):
        return None
    if not school.terms:
        return Idle.NO_TERMS
    today = now.astimezone(ZoneInfo(school.zone)).date()
    in_term = any(first <= today <= last for first, last in school.terms)
    return None if in_term or (named is PeriodName.LAST_TERM and not schedule.only_in_terms) else Idle.NO_TERM_NOW


@dataclass(frozen=True, slots=True)
class _Look:
    """What a rule looks at, and when."""

    rule: AlertRule
    kind: SubjectKind
    asked: SubjectDays
    today: date

    @property
    def sessions(self) -> bool:
        return self.rule.kind == AlertKind.SESSIONS_WITHOUT_MARKS


async def idle_rules(session: AsyncSession, rules: Sequence[AlertRule], now: datetime) -> dict[int, Idle]:
    """Why these rules look at nothing, by rule, of those that do; few statements for any number.

    The caller has looked up who asks: whether there is anything is told, not what.
    """
    calendars = await school_calendars(session, sorted({rule.school_id for rule in rules}))
    rows = await session.execute(select(Subject.id, Subject.kind).where(any_of(Subject.id, {r.within for r in rules})))
    kinds = {row.id: SubjectKind(row.kind) for row in rows}
    idle: dict[int, Idle] = {}
    looks: dict[tuple[SubjectKind, bool], list[_Look]] = defaultdict(list)
    for rule in rules:
        calendar = calendars[rule.school_id]
        period = resolve(PeriodRequest(named=watch_of(rule).period), calendar, now)
        if period is None:
            idle[rule.id] = Idle.NO_TERM_NOW if calendar.terms else Idle.NO_TERMS
        elif rule.within in kinds:
            asked = SubjectDays(rule.within, period.first, period.last)
            look = _Look(rule, kinds[rule.within], asked, calendar.today(now))
            looks[look.kind, look.sessions].append(look)
    for (kind, sessions), some in looks.items():
        busy = await _busy(session, some, _SESSIONS.format(key=DIMENSION[kind]) if sessions else _enrolled(kind))
        reason = Idle.NO_SESSIONS if sessions else Idle.NO_TRAINEES
        idle |= {look.rule.id: reason for n, look in enumerate(some) if n not in busy}
    return idle


_SESSIONS: Final = f"""
    with {ASKED}
    select a.n from asked a
    where exists (
        select from session_part p where p.{{key}} = a.subject_id and p.day between a.first_day and a.last_day
    )"""


def _enrolled(kind: SubjectKind) -> str:
    one = enrolled_sql(kind).replace("from asked a", "from (select o.*) a", 1)
    return f"with {ASKED} select o.n from asked o where exists (select {one})"


async def _busy(session: AsyncSession, looks: Sequence[_Look], sql: str) -> set[int]:
    """The positions of those of whom the statement finds anything."""
    rules_of = {
        look.asked.subject_id: SubjectRules(look.kind, look.rule.school_id, DEFAULTS, look.today) for look in looks
    }
    counting = Counting(session, [look.asked for look in looks], rules_of)
    return {row["n"] for row in await counting.rows(sql, range(len(looks)))}
