"""The tables of a report: its parts as rows of cells, in the language of the file."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from exporters import Cell, Column, Kind, Table, Words
from exporters.language import noop
from models import SubjectKind
from resolvers.metrics.measure import Figures
from resolvers.metrics.registry import MARKS, METRICS, Metric, Unit, ratio
from resolvers.reports.content import ReportContent
from resolvers.reports.sections.bands import BANDS, EMAIL, Bands
from resolvers.reports.sections.breakdown import BREAKDOWN, BREAKDOWN_KEYS, Breakdown
from resolvers.reports.sections.section import Section
from resolvers.reports.sections.sessions import CANCELLED, UNRECORDED, Sessions
from resolvers.reports.sections.starts import STARTS, Starts
from resolvers.reports.sections.streaks import STREAKS, Streaks
from resolvers.reports.sections.timeline import COURSE, TIMELINE, Timeline
from resolvers.reports.sections.trend import TREND, TREND_METRICS, Trend
from resolvers.subjects.look_ups import SubjectRow

_KIND_OF_UNIT: Final = {
    Unit.RATE: Kind.RATE,
    Unit.MINUTES: Kind.MINUTES,
    Unit.HOURS: Kind.HOURS,
}
# of a rate the sign says it, of a count the name of the figure
_SAID_UNITS: Final = {Unit.MINUTES: noop("min"), Unit.HOURS: noop("h")}
# of each key of a breakdown the column's key, its label and that of the id beside it
KEY_LABELS: Final = {
    "department_id": ("department", noop("Department"), noop("Department id")),
    "programme_id": ("programme", noop("Programme"), noop("Programme id")),
    "class_group_id": ("classGroup", noop("Class group"), noop("Class group id")),
    "course_id": ("course", noop("Course"), noop("Course id")),
}
BREAKDOWN_TITLES: Final = {
    ("department_id",): noop("By department"),
    ("programme_id",): noop("By programme"),
    ("class_group_id",): noop("By class group"),
    ("course_id",): noop("By course"),
    ("course_id", "class_group_id"): noop("By course and class group"),
}
_BREAKDOWN_METRICS: Final = (
    "attendanceRate", "expected", "absent", "sessionCount", "averageScore", "passRate",
)  # fmt: skip
_BANDS_METRICS: Final = ("attendanceRate", "absenceRate", "expected", "absent")
# rates that the lines of the policy are drawn for
_JUDGED: Final = frozenset({"attendanceRate"})


def kind_of(metric: Metric) -> Kind:
    """How a metric is shown in a file."""
    if metric.unit in _KIND_OF_UNIT:
        return _KIND_OF_UNIT[metric.unit]
    return Kind.INTEGER if metric.whole else Kind.NUMBER


def unit_of(metric: Metric, words: Words) -> str | None:
    """The unit of a metric as people write it; None: it needs none."""
    said = _SAID_UNITS.get(metric.unit)
    return None if said is None else words(said)


def yes_or_no(flag: bool, words: Words) -> str:
    """The flag as a word."""
    return words("yes") if flag else words("no")


def metric_column(metric: Metric, words: Words) -> Column:
    """A column with values of a metric."""
    unit = unit_of(metric, words)
    return Column(metric.name, words(metric.label), kind_of(metric), unit, judged=metric.name in _JUDGED)


def key_columns(kind: SubjectKind) -> tuple[str, ...]:
    """The columns of a breakdown that name what a row is about."""
    return tuple(KEY_LABELS[key][0] for key in BREAKDOWN_KEYS[kind])


def tables_of(content: ReportContent, words: Words) -> tuple[Table, ...]:
    """Every table of the report, in the order of its document."""
    return tuple(_Tables(content, words).all())


def _chosen(figures: Figures, names: Iterable[str]) -> tuple[Cell, ...]:
    return tuple(figures[name] for name in names)


def _name(subject: SubjectRow | None) -> str | None:
    return None if subject is None else subject.name


@dataclass(frozen=True, slots=True)
class _Tables:
    content: ReportContent
    words: Words

    def all(self) -> Iterable[Table]:
        yield self.marks()
        for section, table in SECTION_TABLES.items():
            part = section.of(self.content)
            if part is not None:
                yield table(self, part)

    def metrics(self, names: Iterable[str]) -> tuple[Column, ...]:
        return tuple(metric_column(METRICS[name], self.words) for name in names)

    def marks(self) -> Table:
        """Marks by status: the report's own figures once more, side by side."""
        words, figures = self.words, self.content.figures
        marked = figures["marked"] or 0
        columns = (
            Column("status", words("Mark"), Kind.TEXT),
            Column("marks", words("Number"), Kind.INTEGER),
            Column("share", words("Share of marks"), Kind.RATE),
        )
        rows: list[tuple[Cell, ...]] = [
            (words(METRICS[name].label), (number := figures[name]), ratio(int(number or 0), int(marked)))
            for name in MARKS
        ]
        # neither expected nor absent: no part of the marks
        rows.append((words(METRICS["unmarked"].label), figures["unmarked"], None))
        return Table("marks", words("Marks by status"), columns, tuple(rows))

    def breakdown(self, breakdown: Breakdown) -> Table:
        words, keys = self.words, BREAKDOWN_KEYS[self.content.subject.kind]
        columns = [
            column
            for key, label, id_label in (KEY_LABELS[key] for key in keys)
            for column in (
                Column(f"{key}Id", words(id_label), Kind.TEXT),
                Column(key, words(label), Kind.TEXT),
            )
        ]
        rows: list[tuple[Cell, ...]] = []
        for row in breakdown.rows:
            names = (text for subject in row.subjects for text in (subject.source_id, subject.name))
            rows.append((*names, *_chosen(row.figures, _BREAKDOWN_METRICS)))
        if breakdown.other is not None:
            blank = (None, words("Other")) + (None,) * (2 * len(keys) - 2)
            rows.append((*blank, *_chosen(breakdown.other, _BREAKDOWN_METRICS)))
        return Table(
            "breakdown",
            words(BREAKDOWN_TITLES[keys]),
            (*columns, *self.metrics(_BREAKDOWN_METRICS)),
            tuple(rows),
        )

    def bands(self, bands: Bands) -> Table:
        words = self.words
        with_emails = EMAIL not in self.content.left_out
        emails = (Column("email", words("E-mail"), Kind.TEXT),) if with_emails else ()
        columns = (
            Column("traineeId", words("Trainee id"), Kind.TEXT),
            Column("trainee", words("Trainee"), Kind.TEXT),
            *emails,
            Column("band", words("Band"), Kind.BAND),
            Column("chronic", words("Chronically absent"), Kind.TEXT),
            *self.metrics(_BANDS_METRICS),
        )
        rows = tuple(
            (
                row.trainee.source_id,
                row.trainee.name,
                *((row.email,) if with_emails else ()),
                row.band,
                yes_or_no(row.chronic, words),
                *_chosen(row.figures, _BANDS_METRICS),
            )
            for row in bands.rows
        )
        return Table("bands", words("Trainees below a line"), columns, rows)

    def trend(self, trend: Trend) -> Table:
        words = self.words
        days = (
            Column("name", words("Week"), Kind.TEXT),
            Column("from", words("From"), Kind.DATE),
            Column("to", words("To"), Kind.DATE),
        )
        rows = tuple(
            (point.period.name, point.period.first, point.period.last, *_chosen(point.figures, TREND_METRICS))
            for point in trend
        )
        return Table("trend", words("Week by week"), days + self.metrics(TREND_METRICS), rows)

    def when(self) -> tuple[Column, ...]:
        return (Column("day", self.words("Day"), Kind.DATE), Column("time", self.words("Time"), Kind.TEXT))

    def unrecorded(self, entries: Sessions) -> Table:
        return self.sessions("unrecorded", self.words("Sessions without marks"), entries)

    def cancelled(self, entries: Sessions) -> Table:
        return self.sessions("cancelled", self.words("Cancelled sessions"), entries)

    def sessions(self, key: str, title: str, entries: Sessions) -> Table:
        words = self.words
        columns = (
            *self.when(),
            Column("session", words("Session"), Kind.TEXT),
            Column("course", words("Course"), Kind.TEXT),
            Column("classGroup", words("Class group"), Kind.TEXT),
            Column("trainer", words("Trainer"), Kind.TEXT),
        )
        rows = tuple(
            (entry.day, entry.time, entry.session, _name(entry.course), _name(entry.class_group), _name(entry.trainer))
            for entry in entries
        )
        return Table(key, title, columns, rows)

    def starts(self, starts: Starts) -> Table:
        words = self.words
        columns = (
            Column("timed", words("With a start time"), Kind.INTEGER),
            Column("punctual", words("On time"), Kind.INTEGER),
        )
        return Table("starts", words("Punctual starts"), columns, ((starts.timed, starts.punctual),))

    def streaks(self, streaks: Streaks) -> Table:
        words = self.words
        columns = (
            Column("from", words("From"), Kind.DATE),
            Column("to", words("To"), Kind.DATE),
            Column("sessions", words("Sessions missed"), Kind.INTEGER),
        )
        rows = tuple((streak.first, streak.last, streak.sessions) for streak in streaks)
        return Table("streaks", words("Absences in a row"), columns, rows)

    def timeline(self, timeline: Timeline) -> Table:
        words = self.words
        with_courses = COURSE not in self.content.left_out
        courses = (Column("course", words("Course"), Kind.TEXT),) if with_courses else ()
        columns = (*self.when(), *courses, Column("status", words("Mark"), Kind.BAND))
        rows = tuple(
            (entry.day, entry.time, *((_name(entry.course),) if with_courses else ()), entry.status)
            for entry in timeline
        )
        return Table("timeline", words("Session by session"), columns, rows)


# the table of each section, in the order of a document
SECTION_TABLES: Final[Mapping[Section[Any], Callable[[_Tables, Any], Table]]] = {
    BREAKDOWN: _Tables.breakdown,
    BANDS: _Tables.bands,
    TREND: _Tables.trend,
    UNRECORDED: _Tables.unrecorded,
    CANCELLED: _Tables.cancelled,
    STARTS: _Tables.starts,
    STREAKS: _Tables.streaks,
    TIMELINE: _Tables.timeline,
}
