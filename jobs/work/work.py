"""What a verb works with."""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from jobs.queue import claims
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from jobs.queue.claims import Claim
from jobs.queue.failures import LeaseLost
from jobs.queue.nudges import Nudges
from jobs.rendering.parent import Renderer
from jobs.verbs import Verb, verbs
from models.database import Database
from models.files import FileStore, file_store
from models.settings import Settings


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are looked at. A dead worker's job is taken up after at most `lease` + `sweep`.

    A worker whose machine is gone in the middle of writing holds its job for `silence` at most.
    """

    lease: timedelta = timedelta(seconds=20)
    heartbeat: timedelta = timedelta(seconds=5)
    sweep: timedelta = timedelta(seconds=2)
    # a holder that says nothing for so long in the middle of writing is taken for dead
    silence: timedelta = timedelta(seconds=20)
    # how long jobs may go on after a worker was asked to stop
    grace: timedelta = timedelta(seconds=25)


@dataclass(frozen=True, slots=True)
class WorkContext:
    """What every job may use, put together once per process; `verbs` are the kinds of job this process knows."""

    database: Database
    queue: Queue
    bus: Bus
    files: FileStore
    renderer: Renderer
    settings: Settings
    verbs: Mapping[str, Verb]
    pace: Pace = Pace()
    # 0–1, spreads the next tries of jobs that failed together
    jitter: Callable[[], float] = field(default=random.random)
    nudges: Nudges = field(default_factory=Nudges)


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt at one job, handed to its verb."""

    context: WorkContext
    claim: Claim

    @property
    def database(self) -> Database:
        return self.context.database

    @property
    def queue(self) -> Queue:
        return self.context.queue

    @property
    def bus(self) -> Bus:
        return self.context.bus

    @property
    def files(self) -> FileStore:
        return self.context.files

    @property
    def renderer(self) -> Renderer:
        return self.context.renderer

    @property
    def settings(self) -> Settings:
        return self.context.settings

    @asynccontextmanager
    async def fenced(self, *, snapshot: bool = False) -> AsyncIterator[AsyncSession]:
        """A write transaction of the holder of this job; nobody can take the job before it ends.

        LeaseLost: another worker has the job by now, and nothing was written.
        """
        async with self.database.write(snapshot=snapshot) as session:
            if not await claims.lock(session, self.claim, self.context.pace.silence):
                raise LeaseLost(f"job {self.claim.id}")
            yield session
            # A long transaction kept the heartbeat out: without this the job could be swept up right after the commit.
            await claims.extend(session, self.claim, self.context.pace.lease)


@asynccontextmanager
async def open_work(
    settings: Settings, database: Database, redis_url: str | None, known: Mapping[str, Verb] | None = None
) -> AsyncIterator[WorkContext]:
    """The context of this process, closed at the end; the database stays the caller's. `redis_url` None: no Redis."""
    queue, bus, renderer = Queue(redis_url), Bus(redis_url), Renderer()
    try:
        yield WorkContext(
            database=database,
            queue=queue,
            bus=bus,
            files=file_store(settings),
            renderer=renderer,
            settings=settings,
            verbs=verbs() if known is None else known,
        )
    finally:
        await renderer.close()
        await bus.close()
        await queue.close()
