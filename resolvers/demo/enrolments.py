"""Who is in which class group when: all year, late, gone, moved, or in another group for one course."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from resolvers.demo.college import College, Course, Group, Trainee
from resolvers.demo.school_year import SchoolYear
from resolvers.demo.timetable import TaughtClass, Timetable

_DAY, _WEEKEND = timedelta(days=1), timedelta(days=3)
_JOIN_LATE, _LEAVE, _MOVE, _RETURN, _ONE_COURSE = 0.04, 0.04, 0.03, 0.01, 0.03
_OVERRUN = 4 * _DAY  # of the first leaver only: the import warns about those marks


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One trainee in one class group from day to day (open without an end), for one course only where given."""

    trainee: Trainee
    group: Group
    course: Course | None
    starts_on: date
    ends_on: date | None
    overrun: timedelta = timedelta(0)  # how long the trainer keeps marking somebody who has left


def build_enrolments(
    college: College, timetable: Timetable, year: SchoolYear, today: date, rng: Random
) -> list[Enrolment]:
    """All enrolments as known on `today`: what happens later has no row yet."""
    trainees = list(college.trainees)
    rng.shuffle(trainees)
    places = iter(trainees)

    def some(share: float) -> dict[int, date]:
        """Picks trainees nobody has picked, and a Monday between October and February for each."""
        count = max(1, round(share * len(college.trainees)))
        first, last = date(year.starts_on.year, 10, 1), date(year.starts_on.year + 1, 2, 27)
        first -= first.weekday() * _DAY
        weeks = (last - first).days // 7
        return {next(places).number: first + 7 * _DAY * int(weeks * (n + rng.random()) / count) for n in range(count)}

    joins, leaves, moves, returns = some(_JOIN_LATE), some(_LEAVE), some(_MOVE), some(_RETURN)
    targets = {number: _other_group(college, college.trainees[number].group, rng) for number in moves}
    one_course = {number: _one_course(college.trainees[number], timetable, rng) for number in some(_ONE_COURSE)}
    first_leaver = min(leaves, key=lambda number: leaves[number])
    enrolments = []
    for trainee in college.trainees:
        number, group = trainee.number, trainee.group
        begins = joins.get(number, year.starts_on)
        ends = year.ends_on if group.level > 1 else None
        gone = min((day for days in (leaves, moves, returns) if (day := days.get(number))), default=None)
        known = gone is not None and gone <= today
        if begins <= today or number not in joins:
            last = gone - _WEEKEND if gone and known else ends
            overrun = _OVERRUN if number == first_leaver and known else 0 * _DAY
            enrolments.append(Enrolment(trainee, group, None, begins, last, overrun))
        if number in moves and known and gone:
            target = targets[number]
            enrolments.append(Enrolment(trainee, target, None, gone, year.ends_on if target.level > 1 else None))
        if number in returns and gone and (back := gone + 28 * _DAY) <= today:
            enrolments.append(Enrolment(trainee, group, None, back, ends))
        taught = one_course.get(number)
        if taught is not None:
            enrolments.append(Enrolment(trainee, taught.groups[0], taught.course, year.starts_on, year.ends_on))
    return enrolments


def _other_group(college: College, group: Group, rng: Random) -> Group:
    others = [other for other in college.groups if other is not group]
    near = [other for other in others if other.programme is group.programme and other.level == group.level]
    return rng.choice(near or others)


def _one_course(trainee: Trainee, timetable: Timetable, rng: Random) -> TaughtClass | None:
    """A class of another group whose lessons leave the trainee's own timetable alone."""
    busy = timetable.group_busy[trainee.group.number]
    for taught in rng.sample(timetable.classes, len(timetable.classes)):
        if taught.course not in trainee.group.courses and not any(busy >> slot & 1 for slot in taught.slots):
            return taught
    return None


@dataclass(slots=True)
class Rosters:
    """Who belongs to a class group's course on a day, asked day by day in order; kept until the next change."""

    enrolments: list[Enrolment]
    of_group: dict[int, list[Enrolment]] = field(default_factory=dict)
    kept: dict[tuple[int, str], tuple[date, tuple[int, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for enrolment in self.enrolments:
            self.of_group.setdefault(enrolment.group.number, []).append(enrolment)

    def on(self, group: Group, course: Course, day: date) -> tuple[int, ...]:
        """The numbers of the trainees on the list that day."""
        key = (group.number, course.id)
        valid_until, roster = self.kept.get(key, (date.min, ()))
        if day < valid_until:
            return roster
        change = date.max
        members: dict[int, None] = {}
        for enrolment in self.of_group.get(group.number, ()):
            if enrolment.course is not None and enrolment.course.id != course.id:
                continue
            gone = date.max if enrolment.ends_on is None else enrolment.ends_on + enrolment.overrun + _DAY
            if enrolment.starts_on <= day < gone:
                members[enrolment.trainee.number] = None
            change = min([change, *(turn for turn in (enrolment.starts_on, gone) if turn > day)])
        roster = tuple(members)
        self.kept[key] = (change, roster)
        return roster
