"""A report as its reader may see it, made into the document every format renders."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from exporters import Column, Document, Figure, Kind, Table
from models import SubjectKind
from resolvers.metrics import METRICS, Metric, Unit, Value
from resolvers.report_content import (
    BreakdownRow,
    ReportContent,
    SessionEntry,
    Starts,
    Streak,
    TimelineEntry,
    TrendPoint,
)
from resolvers.report_data import BREAKDOWN_KEYS, TREND_METRICS

_KIND_OF_UNIT: Final = {
    Unit.RATE: Kind.RATE,
    Unit.MINUTES: Kind.MINUTES,
    Unit.HOURS: Kind.HOURS,
}
_KEY_LABELS: Final = {
    "department_id": ("department", "Department"),
    "programme_id": ("programme", "Programme"),
    "class_group_id": ("classGroup", "Class group"),
    "course_id": ("course", "Course"),
}
# what a reader looks for first
_HEADLINES: Final = (
    "attendanceRate", "absenceRate", "chronicAbsenceRate", "punctualityRate", "averageScore", "passRate",
    "traineeCount", "sessionCount",
)  # fmt: skip
_BREAKDOWN_METRICS: Final = (
    "attendanceRate", "expected", "absent", "sessionCount", "averageScore", "passRate",
)  # fmt: skip
_POLICY_LABELS: Final = {
    "presentWeight": "Weight of PRESENT",
    "lateWeight": "Weight of LATE",
    "excusedWeight": "Weight of EXCUSED",
    "absentWeight": "Weight of ABSENT",
    "excusedCounts": "EXCUSED is expected",
    "lateAfterMinutes": "LATE after minutes",
    "chronicThreshold": "Chronic absence from",
    "chronicMinExpected": "Marks needed to judge a trainee",
    "watchBelow": "Watch below",
    "atRiskBelow": "At risk below",
}


def kind_of(metric: Metric) -> Kind:
    """How a metric is shown in a file."""
    if metric.unit in _KIND_OF_UNIT:
        return _KIND_OF_UNIT[metric.unit]
    return Kind.INTEGER if metric.whole else Kind.NUMBER


def document_of(content: ReportContent, *, time_zone: str, generated_by: str | None) -> Document:
    """The document of one report."""
    report, subject = content.report, content.subject
    return Document(
        title=subject.name,
        kind=subject.kind,
        subject_name=subject.name,
        subject_source_id=subject.source_id,
        period_name=content.period.name,
        period_from=content.period.first,
        period_to=content.period.last,
        generated_at=report.generated_at,
        time_zone=time_zone,
        generated_by=generated_by,
        revision=report.revision,
        policy=tuple(
            (_POLICY_LABELS[name], "not set" if value is None else _said(value))
            for name, value in content.rules.stored().items()
        ),
        figures=tuple(_figures(subject.kind, content)),
        tables=tuple(_tables(subject.kind, content)),
        notes=content.notes,
    )


def _said(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _figures(kind: SubjectKind, content: ReportContent) -> Iterable[Figure]:
    first = [METRICS[name] for name in _HEADLINES]
    for metric in (*first, *(metric for metric in METRICS.values() if metric not in first)):
        if kind in metric.kinds:
            value = content.figures[metric.name]
            yield Figure(metric.name, metric.label, value, kind_of(metric), metric.description)


def _metric_columns(names: Iterable[str]) -> tuple[Column, ...]:
    return tuple(Column(name, METRICS[name].label, kind_of(METRICS[name])) for name in names)


def _tables(kind: SubjectKind, content: ReportContent) -> Iterable[Table]:
    if content.breakdown is not None:
        yield _breakdown(kind, content)
    if content.bands is not None:
        yield _bands(content)
    if content.trend is not None:
        yield _trend(content.trend)
    if content.unrecorded is not None:
        yield _sessions("unrecorded", "Sessions without marks", content.unrecorded)
    if content.cancelled is not None:
        yield _sessions("cancelled", "Cancelled sessions", content.cancelled)
    if content.starts is not None:
        yield _starts(content.starts)
    if content.streaks is not None:
        yield _streaks(content.streaks)
    if content.timeline is not None:
        yield _timeline(content.timeline)


def _trend(points: Sequence[TrendPoint]) -> Table:
    days = (Column("name", "Week", Kind.TEXT), Column("from", "From", Kind.DATE), Column("to", "To", Kind.DATE))
    rows = tuple(
        (point.period.name, point.period.first, point.period.last, *(point.figures[name] for name in TREND_METRICS))
        for point in points
    )
    return Table("trend", "Week by week", days + _metric_columns(TREND_METRICS), rows)


def _starts(starts: Starts) -> Table:
    columns = (Column("timed", "With a start time", Kind.INTEGER), Column("punctual", "On time", Kind.INTEGER))
    return Table("starts", "Punctual starts", columns, ((starts.timed, starts.punctual),))


def _streaks(streaks: Sequence[Streak]) -> Table:
    columns = (
        Column("from", "From", Kind.DATE),
        Column("to", "To", Kind.DATE),
        Column("sessions", "Sessions missed", Kind.INTEGER),
    )
    rows = tuple((streak.first, streak.last, streak.sessions) for streak in streaks)
    return Table("streaks", "Absences in a row", columns, rows)


def _timeline(entries: Sequence[TimelineEntry]) -> Table:
    columns = (*_WHEN, Column("course", "Course", Kind.TEXT), Column("status", "Mark", Kind.TEXT))
    rows = tuple(
        (entry.day, entry.time, entry.course.name if entry.course else None, entry.status) for entry in entries
    )
    return Table("timeline", "Session by session", columns, rows)


_WHEN: Final = (Column("day", "Day", Kind.DATE), Column("time", "Time", Kind.TEXT))


def _breakdown(kind: SubjectKind, content: ReportContent) -> Table:
    assert content.breakdown is not None
    keys = BREAKDOWN_KEYS[kind]
    naming = [_KEY_LABELS[key] for key in keys]
    columns = [
        column
        for key, label in naming
        for column in (Column(f"{key}Id", f"{label} id", Kind.TEXT), Column(key, label, Kind.TEXT))
    ]
    rows: list[tuple[Any, ...]] = [_breakdown_row(row) for row in content.breakdown.rows]
    if content.breakdown.other is not None:
        blank = (None, "Other") + (None,) * (2 * len(keys) - 2)
        rows.append((*blank, *_chosen(content.breakdown.other)))
    title = "By " + " and ".join(label.lower() for _, label in naming)
    return Table("breakdown", title, (*columns, *_metric_columns(_BREAKDOWN_METRICS)), tuple(rows))


def _breakdown_row(row: BreakdownRow) -> tuple[Any, ...]:
    names = (text for subject in row.subjects for text in (subject.source_id, subject.name))
    return (*names, *_chosen(row.figures))


def _chosen(figures: Any) -> tuple[Value, ...]:
    return tuple(figures[name] for name in _BREAKDOWN_METRICS)


def _bands(content: ReportContent) -> Table:
    names = ("attendanceRate", "absenceRate", "expected", "absent")
    columns = (
        Column("traineeId", "Trainee id", Kind.TEXT),
        Column("trainee", "Trainee", Kind.TEXT),
        Column("band", "Band", Kind.TEXT),
        Column("chronic", "Chronically absent", Kind.TEXT),
        *_metric_columns(names),
    )
    rows = tuple(
        (row.trainee.source_id, row.trainee.name, row.band, _said(row.chronic), *(row.figures[name] for name in names))
        for row in content.bands or ()
    )
    return Table("bands", "Trainees below a line", columns, rows)


def _sessions(key: str, title: str, entries: Sequence[SessionEntry]) -> Table:
    columns = (
        *_WHEN,
        Column("session", "Session", Kind.TEXT),
        Column("course", "Course", Kind.TEXT),
        Column("classGroup", "Class group", Kind.TEXT),
        Column("trainer", "Trainer", Kind.TEXT),
    )
    rows = tuple(
        (
            entry.day,
            entry.time,
            entry.session,
            *(subject.name if subject else None for subject in (entry.course, entry.class_group, entry.trainer)),
        )
        for entry in entries
    )
    return Table(key, title, columns, rows)
