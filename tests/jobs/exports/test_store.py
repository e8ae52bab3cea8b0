"""An export whose file cannot be kept: it is tried again, or fails with a reason, and no half file is ever there."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

import jobs.exports.export
from jobs.exports.export import KIND, TASK
from jobs.tidying import tidy
from jobs.work.registry import tasks
from jobs.work.running import run_due, run_job
from jobs.work.task import Pace, WorkContext, by_kind
from models import Export, Job, WorkState
from models.database import Database
from models.files import file_store
from models.files.store import AWAY, NO_ROOM
from models.settings import Bucket
from resolvers.access.viewers import SYSTEM, viewer_by_email
from resolvers.exports.exports import request_export
from resolvers.reports.generation import generate
from tests.support.factories import subject_ids
from tests.support.rendering_here import RenderingHere
from tests.support.rows import job_state
from tests.support.school import MARCH, NOW, K, school

if TYPE_CHECKING:
    from tests.support.s3 import Storage

BUILDING = "building@school.example"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A worker with its file store: how to have it fail, the sentence it then fails with, and what is in it."""

    work: WorkContext
    failing: Callable[[], AbstractContextManager[None]]
    sentence: str
    kept: Callable[[], list[str]]

    async def asked(self) -> tuple[int, int]:
        """Asks for the file of a report: the ids of export and job."""
        work = self.work
        async with work.database.read() as session:
            subject_id = (await subject_ids(session))[K.COURSE, "F"]
            viewer = await viewer_by_email(session, BUILDING)
        assert viewer is not None
        (made,) = await work.database.in_snapshot(
            lambda session: generate(session, SYSTEM, [subject_id], MARCH, now=NOW)
        )
        async with work.database.write() as session:
            export = await request_export(session, viewer, made.report_id, "CSV", now=NOW, days=7)
            return export.id, await work.queue.enqueue(session, KIND, {"export_id": export.id})

    async def row(self, export_id: int) -> Export:
        async with self.work.database.read() as session:
            return (await session.scalars(select(Export).where(Export.id == export_id))).one()

    def drafts(self) -> list[Path]:
        """What is left of files that were being written."""
        return [path for path in self.work.settings.data.rglob("drafts/*") if path.is_file()]


@pytest.fixture
async def work(context: WorkContext, database: Database, tmp_path: Path) -> WorkContext:
    async with database.write() as session:
        await school(session, tmp_path / "school")
    return replace(context, tasks=tasks(), renderer=RenderingHere())


@pytest.fixture(params=["local", "s3"])
def shelf(work: WorkContext, request: pytest.FixtureRequest) -> Shelf:
    return on_disk(work) if request.param == "local" else request.getfixturevalue("in_bucket")


def on_disk(work: WorkContext) -> Shelf:
    @contextmanager
    def full() -> Iterator[None]:
        def fail(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(os, "fsync", fail)
            yield

    folder = work.settings.data / "files"
    return Shelf(work, full, NO_ROOM, lambda: [path.name for path in folder.glob("??/*")])


@pytest.fixture
def in_bucket(work: WorkContext, bucket: Bucket, storage: "Storage") -> Shelf:
    settings = replace(work.settings, files=bucket)
    return Shelf(
        replace(work, settings=settings, files=file_store(settings)),
        lambda: storage.failing("PUT", f"{bucket.name}/", "403 Forbidden"),
        AWAY,
        lambda: [name.rpartition("/")[2] for name in storage.keys(bucket)],
    )


async def test_a_file_is_kept_where_it_belongs(shelf: Shelf) -> None:
    export_id, _ = await shelf.asked()
    assert await run_due(shelf.work) == 1
    export = await shelf.row(export_id)
    content = b"".join([piece async for piece in shelf.work.files.stream(export.file_key or "")])
    assert (export.state, shelf.kept(), shelf.drafts()) == (WorkState.SUCCEEDED, [export.file_key], [])
    assert (export.byte_size, export.sha256) == (len(content), hashlib.sha256(content).hexdigest())


async def test_a_store_that_fails_is_tried_again_later(shelf: Shelf) -> None:
    export_id, job_id = await shelf.asked()
    with shelf.failing():
        assert await run_due(shelf.work) == 1
    export = await shelf.row(export_id)
    assert (export.state, export.error, export.byte_size, export.file_name) == (WorkState.RUNNING, None, None, None)
    assert await job_state(shelf.work.database, job_id) == (WorkState.QUEUED, 1, shelf.sentence)
    assert (shelf.kept(), shelf.drafts()) == ([], [])
    assert await run_job(shelf.work, job_id)
    export = await shelf.row(export_id)
    assert (export.state, shelf.kept()) == (WorkState.SUCCEEDED, [export.file_key])


async def test_a_store_that_goes_on_failing_ends_it_with_the_reason(shelf: Shelf) -> None:
    export_id, job_id = await shelf.asked()
    once = replace(shelf.work, tasks=by_kind(replace(TASK, delays=())))
    with shelf.failing():
        assert await run_due(once) == 1
    export = await shelf.row(export_id)
    assert (export.state, export.error, export.byte_size) == (WorkState.FAILED, shelf.sentence, None)
    assert await job_state(shelf.work.database, job_id) == (WorkState.FAILED, 1, shelf.sentence)
    assert (shelf.kept(), shelf.drafts()) == ([], [])


async def test_a_worker_that_lost_the_job_takes_its_file_back(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    export_id, job_id = await shelf.asked()
    publish = shelf.work.files.publish

    async def overtaken(draft: Path, key: str) -> None:
        await publish(draft, key)
        async with shelf.work.database.write() as session:
            await session.execute(update(Job).where(Job.id == job_id).values(fence=Job.fence + 1))

    monkeypatch.setattr(shelf.work.files, "publish", overtaken)
    await run_due(replace(shelf.work, pace=Pace()))  # whose heartbeat would not notice before
    assert ((await shelf.row(export_id)).state, shelf.kept(), shelf.drafts()) == (WorkState.RUNNING, [], [])


async def test_a_file_of_a_worker_that_died_is_replaced(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    export_id, job_id = await shelf.asked()
    with monkeypatch.context() as patched:

        async def died(*_: Any) -> None:
            raise RuntimeError("between the upload and the row")

        patched.setattr(jobs.exports.export, "export_ended", died)
        await run_due(shelf.work)
    begun = await shelf.row(export_id)
    assert (begun.state, begun.byte_size, shelf.kept()) == (WorkState.RUNNING, None, [begun.file_key])
    assert await run_job(shelf.work, job_id)
    ended = await shelf.row(export_id)
    assert (ended.state, shelf.kept()) == (WorkState.SUCCEEDED, [ended.file_key])
    assert ended.file_key != begun.file_key


async def test_what_was_kept_without_a_word_is_found_and_removed(in_bucket: Shelf, storage: "Storage") -> None:
    export_id, _ = await in_bucket.asked()
    once = replace(in_bucket.work, tasks=by_kind(replace(TASK, delays=())))
    with storage.failing("PUT", "rollcall/exports", "403 Forbidden", late=True):
        assert await run_due(once) == 1
    export = await in_bucket.row(export_id)
    assert (export.state, export.error, in_bucket.kept()) == (WorkState.FAILED, AWAY, [export.file_key])
    assert await tidy(in_bucket.work) == 0  # its worker might be at it at this moment
    async with in_bucket.work.database.write() as session:
        await session.execute(update(Export).values(finished_at=func.now() - timedelta(days=2)))
    assert await tidy(in_bucket.work, now=datetime.now(UTC)) == 1
    assert ((await in_bucket.row(export_id)).file_key, in_bucket.kept()) == (None, [])
