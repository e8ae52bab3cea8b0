"""The dataloader: one fetch for keys of the same moment, nothing twice, and no fetch for nobody."""

import asyncio

import pytest

from graphql_api.core.loading import Loader, NotLoaded


class Fetches:
    """A fetch that doubles numbers and notes what it was asked for."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.going_on = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self, keys: list[int]) -> dict[int, int]:
        self.batches.append(keys)
        self.going_on.set()
        await self.may_end.wait()
        if 13 in keys:
            raise ValueError("thirteen")
        return {key: 2 * key for key in keys}


async def test_keys_of_the_same_moment_are_one_batch() -> None:
    fetches = Fetches()
    loader = Loader(fetches)
    one, many, again, none = await asyncio.gather(
        loader.load(1), loader.load_many([2, 3, 2]), loader.load(1), loader.load_many([])
    )
    assert (one, many, again, none) == (2, [4, 6, 4], 2, [])
    assert fetches.batches == [[1, 2, 3]]


async def test_what_is_known_comes_at_once() -> None:
    fetches = Fetches()
    loader = Loader(fetches)
    with pytest.raises(NotLoaded):
        loader[1]
    await loader.load_many([1, 2])
    assert (loader[1], loader[2], await loader.load_many([2, 3])) == (2, 4, [4, 6])
    assert fetches.batches == [[1, 2], [3]]


async def test_keys_that_come_while_a_batch_is_fetched_are_the_next_batch() -> None:
    fetches = Fetches()
    fetches.may_end.clear()
    loader = Loader(fetches)
    first = asyncio.create_task(loader.load(1))
    await fetches.going_on.wait()
    second = asyncio.create_task(loader.load(2))
    fetches.may_end.set()
    assert (await first, await second) == (2, 4)
    assert fetches.batches == [[1], [2]]


async def test_everybody_who_waits_gets_the_error_and_may_ask_again() -> None:
    fetches = Fetches()
    loader = Loader(fetches)
    failed = await asyncio.gather(loader.load(13), loader.load(1), return_exceptions=True)
    assert [str(error) for error in failed] == ["thirteen", "thirteen"]
    assert await loader.load(1) == 2
    assert fetches.batches == [[13, 1], [1]]


async def test_one_who_gives_up_leaves_the_others_waiting() -> None:
    fetches = Fetches()
    fetches.may_end.clear()
    loader = Loader(fetches)
    one, other = asyncio.create_task(loader.load(1)), asyncio.create_task(loader.load(1))
    await fetches.going_on.wait()
    one.cancel()
    with pytest.raises(asyncio.CancelledError):
        await one
    fetches.may_end.set()
    assert await other == 2


async def test_when_all_have_given_up_the_fetch_ends() -> None:
    ended = asyncio.Event()

    async def fetch(_keys: list[int]) -> dict[int, int]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return {}

    loader = Loader(fetch)
    waiting = asyncio.create_task(loader.load_many([1, 2]))
    await asyncio.wait([waiting], timeout=0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(5):
        await ended.wait()


async def test_who_gives_up_waits_for_the_fetch_to_end_and_leaves_a_batch_that_has_not_left() -> None:
    may_end, ended = asyncio.Event(), False

    async def fetch(keys: list[int]) -> dict[int, int]:
        nonlocal ended
        try:
            if 1 in keys:
                await asyncio.Event().wait()
        finally:
            if 1 in keys:
                await may_end.wait()
                ended = True
        return {key: 2 * key for key in keys}

    loader = Loader(fetch)
    waiting = asyncio.create_task(loader.load(1))
    for _ in range(5):
        await asyncio.sleep(0)
    waiting.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended
    early = asyncio.create_task(loader.load(2))
    await asyncio.sleep(0)
    early.cancel()
    await asyncio.sleep(0)
    assert await loader.load(3) == 6
