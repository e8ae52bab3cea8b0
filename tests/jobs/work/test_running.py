"""One attempt after the other: how a job ends, when it is tried again, and who is told."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.queue import claims
from jobs.queue.failures import PermanentFailure, TemporaryFailure
from jobs.work.running import delay_before_next, run_due, run_job, run_next
from jobs.work.task import Task, Work, WorkContext, by_kind
from models import Run, WorkState
from models.database import Database
from tests.jobs.conftest import Knowing
from tests.support.polling import until
from tests.support.rows import change_job, count_up, job_row, job_state, make_run, run_row


async def ask(context: WorkContext, kind: str, run_id: int) -> int:
    async with context.database.write() as session:
        return await context.queue.enqueue(session, kind, {"run_id": run_id})


async def try_again_now(database: Database, job_id: int) -> None:
    await change_job(database, job_id, due_at=func.now())


async def tell_the_run(work: Work, session: AsyncSession, reason: str, run_id: int) -> None:
    await session.execute(update(Run).where(Run.id == run_id).values(state=WorkState.FAILED, error=reason))


async def break_down(work: Work, run_id: int) -> None:
    raise RuntimeError("secret internals")


async def refuse(work: Work, run_id: int) -> None:
    raise PermanentFailure("The period is over.")


async def postpone(work: Work, run_id: int) -> None:
    raise TemporaryFailure("The mail server does not answer.")


async def test_everything_due_is_run_until_nothing_is_left(context: WorkContext) -> None:
    run_id = await make_run(context.database)
    ids = [await ask(context, "count", run_id) for _ in range(3)]
    assert await run_due(context) == 3
    assert await run_due(context) == 0
    assert [await job_state(context.database, job_id) for job_id in ids] == [(WorkState.SUCCEEDED, 1, None)] * 3
    assert await run_row(context.database, run_id) == (3, WorkState.QUEUED, None)
    job = await job_row(context.database, ids[0])
    assert job.finished_at is not None
    assert job.leased_until is None


async def test_a_job_asked_for_in_a_transaction_that_rolls_back_never_was(context: WorkContext) -> None:
    async def ask_and_stumble() -> None:
        async with context.database.write() as session:
            await context.queue.enqueue(session, "count", {"run_id": 1})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask_and_stumble()
    assert await run_due(context) == 0


async def test_a_job_for_later_waits_for_its_time_unless_asked_for_by_id(context: WorkContext) -> None:
    run_id = await make_run(context.database)
    async with context.database.write() as session:
        now = await session.scalar(func.now())
        job_id = await context.queue.enqueue(session, "count", {"run_id": run_id}, due_at=now + timedelta(hours=1))
    assert await run_due(context) == 0
    assert await run_job(context, job_id)
    assert not await run_job(context, job_id)
    assert await run_row(context.database, run_id) == (1, WorkState.QUEUED, None)


async def test_an_unknown_kind_waits_for_a_worker_that_knows_it(context: WorkContext, knowing: Knowing) -> None:
    run_id = await make_run(context.database)
    job_id = await ask(context, "newer", run_id)
    assert await run_due(context) == 0
    assert await job_state(context.database, job_id) == (WorkState.QUEUED, 0, None)
    assert await run_due(knowing(Task("newer", count_up))) == 1
    assert await run_row(context.database, run_id) == (1, WorkState.QUEUED, None)


@pytest.mark.parametrize("arguments", [{"run_id": 1, "newer": True}, {}])
async def test_arguments_the_verb_does_not_have_wait_for_a_worker_that_knows_them(
    context: WorkContext, knowing: Knowing, arguments: dict[str, object]
) -> None:
    async with context.database.write() as session:
        job_id = await context.queue.enqueue(session, "count", arguments)
        before = await session.scalar(func.now())
    assert await run_due(context) == 1
    assert await run_due(context) == 0
    state, attempts, error = await job_state(context.database, job_id)
    assert (state, attempts) == (WorkState.QUEUED, 0)
    assert error is not None
    assert error.startswith("It waits for a worker that knows its arguments; one here does not: ")
    assert (await job_row(context.database, job_id)).due_at >= before + timedelta(seconds=10)

    async def newer(work: Work, run_id: int = 0, *, newer: bool = False) -> None:
        pass

    await try_again_now(context.database, job_id)
    assert await run_due(knowing(Task("count", newer))) == 1
    assert await job_state(context.database, job_id) == (WorkState.SUCCEEDED, 1, None)


def test_tries_are_further_and_further_apart() -> None:
    task = Task("count", count_up)
    assert [delay_before_next(task, tried, 0.0) / timedelta(seconds=1) for tried in (1, 2, 3, 4)] == [5, 20, 80, 320]
    assert delay_before_next(task, 2, 1.0) == timedelta(seconds=15)


async def test_an_unexpected_error_is_tried_again_and_fails_at_last(context: WorkContext, knowing: Knowing) -> None:
    broken = knowing(Task("break", break_down, tell_the_run))
    run_id = await make_run(context.database)
    job_id = await ask(context, "break", run_id)
    for attempt in (1, 2, 3, 4):
        assert await run_due(broken) == 1
        why = f"Attempt {attempt} failed (RuntimeError); it will be tried again."
        assert await job_state(context.database, job_id) == (WorkState.QUEUED, attempt, why)
        assert await run_row(context.database, run_id) == (0, WorkState.QUEUED, None)
        await try_again_now(context.database, job_id)
    assert await run_due(broken) == 1
    reason = f"Something unexpected went wrong 5 times; the log has it as job {job_id}."
    assert await job_state(context.database, job_id) == (WorkState.FAILED, 5, reason)
    assert await run_row(context.database, run_id) == (0, WorkState.FAILED, reason)


async def test_the_wait_before_the_next_try_is_written_down(context: WorkContext, knowing: Knowing) -> None:
    job_id = await ask(context, "break", 1)
    async with context.database.write() as session:
        before = await session.scalar(func.now())
    assert await run_next(knowing(Task("break", break_down)))
    async with context.database.write() as session:
        after = await session.scalar(func.now())
    due_at = (await job_row(context.database, job_id)).due_at
    assert before + timedelta(seconds=5) <= due_at <= after + timedelta(seconds=5)


async def due_after(context: WorkContext, task: Task) -> tuple[timedelta, timedelta]:
    """The least and the most that the next try of a job of this task can be away from its first one."""
    job_id = await ask(context, task.kind, 1)
    async with context.database.write() as session:
        before = await session.scalar(func.now())
    assert await run_next(replace(context, tasks=by_kind(task)))
    async with context.database.write() as session:
        after = await session.scalar(func.now())
    due_at = (await job_row(context.database, job_id)).due_at
    return due_at - after, due_at - before


async def test_a_verb_says_how_often_it_is_tried_and_when(context: WorkContext, knowing: Knowing) -> None:
    task = Task("postpone", postpone, delays=(60.0, 86_400.0))
    least, most = await due_after(context, task)
    assert least <= timedelta(minutes=1) <= most
    job_id = await ask(context, "postpone", 1)
    await change_job(context.database, job_id, attempts=2)
    assert await run_due(knowing(task)) == 1
    assert await job_state(context.database, job_id) == (WorkState.FAILED, 3, "The mail server does not answer.")


async def test_a_verb_without_delays_is_tried_once(context: WorkContext, knowing: Knowing) -> None:
    job_id = await ask(context, "break", 1)
    once = knowing(Task("break", break_down, delays=()))
    assert await run_due(once) == 1
    reason = f"Something unexpected went wrong 1 time; the log has it as job {job_id}."
    assert await job_state(context.database, job_id) == (WorkState.FAILED, 1, reason)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (timedelta(seconds=1), timedelta(seconds=5)),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=400), timedelta(days=1)),
    ],
)
async def test_who_asks_us_to_come_back_later_is_heard(
    context: WorkContext, asked: timedelta, waited: timedelta
) -> None:
    async def busy(work: Work, run_id: int) -> None:
        raise TemporaryFailure("The receiver is busy.", after=asked)

    least, most = await due_after(context, Task("busy", busy))
    assert least <= waited <= most


async def test_what_cannot_succeed_fails_at_once_and_tells_why(context: WorkContext, knowing: Knowing) -> None:
    run_id = await make_run(context.database)
    job_id = await ask(context, "refuse", run_id)
    assert await run_due(knowing(Task("refuse", refuse, tell_the_run))) == 1
    assert await job_state(context.database, job_id) == (WorkState.FAILED, 1, "The period is over.")
    assert await run_row(context.database, run_id) == (0, WorkState.FAILED, "The period is over.")


async def test_a_known_trouble_keeps_its_sentence_to_the_end(context: WorkContext, knowing: Knowing) -> None:
    trouble = "The mail server does not answer."
    waiting = knowing(Task("postpone", postpone))
    job_id = await ask(context, "postpone", 1)
    assert await run_due(waiting) == 1
    assert await job_state(context.database, job_id) == (WorkState.QUEUED, 1, trouble)
    await change_job(context.database, job_id, due_at=func.now(), attempts=4)
    assert await run_due(waiting) == 1
    assert await job_state(context.database, job_id) == (WorkState.FAILED, 5, trouble)


async def test_a_job_whose_workers_always_died_fails_with_the_row_told(context: WorkContext, knowing: Knowing) -> None:
    run_id = await make_run(context.database)
    job_id = await ask(context, "count", run_id)
    await change_job(context.database, job_id, attempts=10, deaths=10)
    assert await run_due(knowing(Task("count", count_up, tell_the_run))) == 1
    reason = f"The work stopped without a word 10 times; the log has it as job {job_id}."
    assert await job_state(context.database, job_id) == (WorkState.FAILED, 11, reason)
    assert await run_row(context.database, run_id) == (0, WorkState.FAILED, reason)


async def test_workers_that_died_have_used_up_no_try(context: WorkContext, knowing: Knowing) -> None:
    job_id = await ask(context, "break", 1)
    await change_job(context.database, job_id, attempts=9, deaths=9)
    broken = knowing(Task("break", break_down, delays=(5.0,)))
    assert await run_due(broken) == 1
    assert (await job_state(context.database, job_id))[:2] == (WorkState.QUEUED, 10)
    await try_again_now(context.database, job_id)
    assert await run_due(broken) == 1
    assert (await job_state(context.database, job_id))[:2] == (WorkState.FAILED, 11)


async def test_a_broken_hook_does_not_keep_a_job_alive_for_ever(context: WorkContext, knowing: Knowing) -> None:
    async def stumble(work: Work, session: AsyncSession, reason: str, run_id: int) -> None:
        raise KeyError("no such run")

    process = knowing(Task("refuse", refuse, stumble))
    job_id = await ask(context, "refuse", 1)
    assert await run_due(process) == 1
    assert await job_state(context.database, job_id) == (WorkState.QUEUED, 1, "The period is over.")
    await change_job(context.database, job_id, due_at=func.now(), attempts=9)
    assert await run_due(process) == 1
    state, attempts, error = await job_state(context.database, job_id)
    assert (state, attempts) == (WorkState.FAILED, 10)
    assert error is not None
    assert error.endswith("The row that asked for it could not be told (KeyError).")


async def test_a_verb_that_takes_too_long_is_stopped(context: WorkContext, knowing: Knowing) -> None:
    async def dawdle(work: Work, run_id: int) -> None:
        await asyncio.Event().wait()

    job_id = await ask(context, "dawdle", 1)
    assert await run_due(knowing(Task("dawdle", dawdle, seconds=0.1))) == 1
    stopped = "It was stopped because it took longer than 0.1 seconds."
    assert await job_state(context.database, job_id) == (WorkState.QUEUED, 1, stopped)


class Gate:
    """A task that says when it has begun and goes on when it is let."""

    def __init__(self) -> None:
        self.begun, self.open, self.stopped = asyncio.Event(), asyncio.Event(), False

    async def run(self, work: Work, run_id: int) -> None:
        self.begun.set()
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        await count_up(work, run_id)


async def test_a_long_job_keeps_its_lease_by_heartbeats(context: WorkContext, knowing: Knowing) -> None:
    gate = Gate()
    run_id = await make_run(context.database)
    job_id = await ask(context, "wait", run_id)
    running = asyncio.create_task(run_due(knowing(Task("wait", gate.run))))
    await gate.begun.wait()
    first = (await job_row(context.database, job_id)).leased_until

    async def extended() -> bool:
        return (await job_row(context.database, job_id)).leased_until != first

    await until(extended)
    gate.open.set()
    assert await running == 1
    assert await job_state(context.database, job_id) == (WorkState.SUCCEEDED, 1, None)
    assert await run_row(context.database, run_id) == (1, WorkState.QUEUED, None)


async def test_a_job_that_is_cancelled_is_stopped_and_left_as_it_is(context: WorkContext, knowing: Knowing) -> None:
    gate = Gate()
    run_id = await make_run(context.database)
    job_id = await ask(context, "wait", run_id)
    running = asyncio.create_task(run_due(knowing(Task("wait", gate.run, tell_the_run))))
    await gate.begun.wait()
    async with context.database.write() as session:
        assert await claims.cancel(session, "wait", {"run_id": run_id + 1}) == []
        assert await claims.cancel(session, "count", {"run_id": run_id}) == []
        assert await claims.cancel(session, "wait", {"run_id": run_id}) == [job_id]
        assert await claims.cancel(session, "wait", {"run_id": run_id}) == []
    assert await running == 1
    assert gate.stopped
    assert await job_state(context.database, job_id) == (WorkState.CANCELLED, 1, None)
    assert await run_row(context.database, run_id) == (0, WorkState.QUEUED, None)


async def test_a_worker_that_stops_gives_the_job_back_uncounted(context: WorkContext, knowing: Knowing) -> None:
    gate = Gate()
    run_id = await make_run(context.database)
    job_id = await ask(context, "wait", run_id)
    running = asyncio.create_task(run_due(knowing(Task("wait", gate.run))))
    await gate.begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await job_state(context.database, job_id) == (WorkState.QUEUED, 0, None)
    assert await run_due(knowing(Task("wait", count_up))) == 1
    assert await run_row(context.database, run_id) == (1, WorkState.QUEUED, None)
