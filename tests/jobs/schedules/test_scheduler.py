"""The clock: each slot exactly once, whoever looks and whoever dies; what is missed, held back or broken is said."""

import asyncio
import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from jobs.alerts.ended import SCHEDULE_RUN
from jobs.schedules.scheduler import Claimed, claim_due, keep_schedules
from jobs.work.task import WorkContext
from models import Alert, CatchUp, Holiday, Job, Schedule, ScheduleSlot, ScheduleState, Term
from models.database import Database
from resolvers.alerts.idle import Idle, idle_schedule
from resolvers.calendar.periods import PeriodName
from resolvers.calendar.school_days import Restraint, SchoolDays
from tests.support.polling import until
from tests.support.schedules import (
    DAILY,
    MADE_AT,
    SLOT_AT,
    account_ids,
    alerts,
    draft_for,
    fall_due,
    ids_of,
    make_schedule,
    rows,
    slots,
    user,
)
from tests.support.school import Ids
from tests.support.statements import statements

DAY = timedelta(days=1)
LATER = "It was missed: no scheduler was running; a later slot was run in its place."
NOT_MADE_GOOD = "It was missed: no scheduler was running, and the schedule does not make good what it missed."


@pytest.fixture
def work(ids: Ids, context: WorkContext) -> WorkContext:
    return context


async def make(work: WorkContext, **changes: object) -> int:
    accounts = await account_ids(work.database)
    return await make_schedule(
        work.database, draft_for(await ids_of(work.database), user(accounts["principal"]), **changes)
    )


async def copies(database: Database, schedule_id: int, count: int) -> None:
    """As many schedules like that one as there are to be."""
    async with database.write() as session:
        row = (await session.scalars(select(Schedule).where(Schedule.id == schedule_id))).one()
        values = {
            column.name: getattr(row, column.name) for column in Schedule.__table__.columns if column.name != "id"
        }
        if count > 1:
            await session.execute(insert(Schedule), [values] * (count - 1))


async def next_slots_at(database: Database) -> set[datetime | None]:
    async with database.read() as session:
        return set(await session.scalars(select(Schedule.next_slot_at)))


async def test_nothing_happens_before_the_second(work: WorkContext) -> None:
    await make(work)
    assert await claim_due(work, now=SLOT_AT - timedelta(seconds=1)) == Claimed(0, 0)
    assert await rows(work.database) == (1, 0, 0)
    assert await claim_due(work, now=SLOT_AT) == Claimed(1, 1)
    assert await slots(work.database) == [("03-31 06:30", "QUEUED", None)]
    assert await next_slots_at(work.database) == {SLOT_AT + DAY}
    assert await claim_due(work, now=SLOT_AT) == Claimed(0, 0)
    assert await rows(work.database) == (1, 1, 1)


async def test_eight_schedulers_that_are_restarted_as_it_fires_run_each_slot_once(work: WorkContext) -> None:
    count, days = 60, 3
    await copies(work.database, await make(work), count)
    chance = random.Random(8)

    async def scheduler(now: datetime) -> None:
        """Looks until nothing is due; now and then it is stopped in the middle of what it does, and begins anew."""
        quiet = 0
        while quiet < 2:
            looking = asyncio.create_task(claim_due(work, now=now, batch=7))
            if chance.random() < 0.4:
                await asyncio.wait({looking}, timeout=chance.random() / 50)
                looking.cancel()
                with suppress(asyncio.CancelledError):
                    await looking
            else:
                quiet += (await looking).schedules == 0

    for day in range(days):
        fires = SLOT_AT + day * DAY
        # their clocks differ a little, to both sides of the moment
        skews = [timedelta(milliseconds=number * 300 - 900) for number in range(8)]
        await asyncio.gather(*(scheduler(fires + skew) for skew in skews))
    async with work.database.read() as session:
        counted = select(ScheduleSlot.schedule_id, func.count(), func.count(ScheduleSlot.slot_at.distinct()))
        per_schedule = (await session.execute(counted.group_by(ScheduleSlot.schedule_id))).all()
        slot_ids = set(await session.scalars(select(ScheduleSlot.id)))
        jobs = (await session.scalars(select(Job).order_by(Job.id))).all()
        moments = set(await session.scalars(select(ScheduleSlot.slot_at)))
    assert [tuple(row)[1:] for row in per_schedule] == [(days, days)] * count
    assert moments == {SLOT_AT + day * DAY for day in range(days)}
    assert len(jobs) == count * days
    assert {job.kind for job in jobs} == {SCHEDULE_RUN}
    assert {job.arguments["slot_id"] for job in jobs} == slot_ids
    assert await next_slots_at(work.database) == {SLOT_AT + days * DAY}


async def test_a_crash_before_the_commit_leaves_the_slot_to_another(
    work: WorkContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(work)

    async def crash(*_arguments: object, **_named: object) -> list[int]:
        raise ConnectionError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(type(work.queue), "enqueue_many", crash)
        with pytest.raises(ConnectionError):
            await claim_due(work, now=SLOT_AT)
    assert await rows(work.database) == (1, 0, 0)
    assert await claim_due(work, now=SLOT_AT) == Claimed(1, 1)


async def test_statements_do_not_grow_with_schedules(work: WorkContext) -> None:
    schedule_id = await make(work, restraint=Restraint(not_on_holidays=True))
    counts: list[int] = []
    for count in (1, 300):
        await copies(work.database, schedule_id, count)
        with statements(work.database) as seen:
            assert (await claim_due(work, now=SLOT_AT + len(counts) * DAY)).slots == count
        counts.append(len(seen))
    assert counts == [8, 8]


async def test_the_latest_missed_slot_is_run_and_the_others_are_said_to_be_missed(work: WorkContext) -> None:
    await make(work)
    assert await fall_due(work, SLOT_AT + 2 * DAY + timedelta(hours=3)) == 1
    assert await slots(work.database) == [
        ("03-31 06:30", "SKIPPED", LATER),
        ("04-01 06:30", "SKIPPED", LATER),
        ("04-02 06:30", "QUEUED", None),
    ]
    assert await next_slots_at(work.database) == {SLOT_AT + 3 * DAY}


async def test_all_missed_slots_are_run_if_asked(work: WorkContext) -> None:
    await make(work, catch_up=CatchUp.ALL)
    assert await fall_due(work, SLOT_AT + 2 * DAY) == 3
    assert [slot[1:] for slot in await slots(work.database)] == [("QUEUED", None)] * 3


async def test_at_most_a_hundred_missed_slots_are_run_and_the_history_says_so(work: WorkContext) -> None:
    await make(work, catch_up=CatchUp.ALL)
    assert await fall_due(work, SLOT_AT + 104 * DAY) == 100
    found = await slots(work.database)
    assert len(found) == 100
    assert found[0] == (
        "04-05 06:30",
        "QUEUED",
        "5 slots before this one were missed too; at most 100 are looked back on.",
    )
    assert {slot[2] for slot in found[1:]} == {None}


async def test_missed_slots_are_not_run_if_so_asked(work: WorkContext) -> None:
    await make(work, catch_up=CatchUp.NONE)
    assert await fall_due(work, SLOT_AT + DAY + timedelta(minutes=6)) == 0
    assert await slots(work.database) == [
        ("03-31 06:30", "SKIPPED", NOT_MADE_GOOD),
        ("04-01 06:30", "SKIPPED", NOT_MADE_GOOD),
    ]
    assert await fall_due(work, SLOT_AT + 2 * DAY + timedelta(minutes=5)) == 1


async def test_holidays_and_days_outside_terms_are_skipped_with_a_note(work: WorkContext, ids: Ids) -> None:
    async with work.database.write() as session:
        await session.execute(
            insert(Holiday), [{"school_id": ids["SCHOOL", "S"], "on": date(2026, 3, 31), "name": "Easter"}]
        )
        term = {"source_id": "T", "school_id": ids["SCHOOL", "S"], "name": "Spring"}
        await session.execute(insert(Term), [{**term, "starts_on": date(2026, 1, 5), "ends_on": date(2026, 4, 1)}])
    await make(work, restraint=Restraint(not_on_holidays=True, only_in_terms=True))
    assert [await fall_due(work, SLOT_AT + days * DAY) for days in range(3)] == [0, 1, 0]
    assert await slots(work.database) == [
        ("03-31 06:30", "SKIPPED", "2026-03-31 is a holiday (Easter)."),
        ("04-01 06:30", "QUEUED", None),
        ("04-02 06:30", "SKIPPED", "2026-04-02 is in no term of the school."),
    ]


async def test_in_terms_only_without_any_terms_is_told_once(work: WorkContext, ids: Ids) -> None:
    schedule_id = await make(work, restraint=Restraint(only_in_terms=True))
    await make(work, restraint=Restraint(not_on_holidays=True))
    assert [await fall_due(work, SLOT_AT + days * DAY) for days in range(2)] == [1, 1]
    async with work.database.read() as session:
        raised = (await session.execute(select(Alert.occurrence, Alert.data))).all()
    assert [tuple(row) for row in raised] == [
        (f"schedule:{schedule_id}:NO_TERMS", {"schedule": schedule_id, "idle": "NO_TERMS"})
    ]


@pytest.mark.parametrize(
    ("draft", "terms", "reason"),
    [
        ({"restraint": Restraint(only_in_terms=True)}, [], Idle.NO_TERMS),
        ({"period": PeriodName.TERM_TO_DATE}, [], Idle.NO_TERMS),
        ({"period": PeriodName.LAST_TERM}, [], Idle.NO_TERMS),
        ({}, [], None),
        ({"restraint": Restraint(only_in_terms=True)}, [(date(2026, 1, 5), date(2026, 3, 30))], Idle.NO_TERM_NOW),
        ({"restraint": Restraint(only_in_terms=True)}, [(date(2026, 1, 5), date(2026, 3, 31))], None),
        ({"period": PeriodName.THIS_TERM}, [(date(2026, 4, 1), date(2026, 7, 31))], Idle.NO_TERM_NOW),
        ({"period": PeriodName.LAST_TERM}, [(date(2026, 1, 5), date(2026, 3, 30))], None),
    ],
)
async def test_why_a_schedule_that_goes_by_terms_does_nothing(
    work: WorkContext, ids: Ids, draft: dict[str, object], terms: list[tuple[date, date]], reason: Idle | None
) -> None:
    await make(work, **draft)
    async with work.database.read() as session:
        schedule = (await session.scalars(select(Schedule))).one()
    assert idle_schedule(schedule, SchoolDays("Europe/London", terms=tuple(terms)), SLOT_AT) is reason


async def test_of_missed_slots_one_that_is_held_back_is_never_made_good(work: WorkContext, ids: Ids) -> None:
    async with work.database.write() as session:
        await session.execute(
            insert(Holiday), [{"school_id": ids["SCHOOL", "S"], "on": date(2026, 4, 1), "name": None}]
        )
    await make(work, restraint=Restraint(not_on_holidays=True))
    assert await fall_due(work, SLOT_AT + DAY) == 1
    assert [slot[1:] for slot in await slots(work.database)] == [
        ("QUEUED", None),
        ("SKIPPED", "2026-04-01 is a holiday."),
    ]


async def test_a_broken_schedule_is_paused_and_says_so_and_the_others_go_on(work: WorkContext) -> None:
    broken, sound = await make(work), await make(work)
    async with work.database.write() as session:
        await session.execute(
            update(Schedule).where(Schedule.id == broken).values(recurrence={"frequency": "HOURLY", "time": "07:30"})
        )
    assert await claim_due(work, now=SLOT_AT) == Claimed(2, 1)
    async with work.database.read() as session:
        states = {row.id: (row.state, row.next_slot_at) for row in await session.scalars(select(Schedule))}
        failed = (await session.scalars(select(ScheduleSlot).where(ScheduleSlot.schedule_id == broken))).one()
    assert states == {
        broken: (ScheduleState.PAUSED, None),
        sound: (ScheduleState.ACTIVE, SLOT_AT + DAY),
    }
    assert failed.state == "FAILED"
    assert failed.note is not None
    assert failed.note.startswith("The times of the schedule cannot be worked out, so it is paused")
    assert await alerts(work.database) == [("principal", "RUN_FAILED", {})]


async def test_a_slot_that_is_there_already_is_not_run_again(work: WorkContext) -> None:
    schedule_id = await make(work)
    async with work.database.write() as session:
        session.add(ScheduleSlot(schedule_id=schedule_id, slot_at=SLOT_AT, created_at=SLOT_AT))
    assert await claim_due(work, now=SLOT_AT) == Claimed(1, 0)
    assert await rows(work.database) == (1, 1, 0)


async def test_the_loop_takes_up_what_falls_due_and_outlives_a_failure(
    work: WorkContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(work)  # due since March
    real, calls = claim_due, []

    async def failing_once(context: WorkContext, **named: object) -> Claimed:
        calls.append(named)
        if len(calls) == 1:
            raise ValueError("once")
        return await real(context)

    monkeypatch.setattr("jobs.schedules.scheduler.claim_due", failing_once)
    monkeypatch.setattr("jobs.schedules.scheduler.LONGEST_SLEEP", 0.01)
    loop = asyncio.create_task(keep_schedules(replace(work, jitter=lambda: 0.0)))

    async def queued() -> bool:
        return (await rows(work.database))[2] == 1

    await until(queued)
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
    async with work.database.read() as session:
        following = await session.scalar(select(Schedule.next_slot_at))
    assert following is not None
    assert timedelta(0) < following - datetime.now(UTC) <= DAY


def test_the_samples_are_what_they_say() -> None:
    assert (DAILY.time, SLOT_AT - MADE_AT < DAY) == ("07:30", True)
