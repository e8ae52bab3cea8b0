"""One worker process: the product's own, with one task more whose effect is a line in a ledger."""

import asyncio
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.http.logging import configure_logging
from jobs.queue.failures import PermanentFailure, TemporaryFailure
from jobs.work.registry import open_work, tasks
from jobs.work.task import Pace, Task, Work, by_kind
from jobs.worker import run_worker
from models.database import Database
from models.settings import load_settings
from tests.support.rendering_here import RenderingHere

LEDGER: Final = "ledger.enter"
REFUSED: Final = "This entry cannot be made."
FAILS_FOR_GOOD: Final = 40
FAILS_AT_FIRST: Final = 25
EFFECT: Final = "insert into ledger_effect values (:entry, :attempts) on conflict do nothing"
FAILURE: Final = "insert into ledger_failure values (:entry, :reason)"


async def enter(work: Work, *, entry: int, seconds: float) -> None:
    """Takes its time, then makes the entry; some entries fail, for good or at first."""
    await asyncio.sleep(seconds)
    if entry % FAILS_FOR_GOOD == 0:
        raise PermanentFailure(REFUSED)
    if entry % FAILS_AT_FIRST == 0 and work.claim.attempts == 1:
        raise TemporaryFailure("This entry is made at the second try.")
    async with work.fenced() as session:
        await session.execute(text(EFFECT), {"entry": entry, "attempts": work.claim.attempts})


async def entry_failed(work: Work, session: AsyncSession, reason: str, *, entry: int, seconds: float) -> None:
    """Writes down that there will be no entry."""
    await session.execute(text(FAILURE), {"entry": entry, "reason": reason})


@dataclass(frozen=True, slots=True)
class Ground:
    """What a worker needs to know."""

    database_url: str
    redis_url: str
    data: Path
    pace: Pace


def work_on(ground: Ground, name: str) -> None:
    """Works until SIGTERM. `name` is its name in the journal; what it logs goes to a file."""
    log = os.open(ground.data / "workers.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    configure_logging("warning")
    asyncio.run(_work_on(ground, name))


async def _work_on(ground: Ground, name: str) -> None:
    database = Database(f"{ground.database_url}&application_name={name}", statement_seconds=0)
    known = by_kind(*tasks().values(), Task(LEDGER, enter, entry_failed))
    settings = load_settings({"ROLLCALL_DATA": str(ground.data)})
    async with open_work(settings, database, ground.redis_url, known) as context:
        await run_worker(replace(context, pace=ground.pace, renderer=RenderingHere()), ground.redis_url)
    await database.close()
