"""The week: who teaches which course to which class groups, when; no group and no trainer twice at one time."""

from dataclasses import dataclass, field
from random import Random

from resolvers.demo.college import College, Course, Department, Group
from resolvers.demo.names import NameGiver

SLOT_STARTS = (9 * 3600, 10 * 3600 + 45 * 60, 13 * 3600 + 15 * 60, 15 * 3600)  # seconds of the day
DAYS, SLOTS_A_DAY = 5, len(SLOT_STARTS)
_SLOTS = DAYS * SLOTS_A_DAY
_ALL_FREE = (1 << _SLOTS) - 1
_FULL_LOAD = 13  # lessons a week


@dataclass(slots=True)
class Trainer:
    """A trainer with the habits that show in the records; `busy` has a bit for each taken slot of the week."""

    number: int
    id: str
    department: Department
    name: str
    email: str
    starts_late_by: float
    forgets_register: float
    logs_times: float
    busy: int = 0
    lessons: int = 0
    teaches: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class TaughtClass:
    """One course taught by one trainer to one class group, or to two at once, in fixed slots (weekday * 4 + slot)."""

    course: Course
    groups: tuple[Group, ...]
    trainer: Trainer
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One slot of the week of a taught class; `number` is unique in the week and names its sessions."""

    number: int
    taught: TaughtClass
    slot: int


@dataclass(frozen=True, slots=True)
class Timetable:
    """A school's week."""

    trainers: tuple[Trainer, ...]
    classes: tuple[TaughtClass, ...]
    weekdays: tuple[tuple[Lesson, ...], ...]
    group_busy: tuple[int, ...]


def build_timetable(college: College, rng: Random, names: NameGiver) -> Timetable:
    """Places joint classes first, then single ones, and hires a trainer whenever nobody has the time."""
    wanted = _wanted(college)
    lessons_of: dict[str, int] = {department.id: 0 for department in college.departments}
    for course, _ in wanted:
        lessons_of[course.programme.department.id] += course.lessons
    # in a small college nobody is full, or a department would be one person
    load_of = {key: max(3, min(_FULL_LOAD, -(-lessons // 3))) for key, lessons in lessons_of.items()}
    staff: dict[str, list[Trainer]] = {department.id: [] for department in college.departments}
    trainers: list[Trainer] = []
    busy = [0] * len(college.groups)
    classes = []
    for course, groups in wanted:
        free = _ALL_FREE
        for group in groups:
            free &= ~busy[group.number]
        department = course.programme.department
        trainer = _available(staff[department.id], course, free, load_of[department.id])
        if trainer is None:
            trainer = _hire(college, department, len(trainers), names)
            trainers.append(trainer)
            staff[department.id].append(trainer)
        slots = _choose(free & ~trainer.busy, course.lessons, rng)
        taken = sum(1 << slot for slot in slots)
        trainer.busy |= taken
        trainer.lessons += len(slots)
        trainer.teaches.add(course.id)
        for group in groups:
            busy[group.number] |= taken
        classes.append(TaughtClass(course, groups, trainer, slots))
    by_day: list[list[tuple[int, TaughtClass]]] = [[] for _ in range(DAYS)]
    for taught in classes:
        for slot in taught.slots:
            by_day[slot // SLOTS_A_DAY].append((slot, taught))
    number, weekdays = 0, []
    for day in by_day:
        lessons = []
        for slot, taught in sorted(day, key=lambda placed: placed[0]):
            lessons.append(Lesson(number, taught, slot))
            number += len(taught.groups)
        weekdays.append(tuple(lessons))
    return Timetable(tuple(trainers), tuple(classes), tuple(weekdays), tuple(busy))


def _wanted(college: College) -> list[tuple[Course, tuple[Group, ...]]]:
    """Courses with the groups to teach them to; a joint course takes its groups in pairs."""
    joint, single = [], []
    for course in college.courses:
        takers = [group for group in college.groups if course in group.courses]
        if course.joint:
            joint += [(course, tuple(takers[n : n + 2])) for n in range(0, len(takers), 2)]
        else:
            single += [(course, (group,)) for group in takers]
    return joint + single


def _available(staff: list[Trainer], course: Course, free: int, load: int) -> Trainer | None:
    fits = [
        trainer
        for trainer in staff
        if trainer.lessons + course.lessons <= load and (free & ~trainer.busy).bit_count() >= course.lessons
    ]
    for trainer in fits:
        if course.id in trainer.teaches:
            return trainer
    return next((trainer for trainer in fits if len(trainer.teaches) < 3), None)


def _hire(college: College, department: Department, number: int, names: NameGiver) -> Trainer:
    name, email = names.person()
    return Trainer(
        number,
        f"{college.id}-L{number + 1:03d}",
        department,
        name,
        email,
        starts_late_by=7.0 if number % 8 == 2 else 0.0,
        forgets_register=0.07 if number % 9 == 1 else 0.006,
        logs_times=(0.95, 0.6, 0.8, 0.0)[number % 4] if number % 8 != 2 else 0.9,
    )


def _choose(free: int, lessons: int, rng: Random) -> tuple[int, ...]:
    """So many free slots, on different days as far as possible."""
    slots = [slot for slot in range(_SLOTS) if free >> slot & 1]
    rng.shuffle(slots)
    chosen: list[int] = []
    for slot in slots:
        if len(chosen) < lessons and all(slot // SLOTS_A_DAY != other // SLOTS_A_DAY for other in chosen):
            chosen.append(slot)
    chosen += [slot for slot in slots if slot not in chosen][: lessons - len(chosen)]
    return tuple(sorted(chosen))
