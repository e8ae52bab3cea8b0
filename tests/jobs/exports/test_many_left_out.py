"""What a file of many reports lacks: what a limit cuts off, and what was lost before or while it is made."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, update

from exporters import all_formats
from jobs.exports import export
from jobs.exports.plan import ALL_GONE
from jobs.work.running import run_due, run_job
from jobs.work.task import WorkContext
from models import Job, Role, User, WorkState
from resolvers.exports.selection import ListOfReports
from resolvers.reports.look_ups import ReportOrderField, ReportOrdering, ReportQuery
from tests.support.exporting import Key, asked, everything_in, only_file, read_zip, row
from tests.support.many_reports import ARTS, NAMES, PRINCIPAL, THREE, subjects_of, texts
from tests.support.rendering_here import FileHere
from tests.support.rows import job_state
from tests.support.school import K

EVERYTHING = ListOfReports(ReportQuery(), ReportOrdering(ReportOrderField.PERIOD_FROM, descending=False))


@pytest.mark.parametrize(("name", "layout"), [*((name, "TOGETHER") for name in all_formats()), ("JSON", "SEPARATE")])
async def test_what_a_limit_cuts_off_is_said_in_every_file(
    work: WorkContext, reports: dict[Key, int], monkeypatch: pytest.MonkeyPatch, name: str, layout: str
) -> None:
    monkeypatch.setattr("resolvers.exports.selection.MAX_REPORTS", 2)
    made = await asked(work, PRINCIPAL, [reports[key] for key in THREE], name, layout=layout)
    assert (made.matching, made.report_count, made.report_ids) == (3, 2, [reports[key] for key in THREE[:2]])
    await run_due(work)
    content = only_file(work)
    said = texts("CSV" if layout == "SEPARATE" else name, content)
    wanted = (
        "The limit of a file is 2 reports: it holds the first 2 of the 3 that were asked for."
        " Ask for fewer at a time to get the others."
    )
    assert wanted in said
    if layout == "TOGETHER":
        assert subjects_of(name, content)[:2] == NAMES[:2]


async def test_beyond_a_hundred_thousand_they_are_not_counted(
    work: WorkContext, reports: dict[Key, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.exports.selection.MAX_REPORTS", 2)
    for module in ("resolvers.exports.selection", "exporters.reports.words"):
        monkeypatch.setattr(f"{module}.MAX_MATCHING", 5)
    made = await asked(work, PRINCIPAL, EVERYTHING, "CSV")
    assert (made.matching, made.report_count) == (6, 2)
    await run_due(work)
    assert "the first 2 of the more than 5 that were asked for" in read_zip(only_file(work))["notes"][0]["note"]


async def change(work: WorkContext, email: str, **values: Any) -> None:
    """Changes an account, as an import does."""
    ties = dict.fromkeys(("school_id", "department_id", "programme_id", "trainer_id", "trainee_id"))
    async with work.database.write() as session:
        await session.execute(update(User).where(User.email == email).values({**ties, **values}))


async def department_of(work: WorkContext, email: str) -> int | None:
    async with work.database.read() as session:
        return await session.scalar(select(User.department_id).where(User.email == email))


async def test_what_was_lost_before_it_is_made_is_left_out_and_counted(
    work: WorkContext, reports: dict[Key, int]
) -> None:
    wanted = [reports[key] for key in ((K.SCHOOL, "S"), (K.COURSE, "C"), (K.PROGRAMME, "Q"), (K.COURSE, "E"))]
    made = await asked(work, PRINCIPAL, wanted, "CSV")
    arts = await department_of(work, ARTS)
    await change(work, PRINCIPAL, role=Role.DEPARTMENT_HEAD, department_id=arts)
    await run_due(work)
    whole = await row(work, made.id)
    left = [reports[K.COURSE, "C"], reports[K.COURSE, "E"]]
    assert (whole.state, whole.report_ids, whole.report_count, whole.done) == ("SUCCEEDED", left, 2, 2)
    assert whole.file_name == "course-reports-2026-03.zip"
    tables = read_zip(only_file(work))
    assert [line["subject"] for line in tables["reports"]] == ["Colour", "Easel"]
    assert tables["notes"][0]["note"] == (
        "2 reports that were asked for are not in it: they are gone or no longer yours to read."
    )


async def test_where_nothing_is_left_it_fails(work: WorkContext, reports: dict[Key, int]) -> None:
    made = await asked(work, PRINCIPAL, [reports[key] for key in THREE], "CSV")
    await change(work, PRINCIPAL, role=Role.SERVICE)
    await run_due(work)
    ended = await row(work, made.id)
    assert (ended.state, ended.error, ended.report_count) == ("FAILED", ALL_GONE, 3)
    assert everything_in(work) == []


async def test_what_is_lost_while_it_is_made_makes_it_begin_anew(
    work: WorkContext, reports: dict[Key, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.exports.plan.PORTION", 1)
    arts, add = await department_of(work, ARTS), FileHere.add

    async def lose(file: FileHere, documents: Sequence[Any]) -> None:
        await add(file, documents)
        await change(work, PRINCIPAL, role=Role.DEPARTMENT_HEAD, department_id=arts)

    monkeypatch.setattr(FileHere, "add", lose)
    made = await asked(work, PRINCIPAL, [reports[key] for key in THREE], "CSV")
    assert await run_due(work) == 1
    assert ((await row(work, made.id)).state, everything_in(work)) == (WorkState.RUNNING, [])
    async with work.database.read() as session:
        job_id = await session.scalar(select(Job.id).where(Job.kind == export.KIND))
    assert job_id is not None
    gone = "A report of the file went away while it was being written."
    assert await job_state(work.database, job_id) == (WorkState.QUEUED, 1, gone)
    assert await run_job(work, job_id)
    whole = await row(work, made.id)
    # Ann is in Arts, the school as a whole is not theirs any more
    assert (whole.state, whole.report_ids) == ("SUCCEEDED", [reports[key] for key in THREE[:2]])


async def test_what_was_asked_for_is_said_on_the_cover(work: WorkContext, reports: dict[Key, int]) -> None:
    query = ReportQuery(kinds=(K.COURSE, K.TRAINEE))
    await asked(work, PRINCIPAL, ListOfReports(query, ReportOrdering()), "CSV")
    await run_due(work)
    about = {line["label"]: line["value"] for line in read_zip(only_file(work))["about"]}
    assert {label: about[label] for label in ("Title", "Made by", "Kinds", "Revisions", "Ordered by")} == {
        "Title": "Reports, 2026-03",
        "Made by": "Principal",
        "Kinds": "Course, Trainee",
        "Revisions": "the latest of each",
        "Ordered by": "Generated at, highest or newest first",
    }
