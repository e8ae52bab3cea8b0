"""Periods: inclusive ranges of days of a school, asked for by name, range, month, ISO week or term."""

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import School, Term
from resolvers.core.problems import Refusal

MAX_YEARS: Final = 5
MAX_BUCKETS: Final = 400
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class PeriodName(StrEnum):
    """A period relative to today in the school's zone; THIS_… is the whole range, …_TO_DATE ends today."""

    TODAY = "TODAY"
    YESTERDAY = "YESTERDAY"
    THIS_WEEK = "THIS_WEEK"
    LAST_WEEK = "LAST_WEEK"
    THIS_MONTH = "THIS_MONTH"
    LAST_MONTH = "LAST_MONTH"
    THIS_TERM = "THIS_TERM"
    LAST_TERM = "LAST_TERM"
    TERM_TO_DATE = "TERM_TO_DATE"


class Granularity(StrEnum):
    """How long the buckets of a trend are; weeks are ISO weeks."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from first to last, both included; name is how it was called, or None for a bare range."""

    first: date
    last: date
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PeriodRequest:
    """What was asked for: exactly one of these is given. `term_id` is our id, `term_source` the institution's own."""

    named: PeriodName | None = None
    span: tuple[date, date] | None = None
    month: str | None = None
    week: str | None = None
    term_id: int | None = None
    term_source: str | None = None


@dataclass(frozen=True, slots=True)
class SchoolTerm:
    """One term of a school."""

    id: int
    source_id: str
    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SchoolCalendar:
    """What a school's periods are worked out from."""

    zone: ZoneInfo
    terms: tuple[SchoolTerm, ...]

    def today(self, now: datetime) -> date:
        """The day it is at that instant in the school's zone."""
        return now.astimezone(self.zone).date()


async def school_calendars(session: AsyncSession, school_ids: Sequence[int]) -> dict[int, SchoolCalendar]:
    """The calendars of these schools, by subject id; one statement."""
    rows = await session.execute(
        select(School.id, School.timezone, Term)
        .outerjoin(Term, Term.school_id == School.id)
        .where(School.id.in_(school_ids))
        .order_by(School.id, Term.starts_on, Term.id)
    )
    zones: dict[int, str] = {}
    terms: dict[int, list[SchoolTerm]] = {}
    for school_id, zone, found in rows:
        zones[school_id] = zone
        held = terms.setdefault(school_id, [])
        term: Term | None = found
        if term is not None and term.starts_on is not None and term.ends_on is not None:
            held.append(SchoolTerm(term.id, term.source_id, term.name, term.starts_on, term.ends_on))
    return {school_id: SchoolCalendar(ZoneInfo(zone), tuple(terms[school_id])) for school_id, zone in zones.items()}


def parse_period(text: str) -> PeriodRequest:
    """A period as commands write it: 2026-03-01..2026-03-31, 2026-03, 2026-W11, term:ID or a PeriodName."""
    if text.upper() in PeriodName.__members__:
        return PeriodRequest(named=PeriodName(text.upper()))
    if text.startswith("term:"):
        return PeriodRequest(term_source=text.removeprefix("term:"))
    first, dots, last = text.partition("..")
    if dots:
        return PeriodRequest(span=(_day(first, "from"), _day(last, "to")))
    if _DAY.fullmatch(text):
        return PeriodRequest(span=(_day(text, "from"), _day(text, "to")))
    return PeriodRequest(week=text) if "W" in text else PeriodRequest(month=text)


def _day(text: str, end: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"{text!r} is not a day such as 2026-03-01", ("period", "range", end)) from None


def resolve(asked: PeriodRequest, school: SchoolCalendar, now: datetime) -> Period | None:
    """The days that were asked for, in that school; None when a named term is asked for and there is none.

    Raises Refusal naming the field when the period is impossible.
    """
    if asked.span is not None:
        return _checked(*asked.span)
    if asked.month is not None:
        return _month_named(asked.month)
    if asked.week is not None:
        return _week_named(asked.week)
    if asked.term_id is not None or asked.term_source is not None:
        return _term(asked, school)
    if asked.named is None:
        raise Refusal("give one of named, range, month, week or term", ("period",))
    return _named(asked.named, school, school.today(now))


def _checked(first: date, last: date) -> Period:
    if last < first:
        raise Refusal(f"{last} is before from ({first}); it must be the same day or later", ("period", "range", "to"))
    limit = date(min(first.year + MAX_YEARS, date.max.year), first.month, min(first.day, 28))
    if last >= limit and first.year + MAX_YEARS <= date.max.year and (last - limit).days >= first.day - limit.day:
        raise Refusal(
            f"{first} to {last} is longer than {MAX_YEARS} years; ask for a shorter range", ("period", "range", "to")
        )
    return Period(first, last)


def month_of(day: date) -> Period:
    """The calendar month a day lies in."""
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(day.replace(day=1), day.replace(day=last), f"{day.year:04}-{day.month:02}")


def week_of(day: date) -> Period:
    """The ISO week a day lies in, Monday to Sunday."""
    year, week, weekday = day.isocalendar()
    monday = day - timedelta(days=weekday - 1)
    return Period(monday, monday + timedelta(days=6), f"{year:04}-W{week:02}")


def name_of(first: date, last: date) -> str | None:
    """What these days are called in every school, being exactly a day, an ISO week or a month; else None."""
    if first == last:
        return _day_of(first).name
    if first.weekday() == 0 and last - first == timedelta(days=6):
        return week_of(first).name
    month = month_of(first)
    return month.name if (month.first, month.last) == (first, last) else None


def _month_named(text: str) -> Period:
    match = _MONTH.fullmatch(text)
    if not match or not 1 <= int(match[2]) <= 12 or int(match[1]) < 1:
        raise Refusal(f"{text!r} is not a month such as 2026-03", ("period", "month"))
    return month_of(date(int(match[1]), int(match[2]), 1))


def _week_named(text: str) -> Period:
    match = _WEEK.fullmatch(text)
    try:
        if match:
            return week_of(date.fromisocalendar(int(match[1]), int(match[2]), 1))
    except (ValueError, OverflowError):
        pass
    raise Refusal(f"{text!r} is not an ISO week such as 2026-W11", ("period", "week"))


def _term(asked: PeriodRequest, school: SchoolCalendar) -> Period:
    for term in school.terms:
        if term.id == asked.term_id or term.source_id == asked.term_source:
            return Period(term.first, term.last, term.name)
    raise Refusal("the subject's school has no such term", ("period", "term"))


def _named(name: PeriodName, school: SchoolCalendar, today: date) -> Period | None:
    running = [term for term in school.terms if term.first <= today <= term.last]
    over = [term for term in school.terms if term.last < today]
    ranges: dict[PeriodName, Callable[[], Period | None]] = {
        PeriodName.TODAY: lambda: _day_of(today),
        PeriodName.YESTERDAY: lambda: _day_of(today - timedelta(days=1)),
        PeriodName.THIS_WEEK: lambda: week_of(today),
        PeriodName.LAST_WEEK: lambda: week_of(today - timedelta(days=7)),
        PeriodName.THIS_MONTH: lambda: month_of(today),
        PeriodName.LAST_MONTH: lambda: month_of(today.replace(day=1) - timedelta(days=1)),
        PeriodName.THIS_TERM: lambda: _latest(running),
        PeriodName.LAST_TERM: lambda: _latest(over),
        PeriodName.TERM_TO_DATE: lambda: _to_date(_latest(running), today),
    }
    return ranges[name]()


def _day_of(day: date) -> Period:
    return Period(day, day, day.isoformat())


def _latest(terms: list[SchoolTerm]) -> Period | None:
    if not terms:
        return None
    term = max(terms, key=lambda term: (term.last, term.first, term.id))
    return Period(term.first, term.last, term.name)


def _to_date(term: Period | None, today: date) -> Period | None:
    return Period(term.first, today, f"{term.name} to {today}") if term else None


def buckets(period: Period, granularity: Granularity) -> list[Period]:
    """The period cut into days, ISO weeks or months; the first and last are clipped to it. Refuses more than 400."""
    cut = list(_cut(period, granularity))
    if len(cut) > MAX_BUCKETS:
        raise Refusal(
            f"the period has {len(cut)} {granularity.lower()}s, {MAX_BUCKETS} at most; choose a coarser granularity",
            ("granularity",),
        )
    return cut


_WHOLE: Final = {Granularity.DAY: _day_of, Granularity.WEEK: week_of, Granularity.MONTH: month_of}


def _cut(period: Period, granularity: Granularity) -> Iterator[Period]:
    day = period.first
    while day <= period.last:
        whole = _WHOLE[granularity](day)
        yield Period(max(whole.first, period.first), min(whole.last, period.last), whole.name)
        if whole.last >= period.last:
            return
        day = whole.last + timedelta(days=1)
