"""The JSON file of a report is what the published query answers, to the byte, and as the published schema says."""

import io
import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import httpx
import orjson
import pytest
from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    validate,
    visit,
)
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import select

from exporters import Cover, Document, all_formats
from graphql_api.core.context import utc_now
from graphql_api.published.query import LEFT_OUT
from graphql_api.published.routes import published
from graphql_api.reports.types import REPORT_TYPE_NAMES
from graphql_api.schema import build_schema
from models import BaseReport, Role, SubjectKind
from resolvers.access.viewers import SYSTEM, Viewer
from resolvers.core.global_ids import global_id_text
from resolvers.metrics.registry import METRICS
from resolvers.reports.generation import generate
from resolvers.reports.look_ups import reports_by_ids
from resolvers.reports.reading import contents_of
from resolvers.reports.record import records_of
from tests.support.asking import run
from tests.support.college import ADMIN, TRAINER
from tests.support.factories import subject_ids
from tests.support.house import House
from tests.support.school import MARCH, NOW
from tests.support.statements import statements

K = SubjectKind
# the kinds of which each may read some
READS: dict[str, set[SubjectKind]] = {
    "admin": set(K),
    "principal": set(K),
    "arts": set(K) - {K.SCHOOL},
    "building": set(K) - {K.SCHOOL},
    "tara": {K.CLASS_GROUP, K.COURSE, K.TRAINER, K.TRAINEE},
    "ann": {K.TRAINEE},
    "service": set(),
}
NO_EMAIL = (
    "The column “E-mail” is left out: addresses are read by ADMIN, PRINCIPAL, the heads and coordinators over them,"
    " and themselves."
)


@cache
def validator() -> Draft202012Validator:
    checker = FormatChecker()

    @checker.checks("date-time", ValueError)
    def is_instant(value: object) -> bool:
        return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None

    return Draft202012Validator(json.loads(published().json_schema), format_checker=checker)


async def stored(house: House) -> dict[int, SubjectKind]:
    """The kind of every report, by its number."""
    async with house.database.read() as session:
        rows = await session.execute(select(BaseReport.id, BaseReport.kind).order_by(BaseReport.id))
    return {row.id: SubjectKind(row.kind) for row in rows}


async def records(house: House, who: str | Viewer, numbers: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The records of those of the reports that somebody may read."""
    viewer = await house.viewer(who) if isinstance(who, str) else who
    async with house.database.read() as session:
        reports = await reports_by_ids(session, viewer, list(numbers))
        contents = await contents_of(session, viewer, list(reports.values()))
        return await records_of(session, viewer, list(contents.values()))


def document_of(record: dict[str, Any]) -> Document:
    """A document of which JSON reads nothing but the record."""
    day, moment = date(2026, 3, 1), datetime(2026, 3, 31, tzinfo=UTC)
    return Document("", "", "", "", None, day, day, moment, "UTC", None, 1, (), (), (), record=record)


def written(*held: dict[str, Any], notes: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    cover = Cover("", datetime(2026, 3, 31, tzinfo=UTC), count=len(held), matching=len(held), notes=notes)
    all_formats()["JSON"].write(cover, map(document_of, held), out)
    return out.getvalue()


def emails_in(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What has an e-mail address in an answer."""
    for banded in report.get("traineesBelow", ()):
        if "email" in banded["trainee"]:
            yield banded["trainee"]


async def check(house: House, email: str, id_: str, record: dict[str, Any] | None) -> None:
    """The published query answers them that, to the byte, or nothing where there is none."""
    answer = await house.ask(email, published().query, id=id_)
    report = answer.data["report"]
    if record is None:
        assert (report, answer.errors) == (None, [])
        return
    assert [(one.code, (one.path or ())[-2:]) for one in answer.errors] in (
        [],
        [("FORBIDDEN", ("trainee", "email"))],
    )
    # what the error names is left out of the file, and named in it
    assert bool(answer.errors) == (NO_EMAIL in report["notes"])
    if answer.errors:
        for trainee in emails_in(report):
            assert trainee.pop("email") is None
    assert written(record) == orjson.dumps(report) + b"\n"


@pytest.mark.parametrize("name", READS)
async def test_the_file_is_what_the_published_query_answers(house: House, name: str) -> None:
    email, kinds = f"{name}@school.example", await stored(house)
    held = await records(house, email, kinds)
    for number, kind in kinds.items():
        await check(house, email, global_id_text(REPORT_TYPE_NAMES[kind], number), held.get(number))
    assert {kinds[number] for number in held} == READS[name]


@pytest.mark.parametrize("email", [ADMIN, TRAINER])
async def test_the_same_of_earlier_revisions_and_of_what_somebody_had_made(archive: House, email: str) -> None:
    kinds = await stored(archive)
    held = await records(archive, email, kinds)
    told = {number: record for number, record in held.items() if not record["isLatest"] or record["generatedBy"]}
    assert {(record["isLatest"], record["generatedBy"]) for record in told.values()} == {
        (False, None),
        (True, "Head"),
    }
    for number, record in told.items():
        await check(archive, email, global_id_text(REPORT_TYPE_NAMES[kinds[number]], number), record)
        validator().validate(record)


async def test_the_file_says_who_may_be_written_to_or_that_nobody_may(house: House) -> None:
    courses = [number for number, kind in (await stored(house)).items() if kind is K.COURSE]
    seen = {}
    for name in ("principal", "tara"):
        for record in (await records(house, f"{name}@school.example", courses)).values():
            if record["subject"]["sourceId"] == "C":
                people = [banded["trainee"] for banded in record["traineesBelow"]]
                seen[name] = ([{**one, "id": None} for one in people], record["notes"])
    ann = {"id": None, "name": "Ann", "kind": "TRAINEE", "sourceId": "ann"}
    bob = {"id": None, "name": "Bob", "kind": "TRAINEE", "sourceId": "bob"}
    sessions = "Of sessions outside your access, only the day and time are told, and what was recorded."
    unplaced = "Results that belong to no class group are in “Other”."
    assert seen == {
        "principal": (
            [{**bob, "email": None}, {**ann, "email": "ann@school.example"}],
            [unplaced],
        ),
        "tara": ([bob, ann], [unplaced, NO_EMAIL, sessions]),
    }


async def test_an_address_among_others_that_may_not_be_read_is_null_in_both(house: House) -> None:
    kinds = await stored(house)
    async with house.database.read() as session:
        ids = await subject_ids(session)
    tara, ann = ids[K.TRAINER, "t"], ids[K.TRAINEE, "ann"]
    viewer = Viewer(user_id=0, email=None, name="", role=Role.TRAINER, trainer_id=tara, trainee_id=ann)
    held = await records(house, viewer, [number for number, kind in kinds.items() if kind is K.COURSE])
    (number,) = (number for number, record in held.items() if record["subject"]["sourceId"] == "C")
    id_ = global_id_text("CourseReport", number)
    answer = await run(house.database, house.work.settings, viewer, published().query, {"id": id_}, utc_now())
    assert written(held[number]) == orjson.dumps(answer.data["report"]) + b"\n"
    assert [(one.code, one.path) for one in answer.errors] == [
        ("FORBIDDEN", ("report", "traineesBelow", 0, "trainee", "email"))
    ]
    emails = [(trainee["sourceId"], trainee["email"]) for trainee in emails_in(answer.data["report"])]
    assert emails == [("bob", None), ("ann", "ann@school.example")]
    assert "1 e-mail address is outside your access and is left empty." in held[number]["notes"]


@pytest.mark.parametrize("name", READS)
async def test_the_published_schema_describes_every_file(house: House, name: str) -> None:
    held = await records(house, f"{name}@school.example", await stored(house))
    for record in held.values():
        validator().validate(json.loads(written(record)))
    lines = written(*held.values(), notes=("The limit of a file is …",)).splitlines()
    assert [json.loads(line) for line in lines] == [
        {**record, "notes": ["The limit of a file is …", *record["notes"]]} for record in held.values()
    ]
    for line in lines:
        validator().validate(json.loads(line))


def mutations(record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Records that differ from what may be in one place, and what is wrong there."""
    wrong: list[tuple[str, tuple[Any, ...], Any]] = [
        ("another kind", ("kind",), "SCHOOL"),
        ("no number", ("metrics", "attendanceRate"), "0.5"),
        ("more than the whole", ("metrics", "attendanceRate"), 1.5),
        ("less than nothing", ("metrics", "expected"), -1),
        ("half a mark", ("metrics", "expected"), 1.5),
        ("no day", ("period", "from"), "2026-02-30"),
        ("no instant", ("generatedAt",), "2026-03-31 12:00"),
        ("null", ("policy",), None),
        ("null in a list", ("traineesBelow", 0, "trainee"), None),
        ("no such kind", ("subject", "kind"), "PUPIL"),
        ("no decimal", ("policy", "lateWeight"), "a half"),
        ("a key too many", ("subject", "email"), "a@b.example"),
        ("a list too many", ("timeline",), []),
    ]
    for what, path, value in wrong:
        changed = deepcopy(record)
        at: Any = changed
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
        yield what, changed
    for key in record:
        yield f"without {key}", {name: value for name, value in record.items() if name != key}


async def test_the_published_schema_refuses_everything_else(house: House) -> None:
    kinds = await stored(house)
    held = await records(house, "admin@school.example", [number for number, kind in kinds.items() if kind is K.COURSE])
    record = next(one for one in held.values() if one["subject"]["sourceId"] == "C")
    validator().validate(record)
    accepted = [what for what, changed in mutations(record) if validator().is_valid(changed)]
    assert accepted == []


def test_the_published_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(published().json_schema))


def test_the_published_query_asks_for_everything_but_what_it_says_it_leaves_out() -> None:
    schema, document = build_schema()._schema, parse(published().query)
    assert validate(schema, document) == []
    info, asked = TypeInfo(schema), set[str]()

    class FileRequest(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = info.get_parent_type()
            assert parent is not None
            asked.add(f"{parent.name}.{node.name.value}")

    visit(document, TypeInfoVisitor(info, FileRequest()))
    met = {coordinate.partition(".")[0] for coordinate in asked} - {"Query", "Subject", "Trainee"}
    there = set[str]()
    for name in met:
        type_ = schema.get_type(name)
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        there |= {f"{name}.{field}" for field in type_.fields}
    interface = schema.get_type("Report")
    assert isinstance(interface, GraphQLInterfaceType)
    by_interface = {f"{name}.{field}" for name in REPORT_TYPE_NAMES.values() for field in interface.fields}
    assert {name for name in met if name.endswith("Report")} == {"Report", *REPORT_TYPE_NAMES.values()}
    assert there - asked - by_interface == set(LEFT_OUT)
    assert {f"Metrics.{name}" for name in METRICS} <= asked
    assert {one for one in asked if one.startswith(("Subject.", "Trainee."))} == {
        *(f"Subject.{field}" for field in ("id", "name", "kind", "sourceId")),
        "Trainee.email",
    }


REQUEST = """mutation ($reports: [ID!]) { exportRequest(input: {format: JSON, reports: $reports}) {
    export { id } userErrors { field message } } }"""
LOOK = "query ($id: ID!) { export(id: $id) { state error fileName downloadUrl } }"


async def exported(house: House, email: str, ids: list[str]) -> tuple[dict[str, Any], httpx.Response]:
    """The file that a worker made of these reports for somebody."""
    payload = (await house.ask(email, REQUEST, reports=ids)).whole["exportRequest"]
    assert payload["userErrors"] == []
    assert await house.work_off() == 1
    export = (await house.ask(email, LOOK, id=payload["export"]["id"])).whole["export"]
    assert (export["state"], export["error"]) == ("SUCCEEDED", None)
    return export, await house.get(export["downloadUrl"])


async def test_files_by_a_worker_are_what_the_published_query_answers(college: House) -> None:
    async with college.database.read() as session:
        subjects = list((await subject_ids(session)).values())
    await college.database.in_snapshot(lambda session: generate(session, SYSTEM, subjects, MARCH, now=NOW))
    kinds = await stored(college)
    alone = {kind: global_id_text(REPORT_TYPE_NAMES[kind], number) for number, kind in kinds.items()}
    assert set(alone) == set(K)

    async def answered(email: str, id_: str) -> bytes:
        return orjson.dumps((await college.ask(email, published().query, id=id_)).whole["report"]) + b"\n"

    for id_ in alone.values():
        export, file = await exported(college, ADMIN, [id_])
        assert export["fileName"].endswith(".json")
        assert file.headers["content-type"] == "application/json"
        assert file.content == await answered(ADMIN, id_)
        validator().validate(json.loads(file.content))
    together = [global_id_text(REPORT_TYPE_NAMES[kind], number) for number, kind in kinds.items()]
    export, file = await exported(college, ADMIN, together)
    assert export["fileName"].endswith(".jsonl")
    assert file.headers["content-type"] == "application/jsonl"
    assert file.content == b"".join([await answered(ADMIN, id_) for id_ in together])


async def test_who_had_it_generated_and_where_its_days_are(college: House) -> None:
    course = await college.ask(ADMIN, '{ course(sourceId: "COL") { id } }')
    generate = """mutation ($id: ID!) { reportGenerate(input: {subject: $id, period: {month: "2026-03"}}) {
        report { id timeZone generatedBy school { name sourceId } } } }"""
    made = await college.ask(ADMIN, generate, id=course.whole["course"]["id"])
    report = made.whole["reportGenerate"]["report"]
    query = "query ($id: ID!) { report(id: $id) { id timeZone generatedBy school { name sourceId } } }"
    seen = (await college.ask(TRAINER, query, id=report["id"])).whole["report"]
    (number,) = await stored(college)
    record = (await records(college, TRAINER, [number]))[number]
    said = {"id": global_id_text("CourseReport", number), "timeZone": "Europe/London", "generatedBy": "Admin"}
    assert report == {**said, "school": {"name": "Ashby College", "sourceId": "A"}}
    # whoever may read a report may read who had it made; the school is theirs to see or not, as everywhere
    assert seen == {**said, "school": None}
    assert {key: record[key] for key in seen} == seen


async def test_any_number_of_records_takes_three_statements(house: House) -> None:
    viewer = await house.viewer("principal@school.example")
    counted = []
    for some in (1, 12):
        async with house.database.read() as session:
            numbers = list(await stored(house))[:some]
            contents = await contents_of(
                session, viewer, list((await reports_by_ids(session, viewer, numbers)).values())
            )
            with statements(house.database) as seen:
                made = await records_of(session, viewer, list(contents.values()))
        counted.append((len(made), len(seen)))
    assert counted == [(1, 3), (12, 3)]


async def test_no_records_of_nothing(house: House) -> None:
    assert await records(house, "principal@school.example", []) == {}


@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        ("/schemas/report.json", "application/schema+json"),
        ("/schemas/report.graphql", "application/graphql; charset=utf-8"),
    ],
)
async def test_anybody_may_fetch_both(house: House, address: str, media_type: str) -> None:
    answer = await house.get(f"http://rollcall.test{address}")

    texts = {"application/schema+json": published().json_schema}
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.text == texts.get(media_type, published().query)
