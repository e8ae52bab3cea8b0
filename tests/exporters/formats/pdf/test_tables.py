"""Tables on pages: no row is cut or lost, heads are repeated, and what is below a line can be seen."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pdfplumber
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters import Bands, Cell, Column, Document, Kind, Style, Table, Words
from exporters.formats.pdf.table import FILLS, Sheet
from tests.support.documents import cover, document, written

COLUMNS = (
    Column("name", "Trainee", Kind.TEXT),
    Column("rate", "Attendance", Kind.RATE, judged=True),
    Column("band", "Band", Kind.BAND),
)
BANDS = Bands(Decimal("0.88"), Decimal("0.80"))


class Once:
    """Rows that tell how often they were walked, and how far ahead of what is drawn."""

    def __init__(self, count: int) -> None:
        self.count, self.taken = count, 0

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        for number in range(self.count):
            self.taken = max(self.taken, number)
            yield (f"Row {number}", number / self.count, None)


def report(table: Table) -> Document:
    return replace(document(table), bands=BANDS)


def pages(of: Document, style: Style | None = None) -> Any:
    return pdfplumber.open(written("PDF", of, of=cover(style=style or Style())))


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=60))
def test_no_row_is_cut_or_lost_whatever_its_height(lengths: list[int]) -> None:
    rows = tuple((f"<{number}> " + "word " * (length // 5), 0.5, None) for number, length in enumerate(lengths))
    with pages(report(Table("rows", "Rows", COLUMNS, rows))) as file:
        found: list[tuple[int, int]] = []
        for place, page in enumerate(file.pages):
            text = page.extract_text()
            found += [(int(number), place) for number in re.findall(r"<(\d+)>", text)]
            heads = page.search(r"Trainee Attendance Band")
            assert len(heads) == (1 if re.search(r"<\d+>", text) else 0) or place == 0
            # nothing runs into the foot
            feet = [word["top"] for word in page.extract_words() if word["text"] == "page"]
            assert all(
                word["bottom"] < feet[-1] or word["top"] == feet[-1]
                for word in page.extract_words()
                if "word" in word["text"]
            )
    assert [number for number, _ in found] == list(range(len(lengths)))


def test_rows_are_taken_as_they_are_needed() -> None:
    rows: Any = Once(500)
    sheet = Sheet(Table("rows", "Rows", COLUMNS, rows), Style(), "UTC", BANDS)
    sheet.fix(500.0)
    rows.taken = 0
    sheet.row(10)
    assert rows.taken == 10
    sheet.forget(8)
    assert len(sheet._ahead) == 3


@pytest.mark.parametrize(
    ("rate", "band", "words"),
    [
        (0.9, None, "–"),
        (0.88, None, "–"),
        (0.8799, "WATCH", "Watch"),
        (0.80, "WATCH", "Watch"),
        (0.7999, "AT_RISK", "At risk"),
    ],
)
def test_bands_are_seen_by_word_and_by_shade(rate: float, band: str | None, words: str) -> None:
    table = Table("rows", "Rows", COLUMNS, (("Ana", rate, band),))
    with pages(report(table)) as file:
        (page, *_) = file.pages
        fills = {fill: tuple(round(part, 3) for part in colour.rgb()) for fill, colour in FILLS.items()}
        seen = [fill for rect in page.rects for fill, colour in fills.items() if _rounded(rect) == colour]
        text = page.extract_text()
    assert seen == ([band, band] if band else [])
    assert re.search(rf"Ana {rate:.2%} {words}", text)


def _rounded(rect: dict[str, Any]) -> tuple[float, ...]:
    return tuple(round(part, 3) for part in rect["non_stroking_color"])


def test_the_shades_differ_in_grey() -> None:
    def grey(colour: Any) -> float:
        red, green, blue = colour.rgb()
        return float(0.299 * red + 0.587 * green + 0.114 * blue)

    assert abs(grey(FILLS["AT_RISK"]) - grey(FILLS["WATCH"])) > 0.08


def test_a_table_without_rows_says_so() -> None:
    with pages(report(Table("rows", "Rows", COLUMNS, ()))) as file:
        assert "Rows\nTrainee Attendance Band\nNothing to show." in file.pages[0].extract_text()


def test_numbers_stand_in_line_with_the_decimals_they_need() -> None:
    columns = (Column("name", "Name", Kind.TEXT), Column("score", "Score", Kind.NUMBER))
    rows = (("a", 1.5), ("b", 2.0), ("c", 3.1234567), ("d", None))
    with pages(report(Table("rows", "Rows", columns, rows))) as file:
        text = file.pages[0].extract_text()
        words = {word["text"]: word["x1"] for word in file.pages[0].extract_words()}
    assert re.search(r"a 1\.500000\nb 2\.000000\nc 3\.123457\nd –", text)
    assert len({round(words[text], 1) for text in ("1.500000", "2.000000", "3.123457")}) == 1


def test_the_first_column_of_a_right_to_left_table_is_at_the_right() -> None:
    style = Style(words=Words("ar"))
    with pages(report(Table("rows", "Rows", COLUMNS, (("Ana", 0.5, None),))), style) as file:
        words = {word["text"]: word for word in file.pages[0].extract_words()}
    assert words["Ana"]["x0"] > words["50.00%"]["x1"] if "50.00%" in words else words["Ana"]["x0"] > 300
