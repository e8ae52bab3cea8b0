"""A report as its reader may see it: names added, entries outside the reader's scope dropped, whole counts kept.

Here is what there is of it, for GraphQL and files alike; report_reading.py fills it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from models import BaseReport
from resolvers.calendar.periods import Period
from resolvers.core.wording import Remark
from resolvers.metrics.counting import ZERO
from resolvers.metrics.measure import Figures
from resolvers.metrics.policies import Rules
from resolvers.metrics.registry import METRICS, Metric
from resolvers.subjects.look_ups import SubjectRow

BEST_AND_WORST: Final = 3
# the parts a breakdown keeps; metrics over other parts cannot be told per row
_SPLIT_PARTS: Final = frozenset(part for part in ZERO if part not in {
    "attended_days", "possible_days", "eligible", "chronic", "watch", "at_risk", "trainees", "streak", "held_days",
})  # fmt: skip
SPLIT_METRICS: Final[tuple[Metric, ...]] = tuple(
    metric for metric in METRICS.values() if _SPLIT_PARTS.issuperset(metric.parts)
)
BANDED_METRICS: Final = (
    "expected", "marked", "present", "late", "excused", "absent", "attendanceRate", "absenceRate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Some figures of one bucket of the period."""

    period: Period
    figures: Figures


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """The figures of one child (for a trainer: of one course and class group)."""

    subjects: tuple[SubjectRow, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The report's figures by child.

    `other` sums the `hidden` rows outside the reader's scope and those that are `unplaced`: results of no class group.
    """

    rows: tuple[BreakdownRow, ...] = ()
    other: Figures | None = None
    hidden: int = 0
    unplaced: int = 0

    def ranked(self) -> list[BreakdownRow]:
        """The rows with an attendance rate, best first."""
        rated = [row for row in self.rows if row.figures["attendanceRate"] is not None]
        return sorted(rated, key=lambda row: (-(row.figures["attendanceRate"] or 0), row.subjects[0].sort_key))


@dataclass(frozen=True, slots=True)
class BandedTrainee:
    """A trainee below a line: band is WATCH, AT_RISK or None (only chronically absent)."""

    trainee: SubjectRow
    band: str | None
    chronic: bool
    figures: Figures

    @property
    def email(self) -> str | None:
        """Their e-mail address, where the reader may read it."""
        return self.trainee.email if self.trainee.may_contact else None


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """A session in a list: local day and start, its institution's id and who met as far as the reader may know."""

    session: str | None
    day: date
    time: str
    course: SubjectRow | None = None
    class_group: SubjectRow | None = None
    trainer: SubjectRow | None = None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One session of a trainee: status is a mark's, UNMARKED, or the session's own SCHEDULED or CANCELLED."""

    day: date
    time: str
    course: SubjectRow | None
    status: str


@dataclass(frozen=True, slots=True)
class Streak:
    """Absences in a row."""

    first: date
    last: date
    sessions: int


@dataclass(frozen=True, slots=True)
class Starts:
    """Held sessions with an actual start, and how many of those began no later than timetabled."""

    timed: int
    punctual: int


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything in a report that its reader may see. Sections a kind does not have are None.

    `left_out` are columns of lists of which the reader may see nothing: bands.email, timeline.course.
    """

    report: BaseReport
    subject: SubjectRow
    period: Period
    rules: Rules
    figures: Figures
    trend: tuple[TrendPoint, ...] | None = None
    breakdown: Breakdown | None = None
    bands: tuple[BandedTrainee, ...] | None = None
    bands_hidden: int = 0
    unrecorded: tuple[SessionEntry, ...] | None = None
    cancelled: tuple[SessionEntry, ...] | None = None
    starts: Starts | None = None
    streaks: tuple[Streak, ...] | None = None
    timeline: tuple[TimelineEntry, ...] | None = None
    left_out: frozenset[str] = frozenset()
    notes: tuple[Remark, ...] = ()


def subjects_in(content: ReportContent) -> set[int]:
    """The subjects whose names are in it."""
    named: list[SubjectRow | None] = [content.subject]
    for row in content.breakdown.rows if content.breakdown else ():
        named += row.subjects
    named += (row.trainee for row in content.bands or ())
    for entry in (*(content.unrecorded or ()), *(content.cancelled or ())):
        named += (entry.course, entry.class_group, entry.trainer)
    named += (entry.course for entry in content.timeline or ())
    return {subject.id for subject in named if subject is not None}


def contacts_in(content: ReportContent) -> set[int]:
    """The subjects whose e-mail addresses are in it."""
    return {row.trainee.id for row in content.bands or () if row.email is not None}
