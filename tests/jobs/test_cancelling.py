"""Cancelling: the row and the job end together, the worker stops at once, and nothing is written afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from jobs.cancelling import cancel_export, cancel_run
from jobs.exports.export import KIND as EXPORT_MAKE
from jobs.exports.export import TASK as EXPORT
from jobs.queue.topics import export_topic, run_topic
from jobs.rendering.parent import Rendering
from jobs.runs.generate import KIND as REPORTS_GENERATE
from jobs.runs.generate import TASK as GENERATE
from jobs.work.running import run_due
from jobs.work.task import Pace, Task, Work, WorkContext, by_kind
from jobs.worker import run_worker
from models import Export, Run, SubjectKind, WorkState
from models.database import Database
from resolvers.access.viewers import SYSTEM, Viewer, viewer_by_email
from resolvers.calendar.periods import PeriodRequest
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.exports.exports import request_export
from resolvers.reports.generation import generate
from resolvers.reports.runs import RunRequest, request_run
from tests.support.polling import until
from tests.support.rendering_here import RenderingHere
from tests.support.rows import job_state
from tests.support.school import MARCH, NOW, school

PRINCIPAL, BUILDING = "principal@school.example", "building@school.example"
ONLY_NUDGED = Pace(heartbeat=timedelta(hours=1), sweep=timedelta(seconds=0.05))
WAITING = """select count(*) from pg_locks
    where not granted and pid in (select pid from pg_stat_activity where datname = current_database())"""
ALL_COURSES = RunRequest(SubjectKind.COURSE, PeriodRequest(month="2026-03"))


@pytest.fixture
async def work(context: WorkContext, database: Database, tmp_path: Path) -> WorkContext:
    """A worker that knows the two tasks, on the school."""
    async with database.write() as session:
        await school(session, tmp_path / "school")
    return replace(context, tasks=by_kind(GENERATE, EXPORT), renderer=RenderingHere())


async def viewer(work: WorkContext, email: str) -> Viewer:
    async with work.database.read() as session:
        found = await viewer_by_email(session, email)
    assert found is not None
    return found


async def a_run(work: WorkContext) -> tuple[int, int]:
    """The ids of a run of the principal and of its job."""
    asker = await viewer(work, PRINCIPAL)
    async with work.database.write() as session:
        run = await request_run(session, asker, ALL_COURSES, now=NOW)
        return run.id, await work.queue.enqueue(session, REPORTS_GENERATE, {"run_id": run.id})


async def an_export(work: WorkContext) -> tuple[int, int]:
    """The ids of an export of the principal and of its job."""
    asker = await viewer(work, PRINCIPAL)
    async with work.database.write() as session:
        subject_id = await session.scalar(text("select id from subject where kind = 'COURSE' order by id limit 1"))
    (made,) = await work.database.in_snapshot(lambda session: generate(session, SYSTEM, [subject_id], MARCH, now=NOW))
    async with work.database.write() as session:
        export = await request_export(session, asker, made.report_id, "CSV", now=NOW, days=7)
        return export.id, await work.queue.enqueue(session, EXPORT_MAKE, {"export_id": export.id})


async def stop_run(work: WorkContext, run_id: int, email: str = PRINCIPAL) -> Run:
    asker = await viewer(work, email)
    async with work.database.write() as session:
        return await cancel_run(work, session, asker, run_id)


async def stop_export(work: WorkContext, export_id: int, email: str = PRINCIPAL) -> Export:
    asker = await viewer(work, email)
    async with work.database.write() as session:
        return await cancel_export(work, session, asker, export_id)


async def state_of(work: WorkContext, table: type[Run] | type[Export], id_: int) -> tuple[str, bool]:
    """Its state, and whether it has an end."""
    async with work.database.read() as session:
        row = (await session.execute(select(table.state, table.finished_at).where(table.id == id_))).one()
    return row.state, row.finished_at is not None


CANCELLED = (WorkState.CANCELLED, True)
QUEUED = (WorkState.QUEUED, False)


async def test_a_run_that_waits_ends_with_its_job(work: WorkContext) -> None:
    run_id, job_id = await a_run(work)
    async with work.bus.subscribe(run_topic(run_id)) as listener:
        row = await stop_run(work, run_id)
        assert await asyncio.wait_for(anext(listener), 20) == {"id": run_id}
    assert (row.state, row.finished_at is not None) == CANCELLED
    assert await state_of(work, Run, run_id) == CANCELLED
    assert await job_state(work.database, job_id) == (WorkState.CANCELLED, 0, None)
    assert await run_due(work) == 0


async def test_an_export_that_waits_ends_with_its_job(work: WorkContext) -> None:
    export_id, job_id = await an_export(work)
    async with work.bus.subscribe(export_topic(export_id)) as listener:
        row = await stop_export(work, export_id)
        assert await asyncio.wait_for(anext(listener), 20) == {"id": export_id}
    assert (row.state, row.finished_at is not None) == CANCELLED
    assert await state_of(work, Export, export_id) == CANCELLED
    assert await job_state(work.database, job_id) == (WorkState.CANCELLED, 0, None)
    assert await run_due(work) == 0


async def test_what_has_ended_cannot_be_cancelled(work: WorkContext) -> None:
    run_id, _ = await a_run(work)
    export_id, _ = await an_export(work)
    assert await run_due(work) == 2
    with pytest.raises(Refusal, match="it is done already") as refused:
        await stop_run(work, run_id)
    assert (refused.value.field, refused.value.code) == (("id",), ProblemCode.CONFLICT)
    with pytest.raises(Refusal, match="it is done already"):
        await stop_export(work, export_id)
    assert await state_of(work, Run, run_id) == (WorkState.SUCCEEDED, True)
    assert await state_of(work, Export, export_id) == (WorkState.SUCCEEDED, True)


async def test_a_second_time_is_refused(work: WorkContext) -> None:
    run_id, _ = await a_run(work)
    await stop_run(work, run_id)
    with pytest.raises(Refusal, match="it was cancelled already"):
        await stop_run(work, run_id)


async def test_for_others_it_does_not_exist(work: WorkContext) -> None:
    run_id, run_job = await a_run(work)
    export_id, export_job = await an_export(work)
    with pytest.raises(Refusal, match="there is no such run") as refused:
        await stop_run(work, run_id, BUILDING)
    assert (refused.value.field, refused.value.code) == (("id",), ProblemCode.NOT_FOUND)
    with pytest.raises(Refusal, match="there is no such export"):
        await stop_export(work, export_id, BUILDING)
    assert await state_of(work, Run, run_id) == QUEUED
    assert await state_of(work, Export, export_id) == QUEUED
    for job_id in (run_job, export_job):
        assert await job_state(work.database, job_id) == (WorkState.QUEUED, 0, None)


@asynccontextmanager
async def working(work: WorkContext, nowhere: str) -> AsyncIterator[None]:
    """A worker whose heartbeat is too slow to matter."""
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(replace(work, pace=ONLY_NUDGED), nowhere, stop=stop))
    try:
        yield
    finally:
        stop.set()
        await worker


class Gate:
    """What a task does in its middle: it says that it is there, and waits."""

    def __init__(self) -> None:
        self.reached, self.open, self.stopped = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def pass_through(self) -> None:
        self.reached.set()
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.stopped.set()
            raise


async def test_a_run_at_work_stops_at_once(work: WorkContext, tmp_path: Path) -> None:
    gate = Gate()

    async def in_the_middle(working: Work, *, run_id: int) -> None:
        await gate.pass_through()
        await GENERATE.run(working, run_id=run_id)

    run_id, job_id = await a_run(work)
    process = replace(work, tasks=by_kind(Task(REPORTS_GENERATE, in_the_middle, GENERATE.failed)))
    async with working(process, f"unix://{tmp_path}/no-redis-here.sock"):
        await asyncio.wait_for(gate.reached.wait(), 20)
        await stop_run(work, run_id)
        await asyncio.wait_for(gate.stopped.wait(), 20)
    assert await state_of(work, Run, run_id) == CANCELLED
    assert await job_state(work.database, job_id) == (WorkState.CANCELLED, 1, None)
    async with work.database.read() as session:
        assert await session.scalar(text("select count(*) from report")) == 0


async def test_an_export_at_work_stops_and_leaves_no_file(work: WorkContext, tmp_path: Path) -> None:
    gate = Gate()

    class Slow(RenderingHere):
        @asynccontextmanager
        async def open(
            self, name: str, cover: object, path: Path, *, gives_way: bool = False
        ) -> AsyncIterator[Rendering]:
            async with super().open(name, cover, path) as rendering:
                await gate.pass_through()
                yield rendering

    export_id, job_id = await an_export(work)
    async with working(replace(work, renderer=Slow()), f"unix://{tmp_path}/no-redis-here.sock"):
        await asyncio.wait_for(gate.reached.wait(), 20)
        await stop_export(work, export_id)
        await asyncio.wait_for(gate.stopped.wait(), 20)
    assert await state_of(work, Export, export_id) == CANCELLED
    assert await job_state(work.database, job_id) == (WorkState.CANCELLED, 1, None)
    assert [path for path in (work.settings.data / "files").rglob("*") if path.is_file()] == []


async def waits_for_a_lock(database: Database) -> bool:
    async with database.read() as session:
        waiting: int | None = await session.scalar(text(WAITING))
    return waiting == 1


@pytest.mark.parametrize("ends_in_time", [True, False])
async def test_what_is_being_written_is_waited_for(work: WorkContext, ends_in_time: bool) -> None:
    """Both lock the job first, so neither can wait for the other for ever."""
    gate = Gate()

    async def writing(working: Work, *, run_id: int) -> None:
        async with working.fenced() as session:
            await gate.pass_through()
            run = (await session.scalars(select(Run).where(Run.id == run_id))).one()
            run.done = 1
            run.state = WorkState.SUCCEEDED if ends_in_time else WorkState.RUNNING
        if not ends_in_time:
            async with working.fenced() as session:
                raise AssertionError("the job is still held")

    run_id, job_id = await a_run(work)
    running = asyncio.create_task(run_due(replace(work, tasks=by_kind(Task(REPORTS_GENERATE, writing)))))
    await asyncio.wait_for(gate.reached.wait(), 20)
    cancelling = asyncio.create_task(stop_run(work, run_id))
    await until(lambda: waits_for_a_lock(work.database))
    gate.open.set()
    if ends_in_time:
        with pytest.raises(Refusal, match="it is done already"):
            await cancelling
    else:
        assert (await cancelling).done == 1
    assert await running == 1
    expected = WorkState.SUCCEEDED if ends_in_time else WorkState.CANCELLED
    assert (await job_state(work.database, job_id))[0] == expected
    async with work.database.read() as session:
        run = (await session.scalars(select(Run).where(Run.id == run_id))).one()
    assert (run.state, run.done) == (expected, 1)
