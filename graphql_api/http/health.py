"""Is the process alive, and can it do its work?"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from redis.asyncio import Redis
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from graphql_api.core.context import Services
from jobs.queue.presence import workers_present

log = structlog.get_logger("rollcall.health")

CHECK_SECONDS: Final = 2
UNKNOWN: Final = "unknown"


async def healthz(_request: Request) -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


def readyz(services: Services) -> Callable[[Request], Awaitable[JSONResponse]]:
    """503 without the database. Without Redis work is only slower to start, and without a worker questions are answered
    all the same: to take the server out of service would make it worse, so that is said, not refused.
    """

    async def answer(_request: Request) -> JSONResponse:
        database = await _passes("database", lambda: _ask(services))
        state = {"database": "ok" if database else "away"}
        state["redis"] = "ok" if await _passes("redis", services.bus.ping) else "away"
        state["worker"] = await _worker(services.bus.redis) if state["redis"] == "ok" else UNKNOWN
        return JSONResponse(state, 200 if database else 503, None if database else {"Retry-After": "5"})

    return answer


async def _worker(redis: Redis | None) -> str:
    """Whether one has looked for work in the last seconds; nobody knows without Redis, where they leave word."""
    present = await workers_present(redis)
    if present == 0:
        log.warning("no worker")
    return UNKNOWN if present is None else "ok" if present else "away"


async def _ask(services: Services) -> None:
    async with services.database.read() as session:
        await session.execute(text("select 1"))


async def _passes(name: str, check: Callable[[], Awaitable[object]]) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:
        log.warning("not ready", what=name, reason=repr(error))
        return False
    return True
