"""The field `exports` of reports: whose, in which order, how many, and what they cost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.core.ids import global_id, number_of
from models import Export, SubjectKind, WorkState
from resolvers.access.viewers import SYSTEM
from resolvers.calendar.periods import Period
from resolvers.exports.exports import MAX_EXPORTS, request_export
from resolvers.reports.generation import Generated, generate
from tests.support.archive import FEBRUARY, MARCH
from tests.support.college import ADMIN, HEAD, NOW, PRINCIPAL, SERVICE, TRAINER
from tests.support.factories import subject_ids
from tests.support.house import House
from tests.support.statements import statements

EXPORTS = "query ($first: Int) { reports(first: $first) { nodes { id exports { id } } } }"
WHOLE = """{ id state format fileName byteSize sha256 error requestedAt finishedAt expiresAt downloadUrl
    report { id kind subject { name } } }"""
# what is asked of each report → statements
FIELDS = {"exports { id }": 1, "isLatest exports { id format }": 2}


async def reported(house: House, *source_ids: str) -> list[int]:
    """The reports for March of these courses."""
    async with house.database.read() as session:
        ids = await subject_ids(session)
    wanted = [ids[SubjectKind.COURSE, source_id] for source_id in source_ids]
    made = await house.database.in_snapshot(lambda session: generate(session, SYSTEM, wanted, MARCH, now=NOW))
    of = {one.subject_id: one.report_id for one in made}
    return [of[subject_id] for subject_id in wanted]


async def exported(house: House, email: str, reports: Sequence[int], at: datetime = NOW) -> list[str]:
    """The ids of exports of these reports, asked for by somebody at a moment."""
    viewer = await house.viewer(email)
    async with house.database.write() as session:
        rows = [await request_export(session, viewer, report, "CSV", now=at, days=7) for report in reports]
        return [global_id("Export", row.id) for row in rows]


async def listed(house: House, email: str) -> dict[str, list[str]]:
    nodes = (await house.ask(email, EXPORTS, first=500)).whole["reports"]["nodes"]
    return {node["id"]: [export["id"] for export in node["exports"]] for node in nodes}


async def test_everybody_sees_their_own_newest_first(college: House) -> None:
    colour, canvas = await reported(college, "COL", "CAN")
    (second,) = await exported(college, HEAD, [colour], NOW + timedelta(hours=1))
    first, of_canvas = await exported(college, HEAD, [colour, canvas])
    third, fourth = await exported(college, HEAD, [colour, colour], NOW + timedelta(hours=2))
    (theirs,) = await exported(college, PRINCIPAL, [colour], NOW + timedelta(minutes=90))
    ids = [global_id("CourseReport", number) for number in (colour, canvas)]
    heads = [fourth, third, second, first]
    assert await listed(college, HEAD) == dict(zip(ids, (heads, [of_canvas]), strict=True))
    assert await listed(college, PRINCIPAL) == dict(zip(ids, ([theirs], []), strict=True))
    assert await listed(college, TRAINER) == dict(zip(ids, ([], []), strict=True))
    both = [fourth, third, theirs, second, first]
    assert await listed(college, ADMIN) == dict(zip(ids, (both, [of_canvas]), strict=True))
    assert await listed(college, SERVICE) == {}


async def test_what_is_listed_is_what_export_finds(college: House) -> None:
    (colour,) = await reported(college, "COL")
    ids = [(await exported(college, email, [colour]))[0] for email in (HEAD, PRINCIPAL, TRAINER, ADMIN)]
    for email in (HEAD, PRINCIPAL, TRAINER, ADMIN):
        (seen,) = (await listed(college, email)).values()
        found = [(await college.ask(email, "query ($id: ID!) { export(id: $id) { id } }", id=id_)).whole for id_ in ids]
        assert sorted(seen) == sorted(one["export"]["id"] for one in found if one["export"])


async def test_the_newest_twenty_of_each(college: House) -> None:
    reports = await reported(college, "COL", "CAN")
    rounds = [await exported(college, HEAD, reports, NOW + timedelta(minutes=n)) for n in range(MAX_EXPORTS + 2)]
    newest = rounds[: -MAX_EXPORTS - 1 : -1]
    assert await listed(college, HEAD) == {
        global_id("CourseReport", report): [made[place] for made in newest] for place, report in enumerate(reports)
    }


@pytest.mark.parametrize("expired", [False, True])
async def test_each_is_shown_as_export_shows_it(college: House, expired: bool) -> None:
    (colour,) = await reported(college, "COL")
    waiting, done = await exported(college, HEAD, [colour, colour])
    async with college.database.write() as session:
        finished = {"state": WorkState.SUCCEEDED, "file_name": "a.csv", "file_key": "a", "byte_size": 5}
        await session.execute(update(Export).values(finished).where(Export.id == number_of(done, "id", "Export")))
    query = f"""query ($report: ID!, $waiting: ID!, $done: ID!) {{ report(id: $report) {{ exports {WHOLE} }}
        done: export(id: $done) {WHOLE} waiting: export(id: $waiting) {WHOLE} }}"""
    asked: dict[str, Any] = {"report": global_id("CourseReport", colour), "waiting": waiting, "done": done}
    now = NOW + timedelta(days=7 if expired else 6)
    data = (await college.ask(HEAD, query, now=now, **asked)).whole
    assert data["report"]["exports"] == [data["done"], data["waiting"]]
    assert [export["id"] for export in data["report"]["exports"]] == [done, waiting]
    assert (data["done"]["downloadUrl"] is None, data["waiting"]["downloadUrl"]) == (expired, None)
    assert data["done"]["report"] == {"id": asked["report"], "kind": "COURSE", "subject": {"name": "Colour"}}


async def test_a_report_that_was_just_exported_has_the_export(college: House) -> None:
    (colour,) = await reported(college, "COL")
    mutation = """mutation ($report: ID!) { exportRequest(input: {report: $report, format: CSV}) {
        export { id report { id exports { id state } } } } }"""
    report = global_id("CourseReport", colour)
    export = (await college.ask(HEAD, mutation, report=report)).whole["exportRequest"]["export"]
    assert export["report"] == {"id": report, "exports": [{"id": export["id"], "state": "QUEUED"}]}


async def _generated(subjects: list[int], period: Period, session: AsyncSession) -> list[Generated]:
    return await generate(session, SYSTEM, subjects, period, now=NOW)


async def test_one_statement_for_any_number_of_reports_of_any_kinds(college: House) -> None:
    async with college.database.read() as session:
        subjects = list((await subject_ids(session)).values())
    for period in (MARCH, FEBRUARY):
        made = await college.database.in_snapshot(partial(_generated, subjects, period))
        await exported(college, ADMIN, [one.report_id for one in made])
    for fields, count in FIELDS.items():
        query = f"query ($first: Int) {{ reports(first: $first) {{ nodes {{ __typename {fields} }} }} }}"
        for first, kinds in ((2, 1), (20, 5)):
            with statements(college.database) as seen:
                nodes = (await college.ask(ADMIN, query, first=first)).whole["reports"]["nodes"]
            assert (len(nodes), len({node["__typename"] for node in nodes})) == (first, kinds)
            assert [len(node["exports"]) for node in nodes] == [1] * first
            # besides the viewer and the page
            assert (fields, len(seen) - 2) == (fields, count)
