"""The worker: woken by hints, sweeping what was not hinted, surviving Redis and other workers."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
from redis.asyncio import Redis
from sqlalchemy.exc import SQLAlchemyError

from jobs.queue.adding import HINTS, Queue
from jobs.work.task import Pace, Task, Work, WorkContext
from jobs.worker import run_worker
from models import WorkState
from models.database import Database
from tests.jobs.conftest import QUICK, Knowing
from tests.jobs.work.test_running import Gate
from tests.support.polling import until
from tests.support.rows import count_up, job_state, jobs_left, make_run, run_row

CUT = """select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()"""
NO_SWEEP = Pace(sweep=timedelta(hours=1))


@asynccontextmanager
async def working(context: WorkContext, redis_url: str, *, slots: int = 2) -> AsyncIterator[asyncio.Event]:
    """A worker in this process for the time of the block."""
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(context, redis_url, slots=slots, stop=stop))
    try:
        yield stop
    finally:
        stop.set()
        await worker


async def ask(database: Database, queue: Queue, kind: str, run_id: int) -> int:
    async with database.write() as session:
        return await queue.enqueue(session, kind, {"run_id": run_id})


async def until_all_succeeded(database: Database) -> None:
    async def nothing_left() -> bool:
        return await jobs_left(database) == 0

    await until(nothing_left)


async def test_a_hint_wakes_the_worker(context: WorkContext, queue: Queue, redis_url: str) -> None:
    run_id = await make_run(context.database)
    async with working(replace(context, pace=NO_SWEEP), redis_url):
        for _ in range(2):  # the first may still be found by the one sweep at the start
            await ask(context.database, queue, "count", run_id)
            await until_all_succeeded(context.database)
    assert await run_row(context.database, run_id) == (2, WorkState.QUEUED, None)


async def test_nothing_is_hinted_for_a_transaction_that_rolls_back(
    database: Database, queue: Queue, redis_url: str
) -> None:
    try:
        async with database.write() as session:
            await queue.enqueue(session, "count", {"run_id": 1})
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    async with Redis.from_url(redis_url) as redis:
        assert await redis.dbsize() == 0
    assert await jobs_left(database) == 0


async def test_work_asked_for_without_redis_is_accepted_and_swept_up(context: WorkContext, tmp_path: Path) -> None:
    nowhere = f"unix://{tmp_path}/no-redis-here.sock"
    queue = Queue(nowhere)
    run_id = await make_run(context.database)
    job_id = await ask(context.database, queue, "count", run_id)
    await queue.close()
    async with working(context, nowhere):
        await until_all_succeeded(context.database)
    assert await job_state(context.database, job_id) == (WorkState.SUCCEEDED, 1, None)
    assert await run_row(context.database, run_id) == (1, WorkState.QUEUED, None)


async def test_a_worker_that_lost_redis_hears_hints_again(context: WorkContext, queue: Queue, redis_url: str) -> None:
    run_id = await make_run(context.database)
    async with working(replace(context, pace=NO_SWEEP), redis_url), Redis.from_url(redis_url) as redis:
        await ask(context.database, queue, "count", run_id)
        await until_all_succeeded(context.database)
        own = int(redis.connection_pool.connection_kwargs["db"])
        for client in await redis.client_list():
            if int(client["db"]) == own and client["cmd"] != "client|list":
                await redis.client_kill_filter(_id=client["id"])
        await ask(context.database, queue, "count", run_id)
        await until_all_succeeded(context.database)
    assert await run_row(context.database, run_id) == (2, WorkState.QUEUED, None)


async def test_a_worker_whose_connections_were_cut_goes_on(
    context: WorkContext, knowing: Knowing, database_url: str, tmp_path: Path
) -> None:
    gate, run_id = Gate(), await make_run(context.database)
    queue = Queue(None)
    async with working(knowing(Task("wait", gate.run)), f"unix://{tmp_path}/no-redis-here.sock"):
        first = await ask(context.database, queue, "wait", run_id)
        await gate.begun.wait()
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
            await connection.execute(CUT)
        gate.open.set()

        async def succeeded() -> bool:
            with suppress(SQLAlchemyError):  # our own connections were cut as well
                return await jobs_left(context.database) == 0
            return False

        await until(succeeded)
    assert (await job_state(context.database, first))[0] == WorkState.SUCCEEDED


async def test_hints_of_finished_jobs_do_no_harm(context: WorkContext, queue: Queue, redis_url: str) -> None:
    run_id = await make_run(context.database)
    done = await ask(context.database, queue, "count", run_id)
    async with working(replace(context, pace=NO_SWEEP), redis_url), Redis.from_url(redis_url) as redis:
        await until_all_succeeded(context.database)
        await queue.hint(done)

        async def hints_read() -> bool:
            left: int = await redis.zcard(HINTS)
            return left == 0

        await until(hints_read)
    assert await job_state(context.database, done) == (WorkState.SUCCEEDED, 1, None)
    assert await run_row(context.database, run_id) == (1, WorkState.QUEUED, None)


async def test_more_jobs_than_slots_run_side_by_side_and_none_twice(
    context: WorkContext, knowing: Knowing, queue: Queue, redis_url: str
) -> None:
    run_id = await make_run(context.database)
    at_once, most = 0, 0
    full = asyncio.Event()

    async def meet(work: Work, run_id: int) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        if at_once == 3:
            full.set()
        await full.wait()
        await count_up(work, run_id)
        at_once -= 1

    for _ in range(20):
        await ask(context.database, queue, "meet", run_id)
    async with working(knowing(Task("meet", meet)), redis_url, slots=3):
        await until_all_succeeded(context.database)
    assert most == 3
    assert await run_row(context.database, run_id) == (20, WorkState.QUEUED, None)


async def test_asked_to_stop_while_it_connects_it_stops(context: WorkContext, redis_url: str) -> None:
    async with asyncio.timeout(20):
        async with working(context, redis_url) as stop:
            stop.set()


async def test_asked_to_stop_it_lets_the_job_at_hand_end(
    context: WorkContext, knowing: Knowing, queue: Queue, redis_url: str
) -> None:
    gate, run_id = Gate(), await make_run(context.database)
    async with working(knowing(Task("wait", gate.run)), redis_url, slots=1) as stop:
        first = await ask(context.database, queue, "wait", run_id)
        await gate.begun.wait()
        second = await ask(context.database, queue, "wait", run_id)
        stop.set()
        gate.open.set()
    assert await job_state(context.database, first) == (WorkState.SUCCEEDED, 1, None)
    assert await job_state(context.database, second) == (WorkState.QUEUED, 0, None)


async def test_asked_to_stop_it_gives_back_what_takes_too_long(
    context: WorkContext, knowing: Knowing, queue: Queue, redis_url: str
) -> None:
    gate, run_id = Gate(), await make_run(context.database)
    impatient = replace(knowing(Task("wait", gate.run)), pace=replace(QUICK, grace=timedelta(seconds=0.05)))
    async with working(impatient, redis_url):
        job_id = await ask(context.database, queue, "wait", run_id)
        await gate.begun.wait()
    assert gate.stopped
    assert await job_state(context.database, job_id) == (WorkState.QUEUED, 0, None)


async def test_the_job_of_a_killed_worker_is_finished_by_another(
    database: Database, database_url: str, queue: Queue, redis_url: str, tmp_path: Path
) -> None:
    run_id = await make_run(database)
    first = await start_worker(database_url, redis_url, tmp_path)
    job_id = await ask(database, queue, "hold", run_id)
    assert first.stdout is not None
    assert await asyncio.wait_for(first.stdout.readline(), 20) == b"begun\n"
    first.kill()
    await first.wait()
    assert await job_state(database, job_id) == (WorkState.RUNNING, 1, None)

    second = await start_worker(database_url, redis_url, tmp_path)
    await until_all_succeeded(database)
    assert await job_state(database, job_id) == (WorkState.SUCCEEDED, 2, None)
    assert await run_row(database, run_id) == (1, WorkState.QUEUED, None)
    second.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(second.wait(), 20) == 0


async def start_worker(database_url: str, redis_url: str, data: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.worker_process",
        database_url,
        redis_url,
        str(data),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        cwd=Path(__file__).parents[2],
    )
