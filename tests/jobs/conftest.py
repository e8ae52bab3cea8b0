from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.queue.adding import Queue
from jobs.work.registry import open_work
from jobs.work.task import Pace, Task, WorkContext, by_kind
from models.database import Database
from models.settings import load_settings
from tests.support.rows import count_up
from tests.support.school import Ids, school

QUICK = Pace(
    lease=timedelta(seconds=1),
    heartbeat=timedelta(seconds=0.05),
    sweep=timedelta(seconds=0.05),
    grace=timedelta(seconds=20),
)
Knowing = Callable[..., WorkContext]


@pytest.fixture
async def context(database: Database, tmp_path: Path) -> AsyncIterator[WorkContext]:
    """A process that knows the task `count`, without Redis, with jitter 0."""
    settings = load_settings({"ROLLCALL_DATA": str(tmp_path)})
    async with open_work(settings, database, None, by_kind(Task("count", count_up))) as opened:
        yield replace(opened, pace=QUICK, jitter=lambda: 0.0)


@pytest.fixture
async def ids(database: Database, tmp_path: Path) -> Ids:
    """The small school of tests/support/school.py, without reports: its subjects by kind and id."""
    async with database.write() as session:
        return await school(session, tmp_path / "school")


@pytest.fixture
def knowing(context: WorkContext) -> Knowing:
    """The same process, knowing these tasks instead."""
    return lambda *tasks: replace(context, tasks=by_kind(*tasks))


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    """A queue that sends hints."""
    opened = Queue(redis_url)
    yield opened
    await opened.close()
