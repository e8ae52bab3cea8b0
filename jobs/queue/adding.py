"""The way into the queue: a row in the caller's transaction, and a hint through Redis once it has committed."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
import structlog
from arq import ArqRedis
from redis.exceptions import RedisError
from sqlalchemy import func, insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import Job
from models.database import after_commit

# Lower goes first: a person is waiting for the one, nobody for the other.
# before both what had been begun by a worker that died: it has waited already
RESUMED: Final = -1
WAITED_FOR: Final = 0
UNATTENDED: Final = 10

HINTS: Final = "rollcall:hints"
HINT_SECONDS: Final = 1.0
HINTS_OF_MANY: Final = 8

log = structlog.stdlib.get_logger(__name__)


def hint_redis(redis_url: str) -> ArqRedis:
    """A client for hints, not yet connected. JSON instead of pickle: a hint must not be able to run code."""
    # arq's own RedisSettings forgets the TLS options and the password of a unix:// address; redis-py reads them all.
    client = ArqRedis.from_url(redis_url, socket_timeout=5, socket_connect_timeout=2)
    assert isinstance(client, ArqRedis)
    client.job_serializer = orjson.dumps
    client.job_deserializer = orjson.loads
    client.default_queue_name = HINTS
    return client


class Queue:
    """Where work is asked for. `redis_url` None: no hints, the sweeper of a worker or `run_due` finds the rows.

    `trace_of` says what the work is asked for by, where traces are kept.
    """

    def __init__(self, redis_url: str | None) -> None:
        self.trace_of: Callable[[], str | None] = lambda: None
        self._redis = hint_redis(redis_url) if redis_url else None

    async def enqueue(
        self,
        session: AsyncSession,
        kind: str,
        arguments: dict[str, Any],
        *,
        priority: int = WAITED_FOR,
        due_at: datetime | None = None,
    ) -> int:
        """Writes the job in the caller's transaction and returns its id; workers are woken after the commit.

        `arguments` are JSON: ids, not rows. `due_at` None means now; later ones get no hint, sweepers watch the time.
        """
        job_id: int | None = await session.scalar(
            insert(Job)
            .values(
                kind=kind,
                arguments=arguments,
                priority=priority,
                due_at=func.now() if due_at is None else due_at,
                created_at=func.now(),
                trace=self.trace_of(),
            )
            .returning(Job.id)
        )
        assert job_id is not None
        if due_at is None:
            after_commit(session, lambda: self.hint(job_id))
        return job_id

    async def enqueue_many(
        self,
        session: AsyncSession,
        kind: str,
        arguments: Sequence[dict[str, Any]],
        *,
        priority: int = UNATTENDED,
        due_at: datetime | None = None,
    ) -> list[int]:
        """As `enqueue`, for many jobs of one kind in few statements; returns their ids. A few hints wake workers."""
        if not arguments:
            return []
        moment = {"due_at": func.now() if due_at is None else due_at, "created_at": func.now()}
        made = insert(Job).values(kind=kind, priority=priority, trace=self.trace_of(), **moment).returning(Job.id)
        job_ids = list(await session.scalars(made, [{"arguments": one} for one in arguments]))
        # whoever finds work wakes the next: a hint for each job would say no more
        if due_at is None:
            after_commit(session, lambda: asyncio.gather(*(self.hint(id_) for id_ in job_ids[:HINTS_OF_MANY])))
        return job_ids

    async def hint(self, job_id: int) -> None:
        """Wakes a worker. Never raises: a lost hint costs seconds, until a sweeper looks."""
        if self._redis is None:
            return
        try:
            async with asyncio.timeout(HINT_SECONDS):
                await self._redis.enqueue_job("run", job_id, _job_id=f"job:{job_id}")
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("hint_lost", job_id=job_id, error=repr(error))

    async def close(self) -> None:
        """Closes the connections to Redis."""
        if self._redis is not None:
            await self._redis.aclose()
