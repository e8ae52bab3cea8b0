"""A dataloader: keys that are asked for in the same moment are fetched together, and what is known comes at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from typing import Generic, TypeVar

from models.database import finished

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class NotLoaded(LookupError):  # noqa: N818 (it says what to do next, nothing is wrong)
    """The value has to be awaited."""


class _Batch(Generic[K]):
    """Keys that wait for one fetch, and how many wait for it."""

    def __init__(self) -> None:
        self.keys: dict[K, None] = {}
        self.waiting = 0
        self.task: asyncio.Task[None] | None = None


class Loader(Generic[K, V]):
    """`fetch` gets the keys of a batch and gives the value of each.

    After `await loader.load_many(keys)` for a whole list, `loader[key]` is there without a turn of the event loop.
    """

    def __init__(self, fetch: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._fetch = fetch
        self._known: dict[K, V] = {}
        self._open: _Batch[K] | None = None

    def __getitem__(self, key: K) -> V:
        """The value, if it has been loaded; raises NotLoaded."""
        try:
            return self._known[key]
        except KeyError:
            raise NotLoaded(key) from None

    async def load(self, key: K) -> V:
        """The value of one key."""
        await self.load_many((key,))
        return self._known[key]

    async def load_many(self, keys: Iterable[K]) -> list[V]:
        """The values of these keys, in order."""
        wanted = list(keys)
        missing = [key for key in wanted if key not in self._known]
        if missing:
            await self._loaded(missing)
        return [self._known[key] for key in wanted]

    async def _loaded(self, keys: list[K]) -> None:
        batch = self._open
        if batch is None:
            batch = self._open = _Batch()
            batch.task = asyncio.create_task(self._run(batch))
        batch.keys.update(dict.fromkeys(keys))
        batch.waiting += 1
        assert batch.task is not None
        try:
            await asyncio.shield(batch.task)
        except asyncio.CancelledError:
            batch.waiting -= 1
            if not batch.waiting:  # nobody is left to read it
                await self._given_up(batch, batch.task)
            raise

    async def _given_up(self, batch: _Batch[K], task: asyncio.Task[None]) -> None:
        """Ends a fetch and waits for its end: until then it holds a database connection."""
        if self._open is batch:
            self._open = None
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await finished(task)

    async def _run(self, batch: _Batch[K]) -> None:
        # Fields of one level start in one turn of the loop or the next: let them all come aboard.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self._open = None
        self._known.update(await self._fetch(list(batch.keys)))
