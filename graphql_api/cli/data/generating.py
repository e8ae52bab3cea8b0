"""`rollcall generate`: reports made here and now, by the code of the mutation and of the worker."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.cli.core.arguments import kind_argument, period_argument, report_id
from graphql_api.cli.core.composition import run
from graphql_api.cli.core.console import Steps, result, say, steps, waiting
from graphql_api.cli.core.failing import CommandFailed
from graphql_api.core.context import utc_now
from jobs.cancelling import cancel_run
from jobs.queue.topics import run_topic
from jobs.runs.generate import KIND
from jobs.work.running import run_job
from jobs.work.task import WorkContext
from models import Run, SubjectKind, Term, WorkState
from resolvers.access.viewers import SYSTEM
from resolvers.calendar.periods import PeriodRequest
from resolvers.core.problems import Refusal
from resolvers.core.wording import counted
from resolvers.reports.generation import Generated, generate
from resolvers.reports.run_reports import reports_of_run
from resolvers.reports.runs import RunRequest, periods_of_schools, request_run, run_by_id
from resolvers.subjects.look_ups import subject_by_source_id

# Not due for the workers, who would take it from us; if this process is killed, one of them takes it up then.
OURS_FOR: Final = timedelta(hours=1)


def run_generation(kind_name: str, source_id: str | None, period: str, *, everything: bool) -> None:
    """Prints the ids of the reports, one a line."""
    kind, asked = kind_argument(kind_name), period_argument(period)
    if (source_id is None) is not everything:
        raise typer.BadParameter("give either --subject ID or --all", param_hint="--subject / --all")
    if source_id is None:
        report_ids = run(lambda work: _generate_all(work, kind, asked), works=True)
    else:
        report_ids = [run(lambda work: _generate_one(work, kind, source_id, asked))]
    for number in report_ids:
        result(report_id(kind, number))


async def _generate_one(work: WorkContext, kind: SubjectKind, source_id: str, asked: PeriodRequest) -> int:
    now = utc_now()

    async def generated(session: AsyncSession) -> list[Generated]:
        subject = await subject_by_source_id(session, SYSTEM, kind, source_id)
        if subject is None:
            raise CommandFailed(f"There is no {kind} with the id {source_id!r}.")
        periods = await periods_of_schools(session, [subject.school_id], asked, now)
        return await generate(session, SYSTEM, [subject.id], periods[subject.school_id], now=now)

    with waiting("Counting"):
        [report] = await work.database.in_snapshot(generated)
    if report.unchanged:
        say("Nothing has changed since this report was generated.")
    return report.report_id


async def _generate_all(work: WorkContext, kind: SubjectKind, asked: PeriodRequest) -> list[int]:
    async with work.database.write() as session:
        within = await _school_of_term(session, asked)
        row = await request_run(session, SYSTEM, RunRequest(kind, asked, within=within), now=utc_now())
        job_id = await work.queue.enqueue(session, KIND, {"run_id": row.id}, due_at=utc_now() + OURS_FOR)
    with steps() as progress:
        watching = asyncio.create_task(_watch(work, row.id, progress))
        try:
            await run_job(work, job_id)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await _end(work, row.id)
    async with work.database.read() as session:
        done = await _run_row(session, row.id)
        if done.state != WorkState.SUCCEEDED:
            raise CommandFailed(done.error or "The reports could not be generated; the lines above say why.")
        if done.error:
            say(done.error)
        reports = counted(done.done, "report", "reports")
        say(f"{reports}: {done.done - done.unchanged:,} new, {done.unchanged:,} unchanged.")
        return await reports_of_run(session, SYSTEM, done)


async def _school_of_term(session: AsyncSession, asked: PeriodRequest) -> int | None:
    """All subjects, over a term, are those of the school that has it."""
    if asked.term_source is None:
        return None
    school_id = await session.scalar(select(Term.school_id).where(Term.source_id == asked.term_source))
    if school_id is None:
        raise CommandFailed(f"There is no term with the id {asked.term_source!r}.")
    return school_id


async def _watch(work: WorkContext, run_id: int, progress: Steps) -> None:
    async with work.bus.subscribe(run_topic(run_id)) as listener:
        async for _ in listener:
            async with work.database.read() as session:
                row = await _run_row(session, run_id)
            progress.show("Generating", row.kind, row.done + row.failed, row.total)


async def _run_row(session: AsyncSession, run_id: int) -> Run:
    row = await run_by_id(session, SYSTEM, run_id)
    assert row is not None
    return row


async def _end(work: WorkContext, run_id: int) -> None:
    """Broken off, or failed for now: nobody is to go on with it later. Reports already stored stay."""
    with suppress(Refusal):  # it has ended
        async with work.database.write() as session:
            await cancel_run(work, session, SYSTEM, run_id)
