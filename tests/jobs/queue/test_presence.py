"""Who asks whether a worker is there is told so for as long as it looks for work."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from jobs.queue.presence import KEY, SILENCE_SECONDS, say_gone, say_present, workers_present
from jobs.work.registry import open_work
from jobs.work.task import WorkContext
from jobs.worker import run_worker
from models.database import Database
from tests.jobs.conftest import QUICK
from tests.support.polling import until

NOW = 1_800_000_000


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as opened:
        yield opened


async def test_a_worker_is_there_until_it_was_silent_for_long(redis: Redis) -> None:
    await say_present(redis, "one", now=NOW)
    await say_present(redis, "two", now=NOW + 5)
    await say_present(redis, "two", now=NOW + 6)
    seen = [(after, await workers_present(redis, now=NOW + after)) for after in (6, 14, 15, 20, 21)]
    assert seen == [(6, 2), (14, 2), (15, 1), (20, 1), (21, 0)]


async def test_what_was_left_goes_by_itself(redis: Redis) -> None:
    await say_present(redis, "one", now=NOW)
    await say_present(redis, "two", now=NOW + SILENCE_SECONDS)
    assert await redis.zrange(KEY, 0, -1) == [b"two"]
    assert 0 < await redis.ttl(KEY) <= SILENCE_SECONDS


async def test_who_says_that_it_stops_is_gone_at_once(redis: Redis) -> None:
    await say_present(redis, "one")
    assert await workers_present(redis) == 1
    await say_gone(redis, "one")
    assert await workers_present(redis) == 0


async def test_a_redis_that_is_away_or_is_none_knows_nothing() -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0") as away:
        for redis in (away, None):
            await say_present(redis, "one")
            await say_gone(redis, "one")
            assert await workers_present(redis) is None


async def test_a_worker_is_there_while_it_works(context: WorkContext, redis: Redis, redis_url: str) -> None:
    stop = asyncio.Event()

    async def one_is_there() -> bool:
        return await workers_present(redis) == 1

    async with open_work(context.settings, context.database, redis_url, context.tasks) as work:
        worker = asyncio.create_task(run_worker(replace(work, pace=QUICK), redis_url, stop=stop))
        await until(one_is_there)
        stop.set()
        await worker
    assert await workers_present(redis) == 0


async def test_a_worker_that_cannot_reach_the_database_is_not_there(
    context: WorkContext, redis: Redis, redis_url: str
) -> None:
    nowhere = Database("postgresql://rollcall@127.0.0.1:1/rollcall")
    stop = asyncio.Event()
    looked = asyncio.Event()

    def looked_again() -> float:
        looked.set()  # asked for after each look, whatever came of it
        return 0.0

    async with open_work(context.settings, nowhere, redis_url, context.tasks) as work:
        worker = asyncio.create_task(run_worker(replace(work, pace=QUICK, jitter=looked_again), redis_url, stop=stop))
        await looked.wait()
        assert await workers_present(redis) == 0
        stop.set()
        await worker
    await nowhere.close()
