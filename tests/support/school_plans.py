"""What `strategies.schools` draws: plans of schools, made of awkward values, and of places in lists for ids.

Places are taken modulo the length of the list, so that every plan can be built, and parts of a plan can be left out or
copied over one another: failures shrink quickly. The first of every list is the plainest.
"""

from dataclasses import dataclass
from datetime import time

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Place = SearchStrategy[int]
MaybePlace = SearchStrategy[int | None]

ZONES = (
    *("UTC", "Pacific/Kiritimati", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "Europe/London"),
    *("Australia/Lord_Howe", "America/New_York", "Pacific/Pago_Pago"),
)
TIMES = (
    *(time(9), time(0), time(23, 59, 30), time(0, 15), time(9), time(23, 30), time(10, 15), time(1, 30), time(2, 30)),
    *(time(1, 30, fold=1), time(9)),
)
LENGTHS = (3600, 5400, 0, 3000, 4500, 2730)
"""Of sessions, in seconds."""

ACTUAL = (
    *((None, None), (0, 0), (600, 300), (-300, -600), (900, None), (None, -900)),
    *((7200, None), (None, -7200), (-60, 0), (7200, 7200)),
)
"""Seconds from the timetabled start and end; where one is unknown, the other can end up on the wrong side of it."""

ARRIVALS = (None, 0, 300, 301, -300, 1, 7200)
"""Seconds from the timetabled start."""

LEAVINGS = (None, None, 0, -600, 300, -5000)
"""Seconds from the timetabled end."""

VISITS = tuple((arrived, left) for left in LEAVINGS for arrived in ARRIVALS)

WEIGHTS = ("", "1", "0", "0.5", "0.333", "0.75")
THRESHOLDS = ("0.5", "", "1", "0.25", "0.5", "0.75", "0.3333", "0")


@dataclass(frozen=True, slots=True)
class EnrolmentPlan:
    group: int
    course: int | None
    first: int | None
    """Days from the anchor of the bundle; None is an empty cell."""
    follows: bool
    """Begins the day after the trainee's enrolment before this one: a move."""
    days: int | None


@dataclass(frozen=True, slots=True)
class TraineePlan:
    enrolments: list[EnrolmentPlan]
    enrolled: bool
    """Or nowhere."""
    names_school: bool


@dataclass(frozen=True, slots=True)
class MarkPlan:
    status: str | None
    visit: tuple[int | None, int | None]
    """When they arrived and left."""


@dataclass(frozen=True, slots=True)
class SessionPlan:
    course: int
    group: int
    trainer: int | None
    day: int
    at: time
    length: int
    actual: tuple[int | None, int | None]
    style: int
    """How its times and those of its marks are written."""
    status: str
    joint: str
    register: tuple[MarkPlan, ...]
    """A mark for each trainee of the school, enrolled or not."""
    recorded: bool


@dataclass(frozen=True, slots=True)
class AssessmentPlan:
    course: int
    group: int | None
    trainer: int | None
    held: int | None
    maximum: str
    pass_score: str
    scores: tuple[str | None, ...]
    """For each trainee of the school; None is no row, an empty text a row without a score."""


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    zone: str
    departments: int
    programmes: list[int]
    groups: list[int]
    courses: list[int]
    trainers: list[int]
    """Of each the place of its parent."""
    trainees: list[TraineePlan]
    sessions: list[SessionPlan]
    assessments: list[AssessmentPlan]
    policy: dict[str, str]
    has_policy: bool


MOST_TRAINEES = 4
MOST_SESSIONS = 11

place: Place = st.sampled_from((0, 1, 0, 2, 0))
maybe_place: MaybePlace = st.sampled_from((None, None, None, 0, 1))

enrolments = st.builds(
    EnrolmentPlan,
    group=place,
    course=st.sampled_from((None, None, 0, 1)),
    first=st.sampled_from((None, 0, -1, None, 1, -2, 2, -4)),
    follows=st.booleans(),
    days=st.sampled_from((None, None, 0, 1, 2, 3)),
)
trainees = st.builds(
    TraineePlan,
    st.lists(enrolments, min_size=1, max_size=3),
    enrolled=st.sampled_from((True, True, True, True, False)),
    names_school=st.booleans(),
)
marks = st.builds(
    MarkPlan,
    status=st.sampled_from((None, "PRESENT", "ABSENT", "LATE", "EXCUSED", "ABSENT", "PRESENT", "ABSENT", "EXCUSED")),
    visit=st.sampled_from(VISITS),
)
sessions = st.builds(
    SessionPlan,
    course=place,
    group=place,
    trainer=st.sampled_from((0, 1, 2, 0, 1, None)),
    day=st.sampled_from((0, 1, 0, -1, 2, -2)),
    at=st.sampled_from(TIMES),
    length=st.sampled_from(LENGTHS),
    actual=st.sampled_from(ACTUAL),
    style=st.integers(0, 8),
    status=st.sampled_from(("HELD", "", "CANCELLED", "SCHEDULED", "", "HELD")),
    joint=st.sampled_from(("", "j", "", "j", "J")),
    register=st.tuples(*[marks] * MOST_TRAINEES),
    recorded=st.sampled_from((True, True, False, True)),
)
assessments = st.builds(
    AssessmentPlan,
    course=place,
    group=maybe_place,
    trainer=maybe_place,
    held=st.sampled_from((2, 0, 1, 3, -1, None)),
    maximum=st.sampled_from(("10", "", "0.5", "3")),
    pass_score=st.sampled_from(("5", "", "0", "10.5")),
    scores=st.tuples(*[st.sampled_from((None, "5", "10", "", "0", "4.999", "12.5"))] * MOST_TRAINEES),
)
policies = st.fixed_dictionaries(
    {
        "present_weight": st.sampled_from(WEIGHTS),
        "late_weight": st.sampled_from(WEIGHTS),
        "excused_weight": st.sampled_from(WEIGHTS),
        "absent_weight": st.sampled_from(WEIGHTS),
        "excused_counts": st.sampled_from(("", "false", "No", "0", "TRUE")),
        "late_after_minutes": st.sampled_from(("", "5", "0", "5")),
        "chronic_threshold": st.sampled_from(THRESHOLDS),
        "chronic_min_expected": st.sampled_from(("1", "2", "1", "0", "")),
        "watch_below": st.sampled_from(THRESHOLDS),
        "at_risk_below": st.sampled_from(THRESHOLDS),
    }
)


def school_plans(fewest: int) -> SearchStrategy[SchoolPlan]:
    """A school with at least so many of everything; without departments, it has no more than trainees."""
    return st.builds(
        SchoolPlan,
        zone=st.sampled_from(ZONES),
        departments=st.integers(fewest, 2),
        programmes=st.lists(place, min_size=1, max_size=2),
        groups=st.lists(place, min_size=1, max_size=3),
        courses=st.lists(place, min_size=1, max_size=2),
        trainers=st.lists(place, min_size=fewest, max_size=3),
        trainees=st.lists(trainees, min_size=fewest, max_size=MOST_TRAINEES),
        sessions=st.lists(sessions, min_size=fewest, max_size=MOST_SESSIONS),
        assessments=st.lists(assessments, min_size=fewest, max_size=4),
        policy=policies,
        has_policy=st.sampled_from((False, True, True, True)),
    )
