"""What a stored report holds besides its metrics: the parts only some kinds have, built for many subjects at once.

`data` is `{"version": 1, <section>: …}`: ids and numbers, never names (resolvers/reports/reading.py adds those at
reading). A section is a name, the kinds that have it, and one statement or two for all subjects of a batch:

trend       [{from, to, name, metrics: {name: value}}]              ISO weeks, clipped to the period
breakdown   [{ids: [subject id or null, …], parts: {name: number}}]  by child; parts, so that rows add up exactly
bands       [{id, present, late, excused, absent, band, chronic}]    trainees below a line, or chronically absent
unrecorded  [{session, day, time, course, group, trainer}]           past sessions without marks
cancelled   [{session, day, time, course, group}]                    cancelled sessions
starts      {timed, punctual}                                        held sessions with an actual start; on time
streaks     [{from, to, sessions}]                                   two or more absences in a row
timeline    [[day, time, course id, status], …]                      every session of a trainee, in order
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import orjson

from models import SubjectKind
from resolvers.calendar.periods import Granularity, Period, buckets
from resolvers.metrics.counting import Asked, Counting
from resolvers.metrics.facts import FACT_OF_PART, FACTS, trainees_sql
from resolvers.metrics.registry import METRICS, Part
from resolvers.metrics.spine import ASKED, SLOTS, SPINE_KEY

VERSION: Final = 1
TREND_METRICS: Final = (
    "attendanceRate", "absenceRate", "lateRate", "sessionCount", "expected", "averageScore", "passRate",
)  # fmt: skip
_K: Final = SubjectKind
_TREE: Final = frozenset({_K.SCHOOL, _K.DEPARTMENT, _K.PROGRAMME})
_TAUGHT: Final = frozenset({_K.CLASS_GROUP, _K.COURSE})

# what a breakdown is by: columns of the spine, one level down
BREAKDOWN_KEYS: Final[dict[SubjectKind, tuple[str, ...]]] = {
    _K.SCHOOL: ("department_id",),
    _K.DEPARTMENT: ("programme_id",),
    _K.PROGRAMME: ("class_group_id",),
    _K.CLASS_GROUP: ("course_id",),
    _K.COURSE: ("class_group_id",),
    _K.TRAINER: ("course_id", "class_group_id"),
    _K.TRAINEE: ("course_id",),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Subjects of one kind over one period: `counting` asks about each of them once, in order, split as breakdowns."""

    kind: SubjectKind
    period: Period
    counting: Counting

    @property
    def subject_ids(self) -> list[int]:
        """The subjects in the order they are asked about."""
        return [ask.subject_id for ask in self.counting.asked]

    async def rows(self, sql: str) -> dict[int, list[dict[str, Any]]]:
        """The rows of a statement over `asked`, by subject; the column n is taken out."""
        asked = self.counting.asked
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in await self.counting.rows(sql, range(len(asked))):
            found[asked[row.pop("n")].subject_id].append(row)
        return found


Built = Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of `data`: its name, the kinds that have it, and how it is built for a whole batch."""

    name: str
    kinds: frozenset[SubjectKind]
    build: Callable[[Batch], Awaitable[Built]]
    empty: Callable[[], Any] = list


def plain(part: Part) -> int | str:
    """A part as JSON keeps it exactly: whole numbers as numbers, other decimals as text."""
    if isinstance(part, int):
        return part
    return int(part) if part == part.to_integral_value() else str(part)


def exact(stored: int | str) -> Part:
    """A part read back from JSON."""
    return stored if isinstance(stored, int) else Decimal(stored)


async def _trend(batch: Batch) -> Built:
    weeks = buckets(batch.period, Granularity.WEEK)
    asked = [Asked(subject_id, week.first, week.last) for subject_id in batch.subject_ids for week in weeks]
    metrics = [METRICS[name] for name in TREND_METRICS]
    standings = batch.counting.standings
    trend = Counting(batch.counting.session, asked, standings)
    parts = await trend.parts({part for metric in metrics for part in metric.parts})
    points: dict[int, list[Any]] = defaultdict(list)
    for n, ask in enumerate(asked):
        week, rules = weeks[n % len(weeks)], standings[ask.subject_id].rules
        figures = {metric.name: metric.of(batch.kind, parts[n], rules) for metric in metrics}
        days = {"from": week.first.isoformat(), "to": week.last.isoformat(), "name": week.name}
        points[ask.subject_id].append({**days, "metrics": figures})
    return points


async def _breakdown(batch: Batch) -> Built:
    keys = BREAKDOWN_KEYS[batch.kind]
    subject_ids = batch.subject_ids
    rows: dict[int, dict[tuple[int | None, ...], dict[str, int | str]]] = defaultdict(lambda: defaultdict(dict))
    for fact in FACTS:
        for row in await batch.counting.fact(fact, batch.kind) if fact.splits else ():
            if not row["whole"]:
                ids = tuple([row[key] for key in keys])
                kept = {part: plain(row[part]) for part in fact.parts if row[part]}
                rows[subject_ids[row["n"]]][ids].update(kept)
    return {
        subject_id: [{"ids": list(ids), "parts": parts} for ids, parts in sorted(found.items(), key=_nulls_last)]
        for subject_id, found in rows.items()
    }


def _nulls_last(item: tuple[tuple[int | None, ...], Any]) -> list[tuple[bool, int]]:
    return [(key is None, key or 0) for key in item[0]]


async def _bands(batch: Batch) -> Built:
    sql = f"""
    with {trainees_sql(batch.kind)}
    select n, trainee_id as id, present::int, late::int, excused::int, absent::int,
        case when at_risk then 'AT_RISK' when watch then 'WATCH' end as band, chronic
    from trainee where at_risk or watch or chronic order by n, trainee_id"""
    return await batch.rows(sql)


_SESSION: Final = """session.source_id as session, p.day::text as day,
    to_char(p.starts_at at time zone school.timezone, 'HH24:MI') as time, p.course_id as course,
    p.class_group_id as "group" """


def _sessions(kind: SubjectKind, columns: str, condition: str) -> str:
    return f"""
    with {ASKED}
    select a.n, {_SESSION}{columns}
    from asked a
    join session_part p on p.{SPINE_KEY[kind]} = a.subject_id and p.day between a.first_day and a.last_day
    join session on session.id = p.session_id
    join school on school.id = p.school_id
    where {condition}
    order by a.n, p.starts_at, session.source_id"""


# asked a, session_part p: a mark that counts nowhere, of somebody not enrolled, is a mark all the same
_NOBODY: Final = (
    "p.present + p.late + p.excused + p.absent = 0"
    " and not exists (select from mark where mark.session_id = p.session_id)"
)
WITHOUT_MARKS: Final = f"p.day < a.today and (p.status = 'SCHEDULED' or (p.status = 'HELD' and {_NOBODY}))"


async def _unrecorded(batch: Batch) -> Built:
    return await batch.rows(_sessions(batch.kind, ", p.trainer_id as trainer", WITHOUT_MARKS))


async def _cancelled(batch: Batch) -> Built:
    return await batch.rows(_sessions(batch.kind, "", "p.status = 'CANCELLED'"))


async def _starts(batch: Batch) -> Built:
    sql = f"""
    with {ASKED}
    select a.n, count(p.punctual) as timed, count(*) filter (where p.punctual) as punctual
    from asked a
    join session_part p on p.{SPINE_KEY[batch.kind]} = a.subject_id and p.day between a.first_day and a.last_day
    where p.status = 'HELD' group by a.n"""
    return {subject_id: rows[0] for subject_id, rows in (await batch.rows(sql)).items()}


async def _streaks(batch: Batch) -> Built:
    rows = await batch.counting.fact(FACT_OF_PART["streak"], batch.kind)
    subject_ids = batch.subject_ids
    return {subject_ids[row["n"]]: orjson.loads(row["several"]) for row in rows if row["several"]}


async def _timeline(batch: Batch) -> Built:
    sql = f"""
    with {SLOTS}
    select n, json_agg(json_build_array(day, to_char(slot.starts_at at time zone school.timezone, 'HH24:MI'),
        course_id, coalesce(mark::text, case when status = 'HELD' then 'UNMARKED' else status::text end))
        order by slot.starts_at, session_id)::text as timeline
    from slot join school on school.id = slot.school_id
    group by n"""
    return {subject_id: orjson.Fragment(rows[0]["timeline"]) for subject_id, rows in (await batch.rows(sql)).items()}


SECTIONS: Final = (
    Section("trend", _TREE | _TAUGHT, _trend),
    Section("breakdown", frozenset(SubjectKind), _breakdown),
    Section("bands", _TAUGHT, _bands),
    Section("unrecorded", _TAUGHT, _unrecorded),
    Section("cancelled", frozenset({_K.TRAINER}), _cancelled),
    Section("starts", frozenset({_K.TRAINER}), _starts, lambda: {"timed": 0, "punctual": 0}),
    Section("streaks", frozenset({_K.TRAINEE}), _streaks),
    Section("timeline", frozenset({_K.TRAINEE}), _timeline),
)


async def build_data(batch: Batch) -> dict[int, dict[str, Any]]:
    """The `data` of each subject of the batch."""
    data: dict[int, dict[str, Any]] = {subject_id: {"version": VERSION} for subject_id in batch.subject_ids}
    for section in SECTIONS:
        if batch.kind in section.kinds:
            built = await section.build(batch)
            for subject_id in batch.subject_ids:
                data[subject_id][section.name] = built.get(subject_id) or section.empty()
    return data
