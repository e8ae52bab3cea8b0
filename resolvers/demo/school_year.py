"""The school year: 1 September to 30 June, three terms, named holidays, and the days on which things went wrong."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

_DAY = timedelta(days=1)
_MONDAY, _THURSDAY, _FRIDAY = 0, 3, 4


@dataclass(frozen=True, slots=True)
class Term:
    """A named term, inclusive."""

    key: str
    name: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """One school year of one school: terms, holidays by day, teaching days, and the share of sessions lost on a day."""

    starts_on: date
    ends_on: date
    terms: tuple[Term, ...]
    holidays: dict[date, str]
    days: tuple[date, ...]
    lost: dict[date, float]


def first_year_of(today: date) -> int:
    """The calendar year in which the school year of `today` began; in July and August the one just ended."""
    return today.year if today.month >= 9 else today.year - 1


def school_year(calendar: str, first: int) -> SchoolYear:
    """The school year that begins in September of `first`, by the "british" or the "american" calendar."""
    terms, holidays, lost = _american(first) if calendar == "american" else _british(first)
    days = tuple(
        day
        for term in terms
        for day in _span(term.starts_on, term.ends_on)
        if day.weekday() <= _FRIDAY and day not in holidays
    )
    teaching = set(days)
    return SchoolYear(
        date(first, 9, 1),
        date(first + 1, 6, 30),
        terms,
        dict(sorted(holidays.items())),
        days,
        {day: share for day, share in lost.items() if day in teaching},
    )


_Calendar: TypeAlias = tuple[tuple[Term, ...], dict[date, str], dict[date, float]]


def _british(first: int) -> _Calendar:
    second = first + 1
    autumn_half = _nth(first, 10, _MONDAY, 4)
    spring_half = _nth(second, 2, _MONDAY, 3)
    late_may = _last(second, 5, _MONDAY)
    spring_ends = _last(second, 3, _FRIDAY)
    easter = _easter(second)
    holidays = {
        **_week(autumn_half, "Autumn half-term"),
        **_week(spring_half, "Spring half-term"),
        **_week(late_may, "Summer half-term"),
        late_may: "Spring bank holiday",
        date(first, 12, 25): "Christmas Day",
        date(first, 12, 26): "Boxing Day",
        date(second, 1, 1): "New Year's Day",
        easter - 2 * _DAY: "Good Friday",
        easter + _DAY: "Easter Monday",
        _nth(second, 5, _MONDAY, 1): "Early May bank holiday",
        _nth(first, 11, _FRIDAY, 4): "Staff training, college closed",
    }
    terms = (
        Term("AUTUMN", "Autumn term", _weekday_from(date(first, 9, 1)), _last_until(date(first, 12, 19), _FRIDAY)),
        Term("SPRING", "Spring term", _weekday_from(date(second, 1, 4)), spring_ends),
        Term("SUMMER", "Summer term", spring_ends + 17 * _DAY, date(second, 6, 30)),
    )
    snow = _nth(second, 1, _THURSDAY, 4)
    return terms, holidays, {_nth(first, 10, _THURSDAY, 2): 0.2, snow: 0.75, snow + _DAY: 0.35}


def _american(first: int) -> _Calendar:
    second = first + 1
    labor_day = _nth(first, 9, _MONDAY, 1)
    thanksgiving = _nth(first, 11, _THURSDAY, 4)
    spring_break = _nth(second, 4, _MONDAY, 2)
    holidays = {
        labor_day: "Labor Day",
        _nth(first, 10, _MONDAY, 2): "Indigenous Peoples' Day",
        thanksgiving: "Thanksgiving Day",
        thanksgiving + _DAY: "Day after Thanksgiving",
        date(first, 12, 25): "Christmas Day",
        date(second, 1, 1): "New Year's Day",
        _nth(second, 1, _MONDAY, 3): "Martin Luther King Jr. Day",
        _nth(second, 2, _MONDAY, 3): "Presidents' Day",
        **_week(spring_break, "Spring break"),
        _last(second, 5, _MONDAY): "Memorial Day",
        date(second, 6, 19): "Juneteenth",
    }
    terms = (
        Term("FALL", "Fall term", labor_day + _DAY, _last_until(date(first, 12, 19), _FRIDAY)),
        Term("WINTER", "Winter term", _weekday_from(date(second, 1, 4)), spring_break - 3 * _DAY),
        Term("SPRING", "Spring term", spring_break + 7 * _DAY, _last_until(date(second, 6, 26), _FRIDAY)),
    )
    snow = _nth(second, 2, _MONDAY, 2)
    return terms, holidays, {snow: 0.9}


def _span(first: date, last: date) -> list[date]:
    return [first + n * _DAY for n in range((last - first).days + 1)]


def _week(monday: date, name: str) -> dict[date, str]:
    return dict.fromkeys(_span(monday, monday + 4 * _DAY), name)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _last_until(day: date, weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - weekday) % 7)


def _last(year: int, month: int, weekday: int) -> date:
    return _last_until(date(year, month, 31), weekday)


def _weekday_from(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > _FRIDAY else day


def _easter(year: int) -> date:
    """Easter Sunday (Gregorian; the anonymous algorithm, Nature 1876)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * weekday) // 433
    month = (h + weekday - 7 * m + 90) // 25
    return date(year, month, (h + weekday - 7 * m + 33 * month + 19) % 32)
