"""The present term so far, as asked for live and by schedules."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from resolvers.calendar.periods import (
    Period,
    PeriodName,
    PeriodRequest,
    SchoolCalendar,
    SchoolTerm,
    parse_period,
    resolve,
)

SPRING = SchoolTerm(1, "sp", "Spring", date(2026, 1, 5), date(2026, 3, 27))
NEW_YORK = SchoolCalendar(ZoneInfo("America/New_York"), (SPRING,))


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2026, 3, 18, 12, tzinfo=UTC), date(2026, 3, 18)),
        (datetime(2026, 3, 19, 3, tzinfo=UTC), date(2026, 3, 18)),  # eleven at night there
        (datetime(2026, 1, 5, 6, tzinfo=UTC), date(2026, 1, 5)),
        (datetime(2026, 3, 28, 3, tzinfo=UTC), date(2026, 3, 27)),
    ],
)
def test_the_term_to_date_ends_today(now: datetime, last: date) -> None:
    asked = PeriodRequest(named=PeriodName.TERM_TO_DATE)
    assert resolve(asked, NEW_YORK, now) == Period(date(2026, 1, 5), last, f"Spring to {last}")


def test_between_terms_there_is_none() -> None:
    asked = parse_period("term_to_date")
    assert resolve(asked, NEW_YORK, datetime(2026, 3, 28, 4, tzinfo=UTC)) is None
    assert resolve(asked, NEW_YORK, datetime(2026, 1, 5, 4, tzinfo=UTC)) is None
