"""The parts of a report that only some kinds have, as GraphQL types and as fields that reports of a kind take on."""

from datetime import date
from typing import Any, Final

import strawberry

from graphql_api.metrics.periods import Period, period_of
from graphql_api.metrics.types import Metrics, metrics_of
from graphql_api.reports.fields import content_field
from graphql_api.subjects.interface import Subject, subject_of
from resolvers.metrics.measure import Figures
from resolvers.reports.content import ReportContent
from resolvers.reports.sections.bands import BANDED_METRICS, BANDS
from resolvers.reports.sections.breakdown import BEST_AND_WORST, BREAKDOWN, ROW_METRICS, BreakdownRow
from resolvers.reports.sections.sessions import CANCELLED, UNRECORDED, Sessions
from resolvers.reports.sections.starts import STARTS
from resolvers.reports.sections.streaks import STREAKS
from resolvers.reports.sections.timeline import TIMELINE
from resolvers.reports.sections.trend import TREND, TREND_METRICS
from resolvers.subjects.look_ups import SubjectRow

# metadata of a field that gives metrics: the names of those that it can ever give, whatever it is asked for
KEPT: Final = "kept"
# metadata of a field that gives a person: their e-mail address belongs to what it is there for
CONTACTS: Final = "contacts"


def _subject(row: SubjectRow | None) -> Any:
    return None if row is None else subject_of(row)


def _metrics(content: ReportContent, figures: Figures) -> Metrics:
    return metrics_of(content.period, content.report.generated_at, figures)


@strawberry.type(description="Some figures of one week of a report. Null: there was nothing to count it from.")
class ReportPoint:
    """Some figures of one week of a report."""

    period: Period = strawberry.field(description="The days, cut to the report's period.")
    metrics: Metrics = strawberry.field(
        description="The figures a trend keeps; all others are null.", metadata={KEPT: TREND_METRICS}
    )


@strawberry.type(description="The figures of one child of a report's subject.")
class ReportBreakdownRow:
    """The figures of one child of a report's subject."""

    subjects: list[Subject] = strawberry.field(
        description="What the row is about; for a trainer: a course and a class group."
    )
    metrics: Metrics = strawberry.field(
        description="Its figures; those that cannot be told of a part are null.", metadata={KEPT: ROW_METRICS}
    )


@strawberry.type(description="A report's figures by child.")
class ReportBreakdown:
    """A report's figures by child."""

    rows: list[ReportBreakdownRow] = strawberry.field(
        description="The children the viewer may see, by name. Contact hours of a trainer or a course need not be the"
        " sum of the rows: joint sessions count once in the whole, and in each row that has one of them."
    )
    other: Metrics | None = strawberry.field(
        description="The sum of the children the viewer may not see, and of results that belong to no child; null where"
        " there are none.",
        metadata={KEPT: ROW_METRICS},
    )
    hidden: int = strawberry.field(description="How many children the viewer may not see.")


@strawberry.type(description="A trainee below a line of the policy.")
class BandedTrainee:
    """A trainee below a line of the policy."""

    trainee: Subject = strawberry.field(description="The trainee.", metadata={CONTACTS: True})
    band: str | None = strawberry.field(description="AT_RISK, WATCH, or null: only chronically absent.")
    chronic: bool = strawberry.field(description="Whether they missed so much that they count as chronically absent.")
    metrics: Metrics = strawberry.field(
        description="Their figures within the report's subject; those that are not kept are null.",
        metadata={KEPT: BANDED_METRICS},
    )


@strawberry.type(description="A session in a report.")
class ReportSession:
    """A session in a report."""

    session: str | None = strawberry.field(
        description="The institution's own id of the session; null where the viewer may not see its group."
    )
    day: date = strawberry.field(description="Its day.")
    time: str = strawberry.field(description="When it was to start, by the school's clock.")
    course: Subject | None = strawberry.field(description="Its course; null where the viewer may not see it.")
    class_group: Subject | None = strawberry.field(description="Its group; null where the viewer may not see it.")
    trainer: Subject | None = strawberry.field(description="Its trainer; null where the viewer may not see them.")


@strawberry.type(description="A session of a trainee, and what was recorded of them.")
class TimelineEntry:
    """A session of a trainee."""

    day: date = strawberry.field(description="Its day.")
    time: str = strawberry.field(description="When it was to start, by the school's clock.")
    course: Subject | None = strawberry.field(description="Its course; null where the viewer may not see it.")
    status: str = strawberry.field(
        description="PRESENT, LATE, EXCUSED, ABSENT or UNMARKED; SCHEDULED or CANCELLED where it was not held."
    )


@strawberry.type(description="Absences in a row.")
class AbsenceStreak:
    """Absences in a row."""

    first: date = strawberry.field(name="from", description="The day of the first.")
    last: date = strawberry.field(name="to", description="The day of the last.")
    sessions: int = strawberry.field(description="How many sessions were missed.")


@strawberry.type(description="How punctually sessions began.")
class PunctualStarts:
    """How punctually sessions began."""

    timed: int = strawberry.field(description="Held sessions of which the actual start is known.")
    punctual: int = strawberry.field(description="Those that began no later than timetabled.")


def _trend(content: ReportContent) -> list[ReportPoint]:
    return [
        ReportPoint(
            period=period_of(point.period),
            metrics=metrics_of(point.period, content.report.generated_at, point.figures),
        )
        for point in TREND.of(content) or ()
    ]


def _row(content: ReportContent, row: BreakdownRow) -> ReportBreakdownRow:
    return ReportBreakdownRow(
        subjects=[subject_of(subject) for subject in row.subjects], metrics=_metrics(content, row.figures)
    )


def _breakdown(content: ReportContent) -> ReportBreakdown | None:
    breakdown = BREAKDOWN.of(content)
    if breakdown is None:
        return None
    return ReportBreakdown(
        rows=[_row(content, row) for row in breakdown.rows],
        other=None if breakdown.other is None else _metrics(content, breakdown.other),
        hidden=breakdown.hidden,
    )


def _ranked(content: ReportContent) -> list[BreakdownRow]:
    breakdown = BREAKDOWN.of(content)
    return breakdown.ranked() if breakdown else []


def _best(content: ReportContent) -> list[ReportBreakdownRow]:
    return [_row(content, row) for row in _ranked(content)[:BEST_AND_WORST]]


def _worst(content: ReportContent) -> list[ReportBreakdownRow]:
    return [_row(content, row) for row in _ranked(content)[::-1][:BEST_AND_WORST]]


def _bands(content: ReportContent) -> list[BandedTrainee]:
    bands = BANDS.of(content)
    return [
        BandedTrainee(
            trainee=subject_of(row.trainee),
            band=row.band,
            chronic=row.chronic,
            metrics=_metrics(content, row.figures),
        )
        for row in (bands.rows if bands else ())
    ]


def _bands_hidden(content: ReportContent) -> int | None:
    bands = BANDS.of(content)
    return None if bands is None else bands.hidden


def _sessions(entries: Sessions | None) -> list[ReportSession]:
    return [
        ReportSession(
            session=entry.session,
            day=entry.day,
            time=entry.time,
            course=_subject(entry.course),
            class_group=_subject(entry.class_group),
            trainer=_subject(entry.trainer),
        )
        for entry in entries or ()
    ]


def _timeline(content: ReportContent) -> list[TimelineEntry]:
    return [
        TimelineEntry(day=entry.day, time=entry.time, course=_subject(entry.course), status=entry.status)
        for entry in TIMELINE.of(content) or ()
    ]


def _starts(content: ReportContent) -> PunctualStarts | None:
    starts = STARTS.of(content)
    return None if starts is None else PunctualStarts(timed=starts.timed, punctual=starts.punctual)


def _streaks(content: ReportContent) -> list[AbsenceStreak]:
    return [
        AbsenceStreak(first=streak.first, last=streak.last, sessions=streak.sessions)
        for streak in STREAKS.of(content) or ()
    ]


# the fields of each section of resolvers/reports/sections, by its name
SECTION_FIELDS: Final[dict[str, dict[str, Any]]] = {
    "trend": {"trend": content_field(list[ReportPoint], "The figures week by week.", _trend)},
    "breakdown": {"breakdown": content_field(ReportBreakdown, "The figures by child.", _breakdown)},
    "bands": {
        "trainees_below": content_field(
            list[BandedTrainee],
            "The trainees below a line of the policy or chronically absent whom the viewer may see, worst first.",
            _bands,
        ),
        "trainees_below_hidden": content_field(
            int, "How many more there are in `traineesBelow` whom the viewer may not see.", _bands_hidden
        ),
    },
    "unrecorded": {
        "sessions_without_marks": content_field(
            list[ReportSession],
            "Every session of past days without any mark; of one outside the viewer's access only day and time.",
            lambda content: _sessions(UNRECORDED.of(content)),
        )
    },
    "cancelled": {
        "cancelled_sessions": content_field(
            list[ReportSession],
            "Every session that was cancelled; of one outside the viewer's access only day and time.",
            lambda content: _sessions(CANCELLED.of(content)),
        )
    },
    "starts": {"punctual_starts": content_field(PunctualStarts, "How punctually sessions began.", _starts)},
    "streaks": {"streaks": content_field(list[AbsenceStreak], "Two or more absences in a row, in order.", _streaks)},
    "timeline": {"timeline": content_field(list[TimelineEntry], "Every session of the trainee, in order.", _timeline)},
}
BEST_AND_WORST_FIELDS: Final[dict[str, Any]] = {
    "best": content_field(
        list[ReportBreakdownRow], f"The {BEST_AND_WORST} children with the best attendance, best first.", _best
    ),
    "worst": content_field(
        list[ReportBreakdownRow], f"The {BEST_AND_WORST} children with the worst attendance, worst first.", _worst
    ),
}
