"""The bus: whoever listens is woken, in every process; what was lost is said to be lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from jobs.queue.bus import BACKLOG, Bus, Listener
from tests.support.polling import until

Open = Callable[[str | None], Bus]


@pytest.fixture
async def open_bus() -> AsyncIterator[Open]:
    buses: list[Bus] = []

    def opened(redis_url: str | None) -> Bus:
        buses.append(Bus(redis_url))
        return buses[-1]

    yield opened
    for bus in buses:
        await bus.close()


async def heard(listener: Listener) -> dict[str, object]:
    return await asyncio.wait_for(anext(listener), 20)


async def subscribers(redis: Redis, topic: str) -> int:
    [(_, count)] = await redis.pubsub_numsub(f"rollcall:{topic}")
    return int(count)


async def test_every_listener_of_the_topic_in_every_process_hears_it(open_bus: Open, redis_url: str) -> None:
    here, there = open_bus(redis_url), open_bus(redis_url)
    async with (
        here.subscribe("run:1") as one,
        here.subscribe("run:1") as two,
        there.subscribe("run:1") as three,
        there.subscribe("run:2") as other,
    ):
        await here.publish("run:1", {"done": 1})
        await here.publish("run:2", {"done": 2})
        heard_by_each = [await heard(listener) for listener in (one, two, three, other)]
    assert heard_by_each == [{"done": 1}, {"done": 1}, {"done": 1}, {"done": 2}]


async def test_one_connection_listens_for_the_whole_process(open_bus: Open, redis_url: str) -> None:
    bus = open_bus(redis_url)
    async with Redis.from_url(redis_url) as redis:
        async with bus.subscribe("run:1"), bus.subscribe("run:1"), bus.subscribe("run:2"):
            assert await subscribers(redis, "run:1") == 1
            own = int(redis.connection_pool.connection_kwargs["db"])
            listening = [client for client in await redis.client_list("pubsub") if int(client["db"]) == own]
            assert [int(client["sub"]) for client in listening] == [3]  # two topics, and the one that is always there

        async def nobody_listens() -> bool:
            return await subscribers(redis, "run:1") == 0

        await until(nobody_listens)


async def test_a_listener_that_is_slow_is_told_that_it_missed_something(open_bus: Open) -> None:
    bus = open_bus(None)
    async with bus.subscribe("run:1") as slow:
        for number in range(BACKLOG + 2):
            await bus.publish("run:1", {"done": number})
        assert [await heard(slow), await heard(slow)] == [{}, {"done": BACKLOG + 1}]


async def test_after_a_broken_connection_it_listens_again_and_says_that_something_may_be_missed(
    open_bus: Open, redis_url: str
) -> None:
    bus = open_bus(redis_url)
    async with bus.subscribe("run:1") as listener, Redis.from_url(redis_url) as redis:
        own = int(redis.connection_pool.connection_kwargs["db"])
        for client in await redis.client_list("pubsub"):
            if int(client["db"]) == own:
                await redis.client_kill_filter(_id=client["id"])
        assert await heard(listener) == {}
        await bus.publish("run:1", {"done": 7})
        assert await heard(listener) == {"done": 7}
        async with bus.subscribe("run:2") as another:
            await bus.publish("run:2", {"done": 8})
            assert await heard(another) == {"done": 8}


async def test_without_redis_nothing_raises(open_bus: Open, tmp_path: Path) -> None:
    bus = open_bus(f"unix://{tmp_path}/no-redis-here.sock")
    await bus.publish("run:1", {"done": 1})
    async with bus.subscribe("run:1") as listener:
        await bus.close()
        assert [payload async for payload in listener] == []


async def test_closing_ends_every_subscription(open_bus: Open, redis_url: str) -> None:
    bus = open_bus(redis_url)
    async with bus.subscribe("run:1") as listener:
        reading = asyncio.create_task(anext(listener, None))
        await bus.close()
        assert await asyncio.wait_for(reading, 20) is None
