"""Tidying up: what nobody can fetch any more is removed, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text, update

import jobs.tidying
from jobs.tidying import forget_jobs, tidy
from jobs.work.task import WorkContext
from models import Export, Job, WorkState
from models.files import StoreError, file_store, new_key
from models.settings import Bucket
from resolvers.access.viewers import SYSTEM, viewer_by_email
from resolvers.exports.exports import request_export
from resolvers.reports.generation import generate
from tests.support.school import MARCH, NOW, school

if TYPE_CHECKING:
    from tests.support.s3 import Storage

DAY = timedelta(days=1)


@pytest.fixture(params=["local", "s3"])
def work(context: WorkContext, request: pytest.FixtureRequest) -> WorkContext:
    """A worker with its files in a folder, and in a bucket."""
    if request.param == "local":
        return context
    settings = replace(context.settings, files=request.getfixturevalue("bucket"))
    return replace(context, settings=settings, files=file_store(settings))


async def an_export(work: WorkContext, state: WorkState, ended: timedelta, expires: timedelta) -> tuple[int, str]:
    """The id of an export and the key of its file; both times are from now."""
    async with work.database.write() as session:
        subject_id = await session.scalar(text("select id from subject where kind = 'COURSE' order by id limit 1"))
        viewer = await viewer_by_email(session, "principal@school.example")
    assert viewer is not None
    (made,) = await work.database.in_snapshot(lambda session: generate(session, SYSTEM, [subject_id], MARCH, now=NOW))
    key = new_key()
    async with work.files.draft() as draft:
        draft.write_text("a file")
        await work.files.publish(draft, key)
    async with work.database.write() as session:
        export = await request_export(session, viewer, made.report_id, "CSV", now=NOW, days=7)
        await session.flush()
        times = {"finished_at": func.now() + ended, "expires_at": func.now() + expires}
        values = {"state": state, "file_key": key, **times}
        await session.execute(update(Export).where(Export.id == export.id).values(values))
        return export.id, key


@pytest.mark.parametrize(
    ("state", "ended", "expires", "goes"),
    [
        (WorkState.SUCCEEDED, -2 * DAY, DAY, False),
        (WorkState.SUCCEEDED, -7 * DAY, -timedelta(seconds=1), True),
        (WorkState.FAILED, -2 * DAY, DAY, True),
        (WorkState.CANCELLED, -2 * DAY, DAY, True),
        (WorkState.CANCELLED, timedelta(), DAY, False),  # its worker may be writing at this moment
    ],
)
async def test_files_nobody_can_fetch_go(
    work: WorkContext, tmp_path: Path, state: WorkState, ended: timedelta, expires: timedelta, goes: bool
) -> None:
    async with work.database.write() as session:
        await school(session, tmp_path / "school")
    export_id, key = await an_export(work, state, ended, expires)
    assert await tidy(work) == int(goes)
    assert await tidy(work) == 0
    assert await work.files.delete(key) is not goes
    assert await key_of(work, export_id) == (None if goes else key)


async def key_of(work: WorkContext, export_id: int) -> str | None:
    async with work.database.read() as session:
        return await session.scalar(select(Export.file_key).where(Export.id == export_id))


async def test_a_file_that_no_export_names_goes_when_it_would_have_expired(work: WorkContext, tmp_path: Path) -> None:
    async with work.database.write() as session:
        await school(session, tmp_path / "school")
    export_id, key = await an_export(work, WorkState.SUCCEEDED, -DAY, 30 * DAY)
    ownerless = new_key()
    async with work.files.draft() as draft:
        draft.write_text("a file of an account that is gone", encoding="utf-8")
        await work.files.publish(draft, ownerless)
    now = datetime.now(UTC)
    assert await tidy(work, now=now + 7.9 * DAY) == 0
    assert await tidy(work, now=now + 8.1 * DAY) == 1
    assert await tidy(work, now=now + 8.1 * DAY) == 0
    assert not await work.files.delete(ownerless)
    assert (await key_of(work, export_id), await work.files.size(key)) == (key, 6)


async def test_a_draft_of_a_killed_worker_goes_after_a_day(work: WorkContext) -> None:
    async with work.files.draft() as draft:
        draft.write_text("half a file", encoding="utf-8")
        now = datetime.now(UTC)
        assert (await tidy(work, now=now + 0.9 * DAY), draft.exists()) == (0, True)
        assert (await tidy(work, now=now + 1.1 * DAY), draft.exists()) == (0, False)


async def test_a_store_that_is_away_costs_no_row_its_key(
    context: WorkContext, bucket: Bucket, storage: "Storage", tmp_path: Path
) -> None:
    settings = replace(context.settings, files=bucket)
    work = replace(context, settings=settings, files=file_store(settings))
    async with work.database.write() as session:
        await school(session, tmp_path / "school")
    export_id, key = await an_export(work, WorkState.SUCCEEDED, -7 * DAY, -timedelta(seconds=1))
    with storage.failing("DELETE", key, "403 Forbidden"), pytest.raises(StoreError):
        await tidy(work)
    assert await key_of(work, export_id) == key
    assert await tidy(work) == 1
    assert (await key_of(work, export_id), storage.keys(bucket)) == (None, [])


async def test_a_file_that_cannot_be_removed_keeps_no_other(
    context: WorkContext, bucket: Bucket, storage: "Storage", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.tidying, "AT_ONCE", 2)
    settings = replace(context.settings, files=bucket)
    work = replace(context, settings=settings, files=file_store(settings))
    async with work.database.write() as session:
        await school(session, tmp_path / "school")
    made = [await an_export(work, WorkState.SUCCEEDED, -7 * DAY, -timedelta(seconds=1)) for _ in range(3)]
    (stuck, key), *_ = made
    with storage.failing("DELETE", key, "403 Forbidden"), pytest.raises(StoreError):
        await tidy(work)
    assert [await key_of(work, export_id) for export_id, _ in made] == [key, None, None]
    assert len(storage.keys(bucket)) == 1
    assert await tidy(work) == 1
    assert await key_of(work, stuck) is None


async def test_jobs_that_ended_long_ago_are_forgotten(context: WorkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.tidying, "JOBS_AT_ONCE", 2)
    ended = [(WorkState.SUCCEEDED, 31), (WorkState.FAILED, 31), (WorkState.CANCELLED, 31), (WorkState.SUCCEEDED, 29)]
    async with context.database.write() as session:
        for state, days in ended:
            job_id = await context.queue.enqueue(session, "test", {})
            values = {"state": state, "finished_at": func.now() - days * DAY}
            await session.execute(update(Job).where(Job.id == job_id).values(values))
        await context.queue.enqueue(session, "unknown to all", {})
        await session.execute(update(Job).values(created_at=func.now() - 90 * DAY, due_at=func.now() - 90 * DAY))
    assert await forget_jobs(context) == 3
    assert await forget_jobs(context) == 0
    async with context.database.read() as session:
        left = (await session.scalars(select(Job.state).order_by(Job.id))).all()
    assert left == [WorkState.SUCCEEDED, WorkState.QUEUED]
