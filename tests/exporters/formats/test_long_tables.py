"""Every row of a long table is in the file, once and in order."""

import re

import pypdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from python_calamine import CalamineWorkbook

from exporters.formats.xlsx import tables as xlsx_tables
from tests.support.documents import document, table, written


def test_every_row_of_3000_is_in_the_pdf_under_its_head() -> None:
    rendered = written("PDF", document(table(tuple(f"Trainee <{n}>" for n in range(3000)))))
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(rendered.getvalue())]
    total = len(pages)

    found = [int(number) for page in pages for number in re.findall(r"Trainee <(\d+)>", page)]
    assert found == list(range(3000))
    for number, page in enumerate(pages, 1):
        assert re.search(rf"page {number} of {total}\b", page)
    for page in (page for page in pages[1:] if "Trainee <" in page):
        (table_of_page, *_) = page.split("All figures")
        assert table_of_page.count("Attendance") == 1
        assert table_of_page.count("lateness") == 1


@pytest.mark.parametrize("rows", [1, 39, 40, 41, 80, 81])
def test_no_row_is_lost_where_tables_are_cut(rows: int) -> None:
    reader = pypdf.PdfReader(written("PDF", document(table(tuple(f"Trainee <{n}>" for n in range(rows))))))
    text = "".join(page.extract_text() for page in reader.pages)

    assert [int(number) for number in re.findall(r"Trainee <(\d+)>", text)] == list(range(rows))


def test_a_table_that_fills_a_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_tables, "ROWS_OF_A_SHEET", 2)
    book = CalamineWorkbook.from_filelike(written("XLSX", document(table(("a", "b", "c", "d", "e")))))

    sheets = {name: [row[0] for row in book.get_sheet_by_name(name).to_python()] for name in book.sheet_names[1:]}
    assert sheets == {
        "Trainees": ["Trainee", "a", "b"],
        "Trainees (2)": ["Trainee", "c", "d"],
        "Trainees (3)": ["Trainee", "e"],
    }
