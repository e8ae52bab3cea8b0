"""Hypothesis strategies that make nasty, small and valid schools.

`schools()` gives source bundles that no rule of import refuses, and in which what is hard to count is common: moves,
gaps and overlaps of enrolments, course-only enrolments, marks without enrolment and on cancelled sessions, unrecorded,
joint and trainerless sessions, times near midnight in zones far from UTC and around changes of the clock, actual times
known on one side only, odd policies, results that belong to nobody's group. `periods` and `moments` ask about a bundle
where it hurts.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.support.bundles import Bundle
from tests.support.school_maker import IDS, Maker, without_empty_columns
from tests.support.school_plans import SchoolPlan, school_plans

ANCHORS = (
    date(2026, 1, 1),  # another year, another ISO week
    date(2026, 3, 29),  # clocks forward in London
    date(2025, 10, 26),  # and back
    date(2026, 3, 8),  # forward in St John's and New York
    date(2026, 4, 5),  # back by half an hour on Lord Howe Island
    date(2011, 12, 30),  # a day that Apia never had
)
WALKS = st.lists(st.tuples(st.integers(0, len(IDS) - 1), st.integers(1, len(IDS) - 1)), min_size=9, max_size=9)


def bundle_from(
    anchor: date, walks: list[tuple[int, int]], plans: tuple[SchoolPlan, SchoolPlan | None], tidy: bool
) -> Bundle:
    maker = Maker(anchor, walks)
    for plan in plans:
        if plan is not None:
            maker.school(plan)
    return without_empty_columns(maker.bundle) if tidy else maker.bundle


def schools() -> SearchStrategy[Bundle]:
    """A bundle of one school or two, of which the second may have nothing at all."""
    plans = st.tuples(school_plans(fewest=1), st.none() | school_plans(fewest=0))
    return st.builds(bundle_from, st.sampled_from(ANCHORS), WALKS, plans, tidy=st.booleans())


def local_days(bundle: Bundle) -> list[date]:
    """Every day on which something of the bundle happens, in order; a session's by the clock of each school, and a day
    more on either side. Never none."""
    zones = [ZoneInfo(row["timezone"]) for row in bundle["schools"]]
    starts = [datetime.fromisoformat(row["starts_at"]) for row in bundle.get("sessions", [])]
    held = [row.get("held_on", "") for row in bundle.get("assessments", [])]
    days = {start.astimezone(zone).date() for start in starts for zone in zones} | {
        date.fromisoformat(day) for day in held if day
    }
    first, last = min(days, default=ANCHORS[0]), max(days, default=ANCHORS[0])
    return sorted({first - timedelta(days=1), *days, last + timedelta(days=1)})


def periods(bundle: Bundle) -> SearchStrategy[tuple[date, date]]:
    """First and last day of a period that cuts the bundle's days somewhere; the plainest is the whole."""
    days = local_days(bundle)
    whole = st.just((days[0], days[-1]))
    return whole | st.tuples(st.sampled_from(days), st.sampled_from(days)).map(lambda pair: (min(pair), max(pair)))


def moments(bundle: Bundle) -> SearchStrategy[datetime]:
    """Something to take for now: the start of a session, a local midnight, a second to either side, or long after."""
    zones = [ZoneInfo(row["timezone"]) for row in bundle["schools"]]
    midnights = [datetime.combine(day, time(), tzinfo=zone) for day in local_days(bundle) for zone in zones]
    starts = [datetime.fromisoformat(row["starts_at"]) for row in bundle.get("sessions", [])]
    known = sorted({moment.astimezone(UTC) for moment in midnights + starts})
    near = [moment + timedelta(seconds=gap) for gap in (0, -1, 1) for moment in known]
    return st.sampled_from([datetime(2027, 1, 1, tzinfo=UTC), *near])
