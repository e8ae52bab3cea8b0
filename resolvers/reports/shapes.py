"""The parts of a report as plain JSON values, of which both its JSON shapes are made: report_json.py, report_record.py.

Days are ISO 8601 text. `Named` says how a subject is named: None stays None.
"""

from collections.abc import Callable, Iterable
from dataclasses import astuple
from decimal import Decimal
from typing import Any, Final

from resolvers.calendar.periods import Period
from resolvers.metrics.measure import Figures
from resolvers.metrics.policies import Rules
from resolvers.metrics.registry import METRICS
from resolvers.reports.content import (
    SPLIT_METRICS,
    Breakdown,
    BreakdownRow,
    SessionEntry,
    Starts,
    Streak,
    TimelineEntry,
)
from resolvers.subjects.look_ups import SubjectRow

Named = Callable[[SubjectRow | None], dict[str, Any] | None]

ALL_METRICS: Final = tuple(METRICS)
ROW_METRICS: Final = tuple(metric.name for metric in SPLIT_METRICS)


def metrics_shape(figures: Figures, names: Iterable[str] = ALL_METRICS) -> dict[str, int | float | None]:
    """These metrics in this order; None for what is not known, and for what an old report does not have yet."""
    return {name: figures.get(name) for name in names}


def days_shape(period: Period) -> dict[str, str | None]:
    """A period."""
    return {"name": period.name, "from": period.first.isoformat(), "to": period.last.isoformat()}


def rules_shape(rules: Rules) -> dict[str, Any]:
    """A policy; its decimals as text, so that none loses a digit."""
    values = (str(value) if isinstance(value, Decimal) else value for value in astuple(rules))
    return dict(zip(rules.stored(), values, strict=True))


def row_shape(row: BreakdownRow, named: Named) -> dict[str, Any]:
    """One child in a breakdown."""
    return {
        "subjects": [named(subject) for subject in row.subjects],
        "metrics": metrics_shape(row.figures, ROW_METRICS),
    }


def breakdown_shape(breakdown: Breakdown | None, named: Named) -> dict[str, Any] | None:
    """The figures by child."""
    if breakdown is None:
        return None
    return {
        "rows": [row_shape(row, named) for row in breakdown.rows],
        "other": None if breakdown.other is None else metrics_shape(breakdown.other, ROW_METRICS),
        "hidden": breakdown.hidden,
    }


def session_shape(entry: SessionEntry, named: Named) -> dict[str, Any]:
    """A session in a list."""
    return {
        "session": entry.session,
        "day": entry.day.isoformat(),
        "time": entry.time,
        "course": named(entry.course),
        "classGroup": named(entry.class_group),
        "trainer": named(entry.trainer),
    }


def starts_shape(starts: Starts) -> dict[str, int]:
    """How punctually sessions began."""
    return {"timed": starts.timed, "punctual": starts.punctual}


def streak_shape(streak: Streak) -> dict[str, Any]:
    """Absences in a row."""
    return {"from": streak.first.isoformat(), "to": streak.last.isoformat(), "sessions": streak.sessions}


def timeline_shape(entry: TimelineEntry, named: Named) -> dict[str, Any]:
    """One session of a trainee."""
    return {
        "day": entry.day.isoformat(),
        "time": entry.time,
        "course": named(entry.course),
        "status": entry.status,
    }
