"""Puts the demo college together and writes it as a source bundle."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from resolvers.demo.assessments import Assessment, plan_assessments
from resolvers.demo.catalogue import NORTHGATE, SCHOOLS, SchoolPlan
from resolvers.demo.college import College, build_college
from resolvers.demo.enrolments import Enrolment, Rosters, build_enrolments
from resolvers.demo.files import BundleFiles, line
from resolvers.demo.names import NameGiver
from resolvers.demo.school_year import SchoolYear, first_year_of, school_year
from resolvers.demo.teaching import days_until, teach
from resolvers.demo.timetable import Timetable, build_timetable
from resolvers.demo.users import user_rows

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _School:
    college: College
    timetable: Timetable
    year: SchoolYear
    enrolments: list[Enrolment]
    assessments: list[Assessment]


def write_demo_bundle(
    folder: Path, *, scale: float = 1.0, seed: int = 1, today: date, progress: Progress | None = None
) -> None:
    """Writes the demo college into `folder` (made if missing; files of the same names are replaced).

    Scale 1 is about 1,000 trainees; 60 at 0.05 are the least. The school year is the one that contains `today` (in July
    and August the one just ended): sessions up to and including `today` are recorded, those of the two weeks after it
    are scheduled. `progress` is called with the school's name, the days written so far and all days. Raises ValueError
    for a scale that is not above 0.
    """
    if not 0 < scale < float("inf"):
        raise ValueError(f"scale must be a number above 0, such as 0.05, 1 or 10; it is {scale}")
    schools = [_build(plan, scale, seed, today) for plan in SCHOOLS]
    total = sum(len(days_until(school.year, today)) for school in schools)
    done = 0
    with BundleFiles(folder) as files:
        for school in schools:
            _write_structure(school, files)
            if progress:
                progress(school.college.plan.name, done, total)
            rosters = Rosters(school.enrolments)
            for day in teach(
                school.college, school.timetable, school.year, rosters, school.assessments, today=today, seed=seed
            ):
                files.write("sessions", day.sessions)
                files.write("attendance", day.marks)
                files.write("results", day.results)
                done += 1
                if progress:
                    progress(school.college.plan.name, done, total)


def _build(plan: SchoolPlan, scale: float, seed: int, today: date) -> _School:
    """Each part draws from a generator of its own, so that a change of one leaves the others as they were."""

    def chance(part: str) -> Random:
        return Random(f"{seed}/{plan.key}/{part}")

    names = NameGiver(chance("names"), plan.domain)
    year = school_year(plan.calendar, first_year_of(today))
    college = build_college(plan, scale, chance("college"), names)
    timetable = build_timetable(college, chance("timetable"), names)
    enrolments = build_enrolments(college, timetable, year, today, chance("enrolments"))
    assessments = plan_assessments(college, timetable, year, chance("assessments"))
    return _School(college, timetable, year, enrolments, assessments)


def _write_structure(school: _School, files: BundleFiles) -> None:
    """Everything that is not a session, a mark or a result."""
    college, plan, year = school.college, school.college.plan, school.year
    files.write("schools", [line(college.id, plan.name, plan.timezone, plan.locale)])
    files.write("departments", [line(each.id, college.id, each.name) for each in college.departments])
    files.write("programmes", [line(each.id, each.department.id, each.name) for each in college.programmes])
    files.write("class_groups", [line(each.id, each.programme.id, each.name) for each in college.groups])
    files.write("courses", [line(each.id, each.programme.id, each.code, each.name) for each in college.courses])
    files.write(
        "trainers", [line(each.id, each.department.id, each.name, each.email) for each in school.timetable.trainers]
    )
    files.write("trainees", [line(each.id, each.name, each.email, college.id) for each in college.trainees])
    files.write(
        "enrolments",
        [
            line(
                each.trainee.id,
                each.group.id,
                each.course.id if each.course else "",
                str(each.starts_on),
                str(each.ends_on or ""),
            )
            for each in school.enrolments
        ],
    )
    files.write(
        "terms",
        [
            line(
                f"{college.id}-{year.starts_on.year}-{term.key}",
                college.id,
                term.name,
                str(term.starts_on),
                str(term.ends_on),
            )
            for term in year.terms
        ],
    )
    files.write("holidays", [line(college.id, str(day), name) for day, name in year.holidays.items()])
    files.write("assessments", [assessment.row() for assessment in school.assessments])
    files.write("users", user_rows(college, school.timetable, school.enrolments, all_roles=college.plan is NORTHGATE))
    policy = plan.policy
    files.write(
        "policies",
        [
            line(
                college.id,
                "1",
                policy.late_weight,
                "0",
                "0",
                policy.excused_counts,
                policy.late_after_minutes,
                "0.10",
                "10",
                policy.watch_below,
                policy.at_risk_below,
            )
        ],
    )
