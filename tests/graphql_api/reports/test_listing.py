"""The list of reports: filters, orders, paging both ways, and what is refused."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from graphql_api.core.connections import cursor_of
from graphql_api.core.ids import global_id, subject_global_id
from graphql_api.reports.types import REPORT_TYPE_NAMES
from models import BaseReport, Run, Subject, SubjectKind
from resolvers.access.viewers import SYSTEM
from resolvers.reports.generation import generate
from resolvers.reports.look_ups import ReportOrderField
from tests.support.archive import CORRECTED, EVERYTHING, MARCH, may_read
from tests.support.college import ADMIN, HEAD, NOW, TRAINER
from tests.support.house import House
from tests.support.statements import statements

LIST = """query (
    $filter: ReportFilter, $orderBy: ReportOrder, $first: Int, $after: String, $last: Int, $before: String
) {
    reports(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { id } edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
Row = tuple[BaseReport, str]


async def rows(house: House, email: str = ADMIN) -> list[Row]:
    """Every report somebody may read, with the institution's id of its subject, straight from the table."""
    joined = select(BaseReport, Subject.source_id).join(Subject, Subject.id == BaseReport.subject_id)
    async with house.database.read() as session:
        found = [(report, source_id) for report, source_id in await session.execute(joined)]
    return [row for row in found if row[1] in may_read(email, SubjectKind(row[0].kind))]


def ids_of(reports: list[Row]) -> list[str]:
    return [global_id(REPORT_TYPE_NAMES[SubjectKind(report.kind)], report.id) for report, _ in reports]


async def listed(house: House, email: str = ADMIN, **variables: Any) -> Any:
    return (await house.ask(email, LIST, **variables)).whole["reports"]


async def test_the_archive_is_what_it_says(archive: House) -> None:
    found = await rows(archive)
    assert {source_id for report, source_id in found if report.revision == 2} == CORRECTED
    assert len(EVERYTHING) == 28
    # March, the second revisions, February, and the head's two courses
    assert len(found) == 28 + 7 + 28 + 2


def latest(found: list[Row]) -> list[Row]:
    chains = [(report.subject_id, report.period_from, report.period_to) for report, _ in found]
    newest = {chain: max(r.revision for (r, _), c in zip(found, chains, strict=True) if c == chain) for chain in chains}
    return [row for row, chain in zip(found, chains, strict=True) if row[0].revision == newest[chain]]


async def test_without_arguments_it_is_the_twenty_newest_of_the_latest(archive: House) -> None:
    newest = sorted(latest(await rows(archive)), key=lambda row: (row[0].generated_at, row[0].id), reverse=True)
    page = (await archive.ask(ADMIN, "{ reports { totalCount nodes { id isLatest } } }")).whole["reports"]
    assert page["totalCount"] == len(newest) == 58
    assert page["nodes"] == [{"id": id_, "isLatest": True} for id_ in ids_of(newest[:20])]


def filters(given: Mapping[str, str], run: str) -> dict[str, tuple[dict[str, Any], Any]]:
    """Filters, each with the condition on (report, institution's id) that says what it leaves."""
    moment = (NOW + timedelta(hours=1)).isoformat()
    in_march = {"from": "2026-03-01", "to": "2026-03-31"}
    return {
        "kinds": ({"kinds": ["COURSE", "TRAINEE"]}, lambda report, _: report.kind in ("COURSE", "TRAINEE")),
        "no kind": ({"kinds": []}, lambda *_: False),
        "subjects": ({"subjects": [given["P1"], given["sol"]]}, lambda _, source_id: source_id in ("P1", "sol")),
        "no subject": ({"subjects": []}, lambda *_: False),
        "kind of another": ({"subjects": [given["P1"]], "kinds": ["COURSE"]}, lambda *_: False),
        "within": ({"within": in_march}, lambda report, _: report.period_from.month == 3),
        "within a day less": (
            {"within": {**in_march, "to": "2026-03-30"}},
            lambda report, _: report.period_name == "2026-W10",
        ),
        "since": ({"generatedSince": moment}, lambda report, _: report.generated_at >= NOW + timedelta(hours=1)),
        "run": ({"run": run}, lambda report, _: report.run_id is not None),
        "all": (
            {
                "kinds": ["COURSE"],
                "subjects": [given["COL"], given["P1"]],
                "within": in_march,
                "generatedSince": moment,
            },
            lambda report, source_id: (
                source_id == "COL" and report.period_from.month == 3 and report.generated_at >= NOW + timedelta(hours=1)
            ),
        ),
    }


@pytest.mark.parametrize("email", [ADMIN, HEAD, TRAINER])
@pytest.mark.parametrize("latest_only", [True, False])
async def test_a_filter_leaves_what_it_says(archive: House, email: str, latest_only: bool) -> None:
    found = await rows(archive, email)
    pool = latest(found) if latest_only else found
    async with archive.database.read() as session:
        subjects = (await session.execute(select(Subject.kind, Subject.source_id, Subject.id))).all()
        run_id = await session.scalar(select(Run.id))
    assert run_id is not None
    given = {row.source_id: subject_global_id(SubjectKind(row.kind), row.id) for row in subjects}
    for name, (asked, holds) in filters(given, global_id("Run", run_id)).items():
        wanted = [row for row in pool if holds(*row)]
        page = await listed(archive, email, filter={**asked, "latestOnly": latest_only}, first=500)
        assert (page["totalCount"], {node["id"] for node in page["nodes"]}) == (len(wanted), set(ids_of(wanted))), name


def key(field: ReportOrderField, report: BaseReport) -> Any:
    value = getattr(report, field.lower())
    return (-1 if value is None else value, report.id)


ORDERS = [(field, descending) for field in ReportOrderField for descending in (True, False)]


@pytest.mark.parametrize(("field", "descending"), ORDERS)
@pytest.mark.parametrize(("email", "size"), [(ADMIN, 13), (HEAD, 4)])
async def test_paging_either_way_loses_and_repeats_nothing(
    archive: House, field: ReportOrderField, descending: bool, email: str, size: int
) -> None:
    asked = {"orderBy": {"field": field, "descending": descending}, "filter": {"latestOnly": False}}
    found = sorted(await rows(archive, email), key=lambda row: key(field, row[0]), reverse=descending)
    wanted = ids_of(found)
    assert len({key(field, report)[0] for report, _ in found}) > 1

    forward: list[str] = []
    cursor, more = None, True
    while more:
        page = await listed(archive, email, **asked, first=size, after=cursor)
        assert page["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        assert page["totalCount"] == len(wanted)
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        ends = page["edges"][0]["cursor"], page["edges"][-1]["cursor"]
        assert (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == ends
        forward += [node["id"] for node in page["nodes"]]
        cursor, more = ends[1], page["pageInfo"]["hasNextPage"]
    assert forward == wanted

    backward: list[str] = []
    cursor, more = None, True
    while more:
        page = await listed(archive, email, **asked, last=size, before=cursor)
        assert page["pageInfo"]["hasNextPage"] is (cursor is not None)
        backward = [node["id"] for node in page["nodes"]] + backward
        cursor, more = page["pageInfo"]["startCursor"], page["pageInfo"]["hasPreviousPage"]
    assert backward == wanted


async def test_between_two_cursors(archive: House) -> None:
    whole = await listed(archive, first=500)
    cursors = [edge["cursor"] for edge in whole["edges"]]
    between = await listed(archive, after=cursors[3], before=cursors[9], first=500)
    assert between["nodes"] == whole["nodes"][4:9]


async def test_the_total_is_counted_only_when_asked(archive: House) -> None:
    counts = []
    for selection in ("nodes { id }", "nodes { id } totalCount", "nodes { id } ...F", "nodes { id } all: totalCount"):
        fragment = " fragment F on ReportConnection { totalCount }" if "...F" in selection else ""
        with statements(archive.database) as ran:
            await archive.ask(ADMIN, f"{{ reports {{ {selection} }} }}{fragment}")
        counts.append(sum("count(" in statement for statement in ran))
    assert counts == [0, 1, 1, 1]


async def test_fields_of_a_list_are_loaded_together(archive: House) -> None:
    query = """query ($first: Int) { reports(first: $first, filter: {kinds: [COURSE], latestOnly: false}) {
        nodes { id isLatest period { from } metrics { expected } subject { name } data } } }"""
    ran = []
    for size in (2, 11):
        with statements(archive.database) as seen:
            answer = await archive.ask(ADMIN, query, first=size)
        ran.append((len(answer.whole["reports"]["nodes"]), len(seen)))
    assert ran == [(2, ran[0][1]), (11, ran[0][1])]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"first": -1}, "first: -1 is not a page size; it must be 0 to 500"),
    ({"first": 501}, "first: 501 is not a page size; it must be 0 to 500"),
    ({"last": 501}, "last: 501 is not a page size; it must be 0 to 500"),
    ({"first": 1, "last": 1}, "last: give first or last, not both"),
    ({"after": "x"}, "after: 'x' is not a cursor of this list; take one from its edges or pageInfo"),
    (
        {"filter": {"subjects": ["x"]}},
        "filter.subjects: 'x' is not an id; take one from a field `id`",
    ),
    (
        {"filter": {"subjects": [global_id("Run", 1)]}},
        f"filter.subjects: '{global_id('Run', 1)}' is the id of a Run, not of a School or Department or Programme or"
        " ClassGroup or Course or Trainer or Trainee",
    ),
    ({"filter": {"run": global_id("Course", 1)}}, "filter.run: it is the id of a Course, not of a Run"),
    (
        {"filter": {"within": {"from": "2026-03-02", "to": "2026-03-01"}}},
        "filter.within.to: 2026-03-01 is before from (2026-03-02); it must be the same day or later",
    ),
]


@pytest.mark.parametrize(("asked", "sentence"), REFUSED)
async def test_what_makes_no_sense_is_refused_with_a_sentence(
    archive: House, asked: dict[str, Any], sentence: str
) -> None:
    answer = await archive.ask(ADMIN, LIST, **asked)
    assert answer.data is None
    assert [(one.code, one.message) for one in answer.errors] == [("BAD_USER_INPUT", sentence)]


# (ordered by, a key that no list of that order has)
FORGED: list[tuple[ReportOrderField, list[Any]]] = [
    (ReportOrderField.GENERATED_AT, ["2026-03-01", 1]),
    (ReportOrderField.GENERATED_AT, ["2026-03-01T00:00:00", 1]),
    (ReportOrderField.GENERATED_AT, [1, 1]),
    (ReportOrderField.GENERATED_AT, ["2026-03-01T00:00:00+00:00"]),
    (ReportOrderField.GENERATED_AT, ["2026-03-01T00:00:00+00:00", "1"]),
    (ReportOrderField.GENERATED_AT, ["2026-03-01T00:00:00+00:00", 2**63]),
    (ReportOrderField.PERIOD_FROM, ["2026-03-01T00:00:00+00:00", 1]),
    (ReportOrderField.PERIOD_FROM, ["today", 1]),
    (ReportOrderField.ATTENDANCE_RATE, ["1", 1]),
    (ReportOrderField.ATTENDANCE_RATE, [None, 1]),
    (ReportOrderField.ATTENDANCE_RATE, [True, 1]),
]


@pytest.mark.parametrize(("field", "forged"), FORGED)
async def test_a_cursor_of_another_list_is_refused(archive: House, field: ReportOrderField, forged: list[Any]) -> None:
    answer = await archive.ask(ADMIN, LIST, orderBy={"field": field}, after=cursor_of(tuple(forged)))
    assert [one.code for one in answer.errors] == ["BAD_USER_INPUT"]
    assert answer.errors[0].message.startswith("after: ")


@pytest.mark.parametrize(
    ("field", "odd", "left"),
    [
        (ReportOrderField.GENERATED_AT, ["9999-12-31T23:59:59-12:00", 1], 58),
        (ReportOrderField.GENERATED_AT, ["0001-01-01T00:00:00+14:00", 1], 0),
        (ReportOrderField.PERIOD_FROM, ["9999-12-31", 1], 58),
        (ReportOrderField.ATTENDANCE_RATE, [1e308, 2**63 - 1], 58),
    ],
)
async def test_a_cursor_beyond_either_end_is_none_the_worse(
    archive: House, field: ReportOrderField, odd: list[Any], left: int
) -> None:
    page = await listed(archive, orderBy={"field": field}, after=cursor_of(tuple(odd)), first=500)
    assert len(page["nodes"]) == left


async def test_there_is_room_for_billions_of_reports(college: House, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("alter table report alter column id restart with 3000000000")
    async with college.database.read() as session:
        groups = list(await session.scalars(select(Subject.id).where(Subject.kind == SubjectKind.CLASS_GROUP)))
    await college.database.in_snapshot(lambda session: generate(session, SYSTEM, groups, MARCH, now=NOW))
    whole = await listed(college)
    assert [node["id"] for node in whole["nodes"]] == [
        global_id("ClassGroupReport", 3_000_000_000 + number) for number in (3, 2, 1, 0)
    ]
    assert (await listed(college, after=whole["edges"][1]["cursor"]))["nodes"] == whole["nodes"][2:]
    one = await college.ask(ADMIN, "query ($id: ID!) { report(id: $id) { id } }", id=whole["nodes"][0]["id"])
    assert one.whole == {"report": whole["nodes"][0]}
