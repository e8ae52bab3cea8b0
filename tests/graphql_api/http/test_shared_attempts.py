"""Attempts to sign in are counted for the whole installation, whichever process is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from redis.asyncio import Redis

from graphql_api.core.context import Services
from graphql_api.http.shared_attempts import PREFIX, Attempt, Limit, SharedAttempts
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from models.database import Database
from models.settings import Settings
from tests.graphql_api.conftest import app_on, client_of
from tests.graphql_api.http.test_sign_in import PASSWORD, give_password, sign_in, the_error_of_sign_in
from tests.support.tiny_schema import Stage

LIMITS = (Limit("account", 3), Limit("address", 5))


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as opened:
        yield opened


async def outcomes(attempts: SharedAttempts, *names: tuple[str, str]) -> list[bool]:
    """Whether each is allowed, one after the other."""
    return [isinstance(await attempts.allow(*each), Attempt) for each in names]


async def test_two_processes_count_together(
    settings: Settings, database: Database, stage: Stage, ada: int, redis_url: str
) -> None:
    await give_password(database)
    async with AsyncExitStack() as stack:
        clients: list[httpx.AsyncClient] = []
        for _ in range(2):
            bus = Bus(redis_url)
            stack.push_async_callback(bus.close)
            app = app_on(Services(settings, database, Queue(None), bus, stage))
            clients.append(await stack.enter_async_context(client_of(app)))
        for _ in range(3):  # who knows the password is not counted
            assert [(await sign_in(each, "ada@example.org", PASSWORD)).status_code for each in clients] == [200, 200]
        guesses = [await sign_in(clients[n % 2], "ada@example.org", "a wrong guess") for n in range(6)]
        assert [guess.status_code for guess in guesses] == [401] * 5 + [429]
        for client in clients:
            refused = await sign_in(client, "ADA@example.org", PASSWORD)
            assert the_error_of_sign_in(refused) == (429, "RATE_LIMITED")
            assert 0 < int(refused.headers["retry-after"]) <= 60


async def test_what_one_limit_refuses_no_limit_counts(redis: Redis) -> None:
    here, there = (SharedAttempts(redis, 60, LIMITS) for _ in range(2))
    assert await outcomes(here, ("ada", "home"), ("ada", "home")) == [True, True]
    assert await outcomes(there, ("ada", "home"), ("ada", "home"), ("ada", "work")) == [True, False, False]
    assert await outcomes(there, ("bob", "home"), ("cat", "home"), ("dan", "home")) == [True, True, False]
    assert await outcomes(here, ("dan", "work"), ("dan", "work"), ("dan", "work"), ("dan", "work")) == [True] * 3 + [
        False
    ]


async def test_many_at_once_do_not_slip_through(redis: Redis) -> None:
    attempts = SharedAttempts(redis, 60, LIMITS)
    found = await asyncio.gather(*(attempts.allow("ada", "home") for _ in range(20)))
    allowed = [each for each in found if isinstance(each, Attempt)]
    assert len(allowed) == 3
    await allowed[0].forgive()
    assert await outcomes(attempts, ("ada", "home"), ("ada", "home")) == [True, False]


async def test_what_is_kept_is_small_says_nothing_and_goes_by_itself(redis: Redis) -> None:
    attempts = SharedAttempts(redis, 60, LIMITS)
    long = "ada@example.org" * 1_000
    for _ in range(10):
        await attempts.allow(long, "192.0.2.1")
    keys = sorted([key.decode() async for key in redis.scan_iter("*")])
    assert [key.removeprefix(PREFIX).partition(":")[0] for key in keys] == ["account", "address"]
    assert {len(key.rpartition(":")[2]) for key in keys} == {64}
    assert [await redis.zcard(key) for key in keys] == [3, 3]
    assert {0 < left <= 60_000 for left in [await redis.pttl(key) for key in keys]} == {True}


async def test_while_redis_is_away_each_process_counts_for_itself(unused_tcp_port: int) -> None:
    async with Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}") as away:
        attempts = SharedAttempts(away, 60, LIMITS)
        first = await attempts.allow("ada", "home")
        assert isinstance(first, Attempt)
        assert await outcomes(attempts, ("ada", "home"), ("ada", "home"), ("ada", "home")) == [True, True, False]
        await first.forgive()
        assert await outcomes(attempts, ("ada", "home"), ("ada", "home")) == [True, False]
