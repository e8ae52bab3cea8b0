"""Reading and making the rows that jobs work on. The effect of a sample job is a run whose `done` it counts up."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update

from jobs.work.task import Work
from models import Job, Run, WorkState
from models.database import Database


async def make_run(database: Database) -> int:
    """A run that asks for one report."""
    values = {
        "kind": "SCHOOL",
        "period": {},
        "subjects": [],
        "total": 1,
        "requested_at": datetime(2026, 3, 1, tzinfo=UTC),
        "period_as_of": datetime(2026, 3, 1, tzinfo=UTC),
    }
    async with database.write() as session:
        run_id: int | None = await session.scalar(insert(Run).values(values).returning(Run.id))
    assert run_id is not None
    return run_id


async def run_row(database: Database, run_id: int) -> tuple[int, str, str | None]:
    """(done, state, error) of a run."""
    async with database.read() as session:
        row = (await session.execute(select(Run.done, Run.state, Run.error).where(Run.id == run_id))).one()
    return row.done, row.state, row.error


async def count_up(work: Work, run_id: int) -> None:
    """One done more, if this worker still holds the job."""
    async with work.fenced() as session:
        await session.execute(update(Run).where(Run.id == run_id).values(done=Run.done + 1))


async def job_row(database: Database, job_id: int) -> Job:
    """The job as it is now."""
    async with database.read() as session:
        return (await session.scalars(select(Job).where(Job.id == job_id))).one()


async def job_state(database: Database, job_id: int) -> tuple[str, int, str | None]:
    """(state, attempts, error) of a job."""
    job = await job_row(database, job_id)
    return job.state, job.attempts, job.error


async def change_job(database: Database, job_id: int, **values: Any) -> None:
    """Changes a job behind the back of its worker."""
    async with database.write() as session:
        await session.execute(update(Job).where(Job.id == job_id).values(**values))


async def jobs_left(database: Database) -> int:
    """How many jobs have not succeeded."""
    async with database.read() as session:
        return len((await session.scalars(select(Job.id).where(Job.state != WorkState.SUCCEEDED))).all())
