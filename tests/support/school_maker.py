"""From plans of schools (school_plans.py) to the rows of a source bundle that no rule of import refuses."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from itertools import cycle
from typing import TypeVar
from zoneinfo import ZoneInfo

from tests.support.bundles import Bundle
from tests.support.school_plans import AssessmentPlan, EnrolmentPlan, SchoolPlan, SessionPlan, TraineePlan

Row = dict[str, str]
Item = TypeVar("Item")

IDS = (
    *("a", "B", "c", "A", "b", "C", "z", "Z", "10", "9", "é", "e\u0301", "a,b", "ß", "ss", "\uff5a", "\U0001d7d9"),
    *('say "hi"', "Ä ö", "-1", "null", "\\N", "İ"),
)
"""Alike but for case or accents, in no order, and awkward to write; 23, a prime, so that any step walks through all."""

OFFSETS: tuple[tzinfo, ...] = tuple(timezone(timedelta(minutes=minutes)) for minutes in (840, -660, 345, 0, -210))

OPTIONAL = {
    "schools": {"locale"},
    "trainers": {"email"},
    "trainees": {"email", "school_id"},
    "enrolments": {"course_id", "starts_on", "ends_on"},
    "sessions": {"trainer_id", "status", "actual_starts_at", "actual_ends_at", "joint_id"},
    "attendance": {"arrived_at", "left_at", "reason"},
    "assessments": {"class_group_id", "trainer_id", "kind", "held_on", "max_score", "pass_score"},
    "results": {"score"},
    "policies": {
        *("present_weight", "late_weight", "excused_weight", "absent_weight", "excused_counts", "late_after_minutes"),
        *("chronic_threshold", "chronic_min_expected", "watch_below", "at_risk_below"),
    },
}
"""Columns whose cells may be empty, and that may therefore be missing."""


def pick(items: Sequence[Item], place: int) -> Item:
    return items[place % len(items)]


def pick_id(ids: Sequence[str], place: int | None) -> str:
    """An id, or an empty cell."""
    return "" if place is None or not ids else pick(ids, place)


def moved(
    starts: datetime, ends: datetime, by: tuple[int | None, int | None]
) -> tuple[datetime | None, datetime | None]:
    """Start and end, moved by so many seconds or unknown; two known ones stay in order."""
    start, end = (
        None if seconds is None else moment + timedelta(seconds=seconds)
        for moment, seconds in zip((starts, ends), by, strict=True)
    )
    return start, max(start, end) if start and end else end


def overlap(one: Row, other: Row) -> bool:
    """Whether two enrolments of a trainee may not stand side by side: same group, same course cell, a common day."""
    if any(one[key] != other[key] for key in ("class_group_id", "course_id")):
        return False
    begins_in_time = not other["ends_on"] or one["starts_on"] <= other["ends_on"]  # empty: before every day
    return begins_in_time and (not one["ends_on"] or other["starts_on"] <= one["ends_on"])


def without_empty_columns(bundle: Bundle) -> Bundle:
    """The same bundle with as little written as can be: “missing column = not given”."""
    return {
        file: [{name: row[name] for name in row if name not in OPTIONAL.get(file, ()) or name in used} for row in rows]
        for file, rows in bundle.items()
        if (used := {name for row in rows for name in row if row[name]})
    }


class Maker:
    """Fills one bundle, school by school. Days are counted from the anchor. Ids are unique per kind only; their order
    in each file is one of the walks: first place and step in IDS."""

    def __init__(self, anchor: date, walks: Sequence[tuple[int, int]]) -> None:
        self.anchor = anchor
        self.walks = walks
        self.ids: dict[str, Iterator[str]] = {}
        self.bundle: Bundle = {}
        self.zone: tzinfo = UTC

    def new_id(self, file: str) -> str:
        if file not in self.ids:
            first, step = pick(self.walks, len(self.ids))
            self.ids[file] = (IDS[(first + n * step) % len(IDS)] for n in range(len(IDS)))
        return next(self.ids[file])

    def add(self, file: str, **cells: str) -> Row:
        self.bundle.setdefault(file, []).append(cells)
        return cells

    def add_new(self, file: str, **cells: str) -> str:
        """A row with an id and a name of its own; gives the id."""
        new = self.new_id(file)
        return self.add(file, id=new, name=f"{file} {new}", **cells)["id"]

    def day(self, days: int | None) -> str:
        return "" if days is None else (self.anchor + timedelta(days=days)).isoformat()

    def texts(self, style: int, *moments: datetime | None) -> list[str]:
        """Moments as text, with the school's offset or each with another; None is an empty cell."""
        zones: tuple[tzinfo, ...] = OFFSETS[style - 4 :] + OFFSETS[: style - 4] if style >= 4 else (self.zone,)
        written = [
            moment.astimezone(zone).isoformat() if moment else ""
            for moment, zone in zip(moments, cycle(zones), strict=False)
        ]
        return [text.replace("+00:00", "Z") for text in written] if style % 2 else written

    def school(self, plan: SchoolPlan) -> None:
        self.zone = ZoneInfo(plan.zone)
        school = self.add_new("schools", timezone=plan.zone, locale="")
        departments = [self.add_new("departments", school_id=school) for _ in range(plan.departments)]
        trainees = [
            self.add("trainees", id=self.new_id("trainees"), name="T", email="", school_id=school)
            for _ in plan.trainees
        ]
        if plan.has_policy:
            self.add("policies", school_id=school, **plan.policy)
        if not departments:
            return
        programmes = [self.add_new("programmes", department_id=pick(departments, n)) for n in plan.programmes]
        groups = [self.add_new("class_groups", programme_id=pick(programmes, n)) for n in plan.groups]
        courses = [self.add_new("courses", programme_id=pick(programmes, n), code="C") for n in plan.courses]
        trainers = [self.add_new("trainers", department_id=pick(departments, n), email="") for n in plan.trainers]
        for trainee, own in zip(trainees, plan.trainees, strict=True):
            self.enrol(trainee, own, groups, courses)
        names = [trainee["id"] for trainee in trainees]
        for session in plan.sessions:
            self.session(session, groups, courses, trainers, names)
        for assessment in plan.assessments:
            self.assessment(assessment, groups, courses, trainers, names)

    def enrol(self, trainee: Row, plan: TraineePlan, groups: Sequence[str], courses: Sequence[str]) -> None:
        """Enrolments that may not stand beside an earlier one are left out. A trainee with one may do without a school
        of their own."""
        taken: list[Row] = []
        for enrolment in plan.enrolments if plan.enrolled else ():
            first, last = self.enrolment_days(enrolment, taken[-1]["ends_on"] if taken else "")
            row = {
                "trainee_id": trainee["id"],
                "class_group_id": pick(groups, enrolment.group),
                "course_id": pick_id(courses, enrolment.course),
                "starts_on": first,
                "ends_on": last,
            }
            if not any(overlap(row, other) for other in taken):
                taken.append(self.add("enrolments", **row))
        if taken and not plan.names_school:
            trainee["school_id"] = ""

    def enrolment_days(self, plan: EnrolmentPlan, previous: str) -> tuple[str, str]:
        first = self.day(plan.first)
        if plan.follows and previous:
            first = (date.fromisoformat(previous) + timedelta(days=1)).isoformat()
        if plan.days is None:
            return first, ""
        return first, (date.fromisoformat(first or self.day(0)) + timedelta(days=plan.days)).isoformat()

    def session(
        self,
        plan: SessionPlan,
        groups: Sequence[str],
        courses: Sequence[str],
        trainers: Sequence[str],
        trainees: Sequence[str],
    ) -> None:
        local = datetime.combine(self.anchor + timedelta(days=plan.day), plan.at, tzinfo=self.zone)
        starts = local.astimezone(UTC)  # a sure moment, whatever a time that the clock skips may mean
        ends = starts + timedelta(seconds=plan.length)
        times = self.texts(plan.style, starts, ends, *moved(starts, ends, plan.actual))
        session = self.new_id("sessions")
        self.add(
            "sessions",
            id=session,
            course_id=pick(courses, plan.course),
            class_group_id=pick(groups, plan.group),
            trainer_id=pick_id(trainers, plan.trainer),
            starts_at=times[0],
            ends_at=times[1],
            status=plan.status,
            actual_starts_at=times[2],
            actual_ends_at=times[3],
            joint_id=plan.joint,
        )
        for trainee, mark in zip(trainees, plan.register if plan.recorded else (), strict=False):
            if mark.status is not None:
                came, went = self.texts(plan.style, *moved(starts, ends, mark.visit))
                row = {"session_id": session, "trainee_id": trainee, "status": mark.status}
                self.add("attendance", **row, arrived_at=came, left_at=went, reason="")

    def assessment(
        self,
        plan: AssessmentPlan,
        groups: Sequence[str],
        courses: Sequence[str],
        trainers: Sequence[str],
        trainees: Sequence[str],
    ) -> None:
        assessment = self.add_new(
            "assessments",
            course_id=pick(courses, plan.course),
            class_group_id=pick_id(groups, plan.group),
            trainer_id=pick_id(trainers, plan.trainer),
            kind="",
            held_on=self.day(plan.held),
            max_score=plan.maximum,
            pass_score=plan.pass_score,
        )
        for trainee, score in zip(trainees, plan.scores, strict=False):
            if score is not None:
                self.add("results", assessment_id=assessment, trainee_id=trainee, score=score)
