"""A rule that looks at nothing says so where it is listed, and its owner is told once."""

from typing import Any

import pytest
from sqlalchemy import delete, select, update

from models import Alert, AlertKind, Enrolment, Session, SubjectKind, Term, User
from resolvers.alerts.idle import SENTENCES, Idle, idle_rules
from resolvers.alerts.rule_findings import Band
from resolvers.alerts.words import described
from resolvers.calendar.periods import PeriodName
from resolvers.deliveries.recipients import Recipient, RecipientType
from tests.support.watched import K, Watched, at

GROUP = (K.CLASS_GROUP, "G")
BAND, CHRONIC = AlertKind.BELOW_BAND, AlertKind.CHRONIC_ABSENCE
ROW, UNMARKED = AlertKind.ABSENCES_IN_A_ROW, AlertKind.SESSIONS_WITHOUT_MARKS
LIMITS: dict[AlertKind, dict[str, Any]] = {BAND: {"band": Band.WATCH}, ROW: {"count": 2}, CHRONIC: {}, UNMARKED: {}}


async def reason(watched: Watched, rule_id: int, day: int) -> Idle | None:
    """Why the rule looks at nothing, as it is listed on that day."""
    async with watched.database.read() as session:
        return (await idle_rules(session, [await watched.row(rule_id)], at(day))).get(rule_id)


async def told(watched: Watched, name: str = "arts") -> list[tuple[str, str, tuple[str, ...]]]:
    """(occurrence, title, lines) of every alert of an account."""
    viewer = await watched.viewer(name)
    async with watched.database.read() as session:
        alerts = (await session.scalars(select(Alert).where(Alert.account_id == viewer.user_id))).all()
        words = await described(session, viewer, alerts)
    return [(alert.occurrence, words[alert.id].title, words[alert.id].lines) for alert in alerts]


def news(rule: int, why: Idle, title: str = "A rule does nothing") -> tuple[str, str, tuple[str, ...]]:
    return (f"rule:{rule}:{why}", title, ("Rule: Rule", SENTENCES[why]))


async def no_terms(watched: Watched) -> None:
    async with watched.database.write() as session:
        await session.execute(delete(Term))


@pytest.mark.parametrize("kind", LIMITS)
@pytest.mark.parametrize("period", [PeriodName.TERM_TO_DATE, PeriodName.THIS_TERM])
async def test_a_rule_over_a_term_in_a_school_without_terms(
    watched: Watched, kind: AlertKind, period: PeriodName
) -> None:
    rule = await watched.rule("arts", GROUP, kind, period=period, **LIMITS[kind])
    assert await reason(watched, rule, 4) is None
    await no_terms(watched)
    assert await reason(watched, rule, 4) is Idle.NO_TERMS
    for day in (4, 5):
        assert await watched.check(rule, at(day)) == []
    assert await told(watched) == [news(rule, Idle.NO_TERMS)]
    assert (await watched.row(rule)).error is None


async def test_a_rule_over_a_month_needs_no_terms(watched: Watched) -> None:
    rule = await watched.rule("arts", GROUP, CHRONIC, period=PeriodName.THIS_MONTH)
    await no_terms(watched)
    assert await watched.check(rule, at(4)) == []
    assert (await reason(watched, rule, 4), await told(watched)) == (None, [])


async def test_between_terms_it_is_shown_and_no_news(watched: Watched) -> None:
    rule = await watched.rule("arts", GROUP, CHRONIC)
    assert await watched.check(rule, at(28)) == []
    assert (await reason(watched, rule, 28), await told(watched)) == (Idle.NO_TERM_NOW, [])


@pytest.mark.parametrize("kind", [BAND, CHRONIC, ROW])
@pytest.mark.parametrize("within", [GROUP, (K.COURSE, "C"), (K.DEPARTMENT, "D"), (K.PROGRAMME, "P"), (K.TRAINER, "t")])
async def test_a_rule_within_a_subject_without_trainees(
    watched: Watched, kind: AlertKind, within: tuple[SubjectKind, str]
) -> None:
    rule = await watched.rule("principal", within, kind, **LIMITS[kind])
    other = await watched.rule("principal", (K.CLASS_GROUP, "H"), kind, **LIMITS[kind])
    assert await reason(watched, rule, 4) is None
    gone = "trainee_id,class_group_id,course_id,starts_on,ends_on,deleted"
    rows = [dict(zip(gone.split(","), (who, "G", "", "", "", "true"), strict=True)) for who in ("ann", "bob", "dan")]
    await watched.take({"enrolments": rows})
    assert [await reason(watched, one, 4) for one in (rule, other)] == [Idle.NO_TRAINEES, None]
    for day in (4, 5):
        assert await watched.check(rule, at(day)) == await watched.check(other, at(day)) == []
    assert await told(watched, "principal") == [news(rule, Idle.NO_TRAINEES)]
    async with watched.database.read() as session:
        assert len((await session.scalars(select(Enrolment.id))).all()) == 1


async def test_a_rule_over_days_without_sessions_is_shown(watched: Watched) -> None:
    rule = await watched.rule("arts", GROUP, UNMARKED, period=PeriodName.THIS_WEEK)
    assert [await reason(watched, rule, day) for day in (4, 16)] == [None, Idle.NO_SESSIONS]
    assert await watched.check(rule, at(16)) == []
    assert await told(watched) == []
    async with watched.database.read() as session:
        assert len((await session.scalars(select(Session.id))).all()) == 20


async def test_a_rule_whose_recipients_are_all_gone(watched: Watched) -> None:
    tara = await watched.viewer("tara")
    recipients = (Recipient(RecipientType.USER, account=tara.user_id),)
    rule = await watched.rule("principal", GROUP, CHRONIC, recipients=recipients)
    async with watched.database.write() as session:
        await session.execute(update(User).where(User.id == tara.user_id).values(trainer_id=None))
    for day in (4, 5):
        assert await watched.check(rule, at(day)) == []
    assert await told(watched, "principal") == [news(rule, Idle.NOBODY_TO_TELL, "A rule reaches nobody")]
    assert (await watched.row(rule)).error == "1 account is gone or no longer for the owner to address."


async def test_a_rule_whose_owner_may_read_it_no_more(watched: Watched) -> None:
    rule = await watched.rule("arts", (K.DEPARTMENT, "D"), CHRONIC)
    async with watched.database.write() as session:
        away = {"department_id": watched.ids[K.DEPARTMENT, "X"]}
        await session.execute(update(User).where(User.email == "arts@s.example").values(away))
    for day in (4, 5):
        assert await watched.check(rule, at(day)) == []
    assert await told(watched) == [news(rule, Idle.NOT_READABLE)]


async def test_a_rule_that_has_something_to_look_at_says_nothing(watched: Watched) -> None:
    rules = [await watched.rule("arts", GROUP, kind, **limits) for kind, limits in LIMITS.items()]
    for rule in rules:
        assert await reason(watched, rule, 4) is None
        await watched.check(rule, at(3))
    assert [occurrence for occurrence, _, _ in await told(watched) if ":N" in occurrence] == []
