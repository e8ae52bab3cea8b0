"""The task behind an export: what it writes down, whose rights it has, and that no half-made file is left."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select, update

import jobs.exports.export
from jobs.exports.export import KIND
from jobs.queue.topics import ALERTS, export_topic
from jobs.tidying import tidy
from jobs.work.registry import tasks
from jobs.work.running import run_due, run_job
from jobs.work.task import WorkContext
from models import Export, Job, Role, User, WorkState
from models.database import Database
from models.files import LocalFileStore
from resolvers.access.viewers import SYSTEM
from resolvers.reports.generation import generate
from tests.support import exporting
from tests.support.exporting import everything_in, read_zip, reported_school, row
from tests.support.factories import subject_ids
from tests.support.rendering_here import FileHere, RenderingHere
from tests.support.rows import job_state
from tests.support.school import MARCH, NOW, Ids, K

BUILDING = "building@school.example"
REASON = "The report is gone or no longer yours to read."


@pytest.fixture
async def work(context: WorkContext, database: Database, tmp_path: Path) -> WorkContext:
    """A worker that knows every task, on the school with its reports for March."""
    await reported_school(database, tmp_path / "school")
    return replace(context, tasks=tasks(), renderer=RenderingHere())


async def report_of(work: WorkContext, kind: str, source_id: str) -> tuple[int, Ids]:
    """The id of the report of a subject, and those of all subjects."""
    async with work.database.read() as session:
        ids = await subject_ids(session)
    (made,) = await work.database.in_snapshot(
        lambda session: generate(session, SYSTEM, [ids[kind, source_id]], MARCH, now=NOW)
    )
    return made.report_id, ids


async def asked(work: WorkContext, report_id: int) -> tuple[int, int]:
    """Asks for an export: its id and the job's."""
    export = await exporting.asked(work, BUILDING, report_id, "CSV")
    async with work.database.read() as session:
        job_id = await session.scalar(select(func.max(Job.id)))
    assert job_id is not None
    return export.id, job_id


async def test_a_file_is_made_under_the_rights_of_its_asker(work: WorkContext) -> None:
    report_id, ids = await report_of(work, K.COURSE, "C")
    export_id, _ = await asked(work, report_id)
    before = await row(work, export_id)
    assert (before.state, before.file_key, before.names, before.expires_at) == (
        WorkState.QUEUED,
        None,
        [],
        NOW + timedelta(days=7),
    )
    assert await run_due(work) == 1
    export = await row(work, export_id)
    (file,) = everything_in(work)
    content = file.read_bytes()
    assert (export.state, export.error, export.file_name) == (
        WorkState.SUCCEEDED,
        None,
        "course-Colour-2026-03.zip",
    )
    assert (export.byte_size, export.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert export.file_key == file.name
    # the course, the group that is theirs, and the two trainers they may know of
    known = [ids[key] for key in ((K.COURSE, "C"), (K.CLASS_GROUP, "H"), (K.TRAINER, "t"), (K.TRAINER, "u"))]
    assert export.names == sorted(known)
    tables = read_zip(content)
    assert [line["classGroup"] for line in tables["breakdown"]] == ["Bricklayers", "Other"]
    assert tables["bands"] == []
    assert [line["note"] for line in tables["notes"]] == [
        "1 row of the breakdown is outside your access and is summed up as “Other”.",
        "Results that belong to no class group are in “Other”.",
        "2 trainees below a line are outside your access and are not listed.",
        "Of sessions outside your access, only the day and time are told, and what was recorded.",
    ]
    figures = {line["key"]: line["value"] for line in tables["figures"]}
    assert (figures["expected"], figures["traineeCount"], figures["chronicAbsenceRate"]) == ("7", "3", "0.5")


async def test_who_asked_is_told_of_every_step(work: WorkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, _ = await asked(work, report_id)
    told = []
    monkeypatch.setattr(
        "jobs.exports.export.PROGRESS_SECONDS", float("inf")
    )  # how far it is depends on how quick it is

    async def publish(topic: str, _payload: dict[str, Any]) -> None:
        told.append((topic, (await row(work, export_id)).state))

    monkeypatch.setattr(work.bus, "publish", publish)
    await run_due(work)
    assert told == [
        (export_topic(export_id), WorkState.RUNNING),
        (ALERTS, WorkState.SUCCEEDED),
        (export_topic(export_id), WorkState.SUCCEEDED),
    ]


async def refused(work: WorkContext, export_id: int, job_id: int) -> None:
    await run_due(work)
    export = await row(work, export_id)
    assert (export.state, export.error, export.file_key, export.names) == (WorkState.FAILED, REASON, None, [])
    assert export.finished_at is not None
    assert await job_state(work.database, job_id) == (WorkState.FAILED, 1, REASON)
    assert everything_in(work) == []


async def test_rights_that_were_withdrawn_meanwhile_count(work: WorkContext) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, job_id = await asked(work, report_id)
    async with work.database.write() as session:
        await session.execute(update(User).where(User.email == BUILDING).values(role=Role.SERVICE))
    await refused(work, export_id, job_id)


@pytest.mark.parametrize("gone", ["report", "account"])
async def test_what_is_gone_cannot_be_exported(work: WorkContext, database_url: str, gone: str) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, job_id = await asked(work, report_id)
    condition = f"id = {report_id}" if gone == "report" else f"email = '{BUILDING}'"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # the application could not: it is referred to
        connection.execute(f"delete from {gone} where {condition}".encode())
    await refused(work, export_id, job_id)


async def test_an_export_that_is_gone_ends_its_job(work: WorkContext) -> None:
    async with work.database.write() as session:
        job_id = await work.queue.enqueue(session, KIND, {"export_id": 77})
    await run_due(work)
    assert await job_state(work.database, job_id) == (WorkState.FAILED, 1, "The export no longer exists.")


@pytest.mark.parametrize("state", [WorkState.SUCCEEDED, WorkState.CANCELLED])
async def test_what_has_ended_is_not_made_again(work: WorkContext, state: WorkState) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, job_id = await asked(work, report_id)
    async with work.database.write() as session:
        await session.execute(update(Export).where(Export.id == export_id).values(state=state))
    await run_due(work)
    assert await job_state(work.database, job_id) == (WorkState.SUCCEEDED, 1, None)
    assert ((await row(work, export_id)).state, everything_in(work)) == (state, [])


async def test_a_worker_that_lost_the_job_leaves_no_file(work: WorkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, job_id = await asked(work, report_id)

    async def taken_over(*_: Any) -> None:
        async with work.database.write() as session:
            await session.execute(update(Job).where(Job.id == job_id).values(fence=Job.fence + 1))

    monkeypatch.setattr(jobs.exports.export, "publish_export", taken_over)
    await run_due(work)
    assert ((await row(work, export_id)).state, everything_in(work)) == (WorkState.RUNNING, [])


async def test_a_worker_that_hears_of_its_loss_while_it_publishes_leaves_no_file(
    work: WorkContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, job_id = await asked(work, report_id)
    publish = LocalFileStore.publish

    async def slowly(store: LocalFileStore, draft: Path, key: str) -> None:
        await publish(store, draft, key)
        async with work.database.write() as session:
            await session.execute(update(Job).where(Job.id == job_id).values(fence=Job.fence + 1))
        await asyncio.Event().wait()  # until the heartbeat ends it

    monkeypatch.setattr(LocalFileStore, "publish", slowly)
    await run_due(work)
    assert ((await row(work, export_id)).state, everything_in(work)) == (WorkState.RUNNING, [])


async def test_a_file_whose_end_is_written_down_stays(work: WorkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, _ = await asked(work, report_id)
    end = jobs.exports.export._end

    async def ended_and_stopped(*given: Any) -> None:
        await end(*given)
        raise asyncio.CancelledError

    monkeypatch.setattr(jobs.exports.export, "_end", ended_and_stopped)
    await run_due(work)
    assert ((await row(work, export_id)).state, len(everything_in(work))) == (WorkState.SUCCEEDED, 1)


async def test_an_export_broken_off_is_made_by_the_next(work: WorkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, job_id = await asked(work, report_id)
    with monkeypatch.context() as patched:

        async def broken(*_: Any) -> None:
            raise RuntimeError("broken off")

        patched.setattr(FileHere, "close", broken)
        await run_due(work)
    assert ((await row(work, export_id)).state, everything_in(work)) == (WorkState.RUNNING, [])
    assert (await job_state(work.database, job_id))[:2] == (WorkState.QUEUED, 1)
    assert await run_job(work, job_id)
    assert ((await row(work, export_id)).state, len(everything_in(work))) == (WorkState.SUCCEEDED, 1)


async def test_a_file_that_was_long_in_coming_is_there_as_long_as_any(work: WorkContext) -> None:
    report_id, _ = await report_of(work, K.COURSE, "C")
    export_id, _ = await asked(work, report_id)
    before = datetime.now(UTC)
    async with work.database.write() as session:  # nothing worked for eight days
        await session.execute(update(Export).values(expires_at=before - timedelta(days=1)))
    assert await run_due(work) == 1
    assert await tidy(work) == 0
    expires_at = (await row(work, export_id)).expires_at
    assert timedelta(days=7) <= expires_at - before < timedelta(days=7, minutes=1)
