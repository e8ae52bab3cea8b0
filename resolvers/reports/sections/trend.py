"""The figures week by week. Stored: [{from, to, name, metrics: {name: value}}], ISO weeks, clipped to the period."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from resolvers.calendar.periods import Granularity, Period, buckets
from resolvers.metrics.counting import Counting, SubjectDays
from resolvers.metrics.measure import Figures
from resolvers.metrics.registry import METRICS
from resolvers.reports.content import ReportContent
from resolvers.reports.sections.section import TAUGHT, TREE, Batch, Built, Reading, Section
from resolvers.reports.shapes import Named, days_shape, metrics_shape

TREND_METRICS: Final = (
    "attendanceRate", "absenceRate", "lateRate", "sessionCount", "expected", "averageScore", "passRate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Some figures of one bucket of the period."""

    period: Period
    figures: Figures


Trend = Sequence[TrendPoint]


async def _build(batch: Batch) -> Built:
    weeks = buckets(batch.period, Granularity.WEEK)
    asked = [SubjectDays(subject_id, week.first, week.last) for subject_id in batch.subject_ids for week in weeks]
    metrics = [METRICS[name] for name in TREND_METRICS]
    rules_of = batch.counting.rules_of
    trend = Counting(batch.counting.session, asked, rules_of)
    sums = await trend.sums({part for metric in metrics for part in metric.sums})
    points: dict[int, list[Any]] = defaultdict(list)
    for n, ask in enumerate(asked):
        week, rules = weeks[n % len(weeks)], rules_of[ask.subject_id].rules
        figures = {metric.name: metric.of(batch.kind, sums[n], rules) for metric in metrics}
        days = {"from": week.first.isoformat(), "to": week.last.isoformat(), "name": week.name}
        points[ask.subject_id].append({**days, "metrics": figures})
    return points


def _read(stored: Sequence[Mapping[str, Any]], _reading: Reading) -> Trend:
    return tuple(
        TrendPoint(
            Period(date.fromisoformat(point["from"]), date.fromisoformat(point["to"]), point["name"]), point["metrics"]
        )
        for point in stored
    )


def _shape(trend: Trend, _named: Named) -> Any:
    return [{**days_shape(point.period), "metrics": metrics_shape(point.figures, TREND_METRICS)} for point in trend]


def _record(trend: Trend | None, _content: ReportContent) -> dict[str, Any]:
    points = [
        {"period": days_shape(point.period), "metrics": metrics_shape(point.figures, TREND_METRICS)}
        for point in trend or ()
    ]
    return {"trend": points}


TREND: Final = Section[Trend]("trend", TREE | TAUGHT, _build, _read, _shape, _record)
