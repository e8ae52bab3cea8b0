"""A worker in a process of its own, to be killed: python -m tests.support.worker_process DATABASE_URL REDIS_URL DATA.

Its task `hold` says "begun" on the first attempt and never ends; on later ones it counts the run up.
"""

import asyncio
import sys
from dataclasses import replace

import structlog

from jobs.work.registry import open_work
from jobs.work.task import Task, Work, by_kind
from jobs.worker import run_worker
from models.database import Database
from models.settings import load_settings
from tests.jobs.conftest import QUICK
from tests.support.rows import count_up


async def hold(work: Work, run_id: int) -> None:
    if work.claim.attempts == 1:
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    await count_up(work, run_id)


async def main(database_url: str, redis_url: str, data: str) -> None:
    database = Database(database_url)
    tasks = by_kind(Task("hold", hold), Task("count", count_up))
    async with open_work(load_settings({"ROLLCALL_DATA": data}), database, redis_url, tasks) as context:
        await run_worker(replace(context, pace=QUICK), redis_url)
    await database.close()


if __name__ == "__main__":
    # the standard output is for the test
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(*sys.argv[1:]))
