"""Rankings: the subjects of a kind by one figure, leaving out those with too little behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Subject, SubjectKind
from resolvers.access.scope import measurable
from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import PeriodRequest, resolve, school_calendars
from resolvers.core.problems import Refusal
from resolvers.metrics.measure import Figures, SubjectDays, measure
from resolvers.metrics.registry import Better, Metric
from resolvers.subjects.look_ups import SubjectRow, ids_within, subjects_by_ids

DEFAULT_TOP: Final = 10
MAX_TOP: Final = 500


class RankingOrder(StrEnum):
    """What comes first; the metric says which direction is better."""

    BEST = "BEST"
    WORST = "WORST"
    HIGHEST = "HIGHEST"
    LOWEST = "LOWEST"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A subject's place: equal values share a rank, and the next rank counts them all (1, 2, 2, 4)."""

    rank: int
    subject: SubjectRow
    value: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    id: int
    sort_key: str
    value: float


async def ranking(
    session: AsyncSession,
    viewer: Viewer,
    kind: SubjectKind,
    metric: Metric,
    period: PeriodRequest,
    *,
    now: datetime,
    within: int | None = None,
    top: int = DEFAULT_TOP,
    order: RankingOrder | None = None,
) -> list[Ranked]:
    """The first of the subjects whose figures the viewer may read, `within` another subject where given.

    Left out: figures that are null, and those that rest on less than the metric's sample. Among equals: by name.
    """
    if not 1 <= top <= MAX_TOP:
        raise Refusal(f"{top} is not a number of places; it must be 1 to {MAX_TOP}", ("top",))
    descending = _descending(metric, order)
    candidates = select(Subject.id, Subject.sort_key, Subject.school_id).where(
        Subject.kind == kind, measurable(viewer, (kind,))
    )
    if within is not None:
        candidates = candidates.where(Subject.id.in_(await ids_within(session, viewer, within, kind)))
    rows = (await session.execute(candidates)).all()
    calendars = await school_calendars(session, sorted({row.school_id for row in rows}))
    periods = {school_id: resolve(period, calendar, now) for school_id, calendar in calendars.items()}
    held = [(row, days) for row in rows if (days := periods[row.school_id]) is not None]
    sample = metric.sample.metrics if metric.sample else ()
    asked = [SubjectDays(row.id, days.first, days.last) for row, days in held]
    measured = await measure(session, viewer, asked, dict.fromkeys((metric.name, *sample)), now=now)
    found = [
        _Candidate(row.id, row.sort_key, float(value))
        for (row, _), one in zip(held, measured, strict=True)
        if one is not None and (value := one.figures[metric.name]) is not None and _suffices(metric, one.figures)
    ]
    found.sort(key=lambda one: (-one.value if descending else one.value, one.sort_key, one.id))
    return await _placed(session, viewer, kind, found[:top])


def _descending(metric: Metric, order: RankingOrder | None) -> bool:
    if order in {RankingOrder.HIGHEST, RankingOrder.LOWEST}:
        return order is RankingOrder.HIGHEST
    if metric.better is Better.NEITHER:
        if order is None:
            return True
        raise Refusal(f"{metric.name} has no better direction; ask for HIGHEST or LOWEST", ("order",))
    return (metric.better is Better.HIGHER) is (order is not RankingOrder.WORST)


def _suffices(metric: Metric, figures: Figures) -> bool:
    if metric.sample is None:
        return True
    return sum(figures[name] or 0 for name in metric.sample.metrics) >= metric.sample.least


async def _placed(
    session: AsyncSession, viewer: Viewer, kind: SubjectKind, found: Sequence[_Candidate]
) -> list[Ranked]:
    rows = await subjects_by_ids(session, viewer, [one.id for one in found], (kind,)) if found else {}
    places: list[Ranked] = []
    for n, one in enumerate(found, start=1):
        rank = places[-1].rank if places and places[-1].value == one.value else n
        if one.id in rows:
            places.append(Ranked(rank, rows[one.id], one.value))
    return places
