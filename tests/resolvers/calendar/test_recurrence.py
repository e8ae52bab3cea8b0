"""Recurrences: what is impossible is refused by name, and every change of clocks for ten years misses nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import Frequency
from resolvers.calendar.recurrence import (
    Nth,
    Recurrence,
    Weekday,
    next_slot,
    recurrence_from_stored,
    slots_after,
    slots_between,
)
from resolvers.core.problems import Refusal
from tests.support.recurrence_by_hand import due_between

# all those that change their clocks: at 01:00, 02:00, 03:00, midnight, by 30 minutes, by two hours, around Ramadan
ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "America/Anchorage", "America/Chicago", "America/Denver",
    "America/Halifax", "America/Havana", "America/Los_Angeles", "America/New_York", "America/Nuuk", "America/Santiago",
    "America/St_Johns", "Antarctica/Troll", "Asia/Beirut", "Asia/Gaza", "Asia/Jerusalem", "Atlantic/Azores",
    "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Athens", "Europe/Berlin",
    "Europe/Chisinau", "Europe/Dublin", "Europe/Lisbon", "Europe/London", "Pacific/Auckland", "Pacific/Chatham",
    "Pacific/Easter",
)  # fmt: skip
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def changes_of(zone: ZoneInfo) -> Iterator[datetime]:
    """The moments from 2026 to 2035 at which clocks change."""
    moment = FIRST
    while moment < LAST:
        if moment.astimezone(zone).utcoffset() != (moment + DAY).astimezone(zone).utcoffset():
            low, high = moment, moment + DAY
            while high - low > timedelta(minutes=1):
                middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            yield high
        moment += DAY


def around(change: datetime, zone: ZoneInfo) -> Iterator[Recurrence]:
    """Daily, weekly and monthly at local times before, in and after the hours that are skipped or doubled."""
    before, after = (change - timedelta(minutes=1)).astimezone(zone), change.astimezone(zone)
    edges = sorted({before.replace(tzinfo=None) + timedelta(minutes=1), after.replace(tzinfo=None)})
    middle = edges[0] + (edges[-1] - edges[0]) / 2
    for local in {edges[0] - timedelta(minutes=1), *edges, middle, edges[-1] + timedelta(minutes=1)}:
        at = f"{local:%H:%M}"
        weekday = list(Weekday)[local.weekday()]
        yield Recurrence(Frequency.DAILY, at)
        yield Recurrence(Frequency.WEEKLY, at, weekdays=(weekday,))
        yield Recurrence(Frequency.MONTHLY, at, day=local.day)
        nth = list(Nth)[min((local.day - 1) // 7, 4)]
        yield Recurrence(Frequency.MONTHLY, at, nth=nth, weekday=weekday)


@pytest.mark.parametrize("name", ZONES)
def test_no_slot_is_missed_or_doubled_when_clocks_change(name: str) -> None:
    zone = ZoneInfo(name)
    changes = list(changes_of(zone))
    assert len(changes) >= 10
    for change in changes:
        for recurrence in around(change, zone):
            span = 2 * DAY if recurrence.frequency is Frequency.DAILY else 8 * DAY
            start, end = change - span, change + span
            expected = due_between(recurrence, name, start, end)
            assert expected
            assert list(slots_between(recurrence, name, start, end)) == expected
            # taken up anew after each slot, and a second before each: the same, and each once
            for slot, following in pairwise(expected):
                assert next_slot(recurrence, name, slot) == following
            for slot in expected:
                assert next_slot(recurrence, name, slot - timedelta(seconds=1)) == slot


def test_all_changes_are_known() -> None:
    assert sum(len(list(changes_of(ZoneInfo(name)))) for name in ZONES) == 604


def text_of(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"


TIMES = st.builds(text_of, st.integers(0, 23), st.integers(0, 59))
MONTHS = st.lists(st.integers(1, 12), unique=True, max_size=3).map(lambda months: tuple(sorted(months)))
RECURRENCES = st.one_of(
    st.builds(Recurrence, st.just(Frequency.DAILY), TIMES),
    st.builds(
        Recurrence,
        st.just(Frequency.WEEKLY),
        TIMES,
        weekdays=st.lists(st.sampled_from(Weekday), min_size=1, unique=True).map(tuple),
    ),
    st.builds(Recurrence, st.just(Frequency.MONTHLY), TIMES, day=st.integers(1, 28), months=MONTHS),
    st.builds(Recurrence, st.just(Frequency.MONTHLY), TIMES, day=st.integers(29, 31)),
    st.builds(Recurrence, st.just(Frequency.MONTHLY), TIMES, last_day=st.just(True), months=MONTHS),
    st.builds(
        Recurrence, st.just(Frequency.MONTHLY), TIMES, nth=st.sampled_from(Nth), weekday=st.sampled_from(Weekday)
    ),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2035, 6, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


@cache
def all_changes() -> list[tuple[str, datetime]]:
    return [(name, change) for name in ZONES for change in changes_of(ZoneInfo(name))]


@given(RECURRENCES, st.sampled_from(ZONES), MOMENTS)
def test_slots_are_those_worked_out_by_hand(recurrence: Recurrence, zone: str, after: datetime) -> None:
    until = after + 100 * DAY
    assert list(slots_between(recurrence.checked(), zone, after, until)) == due_between(recurrence, zone, after, until)


@settings(deadline=None)
@given(TIMES, st.data(), st.integers(-4 * 3600, 4 * 3600))
def test_it_can_be_taken_up_at_any_second_of_a_change(at: str, data: st.DataObject, seconds: int) -> None:
    zone, change = data.draw(st.sampled_from(all_changes()))
    after = change + timedelta(seconds=seconds)
    daily = Recurrence(Frequency.DAILY, at)
    assert next_slot(daily, zone, after) == due_between(daily, zone, after, after + 3 * DAY)[0]


@given(RECURRENCES, st.sampled_from((None, "Asia/Tokyo")))
def test_it_is_stored_and_read_again(recurrence: Recurrence, zone: str | None) -> None:
    recurrence = replace(recurrence, zone=zone)
    assert recurrence_from_stored(recurrence.stored()) == recurrence


def test_its_own_zone_goes_before_that_of_the_school() -> None:
    recurrence = Recurrence(Frequency.DAILY, "07:30", zone="Asia/Tokyo")
    assert next_slot(recurrence, "Europe/London", FIRST) == datetime(2026, 1, 1, 22, 30, tzinfo=UTC)


def test_a_month_without_the_day_is_passed_over() -> None:
    on_31 = Recurrence(Frequency.MONTHLY, "09:00", day=31)
    days = [slot.date().isoformat() for slot in slots_between(on_31, "UTC", FIRST, datetime(2026, 7, 1, tzinfo=UTC))]
    assert days == ["2026-01-31", "2026-03-31", "2026-05-31"]
    leap = Recurrence(Frequency.MONTHLY, "09:00", day=29, months=(2,)).checked()
    slots = slots_after(leap, "UTC", FIRST)
    assert [next(slots).date().isoformat() for _ in range(2)] == ["2028-02-29", "2032-02-29"]


DAILY, WEEKLY, MONTHLY = Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY
IMPOSSIBLE = (
    (Recurrence(MONTHLY, "09:00", day=31, months=(2,)), "day", "February never has a day 31"),
    (Recurrence(MONTHLY, "09:00", day=30, months=(1, 2)), "day", "February never has a day 30"),
    (Recurrence(MONTHLY, "09:00", day=31, months=(4,)), "day", "April never has a day 31"),
    (Recurrence(MONTHLY, "09:00", day=32), "day", "32 is not a day of a month"),
    (Recurrence(MONTHLY, "09:00", day=0), "day", "0 is not a day of a month"),
    (Recurrence(MONTHLY, "09:00", day=-1), "day", "-1 is not a day of a month"),
    (Recurrence(MONTHLY, "09:00"), "day", "exactly one of day, lastDay, and nth"),
    (Recurrence(MONTHLY, "09:00", day=1, last_day=True), "day", "exactly one of"),
    (Recurrence(MONTHLY, "09:00", nth=Nth.FIRST), "weekday", "nth and weekday go together"),
    (Recurrence(MONTHLY, "09:00", weekday=Weekday.MONDAY), "nth", "nth and weekday go together"),
    (Recurrence(MONTHLY, "09:00", day=1, months=(13,)), "months", "13 is not a month"),
    (Recurrence(MONTHLY, "09:00", day=1, weekdays=(Weekday.MONDAY,)), "weekdays", "weekdays go with WEEKLY"),
    (Recurrence(WEEKLY, "09:00"), "weekdays", "needs one weekday or more"),
    (Recurrence(WEEKLY, "09:00", weekdays=(Weekday.MONDAY,), day=3), "day", "day goes with MONTHLY"),
    (Recurrence(DAILY, "09:00", last_day=True), "lastDay", "lastDay goes with MONTHLY"),
    (Recurrence(DAILY, "09:00", months=(1,)), "months", "months goes with MONTHLY"),
    (Recurrence(DAILY, "24:00"), "time", "'24:00' is not a time of day"),
    (Recurrence(DAILY, "9:00"), "time", "'9:00' is not a time of day"),
    (Recurrence(DAILY, "09:00:00"), "time", "is not a time of day"),
    (Recurrence(DAILY, "*:*"), "time", "is not a time of day"),
    (Recurrence(DAILY, "09:00\n"), "time", "is not a time of day"),
    (Recurrence(DAILY, "09:00", zone="Mars/Olympus"), "zone", "'Mars/Olympus' is not a time zone"),
    (Recurrence(DAILY, "09:00", zone="../etc/passwd"), "zone", "is not a time zone"),
    (Recurrence(DAILY, "09:00", zone=""), "zone", "'' is not a time zone"),
)


@pytest.mark.parametrize(("recurrence", "field", "message"), IMPOSSIBLE, ids=lambda value: str(value)[:60])
def test_what_is_impossible_is_refused_by_name(recurrence: Recurrence, field: str, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        recurrence.checked()
    assert refused.value.field == ("recurrence", field)
    assert message in refused.value.message
