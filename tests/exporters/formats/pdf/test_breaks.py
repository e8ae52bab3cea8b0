"""Where pages end: whatever stands there, the report becomes a PDF, and nothing of it is lost."""

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pypdfium2  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters import Chart, Column, Document, Kind, Paper, Shape, Style, Table
from exporters.formats.pdf.table import MOST_LINES_OF_HEADS
from tests.support.documents import cover, document, written

COLUMNS = (Column("name", "Trainee", Kind.TEXT), Column("rate", "Attendance", Kind.RATE))
EMPTY = Table("empty", "Empty", COLUMNS, ())
TINY = "<html><head><style>@page {{ size: 120mm 70mm; margin: 1cm }}</style></head><body>{}</body></html>"


def rows(texts: Iterable[str]) -> Table:
    return Table("rows", "Rows", COLUMNS, tuple((text, 0.5) for text in texts))


def report(*tables: Table, notes: tuple[str, ...] = ()) -> Document:
    """Nothing but these tables and the notes."""
    return replace(document(*tables), figures=(), policy=(), notes=notes)


def text_of(of: Document, style: Style | None = None) -> str:
    file: io.BytesIO = written("PDF", of, of=cover(style=style or Style()))
    pages = pypdfium2.PdfDocument(file.getvalue())
    return "\n".join(page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pages)


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("count", range(61))
def test_an_empty_table_may_follow_any_number_of_rows(count: int, paper: Paper) -> None:
    text = text_of(report(rows(f"<{number}>" for number in range(count)), EMPTY), Style(paper=paper))
    assert re.findall(r"<(\d+)>", text) == [str(number) for number in range(count)]
    assert text.count("Nothing to show.") == (2 if count == 0 else 1) + 1  # all figures: this report has none


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("notes", [0, 1, 40, 41, 42, 43, 44, 45, 200])
def test_a_report_may_have_notes_alone(notes: int, paper: Paper) -> None:
    text = text_of(report(notes=tuple(f"Note {number} of them" for number in range(notes))), Style(paper=paper))
    assert re.findall(r"Note (\d+) of them", text) == [str(number) for number in range(notes)]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 8), min_size=1, max_size=6),
    st.lists(st.integers(1, 900), max_size=12),
    st.integers(1, 12),
    st.sampled_from(Paper),
)
def test_tables_of_any_length_and_width_become_pages(
    counts: list[int], lengths: list[int], width: int, paper: Paper
) -> None:
    columns = tuple(Column(f"c{number}", f"Column {number}", Kind.TEXT) for number in range(width))
    values = [(f"<{number}> " + "w " * length, *[""] * (width - 1)) for number, length in enumerate(lengths)]
    tall = Table("tall", "Tall", columns, tuple(values))
    short = [replace(rows(["x"] * count), key=f"t{place}") for place, count in enumerate(counts)]
    text = text_of(report(*short, tall), Style(paper=paper))
    assert re.findall(r"<(\d+)>", text) == [str(number) for number in range(len(lengths))]


NINE = tuple(Column(f"c{number}", "C", Kind.TEXT) for number in range(9))


def test_a_row_higher_than_a_page_goes_on_overleaf() -> None:
    words = [f"numbers{number}" for number in range(10, 58)]
    text = text_of(report(Table("rows", "Rows", NINE, ((" ".join(words),) * 9, ("last",) * 9))))
    assert sorted(re.findall(r"numbers\d+", text)) == sorted(words * 9)
    assert text.count("last") == 9
    assert text.count("Rows (continued)") == 1


def test_three_rows_of_which_two_fill_a_page_are_not_kept_together() -> None:
    row = (" ".join(["wordy"] * 45),) * 9
    text = text_of(report(Table("rows", "Rows", NINE, (row, row, row))))
    assert text.count("wordy") == 3 * 9 * 45
    assert text.count("Rows (continued)") == 1


@pytest.mark.parametrize("paper", Paper)
def test_heads_that_would_fill_a_page_are_cut(paper: Paper) -> None:
    columns = tuple(Column(f"c{number}", "Heading " * 25, Kind.TEXT) for number in range(40))
    text = text_of(report(Table("rows", "Rows", columns, (("x",) * 40,))), Style(paper=paper))
    assert text.count("x") == 40
    assert 0 < len(re.findall(r"H", text)) <= 40 * MOST_LINES_OF_HEADS


@pytest.mark.parametrize("shape", Shape)
def test_a_chart_higher_than_the_page_is_drawn_smaller(shape: Shape) -> None:
    days = (Column("day", "Day", Kind.DATE), Column("mark", "Mark", Kind.TEXT), Column("rate", "Rate", Kind.RATE))
    first = date(2021, 1, 1)
    values = tuple((first + timedelta(number), "ABSENT", 0.5) for number in range(1_800))
    chart = Chart("c", "A chart", shape, "t", "day", ("mark" if shape is Shape.CALENDAR else "rate",))
    of = replace(report(Table("t", "T", days, values)), charts=(chart,))
    style = Style(template=TINY.format('<p>Before</p>{{ chart("c") }}<p>After</p>'))
    text = text_of(of, style)
    assert re.findall("Before|A chart|After", text) == ["Before", "A chart", "After"]
