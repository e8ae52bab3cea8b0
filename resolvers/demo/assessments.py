"""Quizzes, assignments, exams and portfolios, and scores that go with ability and with attendance."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from resolvers.demo.attendance import Attendance
from resolvers.demo.college import College, Course, Group
from resolvers.demo.enrolments import Rosters
from resolvers.demo.files import cell
from resolvers.demo.school_year import SchoolYear, Term
from resolvers.demo.timetable import SLOTS_A_DAY, TaughtClass, Timetable

_FREE_POINTS = 30  # what a good portfolio gets where there is no maximum


@dataclass(frozen=True, slots=True)
class Assessment:
    """One assessment of a class group, or of everybody who takes the course; `published_after` it the scores are in."""

    id: str
    course: Course
    groups: tuple[Group, ...]
    group_id: str
    trainer_id: str
    name: str
    kind: str
    held_on: date | None
    max_score: int | None
    pass_score: int | None
    published_after: timedelta
    extra_credit: bool = False

    def row(self) -> str:
        """The line of assessments.csv."""
        held_on, maximum, passing = (
            "" if value is None else str(value) for value in (self.held_on, self.max_score, self.pass_score)
        )
        return (
            f"{self.id},{self.course.id},{self.group_id},{self.trainer_id},{cell(self.name)},{self.kind},"
            f"{held_on},{maximum},{passing}\n"
        )


def plan_assessments(college: College, timetable: Timetable, year: SchoolYear, rng: Random) -> list[Assessment]:
    """The assessments of the whole year, held or not; joint courses are assessed for all their groups together."""
    planned: list[Assessment] = []
    for term in year.terms:
        days = [day for day in year.days if term.starts_on <= day <= term.ends_on]
        for course in college.courses:
            if course.joint:
                takers = tuple(group for group in college.groups if course in group.courses)
                planned.append(_exam(course, takers, "", "", f"{course.id}-{term.key}", days[-3], term, rng))
        for number, taught in enumerate(timetable.classes):
            if not taught.course.joint:
                planned += _of_class(number, taught, term, days, rng)
    for number, taught in enumerate(timetable.classes):
        if not taught.course.joint and number % 5 == 0:
            planned += _of_year(taught, year, rng)
    first_quiz = next(place for place, assessment in enumerate(planned) if assessment.kind == "QUIZ")
    planned[first_quiz] = replace(planned[first_quiz], extra_credit=True)
    return planned


def _of_class(number: int, taught: TaughtClass, term: Term, days: list[date], rng: Random) -> list[Assessment]:
    group, course = taught.groups[0], taught.course
    weekdays = {slot // SLOTS_A_DAY for slot in taught.slots}
    own_days = [day for day in days if day.weekday() in weekdays] or days
    stem = f"{group.id}-{course.code.replace(' ', '-')}-{term.key}"
    middle = own_days[min(len(own_days) - 1, len(own_days) // 3 + rng.randrange(3))]
    trainer = taught.trainer.id if number % 3 else ""
    maximum = rng.choice((10, 20, 25))
    if number % 2:
        early = Assessment(
            f"{stem}-Q",
            course,
            taught.groups,
            group.id,
            trainer,
            f"{term.name} quiz",
            "QUIZ",
            middle,
            maximum,
            maximum // 2 if number % 4 == 1 else None,
            timedelta(days=rng.randrange(2, 6)),
        )
    else:
        early = Assessment(
            f"{stem}-A",
            course,
            taught.groups,
            group.id,
            trainer,
            f"{term.name} assignment",
            "ASSIGNMENT",
            middle,
            100,
            50,
            timedelta(days=rng.randrange(5, 12)),
        )
    last = own_days[-1 - rng.randrange(2)]
    return [early, _exam(course, taught.groups, group.id, trainer, f"{stem}-E", last, term, rng)]


def _exam(
    course: Course,
    groups: tuple[Group, ...],
    group_id: str,
    trainer_id: str,
    identity: str,
    day: date,
    term: Term,
    rng: Random,
) -> Assessment:
    name, maximum, published = f"{term.name} exam", rng.choice((60, 80, 100)), timedelta(days=rng.randrange(4, 12))
    return Assessment(
        identity, course, groups, group_id, trainer_id, name, "EXAM", day, maximum, maximum // 2, published
    )


def _of_year(taught: TaughtClass, year: SchoolYear, rng: Random) -> list[Assessment]:
    """A portfolio counted in free points, and a project whose day nobody has fixed yet."""
    group, course = taught.groups[0], taught.course
    stem = f"{group.id}-{course.code.replace(' ', '-')}"
    day = year.days[len(year.days) // 2 - rng.randrange(20)]
    published = timedelta(days=7)
    return [
        Assessment(
            f"{stem}-PORTFOLIO",
            course,
            taught.groups,
            group.id,
            taught.trainer.id,
            "Portfolio, first half",
            "PORTFOLIO",
            day,
            None,
            15,
            published,
        ),
        Assessment(
            f"{stem}-PROJECT",
            course,
            taught.groups,
            group.id,
            taught.trainer.id,
            "Final project",
            "PROJECT",
            None,
            100,
            50,
            published,
        ),
    ]


def results_of(assessment: Assessment, day: date, rosters: Rosters, attendance: Attendance, rng: Random) -> list[str]:
    """The lines of results.csv of an assessment held on that day; who was away mostly has none."""
    scored: list[tuple[float, str]] = []
    trainees = attendance.college.trainees
    members = dict.fromkeys(
        number for group in assessment.groups for number in rosters.on(group, assessment.course, day)
    )
    for number in members:
        trainee = trainees[number]
        missing = rng.random() < (0.85 if number in attendance.away else 0.03)
        ability, luck = 0.07 * trainee.ability, rng.gauss(0.0, 0.08)
        if missing:
            continue
        rate = attendance.attended[number] / attendance.marked[number] if attendance.marked[number] else 0.86
        share = 0.64 + ability + luck + 0.6 * (rate - 0.86) - assessment.course.difficulty
        scored.append((min(1.0, max(0.03, share)), trainee.id))
    best = max((share for share, _ in scored), default=0.0)
    rows = []
    for share, trainee_id in scored:
        score = _points(share, assessment)
        if assessment.extra_credit and share == best:
            score = f"{(assessment.max_score or 0) + 1}"
        rows.append(f"{assessment.id},{trainee_id},{'' if rng.random() < 0.01 else score}\n")
    return rows


def _points(share: float, assessment: Assessment) -> str:
    points = share * (assessment.max_score or _FREE_POINTS)
    if assessment.kind == "QUIZ":
        halves = round(points * 2)
        return f"{halves // 2}.5" if halves % 2 else f"{halves // 2}"
    return f"{round(points)}"
