"""Rules over days: told once while it lasts, told again when it begins anew, and to nobody who may not see."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, update

from jobs.alerts.check_rules import KIND, TASK
from jobs.work.running import run_due
from models import Alert, AlertKind, AlertRule, Delivery, Job, Role, Term, User, WorkState
from resolvers.alerts.rule_findings import Band
from resolvers.alerts.rules import delete_rule, pause_rule, resume_rule
from resolvers.alerts.words import AlertWords, described
from resolvers.calendar.periods import PeriodName
from resolvers.deliveries.recipients import Recipient, RecipientType
from resolvers.deliveries.webhooks import create_webhook
from tests.jobs.conftest import Knowing
from tests.support.bundles import bundle_of
from tests.support.statements import statements
from tests.support.watched import DAYS, K, Watched, at

GROUP, HOUSE = (K.CLASS_GROUP, "G"), (K.SCHOOL, "S")
BAND, CHRONIC = AlertKind.BELOW_BAND, AlertKind.CHRONIC_ABSENCE
ROW, UNMARKED = AlertKind.ABSENCES_IN_A_ROW, AlertKind.SESSIONS_WITHOUT_MARKS
AT_RISK: dict[str, Any] = {"band": Band.AT_RISK}


async def test_below_is_told_once_and_again_after_it_recovered(watched: Watched) -> None:
    rule = await watched.rule("arts", GROUP, BAND, **AT_RISK)
    await watched.mark("g2 ann ABSENT, g2 bob PRESENT")
    assert await watched.check(rule, at(3)) == []  # one mark is too few
    await watched.mark("g3 ann ABSENT, g3 bob PRESENT")
    assert await watched.check(rule, at(4)) == [("arts", "ann", "rule:1", {"band": "AT_RISK"})]
    assert await watched.check(rule, at(4, 8)) == []
    await watched.mark("g4 ann PRESENT, g4 bob PRESENT")
    assert await watched.check(rule, at(5)) == []  # 1 of 3: still
    await watched.mark("g2 ann PRESENT, g3 ann PRESENT")  # it had been a mistake
    assert await watched.check(rule, at(6)) == []
    await watched.mark("g5 ann ABSENT, g5 bob ABSENT, g6 ann PRESENT, g6 bob PRESENT")
    assert await watched.check(rule, at(9)) == []  # 4 of 5 is not below 0.80
    await watched.mark("g9 ann ABSENT, g9 bob ABSENT")
    assert await watched.check(rule, at(10)) == [
        ("arts", "ann", "rule:2", {"band": "AT_RISK"}),
        ("arts", "bob", "rule:3", {"band": "AT_RISK"}),
    ]
    assert await watched.occurrences(rule) == [
        ("ann", at(4), at(6)),
        ("ann", at(10), None),
        ("bob", at(10), None),
    ]


async def test_who_falls_from_watch_to_at_risk_is_still_below_watch(watched: Watched) -> None:
    rule = await watched.rule("arts", GROUP, BAND, band=Band.WATCH)
    await watched.mark(",".join(f"g{day} ann {'ABSENT' if day == 2 else 'PRESENT'}" for day in DAYS[:6]))
    told = [("arts", "ann", "rule:1", {"band": "WATCH"})]
    assert await watched.check(rule, at(9, 12)) == told  # 5 of 6
    await watched.mark("g3 ann ABSENT, g4 ann ABSENT")
    assert await watched.check(rule, at(10)) == []  # 3 of 6
    assert await watched.told() == told


async def test_chronic_absence_counts_what_was_missed_excused_too(watched: Watched) -> None:
    rule = await watched.rule("principal", HOUSE, CHRONIC)
    await watched.mark("g2 ann EXCUSED, g3 ann PRESENT, g2 bob PRESENT, g3 bob LATE, h2 cat ABSENT")
    assert await watched.check(rule, at(4)) == [("principal", "ann", "rule:1", {})]


async def test_absences_in_a_row_are_those_of_now(watched: Watched) -> None:
    rule = await watched.rule("arts", (K.COURSE, "C"), ROW, count=3)
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT, g4 ann EXCUSED, g2 bob ABSENT, g3 bob ABSENT, g4 bob ABSENT")
    await watched.mark("g5 bob PRESENT")
    assert await watched.check(rule, at(5, 12)) == []  # bob's three are over, ann has two
    await watched.mark("g6 ann ABSENT")
    assert await watched.check(rule, at(6, 8)) == []  # the session of today begins at nine
    assert await watched.check(rule, at(6, 12)) == [("arts", "ann", "rule:1", {"sessions": 3})]
    await watched.mark("g9 ann ABSENT")
    assert await watched.check(rule, at(10)) == []  # the same four
    await watched.mark("g10 ann LATE")
    assert await watched.check(rule, at(11)) == []
    await watched.mark("g11 ann ABSENT, g12 ann ABSENT, g13 ann ABSENT")
    assert await watched.check(rule, at(14)) == [("arts", "ann", "rule:2", {"sessions": 3})]
    assert await watched.occurrences(rule) == [("ann", at(6, 12), at(11)), ("ann", at(14), None)]


async def test_a_session_without_marks_is_told_once_for_ever(watched: Watched) -> None:
    rule = await watched.rule("principal", HOUSE, UNMARKED)
    await watched.mark("h2 cat PRESENT")
    (first,) = await watched.check(rule, at(3, 18))  # that of today has time until midnight
    assert first[:3] == ("principal", "G", "rule:1")
    await watched.mark("g2 ann PRESENT, g3 ann PRESENT")
    assert [told[1] for told in await watched.check(rule, at(4))] == ["H"]
    taken_back = bundle_of(attendance="session_id,trainee_id,status,deleted\ng2,ann,PRESENT,true")
    await watched.take(taken_back)
    assert await watched.check(rule, at(4, 12)) == []
    assert await watched.occurrences(rule) == [("G", at(3, 18), at(4)), ("H", at(4), None)]


async def test_a_new_period_begins_anew(watched: Watched) -> None:
    rule = await watched.rule("arts", GROUP, BAND, **AT_RISK, period=PeriodName.THIS_WEEK)
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT, g9 ann ABSENT, g10 ann ABSENT")
    assert len(await watched.check(rule, at(4))) == 1
    assert await watched.check(rule, at(16)) == []  # a week without marks
    assert await watched.occurrences(rule) == [("ann", at(4), at(16))]


async def test_between_terms_nothing_holds_and_nothing_is_wrong(watched: Watched) -> None:
    rule = await watched.rule("arts", GROUP, BAND, **AT_RISK)
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT")
    assert len(await watched.check(rule, at(27))) == 1
    assert await watched.check(rule, at(28)) == []
    assert await watched.occurrences(rule) == [("ann", at(27), at(28))]
    assert (await watched.row(rule)).error is None


async def test_two_checks_at_once_tell_once(watched: Watched) -> None:
    rule = await watched.rule("arts", GROUP, BAND, **AT_RISK)
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT, g2 bob ABSENT, g3 bob ABSENT")
    told = await asyncio.gather(*(watched.check(rule, at(4)) for _ in range(6)))
    assert sorted(len(one) for one in told) == [0, 0, 0, 0, 0, 2]
    assert [occurrence for _, _, occurrence, _ in await watched.told()] == ["rule:1", "rule:2"]
    assert len(await watched.occurrences(rule)) == 2


async def test_each_recipient_is_told_of_whom_they_may_see(watched: Watched) -> None:
    of_school = [
        Recipient(RecipientType.ROLE, role=role, within=watched.ids[HOUSE])
        for role in (Role.DEPARTMENT_HEAD, Role.TRAINER, Role.TRAINEE)
    ]
    rule = await watched.rule("principal", HOUSE, BAND, **AT_RISK, recipients=tuple(of_school))
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT, g2 bob ABSENT, g3 bob ABSENT, h2 cat ABSENT, h3 cat ABSENT")
    told = [(account, subject) for account, subject, _, _ in await watched.check(rule, at(4))]
    # the principal is no recipient
    assert told == [
        ("arts", "ann"),
        ("arts", "bob"),
        ("building", "cat"),
        ("tara", "ann"),
        ("tara", "bob"),
        ("ann", "ann"),
    ]


async def test_a_rule_finds_no_more_than_its_owner_may_see(watched: Watched) -> None:
    """A trainer may read the figures of their course, also those of groups that they never met."""
    await watched.take(
        bundle_of(
            sessions="id,course_id,class_group_id,trainer_id,starts_at,ends_at\n"
            "x1,C,H,u,2026-03-02T11:00:00Z,2026-03-02T12:00:00Z\nx2,C,H,u,2026-03-03T11:00:00Z,2026-03-03T12:00:00Z",
            attendance="session_id,trainee_id,status\nx1,cat,ABSENT\nx2,cat,ABSENT\ng2,ann,ABSENT\ng3,ann,ABSENT",
        )
    )
    own = await watched.rule("tara", (K.COURSE, "C"), BAND, **AT_RISK)
    assert [told[:2] for told in await watched.check(own, at(4))] == [("tara", "ann")]
    whole = await watched.rule("principal", (K.COURSE, "C"), BAND, **AT_RISK)
    assert [told[:2] for told in await watched.check(whole, at(4))] == [("principal", "ann"), ("principal", "cat")]


async def test_more_than_twenty_are_told_together(watched: Watched) -> None:
    numbers = range(10, 31)
    await watched.take(
        bundle_of(
            trainees="id,name,school_id\n" + "\n".join(f"n{n},N{n},S" for n in numbers),
            enrolments="trainee_id,class_group_id,course_id,starts_on,ends_on\n"
            + "\n".join(f"n{n},H,,," for n in numbers),
            attendance="session_id,trainee_id,status\n"
            + "\n".join(f"h{day},n{n},ABSENT" for n in numbers for day in (2, 3))
            + "\ng2,ann,ABSENT\ng3,ann,ABSENT",
        )
    )
    heads = Recipient(RecipientType.ROLE, role=Role.DEPARTMENT_HEAD, within=watched.ids[HOUSE])
    rule = await watched.rule("principal", HOUSE, ROW, count=2, recipients=(heads,))
    assert await watched.check(rule, at(4)) == [
        ("arts", "ann", "rule:1", {"sessions": 2}),
        # who may not see the school is not led there
        ("building", None, "rule:1:2-22", {"sessions": 2, "count": 21}),
    ]
    assert await watched.check(rule, at(5)) == []
    building = await watched.viewer("building")
    async with watched.database.read() as session:
        alerts = (await session.scalars(select(Alert).where(Alert.account_id == building.user_id))).all()
        words = (await described(session, building, alerts))[alerts[0].id]
    assert words == AlertWords("21 trainees were absent from 2 sessions in a row", (), None)
    await watched.mark("h4 cat ABSENT, h5 cat ABSENT")
    assert await watched.check(rule, at(6)) == [("building", "cat", "rule:23", {"sessions": 2})]


async def test_an_owner_who_may_no_longer_read_is_told_nothing_and_others_go_on(watched: Watched) -> None:
    rules = [await watched.rule(owner, (K.DEPARTMENT, "D"), BAND, **AT_RISK) for owner in ("arts", "principal")]
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT")
    async with watched.database.write() as session:
        away = update(User).where(User.email == "arts@s.example").values(department_id=watched.ids[K.DEPARTMENT, "X"])
        await session.execute(away)
    assert [len(await watched.check(rule, at(4))) for rule in rules] == [0, 1]
    row = await watched.row(rules[0])
    assert row.error == "Its subject is gone, or its figures are no longer the owner's to read."
    assert (row.state, row.checked_at, await watched.occurrences(rules[0])) == ("ACTIVE", at(4), [])
    async with watched.database.write() as session:
        await session.execute(update(User).where(User.email == "arts@s.example").values(role=Role.SERVICE))
    assert await watched.check(rules[0], at(5)) == []
    assert (await watched.row(rules[0])).error == "The account the rule belongs to may no longer read figures."
    async with watched.database.write() as session:
        back = {"role": Role.DEPARTMENT_HEAD, "department_id": watched.ids[K.DEPARTMENT, "D"]}
        await session.execute(update(User).where(User.email == "arts@s.example").values(back))
    assert [told[:2] for told in await watched.check(rules[0], at(6))] == [("arts", "ann")]
    assert (await watched.row(rules[0])).error is None


async def test_recipients_who_are_left_out_are_named_in_the_rule(watched: Watched) -> None:
    tara = await watched.viewer("tara")
    recipients = (Recipient(RecipientType.USER, account=tara.user_id),)
    rule = await watched.rule("principal", GROUP, BAND, **AT_RISK, recipients=recipients)
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT")
    async with watched.database.write() as session:
        await session.execute(update(User).where(User.id == tara.user_id).values(trainer_id=None))
    assert await watched.check(rule, at(4)) == []
    assert (await watched.row(rule)).error == "1 account is gone or no longer for the owner to address."


async def test_a_webhook_among_the_recipients_is_called_once_with_its_owners_alert(watched: Watched) -> None:
    principal = await watched.viewer("principal")
    async with watched.database.write() as session:
        hook, _ = await create_webhook(
            session, principal, "Hook", "https://hooks.example.org/x", networks=(), now=at(1)
        )
    recipients = (Recipient(RecipientType.WEBHOOK, webhook=hook.id),)
    rule = await watched.rule("principal", GROUP, BAND, **AT_RISK, recipients=recipients)
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT")
    assert [told[:2] for told in await watched.check(rule, at(4))] == [("principal", "ann")]
    async with watched.database.read() as session:
        planned = await session.execute(
            select(Delivery.channel, Delivery.webhook_id, Alert.occurrence)
            .join(Alert, Alert.id == Delivery.alert_id)
            .where(Delivery.channel == "WEBHOOK")
        )
        assert [tuple(row) for row in planned] == [("WEBHOOK", hook.id, "rule:1")]


@pytest.mark.parametrize("stop", ["pause", "delete"])
async def test_a_rule_that_is_not_active_is_not_checked(watched: Watched, stop: str) -> None:
    rule = await watched.rule("arts", GROUP, BAND, **AT_RISK)
    await watched.mark("g2 ann ABSENT, g3 ann ABSENT, g2 bob ABSENT")
    assert len(await watched.check(rule, at(4))) == 1
    arts = await watched.viewer("arts")
    async with watched.database.write() as session:
        if stop == "pause":
            assert (await pause_rule(session, arts, rule)).next_check_at is None
        else:
            assert (await delete_rule(session, arts, rule, at(4, 9))).next_check_at is None
    await watched.mark("g3 bob ABSENT, g2 ann PRESENT, g3 ann PRESENT")
    assert await watched.check(rule, at(5)) == []
    ended = None if stop == "pause" else at(4, 9)
    assert await watched.occurrences(rule) == [("ann", at(4), ended)]
    assert (await watched.row(rule)).checked_at == at(4)
    if stop == "pause":
        async with watched.database.write() as session:
            assert (await resume_rule(session, arts, rule, at(5, 8))).next_check_at == at(6)
        assert [told[:2] for told in await watched.check(rule, at(6))] == [("arts", "bob")]
        assert await watched.occurrences(rule) == [("ann", at(4), at(6)), ("bob", at(6), None)]


async def test_as_a_job_it_is_safe_to_run_twice_and_one_broken_rule_stops_no_other(
    watched: Watched, knowing: Knowing
) -> None:
    kinds = (ROW, UNMARKED)
    rules = [
        await watched.rule("principal", GROUP, kind, count=2 if kind is ROW else None, period=PeriodName.THIS_TERM)
        for kind in kinds
    ]
    async with watched.database.write() as session:
        await session.execute(update(AlertRule).where(AlertRule.id == rules[0]).values(limits={"count": "many"}))
        await session.execute(update(Term).values(ends_on=date(9999, 12, 30)))  # so that there is one today
    context = knowing(TASK)
    async with watched.database.write() as session:
        for rule in (*rules, *rules):
            await context.queue.enqueue(session, KIND, {"rule_id": rule})
    await run_due(context)
    async with watched.database.read() as session:
        jobs = await session.scalars(select(Job).where(Job.kind == KIND))
        states = [(job.state, job.arguments["rule_id"]) for job in jobs]
        alerts = await session.scalar(select(func.count()).select_from(Alert))
    assert sorted(states) == [
        (WorkState.QUEUED, rules[0]),
        (WorkState.QUEUED, rules[0]),
        (WorkState.SUCCEEDED, rules[1]),
        (WorkState.SUCCEEDED, rules[1]),
    ]
    assert alerts == len(DAYS)
    async with watched.database.write() as session:
        await TASK.failed(None, session, "It broke.", rule_id=rules[0])  # type: ignore[misc, arg-type]
    assert (await watched.row(rules[0])).error == "It broke."


@pytest.mark.parametrize("kind", [BAND, CHRONIC, ROW, UNMARKED])
async def test_statements_do_not_grow_with_trainees(watched: Watched, kind: AlertKind) -> None:
    limits: dict[str, Any] = {BAND: AT_RISK, ROW: {"count": 2}}.get(kind, {})

    async def checked(day: int) -> int:
        with statements(watched.database) as seen:
            await watched.check(rule, at(day))
        return len(seen)

    rule = await watched.rule("principal", HOUSE, kind, **limits, period=PeriodName.THIS_WEEK)
    await watched.mark("h2 cat ABSENT, h3 cat ABSENT")
    few = await checked(4)
    numbers = range(60)
    await watched.take(
        bundle_of(
            trainees="id,name,school_id\n" + "\n".join(f"n{n},N{n},S" for n in numbers),
            enrolments="trainee_id,class_group_id,course_id,starts_on,ends_on\n"
            + "\n".join(f"n{n},H,,," for n in numbers),
            attendance="session_id,trainee_id,status\n"
            + "\n".join(f"h{day},{who},ABSENT" for who in ["cat", *(f"n{n}" for n in numbers)] for day in (9, 10)),
        )
    )
    # those without marks of the week before have ended, which is one statement more
    assert await checked(11) == few + (kind is UNMARKED)
    assert len(await watched.occurrences(rule)) == (4 if kind is UNMARKED else 61)
