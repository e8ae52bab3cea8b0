"""Recurrences: at which local times a schedule falls due, checked, stored, and worked out as instants.

A local time that does not exist (clocks go forward) falls due right after the gap; one that exists twice (clocks go
back) falls due the first time only. A month without the day asked for is passed over: LAST_DAY is there in every month.
"""

import re
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final

from cronsim import CronSim

from models import Frequency
from resolvers.core.problems import Refusal

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_LONGEST_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
FIELD: Final = "recurrence"


class Weekday(StrEnum):
    """A day of the week; its value is the word cron knows it by."""

    MONDAY = "MON"
    TUESDAY = "TUE"
    WEDNESDAY = "WED"
    THURSDAY = "THU"
    FRIDAY = "FRI"
    SATURDAY = "SAT"
    SUNDAY = "SUN"


class Nth(StrEnum):
    """Which one of a weekday in its month; its value is how cron writes it."""

    FIRST = "#1"
    SECOND = "#2"
    THIRD = "#3"
    FOURTH = "#4"
    LAST = "L"


# cron writes the last of a weekday with its number
_NUMBERS: Final = {day: number % 7 for number, day in enumerate(Weekday, start=1)}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When a schedule falls due, in local time: DAILY, WEEKLY on `weekdays`, or MONTHLY.

    MONTHLY takes exactly one of `day` (1–31), `last_day`, and `nth` with `weekday`; `months` (1–12) limits it to these.
    `time` is HH:MM. `zone` is the name of a time zone; None: that of the school.
    """

    frequency: Frequency
    time: str
    weekdays: tuple[Weekday, ...] = ()
    day: int | None = None
    last_day: bool = False
    nth: Nth | None = None
    weekday: Weekday | None = None
    months: tuple[int, ...] = ()
    zone: str | None = None

    def checked(self) -> "Recurrence":
        """Itself; refuses, naming the field, what never falls due or says two things at once."""
        if not _TIME.fullmatch(self.time):
            raise _refusal("time", f"{self.time[:20]!r} is not a time of day such as 07:30")
        if self.zone is not None and self.zone not in zone_names():
            raise _refusal("zone", f"{self.zone[:60]!r} is not a time zone such as Europe/London")
        weekly, monthly = self.frequency is Frequency.WEEKLY, self.frequency is Frequency.MONTHLY
        if weekly and not self.weekdays:
            raise _refusal("weekdays", "a WEEKLY schedule needs one weekday or more")
        if self.weekdays and not weekly:
            raise _refusal("weekdays", f"weekdays go with WEEKLY, not with {self.frequency}")
        for name in ("day", "nth", "weekday", "last_day", "months"):
            if getattr(self, name) and not monthly:
                raise _refusal(_camel(name), f"{_camel(name)} goes with MONTHLY, not with {self.frequency}")
        if monthly:
            self._check_month()
        return self

    def _check_month(self) -> None:
        if (self.nth is None) is not (self.weekday is None):
            missing = "weekday" if self.weekday is None else "nth"
            raise _refusal(missing, "nth and weekday go together, such as SECOND and TUESDAY")
        if (self.day is not None) + self.last_day + (self.nth is not None) != 1:
            raise _refusal("day", "a MONTHLY schedule needs exactly one of day, lastDay, and nth with weekday")
        if self.day is not None and not 1 <= self.day <= 31:
            raise _refusal("day", f"{self.day} is not a day of a month; it must be 1 to 31")
        for month in self.months:
            if not 1 <= month <= 12:
                raise _refusal("months", f"{month} is not a month; it must be 1 to 12")
            if self.day is not None and self.day > _LONGEST_MONTH[month - 1]:
                raise _refusal("day", f"{_MONTHS[month - 1]} never has a day {self.day}; lastDay is its last one")

    def stored(self) -> dict[str, Any]:
        """As JSON; what is not given is left out."""
        given: dict[str, Any] = {
            "frequency": self.frequency.value,
            "time": self.time,
            "weekdays": [day.name for day in self.weekdays],
            "day": self.day,
            "lastDay": self.last_day,
            "nth": self.nth.name if self.nth else None,
            "weekday": self.weekday.name if self.weekday else None,
            "months": list(self.months),
            "zone": self.zone,
        }
        return {name: value for name, value in given.items() if value}

    def cron(self) -> str:
        """The five fields of cron that say the same."""
        hour, minute = self.time.split(":")
        days, weekdays = "*", "*"
        if self.day is not None or self.last_day:
            days = "L" if self.last_day else str(self.day)
        elif self.nth is not None and self.weekday is not None:
            weekdays = f"{_NUMBERS[self.weekday]}{self.nth.value}"
        elif self.weekdays:
            weekdays = ",".join(day.value for day in self.weekdays)
        months = ",".join(str(month) for month in self.months) or "*"
        return f"{int(minute)} {int(hour)} {days} {months} {weekdays}"


def recurrence_from_stored(stored: Mapping[str, Any]) -> Recurrence:
    """A recurrence as it was stored."""
    return Recurrence(
        frequency=Frequency(stored["frequency"]),
        time=stored["time"],
        weekdays=tuple(Weekday[name] for name in stored.get("weekdays", ())),
        day=stored.get("day"),
        last_day=stored.get("lastDay", False),
        nth=Nth[stored["nth"]] if "nth" in stored else None,
        weekday=Weekday[stored["weekday"]] if "weekday" in stored else None,
        months=tuple(stored.get("months", ())),
        zone=stored.get("zone"),
    )


def slots_after(recurrence: Recurrence, school_zone: str, after: datetime) -> Iterator[datetime]:
    """The instants (UTC) later than `after` at which it falls due, in order and without end.

    `school_zone` is used where the recurrence names no zone of its own.
    """
    # cronsim works in local time and knows an hour that comes twice only the first time: it may begin before `after`,
    # and where a whole day is left out it would give the moment after the gap twice.
    last = after.astimezone(UTC)
    for local in CronSim(recurrence.cron(), after.astimezone(zoneinfo.ZoneInfo(recurrence.zone or school_zone))):
        slot = local.astimezone(UTC)
        if slot > last:
            last = slot
            yield slot


def slots_between(recurrence: Recurrence, school_zone: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """Those later than `after` and not later than `until`."""
    for slot in slots_after(recurrence, school_zone, after):
        if slot > until:
            return
        yield slot


def next_slot(recurrence: Recurrence, school_zone: str, after: datetime) -> datetime:
    """The first one later than `after`. ValueError: there is none."""
    for slot in slots_after(recurrence, school_zone, after):
        return slot
    raise ValueError(f"{recurrence.cron()} never falls due")


@cache
def zone_names() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(zoneinfo.available_timezones())


def _camel(name: str) -> str:
    return "lastDay" if name == "last_day" else name


def _refusal(field: str, message: str) -> Refusal:
    return Refusal(message, (FIELD, field))
