"""Waiting for something another task or process does, without a guess at how long it takes."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 120.0


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Returns as soon as the condition holds; TimeoutError if it never does."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110  the other side is a database or a process
            await asyncio.sleep(0.01)
