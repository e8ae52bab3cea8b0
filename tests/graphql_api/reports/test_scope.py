"""Who may read which reports, at every path to one; what is refused is not there, and nothing happened."""

import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from graphql_api.core.ids import global_id, subject_global_id
from graphql_api.reports.types import REPORT_TYPE_NAMES
from graphql_api.subjects.interface import PLURALS
from jobs.exports.plan import ALL_GONE, GONE, FileRequest, plan_of, read_portion
from jobs.queue.failures import PermanentFailure
from models import BaseReport, Export, Run, Session, Subject, SubjectKind
from tests.support.archive import may_read
from tests.support.college import ADMIN, HEAD, NAMES, NOW, SEES, SERVICE, TRAINER
from tests.support.house import House

EVERYBODY = pytest.mark.parametrize("email", SEES)


@dataclass(frozen=True, slots=True)
class Stored:
    """A report as it lies in the table."""

    number: int
    id: str
    kind: SubjectKind
    source_id: str
    subject: str


async def stored(house: House, email: str) -> tuple[list[Stored], list[Stored]]:
    """The reports somebody may read, and the others."""
    joined = select(BaseReport.id, BaseReport.kind, Subject.source_id, Subject.id.label("subject")).join(
        Subject, Subject.id == BaseReport.subject_id
    )
    theirs: list[Stored] = []
    others: list[Stored] = []
    async with house.database.read() as session:
        for row in await session.execute(joined.order_by(BaseReport.id)):
            kind = SubjectKind(row.kind)
            report = Stored(
                row.id,
                global_id(REPORT_TYPE_NAMES[kind], row.id),
                kind,
                row.source_id,
                subject_global_id(kind, row.subject),
            )
            (theirs if row.source_id in may_read(email, kind) else others).append(report)
    return theirs, others


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def hidden_names(email: str) -> list[str]:
    return [name for (kind, source_id), name in NAMES.items() if source_id not in SEES[email][kind]]


async def hidden_sessions(house: House, email: str) -> set[str]:
    """The institution's ids of sessions of groups that are not theirs to see."""
    groups = select(Subject.source_id).where(Subject.id == Session.class_group_id).scalar_subquery()
    async with house.database.read() as session:
        found = await session.execute(select(Session.source_id, groups))
    return {source_id for source_id, group in found if group not in SEES[email][SubjectKind.CLASS_GROUP]}


def texts(value: Any) -> set[str]:
    """Every text in an answer."""
    if isinstance(value, dict):
        return set().union(*(texts(held) for held in value.values()))
    if isinstance(value, list):
        return set().union(*(texts(held) for held in value))
    return {value} if isinstance(value, str) else set()


@EVERYBODY
async def test_the_list_and_its_total(archive: House, email: str) -> None:
    theirs, _ = await stored(archive, email)
    query = "{ reports(first: 500, filter: {latestOnly: false}) { totalCount nodes { id } edges { node { id } } } }"
    page = (await archive.ask(email, query)).whole["reports"]
    ids = {report.id for report in theirs}
    assert (page["totalCount"], {node["id"] for node in page["nodes"]}) == (len(ids), ids)
    assert {edge["node"]["id"] for edge in page["edges"]} == ids


@EVERYBODY
async def test_the_list_narrowed_to_what_is_hidden_is_empty(archive: House, email: str) -> None:
    theirs, others = await stored(archive, email)
    seen = {report.subject for report in theirs}
    given = [{"subjects": sorted({report.subject for report in others})}]
    given += [{"kinds": [kind]} for kind in SubjectKind if kind not in {report.kind for report in theirs}]
    for asked in given:
        query = "query ($filter: ReportFilter) { reports(filter: $filter) { totalCount nodes { id } } }"
        page = (await archive.ask(email, query, filter={**asked, "latestOnly": False})).whole["reports"]
        assert page == {"totalCount": 0, "nodes": []}
    assert seen.isdisjoint(report.subject for report in others)


@EVERYBODY
async def test_report_and_node(archive: House, email: str) -> None:
    theirs, others = await stored(archive, email)
    for start in range(0, len(theirs + others), 20):
        some = (theirs + others)[start : start + 20]
        query = " ".join(
            f'r{report.number}: report(id: "{report.id}") {{ id subject {{ sourceId }} }}'
            f' n{report.number}: node(id: "{report.id}") {{ id ... on Report {{ kind }} }}'
            for report in some
        )
        data = (await archive.ask(email, f"{{ {query} }}")).whole
        for report in some:
            found = data[f"r{report.number}"], data[f"n{report.number}"]
            if report in theirs:
                assert found == (
                    {"id": report.id, "subject": {"sourceId": report.source_id}},
                    {"id": report.id, "kind": report.kind},
                )
            else:
                assert found == (None, None)


async def test_an_id_of_another_kind_of_report_is_nobody(archive: House) -> None:
    theirs, _ = await stored(archive, ADMIN)
    report = next(report for report in theirs if report.kind is SubjectKind.COURSE)
    disguised = global_id("TraineeReport", report.number)
    assert (await archive.ask(ADMIN, "query ($id: ID!) { node(id: $id) { id } }", id=disguised)).whole == {"node": None}


@EVERYBODY
async def test_the_reports_of_a_subject(archive: House, email: str) -> None:
    theirs, _ = await stored(archive, email)
    for kind in SubjectKind:
        field = camel(PLURALS[kind])
        query = f"{{ {field} {{ nodes {{ sourceId reports(filter: {{latestOnly: false}}) {{ nodes {{ id }} }} }} }} }}"
        answer = await archive.ask(email, query)
        readable = may_read(email, kind)
        wanted = {
            source_id: {report.id for report in theirs if (report.kind, report.source_id) == (kind, source_id)}
            if source_id in readable
            else None
            for source_id in SEES[email][kind]
        }
        assert {
            node["sourceId"]: node["reports"] and {one["id"] for one in node["reports"]["nodes"]}
            for node in answer.data[field]["nodes"]
        } == wanted
        assert [one.code for one in answer.errors] == ["FORBIDDEN"] * (None in wanted.values())


ALL_FIELDS = """id kind subject { name } data metrics { expected }
    ... on SchoolReport { breakdown { ...B } best { ...R } worst { ...R } trend { period { name } } }
    ... on DepartmentReport { breakdown { ...B } best { ...R } worst { ...R } trend { period { name } } }
    ... on ProgrammeReport { breakdown { ...B } best { ...R } worst { ...R } trend { period { name } } }
    ... on ClassGroupReport { breakdown { ...B } traineesBelow { ...T } sessionsWithoutMarks { ...S } }
    ... on CourseReport { breakdown { ...B } traineesBelow { ...T } sessionsWithoutMarks { ...S } }
    ... on TrainerReport { breakdown { ...B } cancelledSessions { ...S } punctualStarts { timed } }
    ... on TraineeReport { breakdown { ...B } streaks { sessions } timeline { day course { name } status } }"""
FRAGMENTS = """fragment R on ReportBreakdownRow { subjects { name } metrics { expected } }
    fragment B on ReportBreakdown { rows { ...R } other { expected } hidden }
    fragment T on BandedTrainee { trainee { name } band }
    fragment S on ReportSession { session day course { name } classGroup { name } trainer { name } }"""


@EVERYBODY
async def test_no_name_out_of_scope_is_anywhere_in_a_report(archive: House, email: str) -> None:
    theirs, _ = await stored(archive, email)
    query = f"""query ($after: String) {{ reports(first: 12, after: $after, filter: {{latestOnly: false}}) {{
        nodes {{ {ALL_FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }} {FRAGMENTS}"""
    nodes: list[Any] = []
    info = {"hasNextPage": True, "endCursor": None}
    while info["hasNextPage"]:
        page = (await archive.ask(email, query, after=info["endCursor"])).whole["reports"]
        nodes, info = nodes + page["nodes"], page["pageInfo"]
    assert {node["id"] for node in nodes} == {report.id for report in theirs}
    text = json.dumps(nodes)
    assert [name for name in hidden_names(email) if name in text] == []
    assert texts(nodes) & await hidden_sessions(archive, email) == set()


@EVERYBODY
async def test_numbers_of_a_report_they_may_read_are_whole(archive: House, email: str) -> None:
    theirs, _ = await stored(archive, email)
    query = """{ reports(first: 500, filter: {latestOnly: false}) {
        nodes { id metrics { expected present sessionCount traineeCount resultCount } } } }"""
    whole = {node["id"]: node for node in (await archive.ask(ADMIN, query)).whole["reports"]["nodes"]}
    seen = (await archive.ask(email, query)).whole["reports"]["nodes"]
    assert len(seen) == len(theirs)
    assert seen == [whole[node["id"]] for node in seen]


@EVERYBODY
async def test_no_name_out_of_scope_is_in_a_file(archive: House, email: str) -> None:
    theirs, others = await stored(archive, email)
    viewer = await archive.viewer(email)
    sessions = await hidden_sessions(archive, email)
    async with archive.database.read() as session:
        for report in theirs:
            plan = await plan_of(session, viewer, FileRequest([report.number], "JSON"), NOW)
            portion = await read_portion(session, viewer, plan, plan.report_ids)
            file = io.BytesIO()
            plan.format.write(plan.cover, portion.documents, file)
            text = file.getvalue().decode()
            assert [name for name in hidden_names(email) if name in text] == []
            assert texts(json.loads(text)) & sessions == set()
        for report in others[:10]:
            with pytest.raises(PermanentFailure, match=GONE):
                await plan_of(session, viewer, FileRequest([report.number], "JSON"), NOW)


@EVERYBODY
async def test_of_many_reports_theirs_are_in_the_file(archive: House, email: str) -> None:
    theirs, others = await stored(archive, email)
    viewer = await archive.viewer(email)
    wanted = sorted([report.number for report in [*theirs, *others]])
    async with archive.database.read() as session:
        if not theirs:
            with pytest.raises(PermanentFailure, match=ALL_GONE):
                await plan_of(session, viewer, FileRequest(wanted, "CSV"), NOW)
            return
        plan = await plan_of(session, viewer, FileRequest(wanted, "CSV"), NOW)
        portions = [await read_portion(session, viewer, plan, ids) for ids in plan.portions()]
    assert plan.report_ids == sorted(report.number for report in theirs)
    assert sum(len(portion.documents) for portion in portions) == plan.cover.count == len(theirs)
    assert len(plan.cover.notes) == bool(others)


NOT_THERE = [{"field": ["subject"], "message": "there is no such subject", "code": "NOT_FOUND"}]


@EVERYBODY
async def test_nothing_is_generated_for_what_is_hidden(archive: House, email: str) -> None:
    before = await archive.counts()
    _, others = await stored(archive, email)
    hidden = {report.subject: report for report in others}
    one = """mutation ($id: ID!) { reportGenerate(input: {subject: $id, period: {month: "2026-01"}}) {
        report { id } unchanged userErrors { field message code } } }"""
    many = """mutation ($kind: SubjectKind!, $ids: [ID!], $within: ID) {
        reportsGenerate(input: {kind: $kind, subjects: $ids, within: $within, period: {month: "2026-01"}}) {
            run { id } userErrors { field code } } }"""
    for subject, report in hidden.items():
        refused = (await archive.ask(email, one, id=subject)).whole["reportGenerate"]
        assert refused == {"report": None, "unchanged": False, "userErrors": NOT_THERE}
        if report.kind is not SubjectKind.TRAINER:  # a trainer may be known without being read about
            refused = (await archive.ask(email, many, kind=report.kind, within=subject)).whole["reportsGenerate"]
            assert refused == {"run": None, "userErrors": [{"field": ["within"], "code": "INVALID"}]}
    for kind in SubjectKind:
        if ids := [subject for subject, report in hidden.items() if report.kind is kind]:
            refused = (await archive.ask(email, many, kind=kind, ids=ids)).whole["reportsGenerate"]
            assert refused == {"run": None, "userErrors": [{"field": ["subjects"], "code": "NOT_FOUND"}]}
        if not may_read(email, kind):
            refused = (await archive.ask(email, many, kind=kind)).whole["reportsGenerate"]
            assert refused == {"run": None, "userErrors": [{"field": ["kind"], "code": "EMPTY"}]}
    assert await archive.counts() == before


@EVERYBODY
async def test_nothing_is_exported_of_what_is_hidden(archive: House, email: str) -> None:
    before = await archive.counts()
    _, others = await stored(archive, email)
    refused = [{"field": ["report"], "message": "there is no such report", "code": "NOT_FOUND"}]
    for start in range(0, len(others), 20):
        asked = " ".join(
            f'r{report.number}: exportRequest(input: {{report: "{report.id}", format: CSV}}) {{'
            " export { id } userErrors { field message code } }"
            for report in others[start : start + 20]
        )
        payloads = (await archive.ask(email, f"mutation {{ {asked} }}")).whole
        assert list(payloads.values()) == [{"export": None, "userErrors": refused}] * len(payloads)
    assert await archive.counts() == before


@EVERYBODY
async def test_runs_and_exports_are_those_of_who_asked_for_them(archive: House, email: str) -> None:
    async with archive.database.read() as session:
        run, export = await session.scalar(select(Run.id)), await session.scalar(select(Export.id))
    assert run is not None
    assert export is not None
    ids: dict[str, Any] = {"run": global_id("Run", run), "export": global_id("Export", export)}
    query = """query ($run: ID!, $export: ID!) {
        run(id: $run) { id total } export(id: $export) { id report { id } downloadUrl }
        a: node(id: $run) { id } b: node(id: $export) { id } }"""
    data = (await archive.ask(email, query, **ids)).whole
    if email in (HEAD, ADMIN):
        assert (data["run"], data["a"], data["b"]) == (
            {"id": ids["run"], "total": 2},
            {"id": ids["run"]},
            {"id": ids["export"]},
        )
        assert (data["export"]["id"], data["export"]["downloadUrl"]) == (ids["export"], None)
    else:
        assert data == {"run": None, "export": None, "a": None, "b": None}


async def test_a_filter_by_somebody_elses_run_tells_no_more_than_may_be_seen(archive: House) -> None:
    query = "query ($run: ID!) { reports(filter: {run: $run}) { totalCount nodes { subject { sourceId } } } }"
    async with archive.database.read() as session:
        run = global_id("Run", await session.scalar(select(Run.id)) or 0)
    page = (await archive.ask(TRAINER, query, run=run)).whole["reports"]
    assert (page["totalCount"], {node["subject"]["sourceId"] for node in page["nodes"]}) == (2, {"COL", "CAN"})
    assert (await archive.ask(SERVICE, query, run=run)).whole["reports"] == {"totalCount": 0, "nodes": []}


UNKNOWN = ["CourseReport", "Run", "Export"]


@pytest.mark.parametrize("type_name", UNKNOWN)
async def test_what_does_not_exist_is_null_like_what_is_hidden(archive: House, type_name: str) -> None:
    field = {"CourseReport": "report", "Run": "run", "Export": "export"}[type_name]
    for number in (10**6, 2**40, 2**63 - 1):
        query = f"query ($id: ID!) {{ {field}(id: $id) {{ id }} node(id: $id) {{ id }} }}"
        assert (await archive.ask(ADMIN, query, id=global_id(type_name, number))).whole == {field: None, "node": None}
    answer = await archive.ask(ADMIN, f'{{ {field}(id: "{global_id("Course", 1)}") {{ id }} }}')
    assert [(one.code, one.message.partition(":")[0]) for one in answer.errors] == [("BAD_USER_INPUT", "id")]
