"""Names that try to be formulas, markup or control codes arrive as text, or shortened with a remark."""

import json
from xml.etree import ElementTree
from zipfile import ZipFile

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from exporters.text import clean, encodable, shorten
from exporters.xlsx.text import LONGEST_TEXT, sheet_name, text_cell
from tests.exporters.csv_files import read_records
from tests.exporters.documents import HOSTILE, document, table, written

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
