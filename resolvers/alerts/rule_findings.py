"""What a rule of alerts finds at a moment: the trainees, or sessions, within its subject of which it holds.

Nothing is counted anew here. A trainee's band and chronic absence are those behind `watchCount`, `atRiskCount` and
`chronicAbsenceRate` of the subject; an absence streak is made of the marks behind `longestAbsenceStreak`; sessions
without marks are those a report lists as unrecorded. The number of statements is the same for any number of trainees.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import AlertKind, Subject, SubjectKind
from resolvers.access.scope import measurable
from resolvers.access.viewers import Viewer
from resolvers.alerts.evidence import EVIDENCE, below, chronic, in_a_row
from resolvers.calendar.periods import PeriodName, PeriodRequest, resolve, school_calendars
from resolvers.core.any_of import any_of
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.metrics.counting import Counting, SubjectDays, SubjectRules
from resolvers.metrics.dimensions import ASKED, DIMENSION
from resolvers.metrics.facts import FIRM_MARKS, enrolled_sql, trainees_sql
from resolvers.metrics.measure import Measured, figures_of, subject_rules_of
from resolvers.metrics.registry import METRICS
from resolvers.reports.sections.sessions import WITHOUT_MARKS

GONE: Final = "its subject is gone, or its figures are no longer the owner's to read"


_RATE: Final = METRICS["attendanceRate"]
SESSION_KEY: Final = "session:"
"""What the key of a finding that is a session begins with; its id follows."""


class Band(StrEnum):
    """A line of the school's policy: WATCH is `watchBelow`, AT_RISK `atRiskBelow`."""

    WATCH = "WATCH"
    AT_RISK = "AT_RISK"


@dataclass(frozen=True, slots=True)
class Watch:
    """What a rule looks for: `band` goes with BELOW_BAND, `count` with ABSENCES_IN_A_ROW."""

    kind: AlertKind
    within: int
    period: PeriodName
    band: Band | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing of which the rule holds; `numbers` are for the alert: {"sessions": 5}, {"session": id}, and evidence.

    `subject_id` is the trainee, or the class group of a session; `key` tells sessions apart.
    """

    subject_id: int
    key: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Looking:
    watch: Watch
    counting: Counting
    subject_rules: SubjectRules
    now: datetime

    @property
    def days(self) -> tuple[date, date]:
        """The days looked at, as far as they have come."""
        (asked,) = self.counting.asked
        return asked.first, max(asked.first, min(asked.last, self.subject_rules.today))

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        return await self.counting.rows(sql, [0])


async def findings_of(session: AsyncSession, owner: Viewer, watch: Watch, now: datetime) -> list[Finding]:
    """All of which the rule holds now and which the owner may see, by subject and key; none where there is no term.

    Refuses when the owner may not read the figures of the subject.
    """
    subject_rules = (await subject_rules_of(session, owner, [watch.within], now)).get(watch.within)
    if subject_rules is None:
        raise Refusal(GONE, ("within",), ProblemCode.NOT_FOUND)
    calendar = (await school_calendars(session, [subject_rules.school_id]))[subject_rules.school_id]
    period = resolve(PeriodRequest(named=watch.period), calendar, now)
    if period is None:
        return []
    asked = SubjectDays(watch.within, period.first, period.last)
    counting = Counting(session, [asked], {watch.within: subject_rules})
    found = await _FINDERS[watch.kind](_Looking(watch, counting, subject_rules, now))
    seen = await seen_by(session, owner, {finding.subject_id for finding in found})
    return sorted(
        (finding for finding in found if finding.subject_id in seen), key=lambda one: (one.subject_id, one.key)
    )


async def seen_by(session: AsyncSession, viewer: Viewer, subject_ids: set[int]) -> set[int]:
    """Those of the subjects that the viewer may see; trainers: whose figures they may read."""
    if not subject_ids:
        return set()
    return set(await session.scalars(select(Subject.id).where(any_of(Subject.id, subject_ids), measurable(viewer))))


async def _trainees(looking: _Looking, condition: str) -> list[dict[str, Any]]:
    columns = "trainee_id, weighted, expected, absent + excused as missed, marked"
    return await looking.rows(
        f"with {trainees_sql(looking.subject_rules.kind)} select {columns} from trainee where {condition}"
    )


async def _below_band(looking: _Looking) -> list[Finding]:
    within, rules, at_risk = looking.watch.within, looking.subject_rules.rules, looking.watch.band is Band.AT_RISK
    line = float(rules.at_risk_below if at_risk else rules.watch_below)
    # whoever is at risk is below the line to watch too
    rows = await _trainees(looking, "at_risk" if at_risk else "at_risk or watch")
    return [
        Finding(row["trainee_id"], numbers={EVIDENCE: below(_rate(row), line, within, looking.days)}) for row in rows
    ]


def _rate(row: Mapping[str, Any]) -> Fraction:
    return Fraction(row["weighted"]) / Fraction(row["expected"])


async def _chronic_absence(looking: _Looking) -> list[Finding]:
    within, line = looking.watch.within, float(looking.subject_rules.rules.chronic_threshold)
    return [
        Finding(
            row["trainee_id"],
            numbers={EVIDENCE: chronic(int(row["missed"]), int(row["marked"]), line, within, looking.days)},
        )
        for row in await _trainees(looking, "chronic")
    ]


async def _absences_in_a_row(looking: _Looking) -> list[Finding]:
    count = looking.watch.count
    assert count is not None
    # Only of those with so many absences at all, few of many, the marks are put in order. A recorded ABSENT is never
    # counted as anything else.
    often = f"""
    with {ASKED},
    enrolled as (select distinct a.n, c.trainee_id {enrolled_sql(looking.subject_rules.kind)})
    select trainee_id
    from enrolled join asked a using (n)
    join mark m using (trainee_id)
    where m.day between a.first_day and a.last_day and m.status = 'ABSENT'
    group by trainee_id having count(*) >= {count:d} order by trainee_id"""
    trainee_ids = [row["trainee_id"] for row in await looking.rows(often)]
    if not trainee_ids:
        return []
    (days,) = looking.counting.asked
    asked = [SubjectDays(trainee_id, days.first, days.last) for trainee_id in trainee_ids]
    subject_rules = SubjectRules(
        SubjectKind.TRAINEE, looking.subject_rules.school_id, looking.subject_rules.rules, looking.subject_rules.today
    )
    counting = Counting(looking.counting.session, asked, dict.fromkeys(trainee_ids, subject_rules))
    # the streak is going on when no other mark ends it: it is of the last island
    current = f"""
    with {FIRM_MARKS},
    past as (select * from firm where starts_at <= timestamptz '{looking.now.isoformat()}'),
    latest as (select n, max(island) as island from past group by n)
    select n, min(day) as first_day, max(day) as last_day, array_agg(course_id order by starts_at) as courses
    from past join latest using (n, island)
    where mark = 'ABSENT' group by n having count(*) >= {count:d} order by n"""
    rows = await counting.rows(current, range(len(asked)))
    if not rows:
        return []
    streaks = [asked[row["n"]] for row in rows]
    rates = await figures_of(Counting(counting.session, streaks, counting.rules_of), [_RATE])
    return [
        Finding(
            trainee_ids[row["n"]],
            numbers={
                "sessions": len(row["courses"]),
                EVIDENCE: in_a_row(
                    (row["first_day"], row["last_day"]),
                    Counter(row["courses"]),
                    _attendance(measured),
                    looking.days,
                ),
            },
        )
        for row, measured in zip(rows, rates, strict=True)
    ]


def _attendance(measured: Measured | None) -> float | None:
    value = measured.figures[_RATE.name] if measured else None
    return None if value is None else float(value)


async def _sessions_without_marks(looking: _Looking) -> list[Finding]:
    sql = f"""
    with {ASKED}
    select p.session_id, p.class_group_id
    from asked a
    join session_part p on p.{DIMENSION[looking.subject_rules.kind]} = a.subject_id
        and p.day between a.first_day and a.last_day
    where {WITHOUT_MARKS}"""
    return [
        Finding(row["class_group_id"], f"{SESSION_KEY}{row['session_id']}", {"session": row["session_id"]})
        for row in await looking.rows(sql)
    ]


_FINDERS: Final[Mapping[AlertKind, Callable[[_Looking], Awaitable[list[Finding]]]]] = MappingProxyType(
    {
        AlertKind.BELOW_BAND: _below_band,
        AlertKind.CHRONIC_ABSENCE: _chronic_absence,
        AlertKind.ABSENCES_IN_A_ROW: _absences_in_a_row,
        AlertKind.SESSIONS_WITHOUT_MARKS: _sessions_without_marks,
    }
)
RULE_KINDS: Final = tuple(_FINDERS)
"""The kinds of alert that rules raise."""
