"""Exports that were made: who lists them, who fetches them, and what is told of them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from graphql_api.core.context import utc_now
from graphql_api.core.ids import global_id, number_of
from graphql_api.exports.downloads import GONE
from models import Alert, BaseReport, Export, Role, Subject, User, WorkState
from tests.support.college import ADMIN, BUILDER, HEAD, PRINCIPAL, SERVICE, TRAINER
from tests.support.exports_of_many import LOOK, exports, listed, request
from tests.support.house import House
from tests.support.statements import statements

EXPORTS = """query ($first: Int, $after: String, $last: Int, $before: String) {
    exports(first: $first, after: $after, last: $last, before: $before) { totalCount nodes { id reportCount }
        pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }"""


async def test_everybody_lists_their_own_exports_newest_first(filled: House) -> None:
    for email in (HEAD, PRINCIPAL, HEAD, TRAINER, HEAD):
        await request(filled, email, filter={})
    rows = await exports(filled)
    mine = {
        email: [
            global_id("Export", row.id) for row in reversed(rows) if row.requested_by == await account(filled, email)
        ]
        for email in (HEAD, PRINCIPAL, TRAINER)
    }
    assert [len(ids) for ids in mine.values()] == [3, 1, 1]
    for email, ids in mine.items():
        page = (await filled.ask(email, EXPORTS)).whole["exports"]
        assert ([node["id"] for node in page["nodes"]], page["totalCount"]) == (ids, len(ids))
    everybody = (await filled.ask(ADMIN, EXPORTS)).whole["exports"]
    assert [node["id"] for node in everybody["nodes"]] == [global_id("Export", row.id) for row in reversed(rows)]
    assert (await filled.ask(SERVICE, EXPORTS)).whole["exports"]["nodes"] == []


async def account(house: House, email: str) -> int:
    return (await house.viewer(email)).user_id


async def test_exports_come_page_by_page(filled: House) -> None:
    ids = [(await request(filled, HEAD, filter={}))["export"]["id"] for _ in range(5)][::-1]
    first = (await filled.ask(HEAD, EXPORTS, first=2)).whole["exports"]
    assert [node["id"] for node in first["nodes"]] == ids[:2]
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    second = (await filled.ask(HEAD, EXPORTS, first=3, after=first["pageInfo"]["endCursor"])).whole["exports"]
    assert [node["id"] for node in second["nodes"]] == ids[2:]
    assert second["pageInfo"]["hasNextPage"] is False
    back = (await filled.ask(HEAD, EXPORTS, last=2, before=second["pageInfo"]["startCursor"])).whole["exports"]
    assert [node["id"] for node in back["nodes"]] == ids[:2]
    answer = await filled.ask(HEAD, EXPORTS, first=501)
    assert [(one.code, one.message) for one in answer.errors] == [
        ("BAD_USER_INPUT", "first: 501 is not a page size; it must be 0 to 500")
    ]


async def test_a_list_of_exports_costs_the_same_for_few_and_many(filled: House) -> None:
    reports = await listed(filled, HEAD, filter={})
    for report in [*reports, reports[0]]:
        await request(filled, HEAD, report=report)
    query = "query ($first: Int) { exports(first: $first) { nodes { id reportCount report { id kind } } } }"
    counts = []
    for first in (2, len(reports)):
        with statements(filled.database) as seen:
            assert len((await filled.ask(HEAD, query, first=first)).whole["exports"]["nodes"]) == first
        counts.append(len(seen))
    # the viewer, the page, its reports
    assert counts == [3, 3]


async def made(house: House, email: str) -> tuple[str, str]:
    """A file of all that somebody may read: the id of its export and its link."""
    id_ = (await request(house, email, filter={}))["export"]["id"]
    await house.work_off()
    export = (await house.ask(email, LOOK, id=id_)).whole["export"]
    assert (export["state"], export["error"]) == ("SUCCEEDED", None)
    return id_, export["downloadUrl"]


@pytest.mark.parametrize("known_by", ["reports", "names"])
async def test_the_link_leads_to_the_file_as_long_as_all_of_it_may_be_read(filled: House, known_by: str) -> None:
    _, url = await made(filled, PRINCIPAL)
    response = await filled.get(url)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/zip")
    async with filled.database.write() as session:
        # as if it held nothing else that they may no longer see
        other: dict[str, Any] = (
            {"names": [], "contacts": []} if known_by == "reports" else {"report_ids": [], "contacts": []}
        )
        await session.execute(update(Export).values(other))
        arts = await session.scalar(select(Subject.id).where(Subject.source_id == "ART"))
        # most of it is still theirs
        await session.execute(
            update(User)
            .where(User.email == PRINCIPAL)
            .values(role=Role.DEPARTMENT_HEAD, school_id=None, department_id=arts)
        )
    response = await filled.get(url)
    assert (response.status_code, response.json()["errors"][0]["message"]) == (404, GONE)


async def test_whether_it_may_be_fetched_is_one_statement_for_any_number(filled: House) -> None:
    few = (await request(filled, PRINCIPAL, filter={"kinds": ["SCHOOL"]}))["export"]["id"]
    many, _ = await made(filled, PRINCIPAL)
    counts = []
    for id_ in (few, many):
        url = (await filled.ask(PRINCIPAL, LOOK, id=id_)).whole["export"]["downloadUrl"]
        with statements(filled.database) as seen:
            assert (await filled.get(url)).status_code == 200
        counts.append(len(seen))
    # the viewer, the export, whether it may be fetched
    assert counts == [3, 3]


async def test_of_a_failed_one_there_is_nothing_to_download(filled: House) -> None:
    id_ = (await request(filled, BUILDER, filter={}))["export"]["id"]
    async with filled.database.write() as session:
        await session.execute(update(User).where(User.email == BUILDER).values(role=Role.SERVICE, department_id=None))
    await filled.work_off()
    async with filled.database.write() as session:
        state = await session.scalar(select(Export.state).where(Export.id == number_of(id_, "id", "Export")))
        await session.execute(update(User).where(User.email == BUILDER).values(role=Role.ADMIN))
    export = (await filled.ask(BUILDER, LOOK, id=id_)).whole["export"]
    assert (state, export["state"], export["downloadUrl"]) == (WorkState.FAILED, "FAILED", None)
    assert export["error"] == "The reports are gone or no longer yours to read."


async def test_an_alert_of_many_names_no_report(filled: House) -> None:
    await made(filled, HEAD)
    query = "{ alerts { nodes { kind title body report { id } export { reportCount } } } }"
    (alert,) = (await filled.ask(HEAD, query)).whole["alerts"]["nodes"]
    count = alert["export"]["reportCount"]
    assert alert == {
        "kind": "EXPORT_READY",
        "title": "A file is ready",
        "body": [f"CSV file of {count} reports"],
        "report": None,
        "export": {"reportCount": len(await listed(filled, HEAD, filter={}))},
    }


async def test_what_could_not_be_written_is_told_as_far_as_it_may_be_read(filled: House) -> None:
    id_, _ = await made(filled, HEAD)
    async with filled.database.write() as session:
        export = (await session.scalars(select(Export))).one()
        theirs, all_ids = export.report_ids[0], set(await session.scalars(select(BaseReport.id)))
        hidden = min(all_ids - set(export.report_ids))
        export.left_out = [[theirs, "It is too wide."], [hidden, "It says too much."]]
        (alert,) = await session.scalars(select(Alert))
        alert.data = {**alert.data, "leftOut": 2}
        name = await session.scalar(
            select(Subject.name).join(BaseReport, BaseReport.subject_id == Subject.id).where(BaseReport.id == theirs)
        )
    notice = [f"{name}, 2026-03, is left out: It is too wide.", "1 report is left out that you may no longer read."]
    assert (await filled.ask(HEAD, LOOK, id=id_)).whole["export"]["notice"] == " ".join(notice)
    (shown,) = (await filled.ask(HEAD, "{ alerts { nodes { title body } } }")).whole["alerts"]["nodes"]
    assert (shown["title"], shown["body"][1:]) == ("A file is ready, without 2 reports", notice)
    with statements(filled.database) as seen:
        listed = (await filled.ask(HEAD, "{ exports { nodes { notice } } }")).whole["exports"]["nodes"]
    assert listed == [{"notice": " ".join(notice)}]
    assert sum("pg_column_size" in statement for statement in seen) == 1


async def test_an_expired_one_has_no_link(filled: House) -> None:
    id_, url = await made(filled, HEAD)
    async with filled.database.write() as session:
        await session.execute(update(Export).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert (await filled.ask(HEAD, LOOK, id=id_)).whole["export"]["downloadUrl"] is None
    assert (await filled.get(url)).status_code == 404
