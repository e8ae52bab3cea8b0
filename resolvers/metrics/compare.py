"""Comparisons: figures of some subjects over some periods, and how they differ from the first period and subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import Period, PeriodRequest, resolve, school_calendars
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.metrics.measure import SubjectDays, measure, named_metrics
from resolvers.metrics.registry import Value
from resolvers.subjects.look_ups import SubjectRow, subjects_by_ids

MAX_SUBJECTS: Final = 50
MAX_PERIODS: Final = 12


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure differs from another; relative is null where the other is 0."""

    difference: float | None
    relative: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric of one subject over one period; None as period: the school has no such (as outside of terms)."""

    period: Period | None
    metric: str
    value: Value
    from_first_period: Change
    from_first_subject: Change


@dataclass(frozen=True, slots=True)
class ComparedSubject:
    """A subject and its cells, by period and metric in the order asked."""

    subject: SubjectRow
    cells: tuple[Cell, ...]


async def compare(
    session: AsyncSession,
    viewer: Viewer,
    subject_ids: Sequence[int],
    periods: Sequence[PeriodRequest],
    metrics: Sequence[str],
    *,
    now: datetime,
) -> list[ComparedSubject]:
    """The figures of each subject over each period; refuses subjects whose figures the viewer may not read."""
    _check("subjects", subject_ids, MAX_SUBJECTS)
    _check("periods", periods, MAX_PERIODS)
    _check("metrics", metrics, None)
    names = [metric.name for metric in named_metrics(metrics)]
    rows = await _readable(session, viewer, subject_ids)
    calendars = await school_calendars(session, sorted({row.school_id for row in rows}))
    days = {
        school_id: [resolve(period, calendar, now) for period in periods] for school_id, calendar in calendars.items()
    }
    asked = [
        SubjectDays(row.id, period.first, period.last)
        for row in rows
        for period in days[row.school_id]
        if period is not None
    ]
    measured = iter(await measure(session, viewer, asked, names, now=now))
    tables: list[list[Mapping[str, Value]]] = []
    for row in rows:
        found = [next(measured) if period is not None else None for period in days[row.school_id]]
        tables.append([one.figures if one is not None else {} for one in found])
    return [
        ComparedSubject(row, tuple(_cells(names, days[row.school_id], table, tables[0])))
        for row, table in zip(rows, tables, strict=True)
    ]


def _cells(
    names: Sequence[str],
    periods: Sequence[Period | None],
    table: Sequence[Mapping[str, Value]],
    first_table: Sequence[Mapping[str, Value]],
) -> list[Cell]:
    return [
        Cell(
            period,
            name,
            figures.get(name),
            change(figures.get(name), table[0].get(name)),
            change(figures.get(name), beside.get(name)),
        )
        for period, figures, beside in zip(periods, table, first_table, strict=True)
        for name in names
    ]


def change(value: Value, base: Value) -> Change:
    """How a figure differs from a base; of nothing, nothing can be said."""
    if value is None or base is None:
        return Change(None, None)
    difference = float(value) - float(base)
    return Change(difference, difference / base if base else None)


async def _readable(session: AsyncSession, viewer: Viewer, subject_ids: Sequence[int]) -> list[SubjectRow]:
    rows = await subjects_by_ids(session, viewer, set(subject_ids))
    for place, subject_id in enumerate(subject_ids):
        row = rows.get(subject_id)
        if row is None:
            raise Refusal("there is no such subject", ("subjects", str(place)), ProblemCode.NOT_FOUND)
        if not row.may_measure:
            message = f"the figures of {row.name} are not yours to read"
            raise Refusal(message, ("subjects", str(place)), ProblemCode.FORBIDDEN)
    return [rows[subject_id] for subject_id in subject_ids]


def _check(name: str, given: Sequence[object], most: int | None) -> None:
    if not given:
        raise Refusal("give at least one", (name,))
    if len(set(given)) != len(given):
        raise Refusal("give each only once", (name,))
    if most is not None and len(given) > most:
        raise Refusal(f"give {most} at most, not {len(given)}", (name,))
