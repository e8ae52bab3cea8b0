"""A kind of job, and the work it is given: one attempt, and what every job of a process may use."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Concatenate, Final

from sqlalchemy.ext.asyncio import AsyncSession

from jobs.queue import claims
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from jobs.queue.cancel_signals import CancelSignals
from jobs.queue.claims import Claim
from jobs.queue.failures import LeaseLost
from jobs.rendering.parent import Renderer
from models.database import Database
from models.files import FileStore
from models.settings import Settings

DELAYS: Final = (5.0, 20.0, 80.0, 320.0)
"""Seconds before the second, third … try of a job whose task does not say otherwise."""


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of job. `run(work, **arguments)` does it and must be safe to run twice.

    `failed(work, session, reason, **arguments)` runs in the transaction in which the job ends FAILED, so that the row
    people look at (a run, an export) ends with the same reason. `seconds` is how long one attempt may take.

    `delays` are the seconds to wait before each further try, less up to a quarter so that jobs that failed together
    are spread out: a job is tried `len(delays) + 1` times, `()` is once. A worker that dies in the middle has not
    used up a try, but a job under which ten have died fails. `at_most` is how many slots of one worker may do this at
    the same time, so that it cannot keep others waiting; None: all of them.

    In a rolling deploy, a job of a kind, or with an argument, that a worker does not know waits for one that does. So
    give an argument that is added later a default: the jobs of before do not have it.
    """

    kind: str
    run: "Callable[Concatenate[Work, ...], Awaitable[None]]"
    failed: "Callable[Concatenate[Work, AsyncSession, str, ...], Awaitable[None]] | None" = None
    seconds: float = 3600.0
    delays: tuple[float, ...] = DELAYS
    at_most: int | None = None

    @property
    def tries(self) -> int:
        """How often a job is tried before it fails."""
        return len(self.delays) + 1


def by_kind(*tasks: Task) -> Mapping[str, Task]:
    """The tasks by their kind. ValueError: two of the same kind."""
    registry = {task.kind: task for task in tasks}
    if len(registry) != len(tasks):
        raise ValueError("two tasks are of the same kind")
    return MappingProxyType(registry)


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
    """What every job may use, put together once per process; `tasks` are the kinds of job this process knows."""

    database: Database
    queue: Queue
    bus: Bus
    files: FileStore
    renderer: Renderer
    settings: Settings
    tasks: Mapping[str, Task]
    pace: Pace = Pace()
    # 0–1, spreads the next tries of jobs that failed together
    jitter: Callable[[], float] = field(default=random.random)
    cancel_signals: CancelSignals = field(default_factory=CancelSignals)
    # what is done around each attempt by whoever keeps traces
    traced: Callable[[Claim], AbstractContextManager[None]] = field(default=lambda _claim: nullcontext())


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt at one job, handed to its task."""

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
