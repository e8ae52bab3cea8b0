"""Tidying up: what nobody can fetch any more is removed, and nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from jobs.tidying import tidy
from jobs.work import WorkContext
from models import Export, WorkState
from models.files import new_key
from resolvers.exports import request_export
from resolvers.report_generation import generate
from resolvers.viewers import SYSTEM, viewer_by_email
from tests.resolvers.reports.school import MARCH, NOW, school

DAY = timedelta(days=1)


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
    context: WorkContext, tmp_path: Path, state: WorkState, ended: timedelta, expires: timedelta, goes: bool
) -> None:
    async with context.database.write() as session:
        await school(session, tmp_path / "school")
    export_id, key = await an_export(context, state, ended, expires)
    assert await tidy(context) == int(goes)
    assert await tidy(context) == 0
    assert await context.files.delete(key) is not goes
    async with context.database.read() as session:
        assert await session.scalar(select(Export.file_key).where(Export.id == export_id)) == (None if goes else key)
