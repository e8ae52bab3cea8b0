"""Periods as arguments and as answers, and their days in each subject's school."""

from datetime import date, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import strawberry

from graphql_api.core.arguments import text_argument
from graphql_api.core.ids import TERM, global_id, number_of
from resolvers.calendar import periods
from resolvers.calendar.periods import PeriodName, PeriodRequest, SchoolCalendar, SchoolTerm, resolve
from resolvers.core.problems import Refusal


@strawberry.input(description="A range of days.")
class DateRangeInput:
    """A range of days."""

    first: date = strawberry.field(name="from", description="The first day.")
    last: date = strawberry.field(name="to", description="The last day; it counts too.")


@strawberry.input(
    one_of=True,
    description="A range of days of the subject's school, given in one of five ways; five years at most.",
)
class PeriodInput:
    """A range of days, given in one of five ways."""

    named: PeriodName | None = strawberry.field(description="Relative to today in the zone of the subject's school.")
    range: DateRangeInput | None = strawberry.field(description="From one day to another.")
    month: str | None = strawberry.field(description="A month such as 2026-03.")
    week: str | None = strawberry.field(description="An ISO week such as 2026-W11.")
    term: strawberry.ID | None = strawberry.field(description="A term of the school, by id.")

    def request(self) -> PeriodRequest:
        """What is asked for. Refuses a term that is no term."""
        if self.term is not None:
            return PeriodRequest(term_id=number_of(self.term, "period.term", TERM))
        return PeriodRequest(
            named=self.named,
            span=(self.range.first, self.range.last) if self.range is not None else None,
            month=text_argument(self.month, "period", "month"),
            week=text_argument(self.week, "period", "week"),
        )


@strawberry.type(description="A range of days of a school, both ends included.")
class Period:
    """A range of days, both ends included."""

    name: str | None = strawberry.field(description="What it is called, such as 2026-03 or a term; null: a bare range.")
    first: date = strawberry.field(name="from", description="The first day.")
    last: date = strawberry.field(name="to", description="The last day.")


def period_of(period: periods.Period) -> Period:
    """The period as clients see it."""
    return Period(name=period.name, first=period.first, last=period.last)


@strawberry.type(description="A term of a school: a named range of days.")
class Term:
    """A term of a school."""

    id: strawberry.ID = strawberry.field(description="Give it as `period: {term: …}`.")
    source_id: str = strawberry.field(description="The institution's own id.")
    name: str = strawberry.field(description="What it is called.")
    starts_on: date = strawberry.field(description="The first day.")
    ends_on: date = strawberry.field(description="The last day.")


def term_of(term: SchoolTerm) -> Term:
    """The term as clients see it."""
    return Term(
        id=global_id(TERM, term.id),
        source_id=term.source_id,
        name=term.name,
        starts_on=term.first,
        ends_on=term.last,
    )


class SchoolPeriod(NamedTuple):
    """A period that was asked for, in one school."""

    school_id: int
    request: PeriodRequest


# Ranges, months and weeks are the same days in every school.
_ANY_SCHOOL: Final = SchoolCalendar(ZoneInfo("UTC"), ())

Resolved = periods.Period | Refusal | None
"""Days; or why there are none; None where a named term is asked for and there is none."""


def needs_calendar(request: PeriodRequest) -> bool:
    """Whether the days depend on the school."""
    return request.named is not None or request.term_id is not None


def days_of(request: PeriodRequest, calendar: SchoolCalendar | None, now: datetime) -> Resolved:
    """The days that were asked for, in a school; no calendar is needed unless `needs_calendar`."""
    try:
        return resolve(request, calendar or _ANY_SCHOOL, now)
    except Refusal as refusal:
        return refusal
