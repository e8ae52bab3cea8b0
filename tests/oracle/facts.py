"""What counts (design.md §4, “What counts”): the facts of a source bundle, and the rules for one fact at a time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Policy:
    """“The school's present policy governs all live numbers.”"""

    weights: dict[str, Fraction]
    excused_counts: bool
    late_after_minutes: Fraction | None
    chronic_threshold: Fraction
    chronic_minimum: Fraction
    watch_below: Fraction
    at_risk_below: Fraction


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One row of enrolments; no first or last day: open."""

    trainee: str
    group: str
    course: str
    """Empty: all courses of the group."""
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Session:
    """One row of sessions, with its state and local day."""

    id: str
    course: str
    group: str
    trainer: str
    starts: datetime
    """As timetabled."""
    began: datetime
    """“An unknown actual start or end falls back to its own timetabled time.”"""
    ended: datetime
    joint: str
    state: str
    day: date


@dataclass(frozen=True, slots=True)
class CountedMark:
    """“a recorded mark of a HELD session whose trainee was enrolled for it that day”"""

    session: Session
    trainee: str
    status: str
    """After `late_after_minutes`."""
    arrived: datetime | None
    left: datetime | None


@dataclass(frozen=True, slots=True)
class CountedResult:
    """A result with its keys: kind of subject → id. A kind that is not in them has no part in the result."""

    trainee: str
    on: date
    score: Fraction
    maximum: Fraction | None
    pass_score: Fraction | None
    keys: dict[str, str]


def minutes(length: timedelta) -> Fraction:
    """With seconds, and below; “no length is below 0”."""
    return Fraction(max(length, timedelta(0)) // timedelta(microseconds=1), 60_000_000)


def number(text: str) -> Fraction | None:
    return Fraction(text) if text else None


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def flag(text: str) -> bool:
    """“flags are true/false, yes/no, 1/0 in any case”"""
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]


def policy_of(row: dict[str, str]) -> Policy:
    """“No policy row, or an empty field: the default; no `late_after_minutes`: nothing is derived.”"""

    def field(name: str, default: str) -> Fraction:
        return Fraction(row.get(name) or default)

    return Policy(
        weights={
            "PRESENT": field("present_weight", "1"),
            "LATE": field("late_weight", "1"),
            "EXCUSED": field("excused_weight", "0"),
            "ABSENT": field("absent_weight", "0"),
        },
        excused_counts=flag(row.get("excused_counts") or "true"),
        late_after_minutes=number(row.get("late_after_minutes", "")),
        chronic_threshold=field("chronic_threshold", "0.10"),
        chronic_minimum=max(Fraction(1), field("chronic_min_expected", "10")),  # “always at least 1”
        watch_below=field("watch_below", "0.88"),
        at_risk_below=field("at_risk_below", "0.80"),
    )


def state_of(flagged: str, has_mark: bool) -> str:
    """“A session is CANCELLED if so flagged; else HELD if so flagged or if it has a mark; else SCHEDULED.”"""
    if flagged == "CANCELLED":
        return "CANCELLED"
    return "HELD" if flagged == "HELD" or has_mark else "SCHEDULED"


def covers(enrolment: Enrolment, session: Session) -> bool:
    """“An enrolment covers its days inclusively (empty = open), for its class group and, where `course_id` is given,
    that course only”"""
    return (
        enrolment.group == session.group
        and enrolment.course in ("", session.course)
        and touches(enrolment, session.day, session.day)
    )


def touches(enrolment: Enrolment, first: date, last: date) -> bool:
    """Whether the enrolment has a day from first to last."""
    return (enrolment.first is None or enrolment.first <= last) and (enrolment.last is None or enrolment.last >= first)


def effective_status(status: str, arrived: datetime | None, starts: datetime, policy: Policy) -> str:
    """“PRESENT with `arrived_at` later than the timetabled start + `late_after_minutes` counts as LATE (only if the
    policy sets it); recorded statuses are never softened.”"""
    if status == "PRESENT" and arrived is not None and policy.late_after_minutes is not None:
        return "LATE" if minutes(arrived - starts) > policy.late_after_minutes else "PRESENT"
    return status
