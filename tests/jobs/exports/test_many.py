"""A file of many reports: whole in every format and layout, with progress; cancelled, killed or full, it is not."""

import asyncio
import io
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psutil
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import jobs.exports.export
from exporters import all_formats
from jobs.cancelling import cancel_export
from jobs.exports import export
from jobs.queue.topics import ALERTS, export_topic
from jobs.rendering.disk_space import NO_SPACE
from jobs.rendering.parent import Renderer
from jobs.work.running import run_due, run_job
from jobs.work.task import Pace, WorkContext, by_kind
from models import Job, Subject, WorkState
from resolvers.access.viewers import SYSTEM, viewer_by_email
from resolvers.calendar.periods import Period
from resolvers.exports.selection import ListOfReports
from resolvers.reports.generation import generate
from resolvers.reports.look_ups import ReportQuery
from tests.jobs.rendering.test_rendering import begun
from tests.support.exporting import Key, asked, everything_in, only_file, row
from tests.support.many_reports import NAMES, PRINCIPAL, THREE, subjects_of, told
from tests.support.rows import job_state
from tests.support.school import MARCH, NOW, K
from tests.support.statements import statements


@pytest.fixture
async def renderers() -> AsyncIterator[list[Renderer]]:
    """Those in it are closed at the end."""
    opened: list[Renderer] = []
    yield opened
    for renderer in opened:
        await renderer.close()


def with_child(work: WorkContext, renderers: list[Renderer], function: str | None = None) -> WorkContext:
    """The worker with a renderer of child processes, which open files by a function of sample_formats.py."""
    renderer = Renderer(open_writer=f"tests.support.sample_formats:{function}") if function else Renderer()
    renderers.append(renderer)
    return replace(work, renderer=renderer)


TOGETHER = {
    "CSV": ("reports-2026-03.zip", "application/zip"),
    "JSON": ("reports-2026-03.jsonl", "application/jsonl"),
    "PDF": ("reports-2026-03.pdf", "application/pdf"),
    "XLSX": ("reports-2026-03.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


SEPARATE = {
    "CSV": ["course-Colour-2026-03", "trainee-Ann-2026-03", "school-School-2026-03"],
    "JSON": ["course-Colour-2026-03.json", "trainee-Ann-2026-03.json", "school-School-2026-03.json"],
    "PDF": ["course-Colour-2026-03.pdf", "trainee-Ann-2026-03.pdf", "school-School-2026-03.pdf"],
    "XLSX": ["course-Colour-2026-03.xlsx", "trainee-Ann-2026-03.xlsx", "school-School-2026-03.xlsx"],
}


async def test_every_format_holds_them_all_together_and_separate(
    work: WorkContext, reports: dict[Key, int], renderers: list[Renderer]
) -> None:
    """One worker with its own children makes all eight; each file is read back by another library."""
    wanted = [reports[key] for key in THREE]
    process = with_child(work, renderers)
    for layout in ("TOGETHER", "SEPARATE"):
        for name in all_formats():
            export_id = (await asked(work, PRINCIPAL, wanted, name, layout=layout)).id
            assert await run_due(process) == 1
            made = await row(work, export_id)
            assert made.file_key is not None
            content = b"".join([piece async for piece in work.files.stream(made.file_key)])
            assert (made.state, made.error, made.byte_size) == ("SUCCEEDED", None, len(content))
            assert (made.report_id, made.report_ids, made.report_count, made.done) == (None, wanted, 3, 3)
            if layout == "TOGETHER":
                assert (made.file_name, made.media_type) == TOGETHER[name]
                assert subjects_of(name, content) == NAMES
            else:
                assert (made.file_name, made.media_type) == ("reports-2026-03.zip", "application/zip")
                with ZipFile(io.BytesIO(content)) as files:
                    inside = list(dict.fromkeys(one.partition("/")[0] for one in files.namelist()))
                assert inside == [*SEPARATE[name], "contents.csv"]
    kinds = await told(work, PRINCIPAL)
    assert [kind for kind, _ in kinds] == ["EXPORT_READY"] * 8
    assert kinds[0][1].keys() == {"export", "count"}


async def test_a_single_report_of_a_list_is_a_file_of_one(work: WorkContext, reports: dict[Key, int]) -> None:
    only = ListOfReports(ReportQuery(kinds=(K.SCHOOL,)))
    export_id = (await asked(work, PRINCIPAL, only, "JSON", layout="SEPARATE")).id
    await run_due(work)
    made = await row(work, export_id)
    assert (made.file_name, made.report_id) == ("school-School-2026-03.json", reports[K.SCHOOL, "S"])
    assert json.loads(only_file(work))["subject"]["name"] == "School"


async def test_progress_is_told_portion_by_portion(
    work: WorkContext, reports: dict[Key, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.exports.plan.PORTION", 2)
    monkeypatch.setattr(jobs.exports.export, "PROGRESS_SECONDS", 0.0)
    export_id = (await asked(work, PRINCIPAL, [reports[key] for key in THREE], "CSV")).id
    seen = []

    async def publish(topic: str, _payload: dict[str, Any]) -> None:
        seen.append((topic, (now := await row(work, export_id)).done, now.state))

    monkeypatch.setattr(work.bus, "publish", publish)
    await run_due(work)
    topic = export_topic(export_id)
    assert seen == [
        (topic, 0, WorkState.RUNNING),
        (topic, 2, WorkState.RUNNING),
        (topic, 3, WorkState.RUNNING),
        (ALERTS, 3, WorkState.SUCCEEDED),
        (topic, 3, WorkState.SUCCEEDED),
    ]


async def test_progress_is_not_told_more_often_than_it_should_be(
    work: WorkContext, reports: dict[Key, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.exports.plan.PORTION", 1)
    monkeypatch.setattr(jobs.exports.export, "PROGRESS_SECONDS", 3600.0)
    export_id = (await asked(work, PRINCIPAL, [reports[key] for key in THREE], "CSV")).id
    seen = []

    async def publish(_topic: str, _payload: dict[str, Any]) -> None:
        seen.append((await row(work, export_id)).done)

    monkeypatch.setattr(work.bus, "publish", publish)
    await run_due(work)
    assert seen == [0, 3, 3]


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a file must lie before a child goes on."""
    path = tmp_path / "gate"
    monkeypatch.setenv("TEST_GATE", str(path))
    yield path
    path.touch()


@pytest.mark.parametrize("layout", ["TOGETHER", "SEPARATE"])
async def test_cancelled_in_the_middle_it_stops_and_leaves_nothing(
    work: WorkContext, reports: dict[Key, int], renderers: list[Renderer], gate: Path, layout: str
) -> None:
    process = replace(with_child(work, renderers, "open_gated"), pace=Pace())
    made = await asked(work, PRINCIPAL, [reports[key] for key in THREE], "XLSX", layout=layout)
    working = asyncio.create_task(run_due(process))
    pid = await begun(gate)
    assert len(everything_in(work)) > 0
    async with work.database.write() as session:
        viewer = await viewer_by_email(session, PRINCIPAL)
        assert viewer is not None
        assert (await cancel_export(process, session, viewer, made.id)).state == WorkState.CANCELLED
        job_id = await session.scalar(select(Job.id).where(Job.kind == export.KIND))
    assert job_id is not None
    process.cancel_signals.signal(job_id)
    assert await working == 1
    assert not psutil.pid_exists(pid)
    assert everything_in(work) == []
    ended = await row(work, made.id)
    assert (ended.state, ended.file_name, ended.byte_size) == (WorkState.CANCELLED, None, None)
    assert (await job_state(work.database, job_id))[0] == WorkState.CANCELLED


async def test_a_renderer_that_is_killed_is_tried_again(
    work: WorkContext, reports: dict[Key, int], renderers: list[Renderer], gate: Path
) -> None:
    process = with_child(work, renderers, "open_gated")
    made = await asked(work, PRINCIPAL, [reports[key] for key in THREE], "CSV")
    working = asyncio.create_task(run_due(process))
    os.kill(await begun(gate), signal.SIGKILL)
    assert await working == 1
    assert everything_in(work) == []
    assert (await row(work, made.id)).state == WorkState.RUNNING
    async with work.database.read() as session:
        job_id = await session.scalar(select(Job.id).where(Job.kind == export.KIND))
    assert job_id is not None
    died = "The CSV file could not be made: its process was killed, as a machine without memory does."
    assert await job_state(work.database, job_id) == (WorkState.QUEUED, 1, died)
    await asyncio.to_thread(gate.touch)
    assert await run_job(process, job_id)
    whole = await row(work, made.id)
    assert (whole.state, whole.done, whole.error) == (WorkState.SUCCEEDED, 3, None)
    assert subjects_of("CSV", only_file(work)) == NAMES


@pytest.mark.parametrize("name", all_formats())
async def test_on_a_full_disk_it_fails_with_the_reason_and_nothing_is_there(
    work: WorkContext, reports: dict[Key, int], renderers: list[Renderer], name: str
) -> None:
    impatient = by_kind(replace(export.TASK, delays=()))
    process = replace(with_child(work, renderers, "open_cramped"), tasks=impatient)
    made = await asked(work, PRINCIPAL, [reports[key] for key in THREE], name)
    assert await run_due(process) == 1
    ended = await row(work, made.id)
    assert (ended.state, ended.error, ended.byte_size) == (WorkState.FAILED, NO_SPACE, None)
    assert everything_in(work) == []
    assert await told(work, PRINCIPAL) == [("RUN_FAILED", {"export": made.id, "count": 3})]


async def test_a_long_one_has_a_lane_of_its_own(
    work: WorkContext, reports: dict[Key, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.exports.export_long.LONG", 2)
    made = await asked(work, PRINCIPAL, [reports[key] for key in THREE], "CSV")
    other = await asked(work, PRINCIPAL, [reports[key] for key in THREE[:2]], "CSV")
    stopped = await asked(work, PRINCIPAL, [reports[key] for key in THREE], "CSV")
    async with work.database.write() as session:
        viewer = await viewer_by_email(session, PRINCIPAL)
        assert viewer is not None
        await cancel_export(work, session, viewer, stopped.id)
        kinds = list(await session.scalars(select(Job.kind).order_by(Job.id)))
    assert kinds == ["export.make_long", "export.make", "export.make_long"]
    assert await run_due(work) == 2
    states = [(await row(work, one.id)).state for one in (made, other, stopped)]
    assert states == [WorkState.SUCCEEDED, WorkState.SUCCEEDED, WorkState.CANCELLED]


async def test_statements_do_not_grow_with_the_reports(
    work: WorkContext, reports: dict[Key, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.exports.plan.PORTION", 100)
    await work.database.in_snapshot(_generate_february)
    counts = []
    for months, number in ((MARCH.first, 16), (date(2026, 2, 1), 32)):
        with statements(work.database) as seen:
            made = await asked(work, PRINCIPAL, ListOfReports(ReportQuery(first=months)), "JSON")
            asking = len(seen)
            # no heartbeat comes in between
            await run_due(replace(work, pace=Pace(heartbeat=timedelta(hours=1))))
        assert (await row(work, made.id)).done == number
        counts.append((asking, len(seen)))
    assert counts[0] == counts[1]


async def _generate_february(session: AsyncSession) -> None:
    ids = list(await session.scalars(select(Subject.id)))
    await generate(session, SYSTEM, ids, Period(date(2026, 2, 1), date(2026, 2, 28), "2026-02"), now=NOW)
