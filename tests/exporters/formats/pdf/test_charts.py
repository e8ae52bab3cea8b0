"""Charts and the sheet of days: what they show, whatever the table."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.graphics.shapes import Drawing, Group, String, UserNode

from exporters import Bands, Chart, Column, Document, Kind, Shape, Style, Table, Words
from exporters.formats.pdf.calendar import calendar, weightiest
from exporters.formats.pdf.charts import MOST_BARS, drawing_of
from exporters.formats.pdf.text import visual
from tests.support.documents import document

COLUMNS = (Column("name", "Name", Kind.TEXT), Column("rate", "Rate", Kind.RATE, judged=True))


def charted(shape: Shape, rows: tuple[tuple[Any, ...], ...]) -> tuple[Chart, Document]:
    chart = Chart("c", "A chart", shape, "t", "name", ("rate",))
    of = replace(
        document(Table("t", "T", COLUMNS, rows)), charts=(chart,), bands=Bands(Decimal("0.88"), Decimal("0.8"))
    )
    return chart, of


def said(drawing: Any) -> list[str]:
    """Every text of a drawing, those of its widgets too."""
    found = []
    for node in drawing.contents:
        if isinstance(node, String):
            found.append(node.text)
        elif isinstance(node, UserNode):
            found += said(Group(node.provideNode()))
        elif isinstance(node, Group):
            found += said(node)
    return found


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([Shape.LINE, Shape.BARS, Shape.COLUMNS]),
    st.lists(st.tuples(st.text(max_size=30), st.none() | st.floats(0, 1)), max_size=30),
    st.sampled_from(["en", "ar"]),
)
def test_any_table_can_be_drawn(shape: Shape, rows: list[tuple[str, float | None]], locale: str) -> None:
    chart, of = charted(shape, tuple(rows))
    drawing = drawing_of(chart, of, Style(words=Words(locale)), 400.0)
    assert (drawing.width, drawing.height > 0) == (400.0, True)


def test_bars_carry_their_names_and_values() -> None:
    chart, of = charted(Shape.BARS, (("Ana", 0.5), ("Bo", None), ("Cy", 1.0)))
    texts = said(drawing_of(chart, of, Style(), 400.0))
    assert [text for text in texts if text in ("Ana", "Bo", "Cy")] == ["Ana", "Bo", "Cy"]
    assert sorted(text for text in texts if text not in ("Ana", "Bo", "Cy")) == ["100.00%", "50.00%", "–"]


def test_more_bars_than_fit_are_told_of() -> None:
    chart, of = charted(Shape.BARS, tuple((f"Row {number}", 0.5) for number in range(MOST_BARS + 3)))
    texts = said(drawing_of(chart, of, Style(), 400.0))
    assert "3 more rows are in the table." in texts
    assert sum(text.startswith("Row ") for text in texts) == MOST_BARS


def test_a_line_shows_where_the_policy_draws_its_own() -> None:
    chart, of = charted(Shape.LINE, (("W1", 0.7), ("W2", 0.9)))
    texts = said(drawing_of(chart, of, Style(), 400.0))
    assert {"W1", "W2", "Watch below 88%", "At risk below 80%", "60%", "70%", "80%", "90%", "100%"} <= set(texts)


def test_no_line_is_drawn_across_weeks_without_a_figure() -> None:
    chart, of = charted(Shape.LINE, (("W1", 0.7), ("W2", 0.9), ("W3", None), ("W4", 0.8)))
    (plot,) = (node for node in drawing_of(chart, of, Style(), 400.0).contents if hasattr(node, "data"))
    assert plot.data == [(0.7, 0.9, None, None), (None, None, None, 0.8)]


@pytest.mark.parametrize(
    ("statuses", "shown"),
    [
        (["PRESENT", "LATE"], "LATE"),
        (["LATE", "ABSENT", "PRESENT"], "ABSENT"),
        (["UNMARKED", "PRESENT"], "UNMARKED"),
        (["CANCELLED", "SCHEDULED"], "SCHEDULED"),
        (["EXCUSED", "UNMARKED"], "EXCUSED"),
    ],
)
def test_a_day_shows_its_weightiest_mark(statuses: list[str], shown: str) -> None:
    assert weightiest([date(2026, 3, 2)] * len(statuses), statuses) == {date(2026, 3, 2): shown}


def rows_of(drawing: Drawing, names: list[str]) -> list[str]:
    """The names of days of a sheet, from above."""
    found = [(node.y, node.text) for node in drawing.contents if isinstance(node, String) and node.text in names]
    return [text for _, text in sorted(found, reverse=True)]


@pytest.mark.parametrize(("locale", "first"), [("en-US", "Sun"), ("en-GB", "Mon"), ("de", "Mon"), ("ar-EG", "السبت")])
def test_weeks_begin_as_the_reader_has_them(locale: str, first: str) -> None:
    words = Words(locale)
    drawing = calendar([date(2026, 3, 2)], ["PRESENT"], Style(words=words), 400.0)
    names = [visual(name, words.rtl) for name in words.weekdays()]
    assert rows_of(drawing, names) == names
    assert words.weekdays()[0] == first


def test_a_sheet_of_years_goes_on_below() -> None:
    days = [date(2025, 1, 1) + timedelta(weeks=week) for week in range(120)]
    one = calendar(days[:50], ["PRESENT"] * 50, Style(), 500.0)
    three = calendar(days, ["PRESENT"] * 120, Style(), 500.0)
    assert three.height - 16 == pytest.approx((one.height - 16) * 3, rel=0.1)


def test_no_day_is_no_sheet() -> None:
    assert calendar([], [], Style(), 400.0).contents == []


@pytest.mark.parametrize(("locale", "months"), [("en", ["Sep", "Oct", "Nov"]), ("ar", ["نوفمبر", "أكتوبر"])])
def test_names_of_months_do_not_run_into_each_other(locale: str, months: list[str]) -> None:
    style = Style(words=Words(locale))
    days = [date(2026, 9, 28) + timedelta(weeks=week) for week in range(7)]
    drawing = calendar(days, ["PRESENT"] * 7, style, 400.0)
    every = [visual(style.words.month(date(2026, month, 1)), style.words.rtl) for month in (9, 10, 11)]
    named = [node for node in drawing.contents if isinstance(node, String) and node.text in every]
    from_left = [node.text for node in sorted(named, key=lambda node: node.x)]
    assert from_left == [visual(month, style.words.rtl) for month in months]
