"""What alerts of rules say of days and figures: to whom, and how."""

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from models import Alert, AlertKind, User
from resolvers.alerts.rule_findings import Band
from resolvers.alerts.words import UNSEEN, described
from resolvers.calendar.periods import PeriodName
from resolvers.core.wording import days_in_words, percent
from resolvers.deliveries.recipients import Recipient, RecipientType
from tests.support.bundles import bundle_of
from tests.support.watched import K, Watched, at

GROUP, HOUSE = (K.CLASS_GROUP, "G"), (K.SCHOOL, "S")
BAND, CHRONIC = AlertKind.BELOW_BAND, AlertKind.CHRONIC_ABSENCE
ROW, UNMARKED = AlertKind.ABSENCES_IN_A_ROW, AlertKind.SESSIONS_WITHOUT_MARKS


async def lines(watched: Watched, reader: str) -> list[tuple[str, ...]]:
    """What the alerts of an account say to it now, in order."""
    viewer = await watched.viewer(reader)
    async with watched.database.read() as session:
        alerts = (
            await session.scalars(select(Alert).where(Alert.account_id == viewer.user_id).order_by(Alert.number))
        ).all()
        words = await described(session, viewer, alerts)
        assert not [alert.id for alert in alerts if "Ann" in json.dumps(alert.data)]
        assert not [alert.id for alert in alerts if "Ann" in words[alert.id].title]
    return [words[alert.id].lines for alert in alerts]


async def told(watched: Watched, owner: str, within: Any, kind: AlertKind, day: int, **asked: Any) -> list[Any]:
    """What the owner reads of a rule that is checked on the morning of that day."""
    rule = await watched.rule(owner, within, kind, **asked)
    assert await watched.check(rule, at(day)) != []
    return await lines(watched, owner)


async def test_below_a_band_says_the_figure_the_line_and_the_days(watched: Watched) -> None:
    await watched.mark("g2 ann ABSENT, g3 ann PRESENT, g4 ann LATE")
    assert await told(watched, "arts", GROUP, BAND, 5, band=Band.AT_RISK) == [
        ("Ann", "Attendance in Painters: 66.7% of at least 80.0%, 2 to 5 March 2026", "Rule: Rule")
    ]
    # the line of the band that was asked for, over the days that have been
    assert await told(watched, "principal", HOUSE, BAND, 6, band=Band.WATCH, period=PeriodName.THIS_MONTH) == [
        ("Ann", "Attendance in School: 66.7% of at least 88.0%, 1 to 6 March 2026", "Rule: Rule")
    ]


async def test_chronic_absence_says_how_many_were_missed(watched: Watched) -> None:
    await watched.mark("g2 ann EXCUSED, g3 ann PRESENT, g4 ann ABSENT")
    missed = "2 of 3 (66.7%; chronic from 10.0% on)"
    assert await told(watched, "principal", GROUP, CHRONIC, 5) == [
        ("Ann", f"Missed in Painters, excused or not: {missed}, 2 to 5 March 2026", "Rule: Rule")
    ]


async def test_absences_in_a_row_say_the_days_and_the_courses_that_may_be_seen(watched: Watched) -> None:
    both = bundle_of(enrolments="trainee_id,class_group_id,course_id,starts_on,ends_on\nann,H,,,")
    await watched.take(both)
    await watched.mark("h2 ann PRESENT, g3 ann ABSENT, h4 ann ABSENT, g4 ann EXCUSED, g5 ann ABSENT, h5 ann ABSENT")
    readers = [await watched.viewer(name) for name in ("arts", "principal", "building", "tara")]
    heads = tuple(Recipient(RecipientType.USER, account=reader.user_id) for reader in readers)
    rule = await watched.rule("principal", HOUSE, ROW, count=4, recipients=heads)
    assert len(await watched.check(rule, at(6))) == 4
    rate = "Attendance: 16.7%, 2 to 6 March 2026"
    absent = "Absent 3 to 5 March 2026"
    assert await lines(watched, "principal") == [
        ("Ann", f"{absent}: Colour (2), Foundations (2)", rate, "Rule: Rule"),
    ]
    assert await lines(watched, "arts") == [("Ann", f"{absent}: Colour (2), other courses (2)", rate)]
    assert await lines(watched, "building") == [("Ann", f"{absent}: Foundations (2), other courses (2)", rate)]
    assert await lines(watched, "tara") == [("Ann", f"{absent}: Colour (2), other courses (2)", rate)]


async def test_a_session_without_marks_says_when_it_was(watched: Watched) -> None:
    await watched.mark("h2 cat PRESENT")
    assert await told(watched, "principal", HOUSE, UNMARKED, 3) == [
        ("Painters", "2026-03-02 09:00, Colour", "Rule: Rule")
    ]


@pytest.mark.parametrize("kind", [BAND, CHRONIC, ROW])
async def test_who_may_not_see_the_trainee_any_more_reads_no_figure(watched: Watched, kind: AlertKind) -> None:
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT")
    of_kinds: dict[AlertKind, dict[str, Any]] = {BAND: {"band": Band.WATCH}, CHRONIC: {}, ROW: {"count": 2}}
    limits = of_kinds[kind]
    (before,) = await told(watched, "arts", GROUP, kind, 5, **limits)
    assert "March 2026" in before[1]
    async with watched.database.write() as session:
        away = {"department_id": watched.ids[K.DEPARTMENT, "X"]}
        await session.execute(update(User).where(User.email == "arts@s.example").values(away))
    assert await lines(watched, "arts") == [("Rule: Rule",)]
    async with watched.database.write() as session:
        await session.execute(update(Alert).values(data=Alert.data.op("-")("rule")))
    assert await lines(watched, "arts") == [(UNSEEN,)]


async def test_alerts_of_before_still_read(watched: Watched) -> None:
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT")
    await told(watched, "arts", GROUP, CHRONIC, 5)
    async with watched.database.write() as session:
        await session.execute(update(Alert).values(data=Alert.data.op("-")("evidence")))
    assert await lines(watched, "arts") == [("Ann", "Rule: Rule")]


@pytest.mark.parametrize(
    ("rate", "line", "shown"),
    [
        (0.7125, None, "71.2%"),
        (0.79999, 0.8, "79.9%"),
        (0.8, 0.8, "80.0%"),
        (0.795, 0.8, "79.5%"),
        (0.833, 0.8333, "83.3%"),
        (0.8333, 0.8333, "83.33%"),
        (0.10004, 0.1, "10.1%"),
        (1.0, 0.8, "100.0%"),
        (0.0, None, "0.0%"),
        (0.9996, None, "99.9%"),
        (0.0004, None, "0.1%"),
    ],
)
def test_a_rate_stays_on_its_side_of_a_line(rate: float, line: float | None, shown: str) -> None:
    assert percent(rate, line) == shown


@given(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(0, 1_000))
def test_no_rate_is_shown_across_a_line(counts: tuple[int, int], mills: int) -> None:
    rate, line = Fraction(*counts), Fraction(mills, 1_000)
    said = Fraction(percent(float(rate), float(line)).rstrip("%")) / 100
    assert (said < line, said > line) == (rate < line, rate > line)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-03-02", "2026-03-02", "2 March 2026"),
        ("2026-03-02", "2026-03-05", "2 to 5 March 2026"),
        ("2026-02-27", "2026-03-05", "27 February to 5 March 2026"),
        ("2025-12-30", "2026-01-02", "30 December 2025 to 2 January 2026"),
    ],
)
def test_days_in_words(first: str, last: str, words: str) -> None:
    assert days_in_words(date.fromisoformat(first), date.fromisoformat(last)) == words
