"""Claims, leases and fences: one holder at a time, and a stale one changes nothing."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, insert, text, update
from sqlalchemy.exc import DBAPIError

from jobs.queue import claims
from jobs.queue.adding import RESUMED, UNATTENDED, WAITED_FOR
from jobs.queue.claims import Claim
from jobs.queue.failures import LeaseLost
from jobs.work.task import Work, WorkContext
from models import Job, Run, WorkState
from models.database import Database
from tests.support.polling import until
from tests.support.rows import count_up, job_row, job_state, make_run, run_row

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEASE = timedelta(seconds=20)
KINDS = ["count"]
# finished, due and waiting ones
MANY_JOBS = """
insert into job (kind, arguments, state, priority, attempts, fence, due_at, created_at)
select 'count', '{}', case when n % 3 = 0 then 'QUEUED' else 'SUCCEEDED' end, n % 2, 0, 0,
       cast(:noon as timestamptz) + (n - 3000) * interval '1 second', :noon
from generate_series(1, 6000) n
"""


async def add(
    database: Database,
    priority: int = WAITED_FOR,
    due_at: datetime = NOON,
    kind: str = "count",
    arguments: dict[str, Any] | None = None,
) -> int:
    values = {
        "kind": kind,
        "arguments": arguments or {},
        "priority": priority,
        "due_at": due_at,
        "created_at": NOON,
    }
    async with database.write() as session:
        job_id: int | None = await session.scalar(insert(Job).values(values).returning(Job.id))
    assert job_id is not None
    return job_id


async def take(database: Database, now: datetime = NOON) -> Claim | None:
    async with database.write() as session:
        return await claims.claim_next(session, KINDS, LEASE, now=now)


async def held(database: Database, now: datetime = NOON) -> Claim:
    claim = await take(database, now)
    assert claim is not None
    return claim


async def test_a_claim_has_a_lease_an_attempt_and_a_fence(database: Database) -> None:
    job_id = await add(database)
    assert await take(database) == Claim(job_id, "count", {}, attempts=1, fence=1)
    job = await job_row(database, job_id)
    assert (job.state, job.leased_until) == (WorkState.RUNNING, NOON + LEASE)
    assert await take(database) is None


async def test_the_most_urgent_due_job_goes_first(database: Database) -> None:
    night = await add(database, UNATTENDED, NOON - timedelta(hours=1))
    later = await add(database)
    earlier = await add(database, due_at=NOON - timedelta(minutes=1))
    await add(database, due_at=NOON + timedelta(seconds=1))
    assert [claim and claim.id for claim in [await take(database) for _ in range(4)]] == [earlier, later, night, None]


async def test_two_at_once_never_take_the_same(database: Database) -> None:
    ids = {await add(database) for _ in range(6)}
    taken = await asyncio.gather(*(take(database) for _ in range(6)))
    assert {claim.id for claim in taken if claim} == ids


async def test_a_locked_row_is_passed_over(database: Database) -> None:
    first, second = await add(database), await add(database)
    async with database.write() as session:
        claim = await claims.claim_next(session, KINDS, LEASE, now=NOON)
        assert claim is not None
        assert claim.id == first
        assert (await held(database)).id == second


async def test_claim_by_id_takes_a_job_before_its_time_but_not_twice(database: Database) -> None:
    job_id = await add(database, due_at=NOON + timedelta(days=1))
    async with database.write() as session:
        assert await claims.claim(session, job_id, KINDS, LEASE, now=NOON) == Claim(job_id, "count", {}, 1, 1)
    async with database.write() as session:
        assert await claims.claim(session, job_id, KINDS, LEASE, now=NOON) is None


async def test_an_unknown_kind_is_left_alone(database: Database) -> None:
    job_id = await add(database, kind="newer.than.us")
    async with database.write() as session:
        assert await claims.claim(session, job_id, KINDS, LEASE, now=NOON) is None
    assert await take(database) is None
    assert await job_state(database, job_id) == (WorkState.QUEUED, 0, None)


async def test_a_lease_that_ran_out_is_taken_up_and_the_stale_holder_can_do_nothing(context: WorkContext) -> None:
    database = context.database
    run_id, job_id = await make_run(database), await add(database)
    stale = await held(database)
    async with database.write() as session:
        assert await claims.requeue_expired(session, now=NOON + LEASE) == 0
    async with database.write() as session:
        assert await claims.requeue_expired(session, now=NOON + LEASE + timedelta(seconds=1)) == 1
    fresh = await held(database)
    assert fresh == Claim(job_id, "count", {}, attempts=2, fence=2, priority=RESUMED, deaths=1)

    with pytest.raises(LeaseLost):
        await count_up(Work(context, stale), run_id)
    async with database.write() as session:
        assert not await claims.extend(session, stale, LEASE, now=NOON)
        assert not await claims.finish(session, stale)
        assert not await claims.fail(session, stale, "I am stale.")
        assert not await claims.put_off(session, stale, LEASE, "I am stale.", now=NOON)
        assert not await claims.release(session, stale)
    job = await job_row(database, job_id)
    assert (job.state, job.fence, job.error, job.leased_until) == (WorkState.RUNNING, 2, None, NOON + LEASE)
    assert await run_row(database, run_id) == (0, WorkState.QUEUED, None)

    await count_up(Work(context, fresh), run_id)
    assert await run_row(database, run_id) == (1, WorkState.QUEUED, None)


async def test_what_a_dead_worker_had_begun_goes_before_all_that_waits(database: Database) -> None:
    begun = await add(database, priority=UNATTENDED)
    await held(database)
    await add(database, priority=WAITED_FOR, due_at=NOON - timedelta(hours=1))
    async with database.write() as session:
        assert await claims.requeue_expired(session, now=NOON + timedelta(days=1)) == 1
    assert (await held(database)).id == begun


async def test_a_heartbeat_extends_the_lease(database: Database) -> None:
    job_id = await add(database)
    claim = await held(database)
    async with database.write() as session:
        assert await claims.extend(session, claim, LEASE, now=NOON + timedelta(seconds=15))
    assert (await job_row(database, job_id)).leased_until == NOON + timedelta(seconds=35)


async def test_while_the_holder_writes_nobody_takes_the_job_and_the_heartbeat_does_not_wait(
    context: WorkContext,
) -> None:
    database = context.database
    job_id = await add(database)
    claim = await held(database)
    async with Work(context, claim).fenced():
        async with database.write() as session:
            assert await claims.extend(session, claim, LEASE)
        async with database.write() as session:
            assert await claims.requeue_expired(session, now=NOON + timedelta(days=1)) == 0
    job = await job_row(database, job_id)
    assert job.leased_until is not None
    assert job.leased_until > NOON + LEASE  # the end of the transaction extended it


async def test_a_holder_that_falls_silent_while_it_writes_does_not_keep_the_job(context: WorkContext) -> None:
    database, moment = context.database, replace(context.pace, silence=timedelta(milliseconds=50))
    job_id, run_id = await add(database), await make_run(database)
    claim = await held(database)

    async def swept() -> bool:
        async with database.write() as session:
            return await claims.requeue_expired(session, now=NOON + timedelta(days=1)) == 1

    async def write_after_a_silence() -> None:
        async with Work(replace(context, pace=moment), claim).fenced() as session:
            await until(swept)
            await session.execute(update(Run).where(Run.id == run_id).values(done=1))

    with pytest.raises(DBAPIError, match="idle-in-transaction timeout"):
        await write_after_a_silence()
    assert await job_state(database, job_id) == (WorkState.QUEUED, 1, None)
    assert await run_row(database, run_id) == (0, WorkState.QUEUED, None)


async def test_a_job_is_cancelled_by_what_it_works_on(database: Database) -> None:
    first = await add(database, arguments={"run_id": 1, "more": [1, 2]})
    second = await add(database, arguments={"run_id": 1, "more": [1, 2]})
    others = [
        await add(database, arguments={"run_id": 1}),
        await add(database, arguments={"run_id": 1, "more": [2, 1]}),
        await add(database, arguments={"run_id": 1, "more": [1, 2]}, kind="other"),
    ]
    async with database.write() as session:
        assert sorted(await claims.cancel(session, "count", {"more": [1, 2], "run_id": 1})) == [first, second]
    for job_id in others:
        assert await job_state(database, job_id) == (WorkState.QUEUED, 0, None)


async def test_arguments_may_be_long(database: Database) -> None:
    many = {"ids": list(range(100_000))}
    job_id = await add(database, arguments=many)
    async with database.write() as session:
        assert await claims.cancel(session, "count", many) == [job_id]


async def test_a_cancelled_job_refuses_its_worker(context: WorkContext) -> None:
    job_id, run_id = await add(context.database), await make_run(context.database)
    claim = await held(context.database)
    async with context.database.write() as session:
        assert await claims.cancel(session, "count", {}) == [job_id]
    with pytest.raises(LeaseLost):
        await count_up(Work(context, claim), run_id)
    assert await run_row(context.database, run_id) == (0, WorkState.QUEUED, None)


async def test_claiming_reads_the_partial_index_in_order(database: Database, database_url: str) -> None:
    async with database.write() as session:
        await session.execute(text(MANY_JOBS), {"noon": NOON})
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute("analyze job")
    seen: list[tuple[str, Any]] = []
    listener = lambda _c, _cursor, statement, parameters, _x, _m: seen.append((statement, parameters))  # noqa: E731
    event.listen(database.engine.sync_engine, "before_cursor_execute", listener)
    await held(database)
    event.remove(database.engine.sync_engine, "before_cursor_execute", listener)
    statement, parameters = seen[0]
    async with database.engine.connect() as reading:
        plan = (await reading.exec_driver_sql(f"explain {statement}", parameters)).scalars().all()
    assert any("Index Scan using ix_job_priority_due_at_id" in line for line in plan)
    assert not any("Sort" in line for line in plan)
