"""Whoever is cut off while they have a session, or while they get one, leaves no connection behind."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import psycopg.waiting
import pytest
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from models.database import Database, finished

TURNS = 30


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    """Without the garbage collector, which would find what was left behind."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
async def small(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """Two connections. Everything that may give way to others does so, as on a busy machine."""
    monkeypatch.setattr(psycopg.waiting, "MAX_BUSY_TIME", -1)
    opened = Database(database_url, pool_size=2)
    yield opened
    await opened.close()


def taken(database: Database) -> int:
    """How many connections are with somebody."""
    pool = database.engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


async def reading(database: Database) -> None:
    async with database.read() as session:
        await session.scalar(text("select 1"))


async def writing(database: Database) -> None:
    async with database.write() as session:
        await session.scalar(text("select 1"))


async def in_snapshot(database: Database) -> None:
    async with database.write(snapshot=True) as session:
        await session.scalar(text("select 1"))


@pytest.mark.parametrize("use", [reading, writing, in_snapshot])
async def test_no_connection_is_left_behind_whenever_it_is_cut_off(
    small: Database, use: Callable[[Database], Awaitable[None]]
) -> None:
    kept = []  # who keeps the exception keeps what its frames refer to
    for turns in range(TURNS):
        await use(small)  # so that there is a connection to take
        task = asyncio.ensure_future(use(small))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            kept.append(error)
        assert (turns, taken(small)) == (turns, 0)
    async with small.write() as session:  # and the next transaction is one
        await session.execute(text("create temporary table left_behind (n int) on commit drop"))
        assert await session.scalar(text("select count(*) from left_behind")) == 0


async def test_who_is_cut_off_hears_of_it_when_the_work_has_ended() -> None:
    may_end = asyncio.Event()
    work = asyncio.ensure_future(may_end.wait())
    waiting = asyncio.create_task(finished(work))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert work.result() is True
