"""exportRequest for many reports, the list `exports`, and the download of such a file."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from graphql_api.core.ids import global_id, number_of, parse_id
from models import Export, Job, WorkState
from tests.support.college import ADMIN, HEAD, PRINCIPAL, TRAINEE
from tests.support.exports_of_many import LOOK, exports, listed, request
from tests.support.house import House
from tests.support.statements import statements

CANCEL = "mutation ($id: ID!) { exportCancel(input: { id: $id }) { userErrors { message } } }"


NOTHING = {
    "layout": "TOGETHER", "paper": None, "locale": None, "byteOrderMark": False, "separator": "COMMA", "table": None,
}  # fmt: skip


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


async def test_a_long_one_is_queued_in_its_lane(filled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.exports.export_long.LONG", 1)
    await request(filled, HEAD, filter={})
    async with filled.database.read() as session:
        assert list(await session.scalars(select(Job.kind))) == ["export.make_long"]
