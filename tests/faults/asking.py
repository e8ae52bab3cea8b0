"""Asking for work all the time, whatever the servers do: what was answered is accepted."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from exporters import all_formats
from jobs.exports.export import KIND as EXPORT_MAKE
from jobs.queue.adding import UNATTENDED, WAITED_FOR, Queue
from jobs.runs.generate import KIND as REPORTS_GENERATE
from models import SubjectKind
from models.database import Database
from resolvers.calendar.periods import PeriodRequest
from resolvers.exports.exports import request_export
from resolvers.reports.runs import RunRequest, request_run
from tests.faults.stage import Stage
from tests.faults.worker import LEDGER

ASK_AGAIN_SECONDS: Final = 0.2
KINDS: Final = (SubjectKind.CLASS_GROUP, SubjectKind.DEPARTMENT, SubjectKind.SCHOOL, SubjectKind.PROGRAMME)
FIRST_DAY: Final = date(2025, 9, 1)
FORMATS: Final = [name for name in all_formats() if name in ("CSV", "JSON")]


class Asker:
    """Somebody who asks; `accepted` are the ids of the jobs, `unanswered` the times the database did not answer."""

    def __init__(self, stage: Stage, chance: Random) -> None:
        self._stage = stage
        self._chance = chance
        self._numbers = count(1)
        self._database = Database(f"{stage.addresses.database_url}&application_name=asker")
        self._queue = Queue(stage.addresses.redis_url)
        self.accepted: list[int] = []
        self.unanswered = 0

    async def ask_all(self, jobs: int, seconds: float) -> None:
        """Asks for so many jobs, spread over the time."""
        started = asyncio.get_running_loop().time()
        kinds = (self._run, self._export, self._entry, self._export, self._entry)
        for number in range(jobs):
            await self._until_accepted(kinds[number % len(kinds)])
            ahead = started + (number + 1) * seconds / jobs - asyncio.get_running_loop().time()
            if ahead > 0:
                await asyncio.sleep(ahead)

    async def close(self) -> None:
        """Lets go of the servers."""
        await self._queue.close()
        await self._database.close()

    async def _until_accepted(self, ask: Callable[[AsyncSession, int], Awaitable[int]]) -> None:
        while True:
            try:
                # with a number of its own each time: the one before may have been accepted without an answer
                async with self._database.write() as session:
                    job_id = await ask(session, next(self._numbers))
            except (SQLAlchemyError, OSError):
                self.unanswered += 1
                await asyncio.sleep(ASK_AGAIN_SECONDS)
            else:
                self.accepted.append(job_id)
                return

    async def _run(self, session: AsyncSession, number: int) -> int:
        first = FIRST_DAY + timedelta(days=number % 40)  # days nobody else asks for
        asked = PeriodRequest(span=(first, first + timedelta(days=number // 40)))
        request = RunRequest(KINDS[number % len(KINDS)], asked)
        run = await request_run(session, self._stage.principal, request, now=datetime.now(UTC))
        return await self._queue.enqueue(session, REPORTS_GENERATE, {"run_id": run.id}, priority=UNATTENDED)

    async def _export(self, session: AsyncSession, number: int) -> int:
        report_id = self._chance.choice(self._stage.report_ids)
        asked = request_export(
            session,
            self._stage.principal,
            report_id,
            FORMATS[number % len(FORMATS)],
            now=datetime.now(UTC),
            days=7,
        )
        return await self._queue.enqueue(session, EXPORT_MAKE, {"export_id": (await asked).id}, priority=WAITED_FOR)

    async def _entry(self, session: AsyncSession, number: int) -> int:
        arguments = {"entry": number, "seconds": round(self._chance.uniform(0.1, 2.0), 2)}
        return await self._queue.enqueue(session, LEDGER, arguments, priority=self._chance.choice((0, 10)))
