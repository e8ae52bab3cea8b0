"""The same stored report in four formats, read back by other libraries: every figure and every cell is the same.

Made as the worker makes files: read under the rights of who asked, made into documents, written by the format.
"""

import io
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Protocol
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from exporters import Column, Document, Figure, Kind, Layout, open_writer
from jobs.exports.options import ExportOptions
from jobs.exports.plan import FileRequest, plan_of, read_portion
from models import BaseReport
from models.database import Database
from resolvers.metrics.registry import METRICS
from tests.exporters.reports.conftest import readers
from tests.exporters.reports.reading import Told, from_csv, from_json, from_pdf, from_xlsx
from tests.support.csv_files import read_lines, read_records, read_tables
from tests.support.factories import subject_ids
from tests.support.reported_school import Subject
from tests.support.school import NOW, K


class Reading(Protocol):
    """A module of reading/."""

    def read(self, content: bytes) -> list[Told]: ...

    def agrees(self, told: Any, value: Any, kind: Kind) -> bool: ...

    def heading(self, column: Column) -> str: ...


FORMATS: Final[dict[str, Reading]] = {"CSV": from_csv, "JSON": from_json, "PDF": from_pdf, "XLSX": from_xlsx}
PRINCIPALS: Final = (
    (K.SCHOOL, "S"), (K.DEPARTMENT, "D"), (K.PROGRAMME, "Q"), (K.CLASS_GROUP, "G"), (K.COURSE, "C"), (K.TRAINER, "u"),
    (K.TRAINEE, "ann"), (K.TRAINEE, "dan"),
)  # fmt: skip
# of each of these something is outside their access
TARAS: Final = ((K.CLASS_GROUP, "G"), (K.COURSE, "C"), (K.TRAINER, "t"), (K.TRAINEE, "bob"))
OWN: Final = ((K.TRAINEE, "ann"),)
ALL: Final = [
    *(("principal", subject) for subject in PRINCIPALS),
    *(("tara", subject) for subject in TARAS),
    *(("ann", subject) for subject in OWN),
]


@dataclass(frozen=True, slots=True)
class Made:
    """A file, the documents it was made of, and the metrics of the stored reports, as their columns have them."""

    content: bytes
    documents: tuple[Document, ...]
    stored: tuple[dict[str, Any], ...]


Make = Callable[..., Awaitable[Made]]


@pytest.fixture
async def file_of(reported: Database) -> Make:
    """A file of the reports of some subjects in a format, as one of the readers gets it."""

    async def file_of(format_name: str, reader: str, *subjects: Subject, layout: Layout = Layout.TOGETHER) -> Made:
        async with reported.read() as session:
            ids = await subject_ids(session)
            viewer = readers(ids)[reader]
            found = await session.scalars(
                select(BaseReport).where(BaseReport.subject_id.in_(ids[one] for one in subjects))
            )
            reports = {report.subject_id: report for report in found}
            report_ids = [reports[ids[subject]].id for subject in subjects]
            # three more were asked for, so that the file has something to say of itself
            more = 3 if len(subjects) > 1 else 0
            asked = FileRequest(report_ids, format_name, ExportOptions(layout=layout), len(subjects) + more)
            plan = await plan_of(session, viewer, asked, NOW)
            documents = (await read_portion(session, viewer, plan, report_ids)).documents
        out = io.BytesIO()
        writer = open_writer(format_name, plan.cover, out)
        for document in documents:
            writer.add(document)
        writer.close()
        columns = tuple(
            {name: getattr(reports[ids[subject]], metric.column) for name, metric in METRICS.items()}
            for subject in subjects
        )
        return Made(out.getvalue(), documents, columns)

    return file_of


def differences(reading: Reading, told: Told, document: Document, stored: dict[str, Any]) -> Iterator[str]:
    """Where the file says something else than the stored report."""
    if (told.kind, told.subject_id) != (document.kind, document.subject_source_id):
        yield f"{told.kind} {told.subject_id} is not {document.kind} {document.subject_source_id}"
    yield from _figures(reading, told, document, stored)
    for table in document.tables:
        grid = told.tables.get(table.key)
        if grid is None or not table.rows:
            if grid is not None or table.rows:
                yield f"{table.key}: only one of them has it"
            continue
        if grid.heads != [reading.heading(column) for column in table.columns]:
            yield f"{table.key}: headings {grid.heads}"
        if len(grid.rows) != len(table.rows):
            yield f"{table.key}: {len(grid.rows)} rows, not {len(table.rows)}"
        for number, (cells, values) in enumerate(zip(grid.rows, table.rows, strict=False)):
            for column, cell, value in zip(table.columns, cells, values, strict=True):
                if not reading.agrees(cell, value, column.kind):
                    yield f"{table.key}, row {number}, {column.key}: {cell!r} is not {value!r}"
    if [(label, _rule(value)) for label, value in told.policy] != [
        (label, _rule(value)) for label, value in document.policy
    ]:
        yield f"policy: {told.policy}"


def _rule(value: Any) -> Decimal | str:
    """A rule, whether a format writes its number out or keeps it as one."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return str(value)


def _figures(reading: Reading, told: Told, document: Document, stored: dict[str, Any]) -> Iterator[str]:
    names = {_label(reading, figure): figure for figure in document.figures}
    known = {label: value for label, value in told.figures.items() if label in names or value is not None}
    if known.keys() != names.keys():
        yield f"figures: {known.keys() ^ names.keys()}"
    for label, figure in names.items():
        if not reading.agrees(known.get(label), stored[figure.key], figure.kind):
            yield f"figure {figure.key}: {known.get(label)!r} is not {stored[figure.key]!r}"


def _label(reading: Reading, figure: Figure) -> str:
    """CSV has the unit in a column of its own, and JSON has none."""
    if reading in (from_csv, from_json):
        return figure.label
    return reading.heading(Column(figure.key, figure.label, figure.kind, figure.unit))


def of_kind(reader: str, subject: Subject) -> str:
    return f"{reader}-{subject[0]}-{subject[1]}"


@pytest.mark.parametrize("format_name", list(FORMATS))
@pytest.mark.parametrize(("reader", "subject"), ALL, ids=[of_kind(*one) for one in ALL])
async def test_one_report(file_of: Make, format_name: str, reader: str, subject: Subject) -> None:
    made, reading = await file_of(format_name, reader, subject), FORMATS[format_name]

    (told,) = reading.read(made.content)

    assert list(differences(reading, told, made.documents[0], made.stored[0])) == []
    assert told.notes == " ".join(made.documents[0].notes)


def test_the_reports_are_of_all_kinds_and_some_hide_something() -> None:
    assert {subject[0] for subject in PRINCIPALS} == set(K)


LIMITED: Final = (
    "The limit of a file is {count} reports: it holds the first {count} of the {asked} that were asked for."
    " Ask for fewer at a time to get the others."
)
MANY: Final = [("principal", PRINCIPALS), ("tara", TARAS)]


@pytest.mark.parametrize("format_name", list(FORMATS))
@pytest.mark.parametrize(("reader", "subjects"), MANY, ids=[reader for reader, _ in MANY])
async def test_many_reports_together(
    file_of: Make, format_name: str, reader: str, subjects: tuple[Subject, ...]
) -> None:
    made, reading = await file_of(format_name, reader, *subjects), FORMATS[format_name]

    told = reading.read(made.content)

    found = zip(told, made.documents, made.stored, strict=True)
    assert [list(differences(reading, *one)) for one in found] == [[]] * len(subjects)
    limited = LIMITED.format(count=len(subjects), asked=len(subjects) + 3)
    own = [" ".join(document.notes) for document in made.documents]
    if reading is from_pdf:  # which says it once, before the reports
        assert limited in from_pdf.front(made.content)
        assert [one.notes for one in told] == own
    else:
        assert [one.notes for one in told] == [f"{limited} {notes}".strip() for notes in own]


@pytest.mark.parametrize("format_name", list(FORMATS))
@pytest.mark.parametrize(("reader", "subjects"), MANY, ids=[reader for reader, _ in MANY])
async def test_many_reports_each_in_a_file(
    file_of: Make, format_name: str, reader: str, subjects: tuple[Subject, ...]
) -> None:
    made = await file_of(format_name, reader, *subjects, layout=Layout.SEPARATE)
    reading = FORMATS[format_name]

    with ZipFile(io.BytesIO(made.content)) as files:
        contents = read_records(files.read("contents.csv"))
        notes = files.read("notes.txt").decode()
        told = [one for line in contents for one in reading.read(_file(files, line["file"]))]

    assert [(line["kind"], line["subjectId"]) for line in contents] == [(kind, id_) for kind, id_ in subjects]
    found = zip(told, made.documents, made.stored, strict=True)
    assert [list(differences(reading, *one)) for one in found] == [[]] * len(subjects)
    assert [one.notes for one in told] == [" ".join(document.notes) for document in made.documents]
    assert LIMITED.format(count=len(subjects), asked=len(subjects) + 3) in notes


def _file(files: ZipFile, name: str) -> bytes:
    """That file, or a folder of files as a .zip of its own."""
    if not name.endswith("/"):
        return files.read(name)
    folder = io.BytesIO()
    with ZipFile(folder, "w") as inner:
        for path in files.namelist():
            if path.startswith(name):
                inner.writestr(path.removeprefix(name), files.read(path))
    return folder.getvalue()


KINDS: Final[dict[str, Callable[[str], object]]] = {
    "RATE": float, "NUMBER": float, "MINUTES": float, "HOURS": float, "INTEGER": int,
    "DATE": date.fromisoformat, "DATETIME": datetime.fromisoformat,
}  # fmt: skip


async def test_csv_loads_by_its_own_list_of_columns(file_of: Make) -> None:
    content = (await file_of("CSV", "principal", *PRINCIPALS)).content
    tables = read_tables(content)
    with ZipFile(io.BytesIO(content)) as files:
        heads = {name: read_lines(files.read(name))[0] for name in files.namelist() if name != "columns.csv"}

    kinds = {(line["file"], line["column"]): line["kind"] for line in tables.pop("columns")}

    assert list(kinds) == [(name, key) for name, keys in heads.items() for key in keys]
    for file, lines in tables.items():
        for line in lines:
            for key, text in line.items():
                load = KINDS.get(kinds[f"{file}.csv", key])
                assert load is None or text == "" or load(text) is not None


async def test_a_file_of_many_says_whose_reports_they_are(file_of: Make) -> None:
    subjects = [(K.SCHOOL, "S"), (K.COURSE, "C")]
    pdf, xlsx = [(await file_of(name, "principal", *subjects)).content for name in ("PDF", "XLSX")]

    assert from_pdf.front(pdf).startswith("School Reports, 2026-03 2 reports")
    assert from_xlsx.subtitle(xlsx).startswith("School  ·  ")
