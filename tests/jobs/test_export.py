"""The verb behind an export: what it writes down, whose rights it has, and that no half-made file is left."""

import csv
import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, update

import jobs.export
from exporters import Document
from jobs.export import KIND, file_name
from jobs.running import run_due, run_job
from jobs.tidying import tidy
from jobs.topics import ALERTS, export_topic
from jobs.verbs import verbs
from jobs.work import WorkContext
from models import Export, Job, Role, User, WorkState
from models.database import Database
from resolvers.exports import request_export
from resolvers.report_generation import generate
from resolvers.viewers import SYSTEM, viewer_by_email
from tests.factories import subject_ids
from tests.jobs.rendering_here import RenderingHere
from tests.jobs.rows import job_state
from tests.resolvers.reports.school import MARCH, NOW, Ids, K, school

BUILDING = "building@school.example"
REASON = "The report is gone or no longer yours to read."


@pytest.fixture
async def work(context: WorkContext, database: Database, tmp_path: Path) -> WorkContext:
    """A worker that knows every verb, on the school with its reports for March."""
    async with database.write() as session:
        ids = await school(session, tmp_path / "school")
    everything = list(ids.values())
    await database.in_snapshot(lambda session: generate(session, SYSTEM, everything, MARCH, now=NOW))
    return replace(context, verbs=verbs(), renderer=RenderingHere())


async def report_of(work: WorkContext, kind: str, source_id: str) -> tuple[int, Ids]:
    """The id of the report of a subject, and those of all subjects."""
    async with work.database.read() as session:
        ids = await subject_ids(session)
    (made,) = await work.database.in_snapshot(
        lambda session: generate(session, SYSTEM, [ids[kind, source_id]], MARCH, now=NOW)
    )
    return made.report_id, ids


async def asked(work: WorkContext, report_id: int, format_name: str = "CSV", email: str = BUILDING) -> tuple[int, int]:
    """Asks for an export, as the mutation does: its id and the job's."""
    async with work.database.write() as session:
        viewer = await viewer_by_email(session, email)
        assert viewer is not None
        export = await request_export(session, viewer, report_id, format_name, now=NOW, days=7)
        return export.id, await work.queue.enqueue(session, KIND, {"export_id": export.id})


async def row(work: WorkContext, export_id: int) -> Export:
    async with work.database.read() as session:
        return (await session.scalars(select(Export).where(Export.id == export_id))).one()


def files(work: WorkContext) -> list[Path]:
    """Everything in the file store, drafts too."""
    return [path for path in (work.settings.data / "files").rglob("*") if path.is_file()]


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
    (file,) = files(work)
    content = file.read_bytes()
    assert (export.state, export.error, export.file_name) == (
        WorkState.SUCCEEDED,
        None,
        "course-Colour-2026-03.csv",
    )
    assert (export.byte_size, export.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert export.file_key == file.name
    # the course, the group that is theirs, and the two trainers they may know of
    known = [ids[key] for key in ((K.COURSE, "C"), (K.CLASS_GROUP, "H"), (K.TRAINER, "t"), (K.TRAINER, "u"))]
    assert export.names == sorted(known)
    lines = list(csv.DictReader(content.decode().splitlines()))
    groups = [line["value"] for line in lines if line["part"] == "table" and line["key"] == "classGroup"]
    assert groups == ["Bricklayers", "Other", "", "Bricklayers"]
    trainees = [line for line in lines if line["table"] == "bands" and line["part"] == "table"]
    assert trainees == []
    assert [line["value"] for line in lines if line["part"] == "note"] == [
        "1 row of the breakdown is outside your access and is summed up as “Other”.",
        "Results that belong to no class group are in “Other”.",
        "2 trainees below a line are outside your access and are not listed.",
        "Of sessions outside your access, only the day and time are told, and what was recorded.",
    ]
    figures = {line["key"]: line["value"] for line in lines if line["part"] == "figure"}
    assert (figures["expected"], figures["traineeCount"], figures["chronicAbsenceRate"]) == ("7", "3", "0.5")


async def test_who_asked_is_told_of_every_step(work: WorkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, _ = await asked(work, report_id)
    told = []

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
    assert files(work) == []


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
    assert ((await row(work, export_id)).state, files(work)) == (state, [])


async def test_a_worker_that_lost_the_job_leaves_no_file(work: WorkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, job_id = await asked(work, report_id)

    async def taken_over(*_: Any) -> None:
        async with work.database.write() as session:
            await session.execute(update(Job).where(Job.id == job_id).values(fence=Job.fence + 1))

    monkeypatch.setattr(jobs.export, "publish_export", taken_over)
    await run_due(work)
    assert ((await row(work, export_id)).state, files(work)) == (WorkState.RUNNING, [])


async def test_an_export_broken_off_is_made_by_the_next(work: WorkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    report_id, _ = await report_of(work, K.COURSE, "F")
    export_id, job_id = await asked(work, report_id)
    with monkeypatch.context() as patched:

        async def broken(*_: Any) -> None:
            raise RuntimeError("broken off")

        patched.setattr(work.renderer, "render", broken)
        await run_due(work)
    assert ((await row(work, export_id)).state, files(work)) == (WorkState.RUNNING, [])
    assert (await job_state(work.database, job_id))[:2] == (WorkState.QUEUED, 1)
    assert await run_job(work, job_id)
    assert ((await row(work, export_id)).state, len(files(work))) == (WorkState.SUCCEEDED, 1)


def document(name: str, period: str | None = "2026-03") -> Document:
    return Document(
        title="",
        kind="CLASS_GROUP",
        subject_name=name,
        subject_source_id="",
        period_name=period,
        period_from=date(2026, 3, 1),
        period_to=date(2026, 3, 31),
        generated_at=NOW,
        time_zone="UTC",
        generated_by=None,
        revision=1,
        policy=(),
        figures=(),
        tables=(),
    )


@pytest.mark.parametrize(
    ("named", "wanted"),
    [
        (document("Painters One"), "class_group-Painters-One-2026-03.pdf"),
        (document("Painters", None), "class_group-Painters-2026-03-01_2026-03-31.pdf"),
        (document("../../etc/passwd\r\nX: y"), "class_group-..-..-etc-passwd-X-y-2026-03.pdf"),
        (document("Ünïcode ”quoted”?"), "class_group-Ünïcode-quoted-2026-03.pdf"),
        (document("", ""), "class_group-2026-03-01_2026-03-31.pdf"),
    ],
)
def test_a_file_name_survives_every_file_system(named: Document, wanted: str) -> None:
    assert file_name(named, "PDF") == wanted


def test_a_file_name_is_never_too_long() -> None:
    name = file_name(document("木" * 300), "PDF")
    assert (len(name.encode()) <= 204, name.startswith("class_group-木"), name.endswith("木.pdf")) == (True,) * 3


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
