"""Who came, when, and why not: a spectrum of trainees under the seasons, the flu, the weekday and the hour."""

from dataclasses import dataclass, field
from datetime import date
from math import exp
from random import Random

from resolvers.demo.college import College

_WHOLE_DAY, _ONE_LESSON = 0.55, 0.5  # how a trainee's absence splits into missed days and missed lessons
_WEEKDAY = (1.1, 0.9, 0.9, 1.0, 1.3)
_SLOT = (1.15, 0.85, 0.95, 1.2)
_FRIDAY_AFTERNOON = 1.7
_LATE_BY_SLOT = (1.8, 0.6, 1.3, 0.5)
_PLACEMENT_SHARE = 4  # one trainee in so many is on placement in the group's placement week

_ABSENT = ",ABSENT,,,\n"
_REASONS = (
    "Illness",
    "Medical appointment",
    "Family reasons",
    "Religious observance",
    "Driving test",
    "Public transport",
    "Job interview",
)
_EXCUSED = tuple(f",EXCUSED,,,{reason}\n" for reason in _REASONS)
_ILL, _PLACEMENT, _PRESENT = _EXCUSED[0], ",EXCUSED,,,Work placement\n", ",PRESENT,,,\n"


def clock(seconds: int) -> str:
    """Seconds of the day as HH:MM:SS."""
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}"


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a register needs to know of its session; starts and ends are seconds of the local day."""

    session_id: str
    weekday: int
    slot: int
    starts: int
    ends: int
    absence: float
    date_prefix: str
    offset: str


@dataclass(slots=True)
class Attendance:
    """Decides marks day after day; `marked` and `attended` count them per trainee, for the assessments."""

    college: College
    marked: list[int] = field(default_factory=list)
    attended: list[int] = field(default_factory=list)
    away: dict[int, str] = field(default_factory=dict)
    _ids: list[str] = field(default_factory=list)
    _absence: list[float] = field(default_factory=list)
    _lateness: list[float] = field(default_factory=list)
    _ill: dict[int, tuple[int, str]] = field(default_factory=dict)
    _week: int = -1

    def __post_init__(self) -> None:
        self.marked = [0] * len(self.college.trainees)
        self.attended = [0] * len(self.college.trainees)
        self._ids = [trainee.id for trainee in self.college.trainees]
        self._lateness = [trainee.lateness for trainee in self.college.trainees]

    def begin_day(self, day: date, week: int, rng: Random) -> None:
        """Settles who misses the whole day: ill, on placement, or just not there."""
        if week != self._week:
            self._week = week
            season = 0.75 + 0.018 * min(week, 20)
            self._absence = [
                min(0.95, trainee.absence * trainee.group.absence * season)
                * (trainee.turn_factor if week >= trainee.turn_week else 1.0)
                for trainee in self.college.trainees
            ]
        ordinal, random = day.toordinal(), rng.random
        self._ill = {number: spell for number, spell in self._ill.items() if spell[0] >= ordinal}
        self.away = {number: tail for number, (_, tail) in self._ill.items()}
        catches_it = 0.003 + 0.016 * exp(-(((week - 12) / 2.0) ** 2)) + 0.02 * exp(-(((week - 21) / 2.2) ** 2))
        missing = _WEEKDAY[day.weekday()] * _WHOLE_DAY
        for number, absence in enumerate(self._absence):
            chance = random()
            if chance < catches_it:
                spell = (ordinal + rng.randrange(1, 5), _ILL if random() < 0.75 else _ABSENT)
                self._ill[number] = spell
                self.away[number] = spell[1]
            elif chance < catches_it + absence * missing and number not in self.away:
                self.away[number] = _ABSENT if random() < 0.85 else rng.choice(_EXCUSED)
        for group in self.college.groups:
            if group.placement_week == week:
                for number in range(group.number, len(self._ids), len(self.college.groups) * _PLACEMENT_SHARE):
                    self.away[number] = _PLACEMENT

    def register(self, meeting: Meeting, roster: tuple[int, ...], rng: Random, rows: list[str]) -> None:
        """Appends one row to attendance.csv for each trainee of the roster."""
        random, away, absence, lateness, ids = rng.random, self.away, self._absence, self._lateness, self._ids
        marked, attended, session = self.marked, self.attended, meeting.session_id + ","
        missing = meeting.absence * _SLOT[meeting.slot] * _WEEKDAY[meeting.weekday] * _ONE_LESSON
        if meeting.weekday == 4 and meeting.slot >= 2:
            missing *= _FRIDAY_AFTERNOON
        late = _LATE_BY_SLOT[meeting.slot]
        for number in roster:
            marked[number] += 1
            tail = away.get(number)
            if tail is None:
                chance = random()
                absent = min(0.97, absence[number] * missing)
                if chance < absent:
                    tail = _ABSENT if random() < 0.8 else rng.choice(_EXCUSED)
                else:
                    attended[number] += 1
                    chance = (chance - absent) / (1.0 - absent)
                    if chance < lateness[number] * late:
                        tail = _came_late(meeting, rng)
                    elif chance > 0.95:
                        tail = _left_early(meeting, rng) if chance > 0.988 else _timed(meeting, rng)
                    else:
                        tail = _PRESENT
            rows.append(session + ids[number] + tail)


def _came_late(meeting: Meeting, rng: Random) -> str:
    """Mostly LATE with the time; short delays may pass as PRESENT, and some trainers note no time."""
    if rng.random() < 0.15:
        return ",LATE,,,\n"
    half = (meeting.ends - meeting.starts) // 2
    delay = min(half, 45 + int(rng.expovariate(1 / 560)))
    status = "PRESENT" if rng.random() < (0.35 if delay < 600 else 0.08) else "LATE"
    arrived = f"{meeting.date_prefix}{clock(meeting.starts + delay)}{meeting.offset}"
    left = _leaving(meeting, rng) if rng.random() < 0.02 else ""
    return f",{status},{arrived},{left},{'Public transport' if rng.random() < 0.1 else ''}\n"


def _left_early(meeting: Meeting, rng: Random) -> str:
    reason = rng.choice(("", "", "Medical appointment", "Felt unwell"))
    return f",PRESENT,,{_leaving(meeting, rng)},{reason}\n"


def _leaving(meeting: Meeting, rng: Random) -> str:
    length = meeting.ends - meeting.starts
    return f"{meeting.date_prefix}{clock(meeting.starts + int(length * rng.uniform(0.6, 0.95)))}{meeting.offset}"


def _timed(meeting: Meeting, rng: Random) -> str:
    """In time, and the time was noted: a badge reader at the door."""
    return f",PRESENT,{meeting.date_prefix}{clock(meeting.starts - rng.randrange(5, 480))}{meeting.offset},,\n"
