"""The feed of alerts: reads for all listeners together, misses nothing whatever becomes of the wakes, rests at rest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
import redis.asyncio
from sqlalchemy import delete

from jobs.alerts import feed as alert_feed
from jobs.alerts.feed import AlertFeed, AlertListener
from jobs.deliveries.alerting import tell
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from jobs.queue.topics import ALERTS, publish_alerts
from models import AlertKind, Role, User
from models.database import Database
from resolvers.alerts.alerts import NewAlert, alerts_after, raise_alerts
from tests.support.polling import until
from tests.support.statements import statements

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def accounts(database: Database, count: int) -> list[int]:
    async with database.write() as session:
        users = [User(source_id=f"u{n}", name=f"U{n}", role=Role.ADMIN) for n in range(count)]
        session.add_all(users)
        await session.flush()
        return [user.id for user in users]


async def raised(database: Database, account_ids: list[int], occurrence: str) -> None:
    """Alerts that nobody is woken for."""
    async with database.write() as session:
        await raise_alerts(session, news(account_ids, occurrence), NOW)


def news(account_ids: list[int], occurrence: str) -> list[NewAlert]:
    return [NewAlert(account, AlertKind.EXPORT_READY, occurrence) for account in account_ids]


async def heard(listener: AlertListener) -> list[int]:
    """The numbers of what comes next."""
    async with asyncio.timeout(20):
        told = await listener.next()
    assert told is not None
    assert told.viewer is not None
    assert {alert.account_id for alert in told.alerts} == {told.viewer.user_id}
    listener.number = told.alerts[-1].number
    return [alert.number for alert in told.alerts]


async def all_wait(listeners: list[AlertListener]) -> None:
    """Until each of them waits, with nothing left to look for."""

    async def waiting() -> bool:
        return all(one.waiter is not None and not one.behind for one in listeners)

    await until(waiting)


@pytest.fixture
async def bus() -> AsyncIterator[Bus]:
    opened = Bus(None)
    yield opened
    await opened.close()


@pytest.fixture
def feed(database: Database, bus: Bus) -> AlertFeed:
    return AlertFeed(database, bus)


async def test_what_is_there_comes_first_and_then_what_is_told(database: Database, bus: Bus, feed: AlertFeed) -> None:
    ada, bob = await accounts(database, 2)
    for occurrence in ("run:1", "run:2", "run:3"):
        await raised(database, [ada, bob], occurrence)
    async with feed.listen(ada, 1) as listener:
        assert await heard(listener) == [2, 3]
        later = asyncio.create_task(heard(listener))
        await all_wait([listener])
        async with database.write() as session:
            await tell(Queue(None), bus, session, news([bob, ada], "run:4"), NOW)
        assert await later == [4]


async def test_a_listener_far_behind_gets_all_some_at_a_time(
    database: Database, feed: AlertFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada,) = await accounts(database, 1)
    for number in range(5):
        await raised(database, [ada], f"run:{number}")
    monkeypatch.setattr(alert_feed, "BATCH", 2)
    async with feed.listen(ada, 0) as listener:
        assert [await heard(listener) for _ in range(3)] == [[1, 2], [3, 4], [5]]


@pytest.mark.parametrize("size", [2, 60])
async def test_a_wake_costs_two_statements_whatever_the_number_of_listeners(
    database: Database, bus: Bus, feed: AlertFeed, size: int
) -> None:
    some = await accounts(database, size)
    async with AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(feed.listen(account, 0)) for account in some]
        waiting = [asyncio.create_task(heard(listener)) for listener in listeners]
        await all_wait(listeners)
        await raised(database, some, "run:1")
        with statements(database) as seen:
            await publish_alerts(bus, some)
            assert await asyncio.gather(*waiting) == [[1]] * size
        assert len(seen) == 2


async def test_alerts_whose_wake_was_lost_are_found_all_the_same(
    database: Database, feed: AlertFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada,) = await accounts(database, 1)
    monkeypatch.setattr(alert_feed, "LOOK_EVERY_SECONDS", 0.05)
    async with feed.listen(ada, 0) as listener:
        waiting = asyncio.create_task(heard(listener))
        await all_wait([listener])
        await raised(database, [ada], "run:1")
        assert await waiting == [1]


async def test_a_redis_that_drops_us_makes_us_look_at_the_rows(database: Database, redis_url: str) -> None:
    (ada,) = await accounts(database, 1)
    bus = Bus(redis_url)
    feed = AlertFeed(database, bus)
    async with feed.listen(ada, 0) as listener:
        waiting = asyncio.create_task(heard(listener))
        await all_wait([listener])

        async def subscribed() -> bool:
            return ALERTS in bus._active and bus._active[ALERTS].is_set()

        await until(subscribed)
        await raised(database, [ada], "run:1")
        async with redis.asyncio.Redis.from_url(redis_url) as client:
            await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        async with asyncio.timeout(alert_feed.LOOK_EVERY_SECONDS - 1):
            assert await waiting == [1]
    await bus.close()


async def test_a_number_is_never_skipped_though_a_later_transaction_is_quicker(
    database: Database, bus: Bus, feed: AlertFeed
) -> None:
    (ada,) = await accounts(database, 1)
    async with feed.listen(ada, 0) as listener:
        waiting = asyncio.create_task(heard(listener))
        await all_wait([listener])
        async with database.write() as slow:
            await raise_alerts(slow, news([ada], "run:1"), NOW)
            quick = asyncio.create_task(raised(database, [ada], "run:2"))
            for _ in range(3):  # woken too early, again and again
                await publish_alerts(bus, [ada])
                await asyncio.sleep(0)
                await all_wait([listener])
            assert not waiting.done()
        await quick
        await publish_alerts(bus, [ada])
        numbers = await waiting
        if numbers == [1]:
            numbers += await heard(listener)
        assert numbers == [1, 2]


async def test_a_wake_while_the_rows_are_read_is_not_lost(
    database: Database, bus: Bus, feed: AlertFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada,) = await accounts(database, 1)
    reading, go_on, read = asyncio.Event(), asyncio.Event(), alerts_after

    async def slowly(*arguments: object, **options: object) -> object:
        found = await read(*arguments, **options)  # type: ignore[arg-type]
        reading.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(alert_feed, "alerts_after", slowly)
    async with feed.listen(ada, 0) as listener:
        waiting = asyncio.create_task(heard(listener))
        await reading.wait()
        await raised(database, [ada], "run:1")
        await publish_alerts(bus, [ada])
        await asyncio.sleep(0)
        assert listener.behind
        go_on.set()
        assert await waiting == [1]


async def test_a_database_that_fails_is_asked_again(
    database: Database, feed: AlertFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada,) = await accounts(database, 1)
    await raised(database, [ada], "run:1")
    read, failures = alerts_after, [OSError("away"), ValueError("odd")]

    async def failing(*arguments: object, **options: object) -> object:
        if failures:
            raise failures.pop()
        return await read(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(alert_feed, "alerts_after", failing)
    monkeypatch.setattr(alert_feed, "RETRY_SECONDS", 0.01)
    async with feed.listen(ada, 0) as listener:
        assert await heard(listener) == [1]


async def test_an_account_that_is_gone_hears_nothing_more(database: Database, bus: Bus, feed: AlertFeed) -> None:
    ada, bob = await accounts(database, 2)
    async with feed.listen(ada, 0) as gone, feed.listen(bob, 0) as here:
        waiting = [asyncio.create_task(heard(one)) for one in (gone, here)]
        await all_wait([gone, here])
        async with database.write() as session:
            await session.execute(delete(User).where(User.id == ada))
            await tell(Queue(None), bus, session, news([ada, bob], "run:1"), NOW)
        assert await waiting[1] == [1]
        assert not waiting[0].done()
        waiting[0].cancel()


async def test_when_the_process_closes_all_listeners_are_told(database: Database, bus: Bus, feed: AlertFeed) -> None:
    (ada,) = await accounts(database, 1)
    async with feed.listen(ada, 0) as listener:
        waiting = asyncio.create_task(listener.next())
        await all_wait([listener])
        await bus.close()
        assert await waiting is None
        assert await listener.next() is None


async def test_nothing_is_left_of_listeners_that_went(database: Database, bus: Bus, feed: AlertFeed) -> None:
    some = await accounts(database, 20)
    before = asyncio.all_tasks()
    for _ in range(3):
        async with AsyncExitStack() as stack:
            listeners = [await stack.enter_async_context(feed.listen(account, 0)) for account in (*some, *some)]
            waiting = [asyncio.create_task(listener.next()) for listener in listeners]
            await all_wait(listeners)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
    assert (feed._listeners, feed._behind, feed._reader, dict(bus._listeners)) == ({}, set(), None, {})
    assert asyncio.all_tasks() == before
    # and it wakes up again
    await raised(database, some[:1], "run:1")
    async with feed.listen(some[0], 0) as listener:
        assert await heard(listener) == [1]
