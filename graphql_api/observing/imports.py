"""How the last imports ended: a word left in Redis, since an import that was refused leaves no row behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from time import perf_counter, time
from typing import Final

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from resolvers.bundle import BundleError, Imported

KEY: Final = "rollcall:last-imports"
SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class LastImport:
    """The last import with that outcome: `succeeded`, `refused` for its problems, or `failed`. `ended` is Unix time."""

    outcome: str
    ended: float
    seconds: float
    rows: int
    changed: int


class Noting:
    """What an import brought, once it has; set inside `noted`."""

    imported: Imported | None = None


@asynccontextmanager
async def noted(redis: Redis | None) -> AsyncIterator[Noting]:
    """Leaves word of the import that is made in the block, however it ends."""
    noting, begun, outcome = Noting(), perf_counter(), "failed"
    try:
        yield noting
        outcome = "succeeded"
    except BundleError:
        outcome = "refused"
        raise
    finally:
        rows, changed = (
            (sum(noting.imported.rows.values()), sum(noting.imported.changed.values())) if noting.imported else (0, 0)
        )
        await _leave(redis, LastImport(outcome, time(), perf_counter() - begun, rows, changed))


async def last_imports(redis: Redis | None) -> list[LastImport]:
    """The last of each outcome; none where Redis is away or was emptied."""
    if redis is None:
        return []
    found: dict[bytes, bytes] = {}
    with suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(SECONDS):
            found = await redis.hgetall(KEY)  # type: ignore[misc]  # typed for both sorts of client
    return [LastImport(**orjson.loads(found[outcome])) for outcome in sorted(found)]


async def _leave(redis: Redis | None, last: LastImport) -> None:
    if redis is not None:
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(SECONDS):
                await redis.hset(KEY, last.outcome, orjson.dumps(asdict(last)).decode())  # type: ignore[misc]
