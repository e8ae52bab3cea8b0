"""Schedules: how long it takes until 10,000 that are due in the same minute have their slots and their work."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import insert, select

from benchmarks.comparing import Comparison, Contender, Sample
from benchmarks.stage import Stage
from jobs.schedules.scheduler import claim_due
from jobs.work.registry import open_work
from jobs.work.task import WorkContext
from models import Frequency, Role, Schedule, School, SubjectKind, User
from models.database import Database
from resolvers.access.viewers import viewer_of
from resolvers.calendar.periods import PeriodName
from resolvers.calendar.recurrence import Recurrence
from resolvers.deliveries.recipients import Recipient, RecipientType
from resolvers.schedules.drafts import ScheduleDraft
from resolvers.schedules.schedules import create_schedule

SCHEDULES: Final = 10_000
MADE_AT: Final = datetime(2026, 3, 18, 12, tzinfo=UTC)
SCHEDULERS: Final = 4


@dataclass
class _Scene:
    """A database with the schedules; every measurement is of the next day."""

    stage: Stage
    template: str
    name: str | None = None
    days: int = 0

    async def measured(self, schedulers: int) -> Sample:
        """So many schedulers claim all that is due."""
        fill = self.name is None
        self.name = self.name or self.stage.fresh(self.template)
        self.days += 1
        database = self.stage.application(self.name)
        try:
            if fill:
                await _fill(database)
            async with open_work(self.stage.settings, database, self.stage.addresses.redis_url) as context:
                watch = self.stage.stopwatch()
                with watch.running():
                    found = await asyncio.gather(*(_claim(context, self.days) for _ in range(schedulers)))
        finally:
            await database.close()
        assert sum(found) == SCHEDULES
        return Sample(watch.seconds, watch.cpu, SCHEDULES)


def comparisons(stage: Stage) -> Sequence[Comparison]:
    """One scheduler, and several at once that share the work; the aim is 30 s for all."""
    scene = _Scene(stage, stage.unmarked)
    one = Contender("one scheduler", "slots, jobs and hints, in batches of 500", lambda: scene.measured(1))
    more = Contender(f"{SCHEDULERS} schedulers", "the same, shared among them", lambda: scene.measured(SCHEDULERS))
    return [Comparison(f"{SCHEDULES:,} schedules due in the same minute", "schedules", (one, more))]


async def _claim(context: WorkContext, day: int) -> int:
    """Claims until nothing is due at 07:30 of that day; how many slots."""
    now, slots = MADE_AT + timedelta(days=day), 0
    while (claimed := await claim_due(context, now=now)).schedules:
        slots += claimed.slots
    return slots


async def _fill(database: Database) -> None:
    async with database.write() as session:
        owner = User(source_id="bench", email=None, name="Bench", role=Role.ADMIN)
        session.add(owner)
        await session.flush()
        school_id = (await session.scalars(select(School.id).order_by(School.id))).first()
        draft = ScheduleDraft(
            name="Courses",
            kind=SubjectKind.COURSE,
            period=PeriodName.LAST_WEEK,
            recurrence=Recurrence(Frequency.DAILY, "07:30"),
            recipients=(Recipient(RecipientType.USER, account=owner.id),),
            school_id=school_id,
        )
        first = await create_schedule(session, viewer_of(owner), draft, domains=(), now=MADE_AT)
        columns = [column.name for column in Schedule.__table__.columns if column.name != "id"]
        values = {name: getattr(first, name) for name in columns}
        await session.execute(insert(Schedule), [values] * (SCHEDULES - 1))
