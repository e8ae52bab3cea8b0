"""exportRequest for many reports, the list `exports`, and the download of such a file."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.core.context import utc_now
from graphql_api.core.ids import global_id, number_of, parse_id
from graphql_api.exports.downloads import GONE
from models import Alert, BaseReport, Export, Job, Role, Subject, SubjectKind, User, WorkState
from models.subject import sort_key
from resolvers.access.viewers import SYSTEM
from resolvers.calendar.periods import Period
from resolvers.reports.generation import generate
from tests.support.archive import FEBRUARY, MARCH
from tests.support.college import ADMIN, BUILDER, HEAD, NOW, PRINCIPAL, SERVICE, TRAINEE, TRAINER
from tests.support.factories import subject_ids
from tests.support.house import House
from tests.support.statements import statements

ASK = """mutation ($input: ExportRequestInput!) { exportRequest(input: $input) {
    export { id state format reportCount done matching limit notice fileName mediaType report { id }
        options { layout paper locale byteOrderMark separator table } }
    notice userErrors { field message code } } }"""
LIST = """query ($filter: ReportFilter, $orderBy: ReportOrder) {
    reports(first: 500, filter: $filter, orderBy: $orderBy) { nodes { id subject { id name } period { from } } } }"""
LOOK = "query ($id: ID!) { export(id: $id) { state reportCount done error notice downloadUrl } }"
CANCEL = "mutation ($id: ID!) { exportCancel(input: { id: $id }) { userErrors { message } } }"
EXPORTS = """query ($first: Int, $after: String, $last: Int, $before: String) {
    exports(first: $first, after: $after, last: $last, before: $before) { totalCount nodes { id reportCount }
        pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }"""
NOTHING = {
    "layout": "TOGETHER", "paper": None, "locale": None, "byteOrderMark": False, "separator": "COMMA", "table": None,
}  # fmt: skip


@pytest.fixture
async def filled(college: House) -> House:
    """The college with the report of everything for March, and of the courses for February."""
    async with college.database.read() as session:
        ids = await subject_ids(session)
    courses = [id_ for (kind, _), id_ in ids.items() if kind == SubjectKind.COURSE]
    for wanted, period in ((list(ids.values()), MARCH), (courses, FEBRUARY)):
        await college.database.in_snapshot(partial(_generated, wanted, period))
    return college


async def _generated(subjects: list[int], period: Period, session: AsyncSession) -> None:
    await generate(session, SYSTEM, subjects, period, now=NOW)


async def request(house: House, email: str, **given: Any) -> dict[str, Any]:
    """What exportRequest answers."""
    asked = {"format": "CSV", **given}
    answer: dict[str, Any] = (await house.ask(email, ASK, input=asked)).whole["exportRequest"]
    return answer


async def listed(house: House, email: str, **given: Any) -> list[str]:
    """The ids that `reports` gives, in its order; where none was asked for, in that of files: by name."""
    nodes = (await house.ask(email, LIST, **given)).whole["reports"]["nodes"]
    if "orderBy" not in given:
        nodes.sort(key=_by_name)
    return [node["id"] for node in nodes]


def _by_name(node: dict[str, Any]) -> tuple[str, int, str, int]:
    subject, report = (parse_id(given, "id")[1] for given in (node["subject"]["id"], node["id"]))
    return sort_key(node["subject"]["name"]), subject, node["period"]["from"], report


async def exports(house: House) -> list[Export]:
    async with house.database.read() as session:
        return list(await session.scalars(select(Export).order_by(Export.id)))


FILTERS: list[dict[str, Any]] = [
    {"filter": {}},
    {"filter": {"kinds": ["COURSE"]}, "orderBy": {"field": "PERIOD_FROM", "descending": False}},
    {"filter": {"within": {"from": "2026-02-01", "to": "2026-02-28"}}, "orderBy": {"field": "ATTENDANCE_RATE"}},
    {"filter": {"latestOnly": False, "generatedSince": "2026-01-01T00:00:00Z"}},
]


@pytest.mark.parametrize("given", FILTERS)
@pytest.mark.parametrize("email", [PRINCIPAL, HEAD, TRAINEE])
async def test_a_filter_is_the_reports_that_reports_lists(filled: House, email: str, given: dict[str, Any]) -> None:
    ids = await listed(filled, email, **given)
    answer = await request(filled, email, **given)
    if not ids:  # of courses a trainee reads nothing
        message = "no report of yours matches it; ask for more, or generate some"
        refused = {"field": ["filter"], "message": message, "code": "EMPTY"}
        assert (answer["export"], answer["userErrors"]) == (None, [refused])
        assert await exports(filled) == []
        return
    assert answer["userErrors"] == []
    assert answer["export"] == {
        "id": answer["export"]["id"],
        "state": "QUEUED",
        "format": "CSV",
        "reportCount": len(ids),
        "done": 0,
        "matching": len(ids),
        "limit": 10_000,
        "notice": None,
        "fileName": None,
        "mediaType": None,
        "report": {"id": ids[0]} if len(ids) == 1 else None,
        "options": NOTHING,
    }
    (row,) = await exports(filled)
    assert [global_id(type_of(id_), number) for id_, number in zip(ids, row.report_ids, strict=True)] == ids


def type_of(id_: str) -> str:
    """The type of a report's id."""
    return parse_id(id_, "id")[0]


async def test_named_reports_stay_in_their_order_each_once(filled: House) -> None:
    first, second, third, *_ = await listed(filled, HEAD)
    answer = await request(filled, HEAD, reports=[third, first, third, second, first])
    assert (answer["export"]["reportCount"], answer["export"]["matching"]) == (3, 3)
    (row,) = await exports(filled)
    assert [global_id(type_of(id_), n) for id_, n in zip([third, first, second], row.report_ids, strict=True)] == [
        third,
        first,
        second,
    ]


async def test_what_was_chosen_is_kept(filled: House) -> None:
    chosen = {
        "layout": "SEPARATE", "locale": "en-GB", "byteOrderMark": True, "separator": "SEMICOLON", "table": "bands",
    }  # fmt: skip
    answer = await request(filled, HEAD, filter={}, options=chosen)
    assert answer["export"]["options"] == {**chosen, "paper": None}
    answer = await request(filled, HEAD, filter={}, format="PDF", options={"paper": "LETTER"})
    assert answer["export"]["options"] == {**NOTHING, "paper": "LETTER"}


INVALID, NOT_FOUND, EMPTY = "INVALID", "NOT_FOUND", "EMPTY"
REFUSED: list[tuple[dict[str, Any], list[str] | None, str, str]] = [
    ({}, None, "give exactly one of report, reports and filter", INVALID),
    ({"report": "HERS", "filter": {}}, ["filter"], "give exactly one of report, reports and filter", INVALID),
    ({"reports": ["HERS"], "report": "HERS"}, ["reports"], "give exactly one of report, reports and filter", INVALID),
    (
        {"reports": ["HERS"], "orderBy": {}},
        ["orderBy"],
        "an order goes with a filter; reports that are named stay in their order",
        INVALID,
    ),
    ({"reports": []}, ["reports"], "name at least one report", EMPTY),
    ({"reports": ["HERS", "HERS", "THEIRS"]}, ["reports", "2"], "there is no such report", NOT_FOUND),
    ({"reports": ["HERS", "NONE"]}, ["reports", "1"], "there is no such report", NOT_FOUND),
    ({"reports": ["HERS", "x"]}, ["reports", "1"], "'x' is not an id; take one from a field `id`", INVALID),
    (
        {"filter": {"within": {"from": "2026-03-02", "to": "2026-03-01"}}},
        ["filter", "within", "to"],
        "2026-03-01 is before from (2026-03-02); it must be the same day or later",
        INVALID,
    ),
    ({"filter": {"subjects": ["x"]}}, ["filter", "subjects"], "'x' is not an id; take one from a field `id`", INVALID),
    (
        {"filter": {"kinds": ["SCHOOL"]}},
        ["filter"],
        "no report of yours matches it; ask for more, or generate some",
        EMPTY,
    ),
    (
        {"filter": {}, "options": {"locale": "xx"}},
        ["options", "locale"],
        "'xx' is no language anybody knows; give a BCP 47 tag such as en-GB or ar",
        INVALID,
    ),
    (
        {"filter": {}, "options": {"locale": f"en@{'x' * 50_000}"}},
        ["options", "locale"],
        f"'en@{'x' * 37}' is no language anybody knows; give a BCP 47 tag such as en-GB or ar",
        INVALID,
    ),
    (
        {"filter": {}, "options": {"table": "x" * 50_000}},
        ["options", "table"],
        f"'{'x' * 40}' is no key of a table; leave it out to have all",
        INVALID,
    ),
    *(
        (
            {"filter": {}, "options": {"table": table}},
            ["options", "table"],
            f"{table!r} is no key of a table; leave it out to have all",
            INVALID,
        )
        for table in ("a\0b", "\ud800", "../bands", "bands\n")
    ),
    ({"filter": {}, "options": {"paper": "A4"}}, ["options", "paper"], "CSV has no such choice; leave it out", INVALID),
    (
        {"filter": {}, "format": "PDF", "options": {"table": "bands"}},
        ["options", "table"],
        "PDF has no such choice; leave it out",
        INVALID,
    ),
]


@pytest.mark.parametrize(("given", "field", "message", "code"), REFUSED)
async def test_of_bad_input_nothing_is_exported(
    filled: House, given: dict[str, Any], field: list[str] | None, message: str, code: str
) -> None:
    hers = await listed(filled, HEAD, filter={})
    theirs = next(id_ for id_ in await listed(filled, ADMIN, filter={}) if id_ not in hers)
    stand_for = {"HERS": hers[0], "THEIRS": theirs, "NONE": global_id("CourseReport", 2**62)}
    filled_in = {
        name: [stand_for.get(one, one) for one in value]
        if name == "reports"
        else stand_for.get(value, value)
        if name == "report"
        else value
        for name, value in given.items()
    }
    before = await filled.counts()
    answer = await request(filled, HEAD, **filled_in)
    assert answer == {
        "export": None,
        "notice": None,
        "userErrors": [{"field": field, "message": message, "code": code}],
    }
    assert await filled.counts() == before


@pytest.mark.parametrize("named", [False, True])
async def test_a_limit_is_announced_in_the_answer(filled: House, monkeypatch: pytest.MonkeyPatch, named: bool) -> None:
    monkeypatch.setattr("resolvers.exports.selection.MAX_REPORTS", 3)
    ids = await listed(filled, ADMIN, filter={})
    given: dict[str, Any] = {"reports": ids} if named else {"filter": {}}
    answer = await request(filled, ADMIN, **given)
    notice = (
        f"The limit of a file is 3 reports: it holds the first 3 of the {len(ids)} that were asked for."
        " Ask for fewer at a time to get the others."
    )
    export = answer["export"]
    assert (answer["notice"], export["notice"], answer["userErrors"]) == (notice, notice, [])
    assert (export["reportCount"], export["matching"], export["limit"]) == (3, len(ids), 3)
    assert (await filled.work_off(), (await exports(filled))[0].report_count) == (1, 3)
    seen = (await filled.ask(ADMIN, LOOK, id=export["id"])).whole["export"]
    assert (seen["state"], seen["done"], seen["notice"]) == ("SUCCEEDED", 3, notice)


async def test_beyond_what_is_counted_matching_is_null(filled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolvers.exports.selection.MAX_REPORTS", 3)
    for module in ("resolvers.exports.selection", "exporters.reports.words", "graphql_api.exports.types"):
        monkeypatch.setattr(f"{module}.MAX_MATCHING", 5)
    answer = await request(filled, ADMIN, filter={})
    assert answer["export"]["matching"] is None
    assert "the first 3 of the more than 5 that were asked for" in answer["notice"]


async def test_the_number_of_statements_is_the_same_for_few_and_many(filled: House) -> None:
    named = await listed(filled, ADMIN, filter={})
    ways: list[dict[str, Any]] = [
        {"filter": {"kinds": ["SCHOOL"]}},
        {"filter": {}},
        {"reports": named[:2]},
        {"reports": named},
    ]
    counts = []
    for given in ways:
        with statements(filled.database) as seen:
            assert (await request(filled, ADMIN, **given))["userErrors"] == []
        counts.append(len(seen))
    # the viewer, their account held, what they have under way, the reports, the export, its job
    assert counts == [6, 6, 6, 6]


async def test_an_account_has_so_many_under_way_and_no_more(filled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolvers.exports.exports.MAX_UNDER_WAY", 2)
    report, *_ = await listed(filled, HEAD)
    first, second = [(await request(filled, HEAD, report=report))["export"]["id"] for _ in range(2)]
    before = await filled.counts()
    refused = {
        "field": None,
        "message": "2 exports of yours are under way, the most there may be at a time; wait until one has ended, or"
        " cancel one",
        "code": "CONFLICT",
    }
    answers = await asyncio.gather(*(request(filled, HEAD, report=report) for _ in range(3)))
    assert answers == [{"export": None, "notice": None, "userErrors": [refused]}] * 3
    assert await filled.counts() == before
    # neither others' nor those that have ended count
    assert (await request(filled, PRINCIPAL, report=report))["userErrors"] == []
    async with filled.database.write() as session:
        ended = {"state": WorkState.FAILED}
        await session.execute(update(Export).where(Export.id == number_of(first, "id", "Export")).values(ended))
    assert (await request(filled, HEAD, report=report))["userErrors"] == []
    assert (await request(filled, HEAD, report=report))["userErrors"] == [refused]
    assert (await filled.ask(HEAD, CANCEL, id=second)).whole["exportCancel"]["userErrors"] == []
    # who asks for several at once is counted one after the other
    answers = await asyncio.gather(*(request(filled, HEAD, report=report) for _ in range(3)))
    assert [answer["userErrors"] for answer in answers].count([refused]) == 2


async def test_an_account_with_very_many_reports_under_way_waits_with_the_next(
    filled: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.exports.exports.MAX_REPORTS_UNDER_WAY", 3)
    ids = await listed(filled, HEAD)
    assert (await request(filled, HEAD, reports=ids[:3]))["userErrors"] == []
    assert (await request(filled, HEAD, reports=ids[:2]))["userErrors"] == []
    before = await filled.counts()
    (refused,) = (await request(filled, HEAD, report=ids[0]))["userErrors"]
    assert refused == {
        "field": None,
        "message": "your exports that are under way are of 5 reports, which is enough at a time; wait until one has"
        " ended, or cancel one",
        "code": "CONFLICT",
    }
    assert await filled.counts() == before


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


async def test_a_long_one_is_queued_in_its_lane(filled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.exports.export_long.LONG", 1)
    await request(filled, HEAD, filter={})
    async with filled.database.read() as session:
        assert list(await session.scalars(select(Job.kind))) == ["export.make_long"]


async def test_an_expired_one_has_no_link(filled: House) -> None:
    id_, url = await made(filled, HEAD)
    async with filled.database.write() as session:
        await session.execute(update(Export).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert (await filled.ask(HEAD, LOOK, id=id_)).whole["export"]["downloadUrl"] is None
    assert (await filled.get(url)).status_code == 404
