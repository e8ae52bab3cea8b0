"""Lanes: no sort of work keeps another waiting."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from jobs.deliveries.delivering import CALL, MAIL, PRIORITY
from jobs.queue.adding import UNATTENDED, WAITED_FOR
from jobs.queue.claims import Claim
from jobs.work.lanes import Lanes
from jobs.work.registry import tasks
from jobs.work.running import run_next
from jobs.work.slots import Slots
from jobs.work.task import Task, Work, WorkContext, by_kind
from jobs.worker import SLOTS
from models import WorkState
from tests.jobs.conftest import Knowing
from tests.support.polling import until
from tests.support.rows import count_up, job_state, make_run

NIGHT_JOBS = """
insert into job (kind, arguments, state, priority, attempts, fence, due_at, created_at)
select 'count', jsonb_build_object('run_id', cast(:run as bigint)), 'QUEUED', :priority, 0, 0,
       now() - interval '8 hours' + n * interval '1 second', now()
from generate_series(1, 1000) n
"""


class Held:
    """A task whose jobs begin and then wait until they are let go; `begun` are their numbers, in order."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.go_on = asyncio.Event()

    async def run(self, work: Work, number: int) -> None:
        self.begun.append(number)
        await self.go_on.wait()

    async def has_begun(self, count: int) -> None:
        async def begun() -> bool:
            return len(self.begun) >= count

        await until(begun)


async def ask(context: WorkContext, kind: str, number: int, priority: int = WAITED_FOR) -> int:
    async with context.database.write() as session:
        return await context.queue.enqueue(session, kind, {"number": number}, priority=priority)


def claim(kind: str, priority: int) -> Claim:
    return Claim(1, kind, {}, attempts=1, fence=1, priority=priority)


def test_what_may_begin_follows_from_what_is_running() -> None:
    async def nothing(work: Work) -> None:
        pass

    lanes = Lanes(by_kind(Task("report", nothing), Task("send", nothing, at_most=2)), slots=4)
    assert (lanes.kinds, lanes.before) == (["report", "send"], None)
    with lanes.taken(claim("send", UNATTENDED)), lanes.taken(claim("send", WAITED_FOR)):
        assert (lanes.kinds, lanes.before) == (["report"], None)
        with lanes.taken(claim("report", UNATTENDED)), lanes.taken(claim("report", UNATTENDED)):
            assert (lanes.kinds, lanes.before) == (["report"], WAITED_FOR + 1)
        assert lanes.before is None
    assert (lanes.kinds, lanes.before) == (["report", "send"], None)


def test_mails_and_calls_keep_neither_one_another_nor_people_waiting() -> None:
    lanes = Lanes(tasks(), SLOTS)
    with lanes.taken(claim(CALL, PRIORITY)):
        assert (CALL in lanes.kinds, MAIL in lanes.kinds, lanes.before) == (False, True, None)
        with lanes.taken(claim(MAIL, PRIORITY)), lanes.taken(claim(MAIL, PRIORITY)):
            assert (MAIL in lanes.kinds, lanes.before) == (False, WAITED_FOR + 1)


async def test_a_lane_that_is_full_leaves_the_slots_to_others(context: WorkContext, knowing: Knowing) -> None:
    send, report = Held(), Held()
    process = knowing(Task("send", send.run, at_most=1), Task("report", report.run))
    sent = [await ask(context, "send", number) for number in range(3)]
    for number in range(5):
        await ask(context, "report", number)
    slots = Slots(process, 4)
    slots.wake()
    await report.has_begun(3)
    assert (send.begun, report.begun) == ([0], [0, 1, 2])
    assert [(await job_state(context.database, job_id))[:2] for job_id in sent] == [
        (WorkState.RUNNING, 1),
        (WorkState.QUEUED, 0),
        (WorkState.QUEUED, 0),
    ]
    send.go_on.set()
    await send.has_begun(3)  # one after the other, by the same slot
    report.go_on.set()
    await slots.stop(timedelta(seconds=20))


async def test_two_slots_that_look_at_the_same_time_do_not_overfill_a_lane(
    context: WorkContext, knowing: Knowing
) -> None:
    send = Held()
    process = knowing(Task("send", send.run, at_most=1))
    for number in range(4):
        await ask(context, "send", number)
    lanes = Lanes(process.tasks, slots=4)
    looking = [asyncio.create_task(run_next(process, lanes)) for _ in range(4)]
    done, left = await asyncio.wait(looking, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    while len(done) < 3:
        more, left = await asyncio.wait(left, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        done |= more
    assert [task.result() for task in done] == [False] * 3
    await send.has_begun(1)
    assert len(send.begun) == 1
    send.go_on.set()
    assert await left.pop()


async def test_a_slot_is_kept_for_somebody_who_waits(context: WorkContext, knowing: Knowing) -> None:
    night, day = Held(), Held()
    process = knowing(Task("night", night.run), Task("day", day.run))
    waiting = [await ask(context, "night", number, UNATTENDED) for number in range(5)]
    slots = Slots(process, 3)
    slots.wake()
    await night.has_begun(2)
    await ask(context, "day", 0)
    slots.wake()
    await day.has_begun(1)
    assert night.begun == [0, 1]
    assert [(await job_state(context.database, job_id))[0] for job_id in waiting[2:]] == [WorkState.QUEUED] * 3
    day.go_on.set()
    night.go_on.set()
    await night.has_begun(5)
    await slots.stop(timedelta(seconds=20))


@pytest.mark.parametrize("slots", [1, 4])
async def test_a_thousand_jobs_of_the_night_do_not_delay_a_person(
    context: WorkContext, knowing: Knowing, slots: int
) -> None:
    order: list[str] = []

    async def export(work: Work, number: int) -> None:
        order.append("export")

    async def night(work: Work, run_id: int) -> None:
        order.append("night")
        if order.count("night") == 5:  # asked for in the middle of the night's work
            await ask(context, "export", 2)
        await count_up(work, run_id)

    run_id = await make_run(context.database)
    process = knowing(Task("count", night), Task("export", export))
    async with context.database.write() as session:
        await session.execute(text(NIGHT_JOBS), {"run": run_id, "priority": UNATTENDED})
    await ask(context, "export", 1)
    lanes = Lanes(process.tasks, slots)
    for _ in range(12):
        assert await run_next(process, lanes)
    assert order == ["export", *["night"] * 5, "export", *["night"] * 5]
