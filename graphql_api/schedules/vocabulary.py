"""The vocabularies of schedules as GraphQL enums, and the parts of a schedule that are asked for and answered alike."""

from enum import Enum
from typing import Final

import strawberry

from graphql_api.core.arguments import text_argument
from graphql_api.metrics.types import MetricName
from models import Frequency
from resolvers.calendar.recurrence import Nth, Recurrence, Weekday
from resolvers.schedules.drafts import Condition, Side

_ZONE: Final = "The time zone `time` is told in, such as Europe/London; left out: that of the school."
_DAY: Final = "MONTHLY: on this day, 1 to 31. Months without it are passed over; `lastDay` is there in every month."
_TIME: Final = (
    "The time of day, HH:MM. One that does not exist because clocks go forward falls due right after the gap; one that"
    " exists twice because they go back, the first time only."
)


@strawberry.input(description="When a schedule falls due.")
class RecurrenceInput:
    """When a schedule falls due."""

    frequency: Frequency = strawberry.field(description="How often.")
    time: str = strawberry.field(description=_TIME)
    weekdays: list[Weekday] | None = strawberry.field(default=None, description="WEEKLY: on these days.")
    day: int | None = strawberry.field(default=None, description=_DAY)
    last_day: bool = strawberry.field(default=False, description="MONTHLY: on the last day of the month.")
    nth: Nth | None = strawberry.field(default=None, description="MONTHLY: on which one of `weekday`.")
    weekday: Weekday | None = strawberry.field(default=None, description="MONTHLY: goes with `nth`.")
    months: list[int] | None = strawberry.field(
        default=None, description="MONTHLY: only in these months, 1 to 12; left out: in all."
    )
    zone: str | None = strawberry.field(default=None, description=_ZONE)

    def recurrence(self) -> Recurrence:
        """What is asked for, not yet checked."""
        order = list(Weekday)
        return Recurrence(
            frequency=self.frequency,
            time=text_argument(self.time, "recurrence", "time") or "",
            weekdays=tuple(sorted(set(self.weekdays or ()), key=order.index)),
            day=self.day,
            last_day=self.last_day,
            nth=self.nth,
            weekday=self.weekday,
            months=tuple(sorted(set(self.months or ()))),
            zone=text_argument(self.zone, "recurrence", "zone"),
        )


@strawberry.type(name="Recurrence", description="When a schedule falls due.")
class RecurrenceType:
    """When a schedule falls due."""

    frequency: Frequency = strawberry.field(description="How often.")
    time: str = strawberry.field(description=_TIME)
    weekdays: list[Weekday] = strawberry.field(description="WEEKLY: on these days.")
    day: int | None = strawberry.field(description=_DAY)
    last_day: bool = strawberry.field(description="MONTHLY: on the last day of the month.")
    nth: Nth | None = strawberry.field(description="MONTHLY: on which one of `weekday`.")
    weekday: Weekday | None = strawberry.field(description="MONTHLY: goes with `nth`.")
    months: list[int] = strawberry.field(description="MONTHLY: only in these months; empty: in all.")
    zone: str = strawberry.field(description="The time zone `time` is told in.")


def recurrence_of(recurrence: Recurrence, school_zone: str) -> RecurrenceType:
    """The recurrence as clients see it."""
    return RecurrenceType(
        frequency=recurrence.frequency,
        time=recurrence.time,
        weekdays=list(recurrence.weekdays),
        day=recurrence.day,
        last_day=recurrence.last_day,
        nth=recurrence.nth,
        weekday=recurrence.weekday,
        months=list(recurrence.months),
        zone=recurrence.zone or school_zone,
    )


@strawberry.input(description="Only if, in any of the reports, a metric is below or above a value.")
class ScheduleConditionInput:
    """Only if a metric is below or above a value."""

    metric: MetricName = strawberry.field(description="The metric. One that is null is neither below nor above.")
    side: Side = strawberry.field(description="On which side of the value.")
    value: float = strawberry.field(description="The value; 0 to 1 for a rate.")

    def condition(self) -> Condition:
        """What is asked for, not yet checked."""
        metric: Enum = self.metric
        return Condition(str(metric.value), self.side, self.value)


@strawberry.type(description="Only if, in any of the reports, a metric is below or above a value.")
class ScheduleCondition:
    """Only if a metric is below or above a value."""

    metric: MetricName = strawberry.field(description="The metric. One that is null is neither below nor above.")
    side: Side = strawberry.field(description="On which side of the value.")
    value: float = strawberry.field(description="The value.")
