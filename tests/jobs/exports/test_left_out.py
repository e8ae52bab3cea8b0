"""A report that cannot be written is left out of a file of many, which says so; what is wrong with all is no file."""

import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select

import jobs.exports.plan
from exporters import all_formats
from exporters.reports.documents import document_of
from jobs.exports.writing import UNREADABLE
from jobs.queue.failures import TemporaryFailure
from jobs.rendering.parent import Renderer
from jobs.work.registry import tasks
from jobs.work.running import run_due
from jobs.work.task import WorkContext
from models import BaseReport, Branding, Export, Job, Subject
from models.database import Database
from tests.support.exporting import Key, asked, everything_in, reported_school, row
from tests.support.many_reports import PRINCIPAL, THREE, subjects_of, texts, told
from tests.support.rendering_here import FileHere, RenderingHere
from tests.support.sample_formats import open_picky
from tests.support.school import NOW, K

ANN: Key = (K.TRAINEE, "ann")
SCHOOL: Key = (K.SCHOOL, "S")


@pytest.fixture
async def reports(database: Database, tmp_path: Path) -> dict[Key, int]:
    """The reports of the school by kind and institution's id."""
    return await reported_school(database, tmp_path / "school")


@pytest.fixture
def work(context: WorkContext, monkeypatch: pytest.MonkeyPatch) -> WorkContext:
    """A worker that renders in its own process the real formats, which nobody can write Ann's report in."""
    monkeypatch.setenv("TEST_PICKY", "Ann")
    monkeypatch.setenv("TEST_PICKED", "refuse")
    monkeypatch.setattr("tests.support.rendering_here.open_writer", open_picky)
    return replace(context, tasks=tasks(), renderer=RenderingHere())


@pytest.fixture
async def in_children(work: WorkContext) -> AsyncIterator[WorkContext]:
    """The same with child processes."""
    opened = Renderer(open_writer="tests.support.sample_formats:open_picky", work_seconds=2)
    yield replace(work, renderer=opened)
    await opened.close()


WHY = "Nobody can write Ann."
NOTE = f"Ann, 2026-03, is left out: {WHY}"


async def made(
    work: WorkContext, report_ids: Sequence[int], format_name: str, *, attempts: int = 1, **options: Any
) -> Export:
    """Asks for a file and has all done that is due."""
    export_id = (await asked(work, PRINCIPAL, report_ids, format_name, **options)).id
    assert await run_due(work) == attempts
    return await row(work, export_id)


async def content_of(work: WorkContext, export: Export) -> bytes:
    assert (export.state, export.error) == ("SUCCEEDED", None)
    assert export.file_key is not None
    return b"".join([piece async for piece in work.files.stream(export.file_key)])


async def subject_of(work: WorkContext, report_id: int) -> int:
    async with work.database.read() as session:
        found = await session.scalars(select(BaseReport.subject_id).where(BaseReport.id == report_id))
        return found.one()


async def test_the_others_are_there_in_every_format_and_layout(work: WorkContext, reports: dict[Key, int]) -> None:
    ids = [reports[key] for key in THREE]
    others = [reports[key] for key in THREE if key != ANN]
    ann = await subject_of(work, reports[ANN])
    for format_name in all_formats():
        export = await made(work, ids, format_name)
        content = await content_of(work, export)
        assert (export.left_out, export.byte_size) == ([[reports[ANN], WHY]], len(content))
        assert (export.report_ids, export.report_count, export.done) == (others, 2, 2)
        assert NOTE in texts(format_name, content)
        if format_name in {"CSV", "JSON"}:  # the others name her in their notes
            assert subjects_of(format_name, content) == ["Colour", "School"]
        assert ann in export.names  # who may not see her may not fetch what names her
        assert (await told(work, PRINCIPAL))[-1] == ("EXPORT_READY", {"export": export.id, "count": 2, "leftOut": 1})

        separate = await made(work, ids, format_name, layout="SEPARATE")
        assert (separate.left_out, separate.report_ids) == ([[reports[ANN], WHY]], others)
        with ZipFile(io.BytesIO(await content_of(work, separate))) as files:
            names = {name.partition("/")[0].partition(".")[0] for name in files.namelist()}
            assert f"{NOTE}\n" in files.read("notes.txt").decode()
        assert names == {"contents", "notes", "course-Colour-2026-03", "school-School-2026-03"}

        only = await made(work, [reports[ANN], reports[SCHOOL]], format_name)
        assert (only.left_out, only.report_ids) == ([[reports[ANN], WHY]], [reports[SCHOOL]])
        assert NOTE in texts(format_name, await content_of(work, only))


async def test_whatever_a_report_does_to_its_process(
    in_children: WorkContext, reports: dict[Key, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = {
        "die": "The CSV file could not be made: its process died.",
        "grind": "The CSV file was given up because it took too much work.",
    }
    for picked, reason in reasons.items():
        monkeypatch.setenv("TEST_PICKED", picked)
        for process in list(in_children.renderer._all):  # a child knows what it was started with
            process.kill()
            await process.wait()
        export = await made(in_children, [reports[key] for key in THREE], "CSV")
        assert export.left_out == [[reports[ANN], reason]]
        assert subjects_of("CSV", await content_of(in_children, export)) == ["Colour", "School"]


async def test_a_school_whose_page_template_fails_for_one_report_has_the_others(
    work: WorkContext, reports: dict[Key, int], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_PICKY", "")
    body = '{% if subject == "Ann" %}{{ 1 / 0 }}{% endif %}<p>{{ subject }}</p>'
    async with database.write() as session:
        school_id = await session.scalar(select(Subject.id).where(Subject.kind == K.SCHOOL))
        template = f"<html><head><style>@page {{ size: a4 }}</style></head><body>{body}</body></html>"
        session.add(Branding(school_id=school_id, template=template, words=[], changes=1, changed_at=NOW))
    export = await made(work, [reports[key] for key in THREE], "PDF")
    cause = "The school's page template cannot be filled in: division by zero."
    assert export.left_out == [[reports[ANN], cause]]
    assert f"Ann, 2026-03, is left out: {cause}" in texts("PDF", await content_of(work, export))


async def test_a_report_that_is_no_document_is_left_out(
    work: WorkContext, reports: dict[Key, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_PICKY", "")

    def picky_document(content: Any, **more: Any) -> Any:
        if content.subject.name == "Ann":
            raise KeyError("a section of yesterday")
        return document_of(content, **more)

    monkeypatch.setattr(jobs.exports.plan, "document_of", picky_document)
    export = await made(work, [reports[key] for key in THREE], "JSON")
    assert export.left_out == [[reports[ANN], UNREADABLE]]
    assert subjects_of("JSON", await content_of(work, export)) == ["Colour", "School"]


@pytest.mark.parametrize(
    ("keys", "picky", "most", "reason"),
    [
        ([ANN], "Ann", 20, WHY),
        (THREE, "Ann,School,Colour", 20, "None of the reports could be written. Nobody can write Colour."),
        (
            THREE,
            "Ann,School",
            1,
            f"More than 1 of the reports could not be written. The first is Ann, 2026-03: {WHY}",
        ),
    ],
)
async def test_there_is_no_file_where_it_is_one_or_all_or_too_many(
    work: WorkContext,
    reports: dict[Key, int],
    monkeypatch: pytest.MonkeyPatch,
    keys: Sequence[Key],
    picky: str,
    most: int,
    reason: str,
) -> None:
    monkeypatch.setenv("TEST_PICKY", picky)
    monkeypatch.setattr("jobs.exports.writing.MOST_LEFT_OUT", most)
    export = await made(work, [reports[key] for key in keys], "CSV", attempts=2)  # one is the mail that says so
    assert (export.state, export.error, export.left_out) == ("FAILED", reason, [])
    assert [kind for kind, _ in await told(work, PRINCIPAL)] == ["RUN_FAILED"]
    assert everything_in(work) == []


async def test_what_no_report_is_at_fault_for_is_tried_again(
    work: WorkContext, reports: dict[Key, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails once, wherever it is, and each report alone can be written."""
    monkeypatch.setenv("TEST_PICKY", "")
    failures, add = [TemporaryFailure("The machine hiccupped.")], FileHere.add

    async def failing(self: FileHere, documents: Sequence[object]) -> None:
        if failures:
            raise failures.pop()
        await add(self, documents)

    monkeypatch.setattr(FileHere, "add", failing)
    export = await made(work, [reports[key] for key in THREE], "CSV")
    assert (export.state, export.left_out, failures) == ("RUNNING", [], [])
    assert await told(work, PRINCIPAL) == []
    async with work.database.read() as session:
        assert list(await session.scalars(select(Job.error))) == ["The machine hiccupped."]
