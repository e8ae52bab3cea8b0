"""The metric registry: every named number of Rollcall, defined once.

A metric is a formula over *sums*: exact sums that facts.py fetches, one statement per fact. Live figures,
stored reports, exports and alerts all come through here. To add a metric, add one row; a part nobody fetches yet is
one more column of a fact. Ratios of nothing are None; counts of nothing are 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Final

from models.vocabulary import SubjectKind
from resolvers.metrics.policies import Rules

Sum = int | Decimal
Parts = Mapping[str, Sum]
Value = int | float | None


class Unit(StrEnum):
    """What a figure counts in: a RATE is 0 to 1."""

    COUNT = "COUNT"
    RATE = "RATE"
    MINUTES = "MINUTES"
    HOURS = "HOURS"
    TRAINEES = "TRAINEES"
    TRAINEES_PER_DAY = "TRAINEES_PER_DAY"


class Better(StrEnum):
    """Which direction of a figure is the good one."""

    HIGHER = "HIGHER"
    LOWER = "LOWER"
    NEITHER = "NEITHER"


Formula = Callable[[Parts, Rules], Value]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a figure must rest on to be ranked: these metrics must add up to at least so many."""

    metrics: tuple[str, ...]
    least: int


@dataclass(frozen=True, slots=True)
class Metric:
    """One named number: its camelCase name, how people call it, unit, better direction, sums and formula.

    `sample` is the least a ranking asks for.
    """

    name: str
    label: str
    description: str
    unit: Unit
    better: Better
    sums: tuple[str, ...]
    formula: Formula
    kinds: frozenset[SubjectKind] = frozenset(SubjectKind)
    sample: Sample | None = None

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers; floats otherwise."""
        return self.unit in {Unit.COUNT, Unit.TRAINEES}

    @property
    def column(self) -> str:
        """The snake_case name: the column of a stored report."""
        return _snake(self.name)

    def of(self, kind: SubjectKind, sums: Parts, rules: Rules) -> Value:
        """The figure for a subject of that kind; None where the metric means nothing for it."""
        return self.formula(sums, rules) if kind in self.kinds else None


@cache
def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def ratio(above: Sum, below: Sum) -> float | None:
    """above / below, correctly rounded to a double; None when below is 0."""
    if not below:
        return None
    if isinstance(above, int) and isinstance(below, int):
        return above / below
    a, b = above.as_integer_ratio()
    c, d = below.as_integer_ratio()
    return (a * d) / (b * c)


def _marked(p: Parts) -> Sum:
    return p["present"] + p["late"] + p["excused"] + p["absent"]


def _expected(p: Parts, rules: Rules) -> Sum:
    return _marked(p) if rules.excused_counts else _marked(p) - p["excused"]


def _weighted_rate(p: Parts, rules: Rules) -> float | None:
    present, late, excused, absent, scale = rules.weights
    weighted = present * p["present"] + late * p["late"] + excused * p["excused"] + absent * p["absent"]
    return ratio(weighted, _expected(p, rules) * scale)


def _count(part: str) -> Formula:
    return lambda p, _: int(p[part])


def _share(above: str, *below: str) -> Formula:
    return lambda p, _: ratio(p[above], sum(p[part] for part in below))


MARKS: Final = ("present", "late", "excused", "absent")
_MINUTE: Final = 60_000_000
_ALL: Final = frozenset(SubjectKind)

_UP, _DOWN, _FLAT = Better.HIGHER, Better.LOWER, Better.NEITHER
_COUNT, _RATE, _MINUTES = Unit.COUNT, Unit.RATE, Unit.MINUTES

# A share of very little says very little: what is left out of a ranking.
_TEN_EXPECTED, _TEN_MARKED = Sample(("expected",), 10), Sample(("marked",), 10)
_TEN_ATTENDED, _FIVE_LATE = Sample(("present", "late"), 10), Sample(("late",), 5)
_FIVE_HELD, _FIVE_DUE = Sample(("sessionCount",), 5), Sample(("sessionCount", "sessionsCancelled"), 5)
_THREE_RESULTS, _FIVE_TRAINEES = Sample(("resultCount",), 3), Sample(("traineeCount",), 5)

_ROWS: Final = (
    Metric("expected", "Expected marks", "Counted marks, less the excused ones when the policy leaves EXCUSED out.",
           _COUNT, _FLAT, MARKS, lambda p, rules: int(_expected(p, rules))),
    Metric("marked", "Marks", "Counted marks: recorded at a held session for a trainee enrolled that day.",
           _COUNT, _FLAT, MARKS, lambda p, _: int(_marked(p))),
    Metric("present", "Present", "Counted marks PRESENT.", _COUNT, _UP, ("present",), _count("present")),
    Metric("late", "Late", "Counted marks LATE, recorded or derived from the arrival time by the policy.",
           _COUNT, _DOWN, ("late",), _count("late")),
    Metric("excused", "Excused", "Counted marks EXCUSED.", _COUNT, _FLAT, ("excused",), _count("excused")),
    Metric("absent", "Absent", "Counted marks ABSENT.", _COUNT, _DOWN, ("absent",), _count("absent")),
    Metric("unmarked", "Unmarked", "Enrolled trainees of held sessions without a mark: neither expected nor absent.",
           _COUNT, _DOWN, ("unmarked",), _count("unmarked")),
    Metric("attendanceRate", "Attendance", "Sum of the policy's weights over the expected marks, per expected mark.",
           _RATE, _UP, MARKS, _weighted_rate, sample=_TEN_EXPECTED),
    Metric("absenceRate", "Absence", "Absent per expected mark.",
           _RATE, _DOWN, MARKS, lambda p, rules: ratio(p["absent"], _expected(p, rules)), sample=_TEN_EXPECTED),
    Metric("excusedRate", "Excused share", "Excused per counted mark.",
           _RATE, _FLAT, MARKS, lambda p, _: ratio(p["excused"], _marked(p)), sample=_TEN_MARKED),
    Metric("lateRate", "Lateness", "Late per attended mark (present or late).",
           _RATE, _DOWN, ("present", "late"), _share("late", "present", "late"), sample=_TEN_ATTENDED),
    Metric("punctualityRate", "Punctuality", "Present per attended mark (present or late); Rollcall's own definition.",
           _RATE, _UP, ("present", "late"), _share("present", "present", "late"), sample=_TEN_ATTENDED),
    Metric("averageMinutesLate", "Minutes late", "Mean minutes after the timetabled start, of late marks with a time.",
           _MINUTES, _DOWN, ("late_micros", "late_timed"),
           lambda p, _: ratio(p["late_micros"], p["late_timed"] * _MINUTE), sample=_FIVE_LATE),
    Metric("sessionCount", "Sessions held", "Sessions held.", _COUNT, _FLAT, ("held",), _count("held")),
    Metric("sessionsScheduled", "Sessions timetabled", "All sessions: held, cancelled and yet to be recorded.",
           _COUNT, _FLAT, ("timetabled",), _count("timetabled")),
    Metric("sessionsCancelled", "Sessions cancelled", "Sessions flagged as cancelled.",
           _COUNT, _DOWN, ("cancelled",), _count("cancelled")),
    Metric("sessionsUnrecorded", "Sessions unrecorded", "Sessions of days before today with neither a flag nor a mark.",
           _COUNT, _DOWN, ("unrecorded",), _count("unrecorded")),
    Metric("deliveryRate", "Delivery", "Held sessions per session held or cancelled.",
           _RATE, _UP, ("held", "cancelled"), _share("held", "held", "cancelled"), sample=_FIVE_DUE),
    Metric("averageSessionMinutes", "Session length", "Mean actual length of held sessions; of a trainee: of those"
           " attended. For a trainer and a course, joint sessions count once.",
           _MINUTES, _FLAT, ("length_micros", "length_count"),
           lambda p, _: ratio(p["length_micros"], p["length_count"] * _MINUTE), sample=_FIVE_HELD),
    Metric("contactHours", "Contact hours", "Total actual length of held sessions; of a trainee: of those attended."
           " For a trainer and a course, joint sessions count once.",
           Unit.HOURS, _UP, ("length_micros",), lambda p, _: ratio(p["length_micros"], 60 * _MINUTE)),
    Metric("averageAttendedMinutes", "Minutes attended", "Mean minutes inside the session per attended mark.",
           _MINUTES, _UP, ("attended_micros", "present", "late"),
           lambda p, _: ratio(p["attended_micros"], (p["present"] + p["late"]) * _MINUTE), sample=_TEN_ATTENDED),
    Metric("registerCompleteness", "Register completeness", "Held sessions in which nobody enrolled is unmarked, per"
           " held session; of a trainee: those with their own mark.",
           _RATE, _UP, ("complete", "held"), _share("complete", "held"), sample=_FIVE_HELD),
    Metric("averageScore", "Average score", "Sum of scores per sum of maximum scores; results without a maximum left"
           " out.", _RATE, _UP, ("score", "max_score"), _share("score", "max_score"), sample=_THREE_RESULTS),
    Metric("passRate", "Pass rate", "Results at or above the pass score, per result that has one.",
           _RATE, _UP, ("passed", "passable"), _share("passed", "passable"), sample=_THREE_RESULTS),
    Metric("resultCount", "Results", "Scored results of assessments with a day.",
           _COUNT, _FLAT, ("results",), _count("results")),
    Metric("traineeCount", "Trainees", "Trainees enrolled on any day of the period; of a course or trainer: on the day"
           " of one of its sessions that was not cancelled.",
           Unit.TRAINEES, _FLAT, ("trainees",), _count("trainees")),
    Metric("chronicAbsenceRate", "Chronic absence", "Trainees who missed (absent or excused) at least the policy's"
           " share of their marks, of those with enough marks.",
           _RATE, _DOWN, ("chronic", "eligible"), _share("chronic", "eligible"), sample=_FIVE_TRAINEES),
    Metric("watchCount", "Trainees to watch", "Trainees with enough marks whose attendance is below the watch line and"
           " not below the at-risk line.", Unit.TRAINEES, _DOWN, ("watch",), _count("watch")),
    Metric("atRiskCount", "Trainees at risk", "Trainees with enough marks whose attendance is below the at-risk line.",
           Unit.TRAINEES, _DOWN, ("at_risk",), _count("at_risk")),
    Metric("dailyAttendanceRate", "Daily attendance", "Trainee-days with a PRESENT or LATE mark, per trainee-day with"
           " an expected mark.",
           _RATE, _UP, ("attended_days", "possible_days"), _share("attended_days", "possible_days"),
           sample=_TEN_EXPECTED),
    Metric("averageDailyAttendance", "Head count", "Mean number of trainees attending on a day with a held session.",
           Unit.TRAINEES_PER_DAY, _UP, ("attended_days", "held_days"), _share("attended_days", "held_days"),
           sample=_FIVE_HELD),
    Metric("longestAbsenceStreak", "Longest absence streak", "Most ABSENT in a row over all courses; excused and"
           " unmarked sessions are skipped.",
           _COUNT, _DOWN, ("streak",), _count("streak"), frozenset({SubjectKind.TRAINEE})),
)  # fmt: skip

METRICS: Final[dict[str, Metric]] = {metric.name: metric for metric in _ROWS}
