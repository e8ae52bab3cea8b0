"""The registry of tasks: what kinds of job there are, found by walking jobs/; and the process that knows them."""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache

from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from jobs.rendering.parent import Renderer
from jobs.work.task import Task, WorkContext, by_kind
from models.database import Database
from models.files import file_store
from models.settings import Settings


@cache
def tasks() -> Mapping[str, Task]:
    """Every task of this folder by its kind: each module that defines `TASK`."""
    folder = importlib.import_module("jobs")
    names = [found.name for found in pkgutil.walk_packages(folder.__path__, "jobs.")]
    modules = [importlib.import_module(name) for name in names]
    return by_kind(*(module.TASK for module in modules if hasattr(module, "TASK")))


@asynccontextmanager
async def open_work(
    settings: Settings, database: Database, redis_url: str | None, known: Mapping[str, Task] | None = None
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
            tasks=tasks() if known is None else known,
        )
    finally:
        await renderer.close()
        await bus.close()
        await queue.close()
