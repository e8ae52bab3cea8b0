"""What is shown of a figure never says more than the figure: it crosses no line, and only all of it is 100 %."""

import io
import math
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zipfile import ZipFile

import pypdf
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exporters import Bands, Cell, Chart, Column, Document, Figure, Kind, Shape, Table, Words
from exporters.formats.xlsx.formats import RateFormats
from exporters.values import exactly, line_said, shown
from resolvers.core.rounding import WHOLE, exact, places_of_number, places_of_share, rounded_share
from tests.support.documents import document, written
from tests.support.xlsx_files import number_format

WORDS: Final = Words()
LINES: Final = (Decimal("0.88"), Decimal("0.80"), Decimal("0.10"))
# mostly as schools have them; sometimes with more digits than are shown
LINE = st.decimals(0, 1, places=2) | st.decimals(0, 1, places=7)
SHARES = st.one_of(
    st.fractions(0, 1).map(float),
    st.floats(0, 1),
    st.decimals(0, 1, places=9),
    st.sampled_from((0, 1, 5e-324, 1 - 2**-53, 0.79995, 0.99967)),
)


def near(line: Decimal) -> st.SearchStrategy[float]:
    """Shares on either side of a line, down to the double next to it."""
    return st.floats(max(0.0, float(line) - 1e-4), min(1.0, float(line) + 1e-4))


@st.composite
def beside_lines(draw: st.DrawFn) -> tuple[float | Decimal, tuple[Decimal, ...]]:
    """A share, and lines, to one of which it may be close."""
    lines = tuple(draw(st.lists(LINE, max_size=3)))
    return draw(st.one_of(SHARES, *map(near, lines))), lines


def read(text: str) -> Decimal:
    """The share that a text in per cent says."""
    return Decimal(text.removesuffix("%")) / 100


def sides(share: Decimal, lines: tuple[Decimal, ...]) -> list[object]:
    """On which side of each line a share is, and whether it is nothing or all."""
    return [*(share < line for line in lines), share == 0, share == 1]


@settings(deadline=None)  # the first one reads the locale
@given(beside_lines(), st.integers(0, 4))
def test_no_text_crosses_a_line(given: tuple[float | Decimal, tuple[Decimal, ...]], decimals: int) -> None:
    value, lines = given
    share = exact(value)
    text = shown(value, Kind.RATE, decimals, WORDS, "UTC", lines)
    assert sides(read(text), lines) == sides(share, lines)
    # one precision, unless a number with so few decimals would not be true
    places = len(text.partition(".")[2].removesuffix("%"))
    scale = 10 ** (decimals + 2)
    around = {math.floor(Fraction(share) * scale), math.ceil(Fraction(share) * scale)}
    true = [count for count in around if sides(Decimal(count).scaleb(-decimals - 2), lines) == sides(share, lines)]
    assert places == decimals if true else places > decimals
    assert abs(Fraction(read(text)) - Fraction(share)) < Fraction(1, scale)


@given(beside_lines())
def test_six_decimals_cross_no_line_either(given: tuple[float | Decimal, tuple[Decimal, ...]]) -> None:
    value, lines = given
    assert sides(Decimal(exactly(value, Kind.RATE, WORDS, lines)), lines) == sides(exact(value), lines)


@given(beside_lines())
def test_what_excel_rounds_crosses_no_line(given: tuple[float | Decimal, tuple[Decimal, ...]]) -> None:
    value, lines = given
    share = exact(value)
    shown_as = RateFormats(lines).of(value)
    decimals = len(shown_as.partition(".")[2].removesuffix("%"))
    rounded = Decimal(round(Fraction(share) * 10 ** (decimals + 2) + Fraction(1, 10**40))).scaleb(-decimals - 2)
    assert decimals >= 2
    assert sides(rounded, lines) == sides(share, lines)


@given(st.floats(-1e6, 1e6) | st.decimals(-1000, 1000, places=8), st.integers(0, 6))
def test_no_number_but_nothing_is_shown_as_nothing(value: float | Decimal, decimals: int) -> None:
    said = shown(value, Kind.MINUTES, decimals, WORDS, "UTC").replace(",", "")
    assert (Decimal(said) == 0) == (value == 0)
    assert len(said.partition(".")[2]) == places_of_number(value, decimals)


@given(st.decimals(0, 1, places=9))
def test_a_line_is_said_whole(line: Decimal) -> None:
    assert read(line_said(line, WORDS)) == line


@given(beside_lines())
def test_far_from_any_line_it_is_plain_rounding(given: tuple[float | Decimal, tuple[Decimal, ...]]) -> None:
    share, lines = exact(given[0]), given[1]
    assume(all(abs(share - line) > Decimal("0.01") for line in (*lines, *WHOLE)))
    assert rounded_share(share, 4, lines) == round(share, 4)
    assert places_of_share(share, 4, lines) == 4


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.79995, 2, "79.99%"),
        (0.79995, 1, "79.9%"),
        (0.99967, 2, "99.97%"),
        (0.99967, 1, "99.9%"),
        (2999 / 3000, 1, "99.9%"),
        (2999 / 3000, 0, "99%"),
        (0.00004, 2, "0.01%"),
        (0.00004, 0, "1%"),
        (0.80004, 2, "80.00%"),
        (0.8, 2, "80.00%"),
        (Decimal("0.8000"), 2, "80.00%"),
        (0.0999999, 2, "9.99%"),
        (0.8799999999999999, 2, "87.99%"),
        (0, 2, "0.00%"),
        (1, 2, "100.00%"),
        (1.0, 0, "100%"),
        (0.12345, 2, "12.34%"),
        (0.12355, 2, "12.36%"),
    ],
)
def test_examples(value: float | Decimal, decimals: int, text: str) -> None:
    assert shown(value, Kind.RATE, decimals, WORDS, "UTC", LINES) == text


def test_between_two_lines_it_has_the_decimals_it_takes() -> None:
    close = (Decimal("0.8"), Decimal("0.800004"))
    assert shown(0.800003, Kind.RATE, 2, WORDS, "UTC", close) == "80.00%"
    assert shown(0.800003, Kind.RATE, 2, WORDS, "UTC", (Decimal("0.800001"), Decimal("0.800004"))) == "80.0003%"


def near_lines() -> Document:
    """A report whose figures, rows and charts have rates just below the lines of the policy."""
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Ann", 0.79995),
        ("Bo", 0.99967),
        ("Cy", 0.00004),
        ("Di", 0.87999),
        ("Ed", 1.0),
    )
    columns = (Column("name", "Trainee", Kind.TEXT), Column("rate", "Attendance", Kind.RATE, judged=True))
    figures = (
        Figure("attendanceRate", "Attendance", 0.79995, Kind.RATE),
        Figure("x", "Absence", 0.09999999, Kind.RATE),
    )
    return replace(
        document(Table("trainees", "Trainees", columns, rows)),
        figures=figures,
        charts=(Chart("trainees", "Attendance", Shape.BARS, "trainees", "name", ("rate",)),),
        bands=Bands(Decimal("0.88"), Decimal("0.80")),
        chronic_from=Decimal("0.1"),
    )


def test_a_pdf_has_one_precision_and_crosses_no_line() -> None:
    pages = pypdf.PdfReader(written("PDF", near_lines())).pages
    text = "\n".join(page.extract_text() for page in pages)

    said = re.findall(r"\d+\.\d+%", text)
    assert set(said) == {"79.99%", "99.97%", "0.01%", "87.99%", "100.00%", "9.99%"}
    # large, in the table of all figures, in the table and in the chart
    assert (said.count("79.99%"), said.count("99.97%"), said.count("100.00%")) == (4, 2, 2)
    assert re.findall(r"0\.\d{6,}", text) == ["0.799950", "0.099999", "0.799950", "0.099999"]
    # the lines themselves, along the axis of nothing here
    assert set(re.findall(r"(?<![\d.])\d+%", text)) <= {"80%", "88%"}


def test_a_workbook_shows_the_decimals_that_tell_rates_from_lines() -> None:
    book = written("XLSX", near_lines())
    shown_as = [number_format(book, "Trainees", f"B{row}") for row in range(2, 7)]
    assert shown_as == ["0.000%", "0.00%", "0.000%", "0.000%", "0.00%"]
    with ZipFile(io.BytesIO(book.getvalue())) as parts:
        charts = "".join(parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/"))
    # labels are shown as the cells they stand for
    labels = re.search(r"<(?:c:)?dLbls>.*?</(?:c:)?dLbls>", charts)
    assert labels is not None
    assert "numFmt" not in labels[0]
