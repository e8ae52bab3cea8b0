"""When a recurrence falls due, worked out day by day from the calendar and zoneinfo, without cron."""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models import Frequency
from resolvers.calendar.recurrence import Nth, Recurrence, Weekday

DAY = timedelta(days=1)


def falls_on(recurrence: Recurrence, day: date) -> bool:
    """Whether it falls due on that day."""
    if recurrence.frequency is Frequency.DAILY:
        return True
    weekday = list(Weekday)[day.weekday()]
    if recurrence.frequency is Frequency.WEEKLY:
        return weekday in recurrence.weekdays
    if recurrence.months and day.month not in recurrence.months:
        return False
    last = calendar.monthrange(day.year, day.month)[1]
    if recurrence.last_day:
        return day.day == last
    if recurrence.nth is None:
        return day.day == recurrence.day
    alike = [number for number in range(1, last + 1) if (number - day.day) % 7 == 0]
    which = -1 if recurrence.nth is Nth.LAST else list(Nth).index(recurrence.nth)
    return weekday is recurrence.weekday and day.day == alike[which]


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first moment at which clocks there show that time, or, if they never do, the first after it."""
    local = datetime.combine(day, at)
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    # clocks jump over it: find the jump between a moment before and one after
    before, after = first - DAY, first + DAY
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def due_between(recurrence: Recurrence, zone_name: str, after: datetime, until: datetime) -> list[datetime]:
    """The moments later than `after` and not later than `until` at which it falls due."""
    zone, at = ZoneInfo(zone_name), time.fromisoformat(recurrence.time)

    def days() -> Iterator[date]:
        day = after.astimezone(zone).date() - DAY
        while day <= until.astimezone(zone).date():
            yield day
            day += DAY

    return [slot for day in days() if falls_on(recurrence, day) and after < (slot := instant(day, at, zone)) <= until]
