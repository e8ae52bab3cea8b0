"""One school's year, day by day: sessions held, covered, cancelled, forgotten or to come, and their registers."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from resolvers.demo.assessments import Assessment, results_of
from resolvers.demo.attendance import Attendance, Meeting, clock
from resolvers.demo.college import College
from resolvers.demo.enrolments import Rosters
from resolvers.demo.school_year import SchoolYear
from resolvers.demo.timetable import SLOT_STARTS, SLOTS_A_DAY, Lesson, Timetable, Trainer

_AHEAD = timedelta(days=14)
_CANCELLED_ANYWAY = 0.011
_NOBODY_COVERS = 0.55
_FALLS_ILL = 0.008
_FLAGGED_HELD = 0.9  # the other registers say it by their marks
_PARTIAL_REGISTER = 0.025


@dataclass(frozen=True, slots=True)
class TaughtDay:
    """The rows one day adds to sessions.csv, attendance.csv and results.csv."""

    sessions: list[str]
    marks: list[str]
    results: list[str]


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    rng: Random
    prefix: str
    offset: str
    lost: float
    recorded: bool


def days_until(year: SchoolYear, today: date) -> tuple[date, ...]:
    """The teaching days that have sessions: up to two weeks after `today`."""
    return tuple(day for day in year.days if day <= today + _AHEAD)


def teach(
    college: College,
    timetable: Timetable,
    year: SchoolYear,
    rosters: Rosters,
    assessments: list[Assessment],
    *,
    today: date,
    seed: int,
) -> Iterator[TaughtDay]:
    """Yields the days in order; each has a generator of its own, so a later `today` changes nothing before it."""
    attendance = Attendance(college)
    staff = _Staff(timetable)
    due: dict[date, list[Assessment]] = defaultdict(list)
    for assessment in assessments:
        if assessment.held_on is not None and assessment.held_on + assessment.published_after <= today:
            due[assessment.held_on].append(assessment)
    zone = ZoneInfo(college.plan.timezone)
    for day in days_until(year, today):
        rng = Random(f"{seed}/{college.id}/{day}")
        offset = datetime.combine(day, time(12), zone).isoformat()[-6:]
        of_day = _Day(day, rng, f"{day}T", offset, year.lost.get(day, 0.0), day <= today)
        if of_day.recorded:
            attendance.begin_day(day, (day - year.starts_on).days // 7, rng)
            staff.begin_day(day, rng)
        sessions: list[str] = []
        marks: list[str] = []
        for lesson in timetable.weekdays[day.weekday()]:
            _meet(lesson, of_day, college, staff, rosters, attendance, sessions, marks)
        results = []
        for assessment in due[day]:
            results += results_of(assessment, day, rosters, attendance, Random(f"{seed}/{assessment.id}"))
        yield TaughtDay(sessions, marks, results)


def _meet(
    lesson: Lesson,
    of_day: _Day,
    college: College,
    staff: "_Staff",
    rosters: Rosters,
    attendance: Attendance,
    sessions: list[str],
    marks: list[str],
) -> None:
    """One lesson of one day: a session per class group, with what became of it."""
    taught, rng, day = lesson.taught, of_day.rng, of_day.day
    slot = lesson.slot % SLOTS_A_DAY
    starts = SLOT_STARTS[slot]
    ends = starts + taught.course.minutes * 60
    stem = f"{college.id}-{day:%Y%m%d}-"
    joint = f"{stem}J{lesson.number:04d}" if len(taught.groups) > 1 else ""
    times = f"{of_day.prefix}{clock(starts)}{of_day.offset},{of_day.prefix}{clock(ends)}{of_day.offset}"
    trainer, cancelled, actual = taught.trainer, False, ","
    if of_day.recorded:
        trainer, cancelled = staff.who_teaches(lesson, of_day.lost, rng)
        actual = "," if cancelled else _actual_times(trainer, starts, ends, of_day)
    for nth, group in enumerate(taught.groups):
        session_id = f"{stem}{lesson.number + nth:04d}"
        status, times_of_session = "", actual
        if cancelled:
            status = "CANCELLED"
            if of_day.lost > 0.5 and not staff.marked_cancelled:
                # somebody called the register before the snow closed the college: the import warns about these
                staff.marked_cancelled = True
                roster = rosters.on(group, taught.course, day)[:2]
                marks += [f"{session_id},{college.trainees[number].id},ABSENT,,,\n" for number in roster]
        elif of_day.recorded:
            roster = rosters.on(group, taught.course, day)
            if rng.random() < trainer.forgets_register or not roster:
                times_of_session = ","
            else:
                status = "HELD" if rng.random() < _FLAGGED_HELD else ""
                if rng.random() < _PARTIAL_REGISTER:
                    missed = {rng.randrange(len(roster)) for _ in range(rng.randrange(1, 4))}
                    kept = tuple(number for place, number in enumerate(roster) if place not in missed)
                    roster = kept or roster
                meeting = Meeting(
                    session_id,
                    day.weekday(),
                    slot,
                    starts,
                    ends,
                    taught.course.absence,
                    of_day.prefix,
                    of_day.offset,
                )
                attendance.register(meeting, roster, rng, marks)
        sessions.append(
            f"{session_id},{taught.course.id},{group.id},{trainer.id},{times},{status},{times_of_session},{joint}\n"
        )


def _actual_times(trainer: Trainer, starts: int, ends: int, of_day: _Day) -> str:
    """`start,end` as logged; some trainers log neither, and now and then one of the two is missing."""
    rng = of_day.rng
    if rng.random() >= trainer.logs_times:
        return ","
    begun = starts + 60 * round(max(-4.0, trainer.starts_late_by + rng.gauss(0.8, 1.6)))
    done = ends + 60 * round(max(-15.0, rng.gauss(-1.5, 3.0)))
    first, last = (f"{of_day.prefix}{clock(seconds)}{of_day.offset}" for seconds in (begun, done))
    gap = rng.random()
    return f"{'' if gap < 0.03 else first},{'' if gap > 0.93 else last}"


class _Staff:
    """Which trainers are ill today, and who stands in for them."""

    def __init__(self, timetable: Timetable) -> None:
        self._trainers = timetable.trainers
        self._colleagues: dict[str, list[Trainer]] = defaultdict(list)
        for trainer in timetable.trainers:
            self._colleagues[trainer.department.id].append(trainer)
        self._ill_until: dict[int, int] = {}
        self._today = 0
        self._covering: set[tuple[int, int]] = set()
        self.marked_cancelled = False

    def begin_day(self, day: date, rng: Random) -> None:
        """Some fall ill for up to four days."""
        self._today = day.toordinal()
        self._covering.clear()
        for trainer in self._trainers:
            if rng.random() < _FALLS_ILL:
                self._ill_until[trainer.number] = self._today + rng.randrange(4)

    def who_teaches(self, lesson: Lesson, lost: float, rng: Random) -> tuple[Trainer, bool]:
        """The trainer of the lesson today, and whether it is cancelled."""
        trainer = lesson.taught.trainer
        if rng.random() < lost + _CANCELLED_ANYWAY:
            return trainer, True
        if not self._is_ill(trainer):
            return trainer, False
        if rng.random() < _NOBODY_COVERS:
            return trainer, True
        for colleague in self._colleagues[trainer.department.id]:
            free = not colleague.busy >> lesson.slot & 1 and (colleague.number, lesson.slot) not in self._covering
            if free and not self._is_ill(colleague):
                self._covering.add((colleague.number, lesson.slot))
                return colleague, False
        return trainer, True

    def _is_ill(self, trainer: Trainer) -> bool:
        return self._ill_until.get(trainer.number, 0) >= self._today
