"""Names that try to be formulas, markup or control codes arrive as text, or shortened with a remark."""

import io
import json
import re
import string
import unicodedata
from xml.etree import ElementTree
from zipfile import ZipFile

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from exporters import Document, Layout, Options, Style, Words, open_writer
from exporters.formats.csv.fields import disarmed
from exporters.formats.xlsx.text import LONGEST_TEXT, sheet_name, text_cell
from exporters.language import known_texts
from exporters.reports.sample import sample_document
from exporters.text import clean, encodable, shorten
from tests.support.csv_files import read_records, read_tables
from tests.support.documents import HOSTILE, cover, document, table, with_record, written

LONG = "x" * 40_000
REPORT = document(table((*HOSTILE, LONG)), title=HOSTILE[5], name=HOSTILE[0])


def test_json_keeps_every_character() -> None:
    rows = json.load(written("JSON", REPORT))["trainees"]

    assert [row["name"] for row in rows] == [encodable(name) for name in (*HOSTILE, LONG)]


def test_csv_disarms_formulas_and_keeps_the_rest() -> None:
    with ZipFile(written("CSV", REPORT)) as files:
        content = files.read("trainees.csv")
    names = [line["name"] for line in read_records(content)]

    assert names[:4] == [f"'{name}" for name in HOSTILE[:4]]
    assert names[4:] == [clean(name) for name in (*HOSTILE[4:], LONG)]
    assert content.count(b"\r\n") == content.count(b"\r") == len(HOSTILE) + 2


def test_excel_has_text_and_no_formula() -> None:
    book = written("XLSX", REPORT)
    names = [row[0] for row in CalamineWorkbook.from_filelike(book).get_sheet_by_name("Trainees").to_python()][1:]

    assert names[:-1] == [clean(name) for name in HOSTILE]
    assert isinstance(names[-1], str)
    assert names[-1].endswith("x … (shortened, 40,000 characters)")
    assert len(names[-1]) == LONGEST_TEXT
    with ZipFile(book) as parts:
        for part in (part for part in parts.namelist() if part.startswith("xl/worksheets/")):
            elements = list(ElementTree.fromstring(parts.read(part)).iter())
            assert not [element for element in elements if element.tag.endswith("}f")]
            assert not [element for element in elements if element.get("t") == "e"]


def test_pdf_shows_markup_as_text_and_reads_no_file() -> None:
    reader = pypdf.PdfReader(written("PDF", REPORT))
    text = "\n".join(page.extract_text() for page in reader.pages)

    for name in (
        *HOSTILE[:4],
        *HOSTILE[5:6],
        *HOSTILE[10:13],
        "bell and  null [31m",
        "Ελένη Παπαδοπούλου",
        "😀 smile",
    ):
        assert name in text
    assert "(shortened, 40,000 characters)" in text.replace("\n", " ")
    assert "root:" not in text
    assert not [image for page in reader.pages for image in page.images]


def test_sheet_names() -> None:
    taken: dict[str, int] = {}

    names = [
        sheet_name(title, taken)
        for title in ("A/B: [x]?*", "trainees", "Trainees", "", "'", "History", "y" * 40, "y" * 50)
    ]

    assert names == [
        "A B   x",
        "trainees",
        "Trainees (2)",
        "Table",
        "Table (2)",
        "History table",
        "y" * 31,
        "y" * 27 + " (2)",
    ]


@pytest.mark.parametrize("text", ["_x0041_" * 10_000, "😀" * 30_000, "x" * 32_768])
def test_no_text_is_longer_than_excel_stores(text: str) -> None:
    assert len(text_cell(text).encode("utf-16-le")) <= 2 * LONGEST_TEXT
    assert text_cell(text).endswith("characters)")


@given(st.text(), st.integers(min_value=60, max_value=100))
def test_shortened_text_fits(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit
    assert shorten(text, limit) == text or len(text) > limit


ALL = (*HOSTILE, LONG)


def many() -> list[Document]:
    """A report of a subject of each name, which is its title and in its table, too."""
    return [document(table((name,)), title=name, name=name) for name in ALL]


def formulas(book: io.BytesIO) -> list[ElementTree.Element]:
    with ZipFile(book) as parts:
        sheets = [ElementTree.fromstring(parts.read(path)) for path in parts.namelist() if "worksheets/sheet" in path]
    return [found for sheet in sheets for found in sheet.iter() if found.tag.endswith("}f") or found.get("t") == "e"]


def in_excel(text: str) -> str:
    """What a cell holds of it."""
    return clean(text) if text != LONG else text_cell(text)


def test_many_reports_in_json_keep_every_character() -> None:
    records = [json.loads(line) for line in written("JSON", *many())]

    names = [encodable(name) for name in ALL]
    assert [record["subject"]["name"] for record in records] == names
    assert [row["name"] for record in records for row in record["trainees"]] == names


def test_many_reports_in_csv_are_disarmed_and_whole() -> None:
    tables = read_tables(written("CSV", *many()).getvalue())

    names = [disarmed(name) for name in ALL]
    assert names[-1] == LONG
    assert [name[:1] for name in names[:4]] == ["'"] * 4
    for file in ("reports", "trainees"):
        assert [line["subject"] for line in tables[file]] == names
    assert [line["name"] for line in tables["trainees"]] == names


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_many_reports_in_excel_are_text(locale: str) -> None:
    book = written("XLSX", *many(), of=cover(count=len(ALL), style=Style(words=Words(locale)), title=HOSTILE[0]))
    sheets = CalamineWorkbook.from_filelike(book)
    listed, rows = (sheets.get_sheet_by_index(number).to_python()[1:] for number in (1, 2))

    assert [row[2] for row in listed][:-1] == [row[8] for row in rows][:-1] == [clean(name) for name in HOSTILE]
    said = {"en": "x … (shortened, 40,000 characters)", "ar": "x … (مختصر، 40,000 حرفًا)"}[locale]
    assert all(str(row[place]).endswith(said) for row, place in ((listed[-1], 2), (rows[-1], 8)))
    assert formulas(book) == []


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_many_reports_in_a_pdf_are_text(locale: str) -> None:
    whole = cover(count=len(ALL), style=Style(words=Words(locale)), title="Reports")
    reader = pypdf.PdfReader(written("PDF", *many(), of=whole))
    text = "\n".join(page.extract_text() for page in reader.pages)

    pages = [page.extract_text() for page in reader.pages]
    for number, name in enumerate(HOSTILE, 1):
        if number in (1, 2, 3, 4, 6, 12, 13):
            assert pages[0].count(name) == 1  # the list
            # the school's line, the title, the table and the foot; the first two are read like the page
            assert name in pages[number] if locale == "ar" else pages[number].count(name) == 4
    # a list has a line for each, so that it ends in dots; the page itself says how long the name is
    assert "x…" in pages[0]
    assert "40,000" in pages[len(ALL)]
    assert "root:" not in text
    assert not [image for page in reader.pages for image in page.images]
    assert len(reader.outline) == len(ALL)


@pytest.mark.parametrize("format_name", ["CSV", "JSON", "PDF", "XLSX"])
def test_files_of_an_archive_have_names_every_system_takes(format_name: str) -> None:
    archive = io.BytesIO()
    writer = open_writer(format_name, cover(count=len(ALL), options=Options(layout=Layout.SEPARATE)), archive)
    for one in many():
        writer.add(with_record(one))
    writer.close()

    with ZipFile(archive) as files:
        paths = files.namelist()
        contents = read_records(files.read("contents.csv"))

    assert [line["subject"] for line in contents] == [disarmed(name) for name in ALL]
    assert len({path.casefold() for path in paths}) == len(paths)
    for line in contents:
        name = line["file"].removesuffix("/")
        assert name.startswith("course-")
        assert len(name.encode()) <= 150
        assert not [
            character for character in name if character in "/\\:*?\"<>|=+@'" or unicodedata.category(character) == "Cc"
        ]
        assert [path for path in paths if path == line["file"] or path.startswith(f"{name}/")] != []


@pytest.mark.parametrize("said", ["=1+1", "@SUM(1)", "a'!$A$1\"&<x>]]>%", '&"Arial"&P [x]:*?/\\', "history", "Same"])
def test_the_words_of_a_school_are_text_like_any_other(said: str) -> None:
    """Also where it calls everything by one name."""
    own = {text: said + "".join(f"{{{name}}}" for name in _names(text)) for text in known_texts()}
    words = Words("en", own)
    sample = sample_document(words)
    for count in (1, 2):
        whole = cover(style=Style(words=words), count=count, matching=count, filters=((words("Kinds"), said),))
        book, tables, pages = (written(name, *[sample] * count, of=whole) for name in ("XLSX", "CSV", "PDF"))
        assert CalamineWorkbook.from_filelike(book).sheet_names[0].startswith(sheet_name(said, {}))
        with ZipFile(book) as parts:
            sheets = [part for part in parts.namelist() if part.startswith("xl/worksheets/sheet")]
            assert not any(re.search(b"<f[ >]", parts.read(part)) for part in sheets)
        fields = [
            field for lines in read_tables(tables.getvalue()).values() for line in lines for field in line.values()
        ]
        assert not [field for field in fields if field.startswith(("=", "@"))]
        assert clean(said)[:6] in pypdf.PdfReader(pages).pages[0].extract_text()


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(name for _, name, _, _ in string.Formatter().parse(text) if name is not None))
