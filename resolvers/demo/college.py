"""One school's structure: departments, programmes, courses, class groups and trainees, sized by the scale factor."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from random import Random

from resolvers.demo.catalogue import SchoolPlan
from resolvers.demo.names import NameGiver

_GROUP_SIZE = 25
_SMALL = 0.3  # below this scale a week has about half the lessons
_LEVELS = 2
_OWN_LESSONS, _OWN_LESSONS_SMALL = (3, 3, 2, 2), (2, 2, 1, 1)
_SHARED_LESSONS, _SHARED_LESSONS_SMALL = 2, 1
_OWN_MINUTES = (90, 75, 60, 75)
_SHARED_MINUTES = 60

# share of trainees, and the range of their own absence rate (before the weather and the flu)
_BANDS = ((0.06, 0.30, 0.62), (0.14, 0.11, 0.26), (0.45, 0.025, 0.08), (0.35, 0.0, 0.025))


@dataclass(frozen=True, slots=True)
class Department:
    """A department."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme of a department."""

    id: str
    department: Department
    name: str


@dataclass(frozen=True, slots=True)
class Course:
    """A course at home in one programme; `absence` and `difficulty` make courses differ."""

    id: str
    programme: Programme
    code: str
    name: str
    minutes: int
    lessons: int
    joint: bool
    absence: float
    difficulty: float


@dataclass(frozen=True, slots=True)
class Group:
    """A class group; `absence` makes groups differ, `placement_week` is its week of work placements."""

    number: int
    id: str
    programme: Programme
    name: str
    level: int
    courses: tuple[Course, ...]
    absence: float
    placement_week: int


@dataclass(frozen=True, slots=True)
class Trainee:
    """A trainee. absence and lateness are probabilities per lesson, ability is in standard deviations."""

    number: int
    id: str
    name: str
    email: str
    group: Group
    absence: float
    lateness: float
    ability: float
    turn_week: int
    turn_factor: float


@dataclass(frozen=True, slots=True)
class College:
    """Everything of one school that stands before the timetable."""

    plan: SchoolPlan
    id: str
    departments: tuple[Department, ...]
    programmes: tuple[Programme, ...]
    courses: tuple[Course, ...]
    groups: tuple[Group, ...]
    trainees: tuple[Trainee, ...]


def build_college(plan: SchoolPlan, scale: float, rng: Random, names: NameGiver) -> College:
    """The school of the plan at this scale: no programme is left out, no group has fewer than four."""
    departments: list[Department] = []
    programmes: list[Programme] = []
    own: dict[str, list[Course]] = {}
    shared: dict[str, Course] = {}
    takes: dict[str, tuple[str, ...]] = {}
    small = scale < _SMALL
    for department_plan in plan.departments:
        department = Department(f"{plan.key}-{department_plan.key}", department_plan.name)
        departments.append(department)
        for programme_plan in department_plan.programmes:
            programme = Programme(f"{plan.key}-{programme_plan.key}", department, programme_plan.name)
            programmes.append(programme)
            takes[programme.id] = programme_plan.takes
            own[programme.id] = [
                _course(plan, programme, f"{programme_plan.key} {101 + n}", name, _OWN_MINUTES[n], lessons, False, rng)
                for n, (name, lessons) in enumerate(
                    zip(programme_plan.own, _OWN_LESSONS_SMALL if small else _OWN_LESSONS, strict=True)
                )
            ]
            for offer in programme_plan.offers:
                lessons = _SHARED_LESSONS_SMALL if small else _SHARED_LESSONS
                shared[offer.key] = _course(
                    plan, programme, f"{offer.key} 100", offer.name, _SHARED_MINUTES, lessons, offer.joint, rng
                )
    taken = {each.id: (*own[each.id], *(shared[key] for key in takes[each.id])) for each in programmes}
    groups = _groups(plan, scale, programmes, taken, rng)
    courses = tuple(sorted([*chain.from_iterable(own.values()), *shared.values()], key=lambda course: course.id))
    return College(
        plan,
        plan.key,
        tuple(departments),
        tuple(programmes),
        courses,
        groups,
        _trainees(plan, scale, groups, rng, names),
    )


def _course(
    plan: SchoolPlan, programme: Programme, code: str, name: str, minutes: int, lessons: int, joint: bool, rng: Random
) -> Course:
    absence, difficulty = rng.uniform(0.8, 1.3), rng.uniform(-0.06, 0.08)
    identity = f"{plan.key}-{code.replace(' ', '-')}"
    return Course(identity, programme, code, name, minutes, lessons, joint, absence, difficulty)


def _groups(
    plan: SchoolPlan,
    scale: float,
    programmes: list[Programme],
    taken: dict[str, tuple[Course, ...]],
    rng: Random,
) -> tuple[Group, ...]:
    count = max(len(programmes), round(plan.trainees * scale / _GROUP_SIZE))
    of_programme: dict[str, int] = defaultdict(int)
    groups = []
    for number in range(count):
        programme = programmes[number % len(programmes)]
        nth = of_programme[programme.id]
        of_programme[programme.id] += 1
        level, letter = nth % _LEVELS + 1, _letters(nth // _LEVELS)
        groups.append(
            Group(
                number,
                f"{programme.id}-{level}{letter}",
                programme,
                f"{programme.name} {level}{letter}",
                level,
                taken[programme.id],
                rng.uniform(0.75, 1.4),
                rng.randrange(6, 24),
            )
        )
    return tuple(groups)


def _letters(number: int) -> str:
    """A, B, … Z, AA, AB, …"""
    first, last = divmod(number, 26)
    return (_letters(first - 1) if first else "") + chr(ord("A") + last)


def _trainees(
    plan: SchoolPlan, scale: float, groups: tuple[Group, ...], rng: Random, names: NameGiver
) -> tuple[Trainee, ...]:
    count = max(4 * len(groups), round(plan.trainees * scale))
    absences = []
    for share, low, high in _BANDS:
        # at least one of each band, so that the smallest college has its chronically absent too
        absences += [rng.uniform(low, high) for _ in range(max(1, round(share * count)))]
    absences = (absences + [rng.uniform(0.0, 0.1) for _ in range(count)])[:count]
    rng.shuffle(absences)
    trainees = []
    for number, absence in enumerate(absences):
        name, email = names.person()
        turns = rng.random() < 0.08
        trainees.append(
            Trainee(
                number,
                f"{plan.key}-T{number + 1:05d}",
                name,
                email if rng.random() < 0.97 else "",
                groups[number % len(groups)],
                absence,
                min(0.4, rng.expovariate(1 / 0.045) + 0.2 * absence),
                rng.gauss(0.0, 1.0),
                rng.randrange(5, 30) if turns else 99,
                rng.choice((0.4, 2.5)) if turns else 1.0,
            )
        )
    return tuple(trainees)
