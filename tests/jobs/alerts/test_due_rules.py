"""When rules are checked: once a day in the zone of their school, and after an import that touched it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs.alerts.check_rules import KIND
from jobs.alerts.due_rules import claim_due_rules, queue_checks
from jobs.alerts.touched_rules import check_rules_touched
from jobs.queue import claims
from models import AlertKind, AlertRule, Job, Policy, WorkState
from resolvers.alerts.rule_findings import Band
from resolvers.alerts.rules import next_check, pause_rule
from resolvers.bundle import import_bundle
from tests.support.bundles import Bundle, bundle_of, write_bundle
from tests.support.watched import K, Watched, at

GROUP = (K.CLASS_GROUP, "G")


async def make(watched: Watched, *times: str) -> list[int]:
    """Rules that are checked at these times of day."""
    return [await watched.rule("arts", GROUP, AlertKind.BELOW_BAND, band=Band.WATCH, check_time=time) for time in times]


async def jobs(watched: Watched) -> list[tuple[int, str]]:
    """(rule, state) of every check asked for, in order."""
    async with watched.database.read() as session:
        found = await session.scalars(select(Job).where(Job.kind == KIND).order_by(Job.id))
        return [(job.arguments["rule_id"], job.state) for job in found]


async def next_checks(watched: Watched, rules: list[int]) -> list[datetime | None]:
    return [(await watched.row(rule)).next_check_at for rule in rules]


def test_once_a_day_in_local_time_also_where_clocks_change() -> None:
    def hours(check_time: str, month: int, day: int) -> list[str]:
        now, found = datetime(2026, month, day, tzinfo=UTC), []
        for _ in range(3):
            now = next_check(check_time, "Europe/London", now)
            found.append(f"{now:%d %H:%M}")
        return found

    assert hours("07:00", 3, 28) == ["28 07:00", "29 06:00", "30 06:00"]
    assert hours("01:30", 3, 28) == ["28 01:30", "29 01:00", "30 00:30"]  # a time that 29 March does not have
    assert hours("01:30", 10, 24) == ["24 00:30", "25 00:30", "26 01:30"]  # and one that 25 October has twice


async def test_rules_that_are_due_are_queued_once_and_move_on(watched: Watched) -> None:
    rules = await make(watched, "07:00", "08:00")  # made on 1 March at seven
    assert await next_checks(watched, rules) == [at(2), at(1, 8)]
    async with watched.database.write() as session:
        await session.execute(update(AlertRule).where(AlertRule.id == rules[0]).values(next_check_at=at(1, 7)))
    assert await claim_due_rules(watched.context, now=at(1, 6)) == 0
    assert await claim_due_rules(watched.context, now=at(1, 7)) == 1
    assert await claim_due_rules(watched.context, now=at(1, 7)) == 0
    assert await jobs(watched) == [(rules[0], "QUEUED")]
    # a week without a scheduler: both are checked once, and the one that waits already waits on
    assert await claim_due_rules(watched.context, now=at(8, 12)) == 2
    assert await jobs(watched) == [(rules[0], "QUEUED"), (rules[1], "QUEUED")]
    assert await next_checks(watched, rules) == [at(9), at(9, 8)]


async def test_schedulers_at_once_queue_each_rule_once(watched: Watched) -> None:
    rules = await make(watched, *["07:00"] * 9)
    claimed = await asyncio.gather(*(claim_due_rules(watched.context, now=at(2), batch=4) for _ in range(8)))
    while await claim_due_rules(watched.context, now=at(2), batch=4):
        pass
    assert sum(claimed) <= len(rules)
    assert sorted(await jobs(watched)) == [(rule, "QUEUED") for rule in rules]


async def test_a_time_that_cannot_be_worked_out_stops_no_other(watched: Watched) -> None:
    rules = await make(watched, "07:00", "07:00")
    async with watched.database.write() as session:
        await session.execute(update(AlertRule).where(AlertRule.id == rules[0]).values(check_time="25:00"))
    assert await claim_due_rules(watched.context, now=at(2, 9)) == 2
    assert await jobs(watched) == [(rule, "QUEUED") for rule in rules]
    assert await next_checks(watched, rules) == [at(3, 9), at(3)]


async def test_a_waiting_check_begins_after_the_transaction_that_relies_on_it(watched: Watched) -> None:
    (rule,) = await make(watched, "07:00")
    queue, lease = watched.context.queue, watched.context.pace.lease
    async with watched.database.write() as session:
        (job,) = await queue_checks(queue, session, [rule])
    async with watched.database.write() as changing:
        assert await queue_checks(queue, changing, [rule]) == []
        async with watched.database.write() as session:
            assert await claims.claim_next(session, [KIND], lease) is None
    async with watched.database.write() as session:
        claim = await claims.claim_next(session, [KIND], lease)
        assert claim is not None
        assert claim.id == job
    async with watched.database.write() as changing:
        # it may have read what was there before: one that is running is not relied on
        assert len(await queue_checks(queue, changing, [rule])) == 1


DELIVERIES: list[tuple[Bundle, bool]] = [
    (bundle_of(attendance="session_id,trainee_id,status\ng2,ann,ABSENT"), True),
    (bundle_of(attendance="session_id,trainee_id,status\ng3,bob,LATE"), False),
    (bundle_of(enrolments="trainee_id,class_group_id,course_id,starts_on,ends_on\ncat,G,,,"), True),
    (bundle_of(policies="school_id,watch_below\nS,0.9"), True),
    (bundle_of(terms="id,school_id,name,starts_on,ends_on\nT,S,Spring,2026-03-03,2026-03-27"), True),
    (bundle_of(departments="id,school_id,name\nNEW,Z,New", programmes="id,department_id,name\nNEW,NEW,New"), False),
    (bundle_of(trainees="id,name\nann,Ann Ash"), False),
]


@pytest.mark.parametrize(("delivery", "checked"), DELIVERIES)
async def test_an_import_has_the_rules_of_the_schools_checked_that_it_touched(
    watched: Watched, tmp_path: Path, delivery: Bundle, checked: bool
) -> None:
    await watched.mark("g3 bob LATE")
    active, paused = await make(watched, "07:00", "07:00")
    arts: Any = await watched.viewer("arts")
    async with watched.database.write() as session:
        await pause_rule(session, arts, paused)
    write_bundle(delivery, tmp_path / "later")
    for _ in range(2):  # again it changes nothing; what waits would be enough anyway
        async with watched.database.write() as session:
            imported = await import_bundle(session, tmp_path / "later")
            await check_rules_touched(watched.context.queue, session, imported)
    assert await jobs(watched) == ([(active, WorkState.QUEUED)] if checked else [])


async def test_a_school_that_was_not_touched_is_not_checked(watched: Watched, tmp_path: Path) -> None:
    await make(watched, "07:00")
    other = bundle_of(
        departments="id,school_id,name\nE,Z,Else",
        programmes="id,department_id,name\nR,E,R",
        class_groups="id,programme_id,name\nJ,R,J",
        courses="id,programme_id,code,name\nB,R,B,B",
        sessions="id,course_id,class_group_id,starts_at,ends_at\nj1,B,J,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z",
    )
    write_bundle(other, tmp_path / "other")
    async with watched.database.write() as session:
        imported = await import_bundle(session, tmp_path / "other")
        assert await check_rules_touched(watched.context.queue, session, imported) == []
    assert await jobs(watched) == []
    async with watched.database.read() as session:
        assert await session.scalar(select(Policy.chronic_min_expected)) == 2
