"""Generating every trainee's report of a month beside bare SQL that does the same, and beside the plain aggregate."""

import asyncio
from collections.abc import Sequence
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.comparing import Comparison, Contender, Sample
from benchmarks.peers.bare_reports import aggregate_marks, store_reports
from benchmarks.peers.same_reports import differing_reports, keep_reports
from benchmarks.stage import MONTH, NOW, Stage
from benchmarks.statements import statements_of_chunk
from graphql_api.cli.core.composition import Ground, opened
from jobs.runs.generate import CHUNK, KIND
from jobs.work.running import run_job
from models import Run, Subject, SubjectKind, WorkState
from models.database import Database
from models.embedded import Addresses
from resolvers.access.viewers import SYSTEM
from resolvers.calendar.periods import PeriodRequest
from resolvers.reports.generation import Generated, generate
from resolvers.reports.runs import RunRequest, request_run

AIM = 2.0


def comparisons(stage: Stage) -> Sequence[Comparison]:
    """The reports of all trainees over one month, first ones: nothing is stored before."""
    return (_reports(stage),)


def _reports(stage: Stage) -> Comparison:
    database = stage.whole
    trainees = stage.rows("trainees.csv")
    agreed: list[bool] = []

    async def in_chunks() -> Sample:
        _forget(stage, database)
        application, watch = stage.application(database), stage.stopwatch()
        try:
            with watch.running():
                stored = await _generate_all(application)
        finally:
            await application.close()
        assert stored == trainees
        if not agreed:
            with stage.connect(database) as connection:
                keep_reports(connection)
        return Sample(watch.seconds, watch.cpu, trainees)

    async def whole_run() -> Sample:
        _forget(stage, database)
        ground = Ground(stage.settings, Addresses(stage.url(database), stage.addresses.redis_url))
        async with opened(ground) as work:
            watch = stage.stopwatch()
            with watch.running():
                async with work.database.write() as session:
                    asked = RunRequest(SubjectKind.TRAINEE, PeriodRequest(month=MONTH.name))
                    run = await request_run(session, SYSTEM, asked, now=NOW)
                    # without a hint, and here and now, as `rollcall generate` does it
                    job_id = await work.queue.enqueue(session, KIND, {"run_id": run.id}, due_at=NOW)
                await run_job(work, job_id)
            async with work.database.read() as session:
                done = await session.scalar(select(Run).where(Run.id == run.id))
        assert done is not None
        assert (done.state, done.done, done.unchanged) == (WorkState.SUCCEEDED, trainees, 0)
        return Sample(watch.seconds, watch.cpu, trainees)

    async def stored() -> Sample:
        _forget(stage, database)
        with stage.connect(database) as connection:
            watch = stage.stopwatch()
            with watch.running():
                store_reports(connection)
            if not agreed:
                assert differing_reports(connection) == 0, "the bare statement stores other content"
                agreed.append(True)
        return Sample(watch.seconds, watch.cpu, trainees)

    async def aggregated() -> Sample:
        with stage.connect(database) as connection:
            watch = stage.stopwatch()
            with watch.running():
                aggregate_marks(connection)
        return Sample(watch.seconds, watch.cpu, trainees)

    return Comparison(
        title=f"Reports of {trainees:,} trainees over {MONTH.name}",
        things="reports",
        contenders=(
            Contender(
                "a run",
                f"request_run and its job: scope, {CHUNK} trainees at a time, each chunk a fenced snapshot transaction"
                " of its own, revisions compared, progress published. What `rollcall generate TRAINEE --all` does.",
                whole_run,
            ),
            Contender("generate()", "the same chunks through resolvers.reports.generation alone, one commit each.",
                      in_chunks),
            Contender(
                "one SQL statement",
                "written by hand for this one case (peers/trainee_reports.sql): works out and stores the same rows,"
                " figure for figure (checked), for all trainees at once; no scope, revisions, chunks, progress.",
                stored,
            ),
            Contender(
                "plain aggregate",
                "five counts of the recorded marks per trainee, fetched: no enrolments, sessions, results, days,"
                " streaks, breakdown or timeline, and nothing is stored. A floor, not the same work.",
                aggregated,
            ),
        ),
        aims={"one SQL statement": AIM},
        counts=asyncio.run(_counts(stage, database)),
    )  # fmt: skip


async def _generate_all(application: Database) -> int:
    ids, stored = await _trainees(application), 0
    for start in range(0, len(ids), CHUNK):
        work = partial(_generate_chunk, ids[start : start + CHUNK])
        stored += sum(not report.unchanged for report in await application.in_snapshot(work))
    return stored


async def _generate_chunk(subject_ids: list[int], session: AsyncSession) -> list[Generated]:
    return await generate(session, SYSTEM, subject_ids, MONTH, now=NOW)


async def _trainees(application: Database) -> list[int]:
    async with application.read() as session:
        chosen = select(Subject.id).where(Subject.kind == SubjectKind.TRAINEE)
        return list(await session.scalars(chosen.order_by(Subject.school_id, Subject.sort_key)))


async def _counts(stage: Stage, database: str) -> dict[str, int]:
    _forget(stage, database)
    application = stage.application(database)
    try:
        ids = await _trainees(application)
        return {
            f"SQL statements per chunk of {size} trainees": await statements_of_chunk(application, ids[:size])
            for size in (10, CHUNK)
        }
    finally:
        await application.close()


def _forget(stage: Stage, database: str) -> None:
    """Leaves the database as if no report had been made."""
    with stage.connect(database) as connection:
        connection.execute("truncate report, run, job cascade")
        connection.execute("checkpoint")
