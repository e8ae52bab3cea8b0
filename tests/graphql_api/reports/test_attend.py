"""The real data of tests/data/attend, the whole way: generated, stored, read through GraphQL and from every file."""

import io
import json
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from python_calamine import CalamineWorkbook

from models import SubjectKind
from models.database import Database
from models.embedded import Addresses
from models.settings import Settings, load_settings
from resolvers.bundle import import_bundle
from tests.support.bundles import read_bundle
from tests.support.csv_files import read_tables
from tests.support.factories import ATTEND
from tests.support.filled import filled_database
from tests.support.house import House, house_on, open_house

PRINCIPAL = "principal@example.edu"
FIGURES = ("traineeCount", "attendanceRate", "averageScore", "passRate", "chronicAbsenceRate")
_ALL = (680, 0.817096, 0.647279, 0.913235, 0.597059)
# "What must come out", of the README beside the data
README: dict[tuple[SubjectKind, str], tuple[int, float, float, float, float]] = {
    (SubjectKind.SCHOOL, "MSU"): _ALL,
    (SubjectKind.DEPARTMENT, "ECON"): _ALL,
    (SubjectKind.PROGRAMME, "ECON-UG"): _ALL,
    (SubjectKind.COURSE, "EC201"): _ALL,
    (SubjectKind.TRAINER, "T1"): _ALL,
    (SubjectKind.CLASS_GROUP, "FR"): (158, 0.810918, 0.628323, 0.911392, 0.664557),
    (SubjectKind.CLASS_GROUP, "SO"): (392, 0.824697, 0.650064, 0.908163, 0.545918),
    (SubjectKind.CLASS_GROUP, "JS"): (130, 0.801683, 0.661923, 0.930769, 0.669231),
}


def of_a_trainee(source_id: str) -> tuple[int, float, float, float, float]:
    """The same figures of one trainee, from the rows."""
    bundle = read_bundle(ATTEND)
    marks = [row["status"] for row in bundle["attendance"] if row["trainee_id"] == source_id]
    (score,) = (float(row["score"]) for row in bundle["results"] if row["trainee_id"] == source_id)
    missed = marks.count("ABSENT") / len(marks)
    return 1, round(1 - missed, 6), round(score / 40, 6), float(score >= 20), float(missed >= 0.1)


WANTED = README | {(SubjectKind.TRAINEE, "S001"): of_a_trainee("S001")}


def camel(kind: SubjectKind) -> str:
    head, *rest = kind.lower().split("_")
    return head + "".join(part.title() for part in rest)


STORED = f"""id kind revision period {{ name from to }} subject {{ kind sourceId }} metrics {{ {" ".join(FIGURES)} }}"""
GENERATE = f"""mutation ($subject: ID!) {{
    reportGenerate(input: {{subject: $subject, period: {{range: {{from: "1997-09-01", to: "1997-12-31"}}}}}}) {{
        report {{ {STORED} }} unchanged userErrors {{ field message }} }} }}"""


async def generated(house: House, kind: SubjectKind, source_id: str) -> dict[str, Any]:
    """The payload of reportGenerate for one subject, as the principal."""
    looked_up = await house.ask(PRINCIPAL, f'{{ {camel(kind)}(sourceId: "{source_id}") {{ id }} }}')
    answer = await house.ask(PRINCIPAL, GENERATE, subject=looked_up.whole[camel(kind)]["id"])
    payload: dict[str, Any] = answer.whole["reportGenerate"]
    return payload


@pytest.fixture(scope="session")
def attend_url(servers: Addresses, template: str) -> Iterator[str]:
    async def fill(database: Database) -> None:
        async with database.write() as session:
            await import_bundle(session, ATTEND)
        with tempfile.TemporaryDirectory() as folder:
            async with house_on(load_settings({"ROLLCALL_DATA": folder}), database) as house:
                for subject in WANTED:
                    payload = await generated(house, *subject)
                    assert (payload["unchanged"], payload["userErrors"]) == (False, [])

    with filled_database(servers, template, fill) as url:
        yield url


@pytest.fixture
async def attend(settings: Settings, attend_url: str) -> AsyncIterator[House]:
    """The real data, imported, and a report of every subject in WANTED, generated through GraphQL."""
    async with open_house(settings, attend_url) as house:
        yield house


async def stored(house: House) -> dict[tuple[SubjectKind, str], dict[str, Any]]:
    """Every stored report by kind and institution's id of its subject."""
    nodes = (await house.ask(PRINCIPAL, f"{{ reports {{ nodes {{ {STORED} }} }} }}")).whole["reports"]["nodes"]
    return {(SubjectKind(node["kind"]), node["subject"]["sourceId"]): node for node in nodes}


async def test_stored_reports_say_what_must_come_out(attend: House) -> None:
    reports = await stored(attend)
    assert reports.keys() == WANTED.keys()
    assert {kind for kind, _ in reports} == set(SubjectKind)
    for (kind, source_id), report in reports.items():
        period = {"name": None, "from": "1997-09-01", "to": "1997-12-31"}
        assert (report["revision"], report["period"]) == (1, period)
        assert report["subject"] == {"kind": kind, "sourceId": source_id}
        figures = tuple(round(report["metrics"][name], 6) for name in FIGURES)
        assert figures == WANTED[kind, source_id], source_id


async def test_generating_them_again_changes_nothing(attend: House) -> None:
    for subject, report in (await stored(attend)).items():
        assert await generated(attend, *subject) == {"report": report, "unchanged": True, "userErrors": []}


LABELS = dict(zip(FIGURES, ("Trainees", "Attendance", "Average score", "Pass rate", "Chronic absence"), strict=True))


def csv_figures(content: bytes) -> dict[str, float]:
    lines = read_tables(content)["figures"]
    return {line["key"]: float(line["value"]) for line in lines if line["key"] in FIGURES}


def json_figures(content: bytes) -> dict[str, float]:
    metrics = json.loads(content)["metrics"]
    return {name: metrics[name] for name in FIGURES}


def xlsx_figures(content: bytes) -> dict[str, float]:
    summary = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("Summary").to_python()
    values = {str(line[0]): line[1] for line in summary}
    return {name: float(str(values[label])) for name, label in LABELS.items()}


def pdf_figures(content: bytes) -> dict[str, float]:
    """A figure as its line of the table of all figures tells it: beside per cent stands the rate, to six decimals."""
    pages = pypdfium2.PdfDocument(content)
    text = "\n".join(page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pages)
    table = text[text.index("All figures") :]
    found = {}
    for name, label in LABELS.items():
        line = re.search(rf"^{label} (?P<number>[\d.,]+)(?:% \((?P<rate>[\d.]+)\))? ", table, re.MULTILINE)
        assert line is not None, (label, table)
        found[name] = float(line["rate"] or line["number"].replace(",", ""))
    return found


READERS: dict[str, Callable[[bytes], dict[str, float]]] = {
    "CSV": csv_figures,
    "JSON": json_figures,
    "PDF": pdf_figures,
    "XLSX": xlsx_figures,
}


@pytest.mark.parametrize("format_name", READERS)
async def test_every_file_says_what_must_come_out(attend: House, format_name: str) -> None:
    exports = {}
    for subject, report in (await stored(attend)).items():
        answer = await attend.ask(
            PRINCIPAL,
            f"""mutation ($report: ID!) {{ exportRequest(input: {{report: $report, format: {format_name}}}) {{
                export {{ id state downloadUrl }} userErrors {{ message }} }} }}""",
            report=report["id"],
        )
        assert answer.whole["exportRequest"]["userErrors"] == []
        export = answer.whole["exportRequest"]["export"]
        assert (export["state"], export["downloadUrl"]) == ("QUEUED", None)
        exports[subject] = export["id"]
    assert await attend.work_off() == len(WANTED)
    for subject, export_id in exports.items():
        query = "query ($id: ID!) { export(id: $id) { state error byteSize downloadUrl } }"
        export = (await attend.ask(PRINCIPAL, query, id=export_id)).whole["export"]
        assert (export["state"], export["error"]) == ("SUCCEEDED", None)
        file = await attend.get(export["downloadUrl"])
        assert (file.status_code, len(file.content)) == (200, export["byteSize"])
        figures = READERS[format_name](file.content)
        assert tuple(round(figures[name], 6) for name in FIGURES) == WANTED[subject], subject
