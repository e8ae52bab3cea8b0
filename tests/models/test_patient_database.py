"""Those who rather wait than be refused get their turn, some at a time."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from models.database import Database, PatientDatabase

READERS = 12


async def test_more_readers_than_connections_wait_for_their_turn(database_url: str) -> None:
    database = Database(database_url, pool_size=2)
    patient = PatientDatabase(database, 1)
    at_once, most = 0, 0

    async def read() -> int:
        nonlocal at_once, most
        async with patient.read() as session:
            at_once += 1
            most = max(most, at_once)
            one = await session.scalar(text("select 1"))
            at_once -= 1
        assert one is not None
        return int(one)

    # the others of the pool are all taken, for as long as it takes
    async with database.read() as held:
        await held.scalar(text("select 1"))
        assert await asyncio.gather(*(read() for _ in range(READERS))) == [1] * READERS
    assert most == 1
    await database.close()


async def test_a_session_within_a_session_is_refused_before_it_waits(database: Database) -> None:
    patient = PatientDatabase(PatientDatabase(database, 1), 2)
    async with patient.read() as held:
        with pytest.raises(RuntimeError, match="A session within a session"):
            async with patient.write():
                pass
        assert await held.scalar(text("select 1")) == 1
    async with patient.write() as next_one:  # and who has ended one may open the next
        assert await next_one.scalar(text("select 1")) == 1
    await patient.given_back()


async def test_who_is_not_patient_is_refused_when_all_connections_are_taken(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url, pool_size=1)
    monkeypatch.setattr(database.engine.sync_engine.pool, "_timeout", 0.01)
    async with database.read() as held:
        await held.scalar(text("select 1"))
        with pytest.raises(PoolTimeoutError):
            async with database.read() as session:
                await session.scalar(text("select 1"))
    await database.close()
