"""Native charts draw cells of the tables' sheets, and can be read without colour."""

import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from exporters import Chart, Column, Document, Kind, Shape, Style, Table, Words
from exporters.formats.xlsx import tables as xlsx_tables
from tests.support.documents import cover, document, written
from tests.support.xlsx_files import CHART, MAIN, part, paths, sheet

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def trend(rows: int, title: str = "Week by week") -> Table:
    columns = (
        Column("from", "From", Kind.DATE),
        Column("name", "Week", Kind.TEXT),
        Column("attendanceRate", "Attendance", Kind.RATE),
        Column("absenceRate", "Absence", Kind.RATE),
        Column("late", "Late", Kind.INTEGER),
    )
    first = date(2026, 1, 5)
    lines = ((first + timedelta(weeks=n), f"W{n}", 0.9 - n / 1000, 0.1, n) for n in range(rows))
    return Table("trend", title, columns, tuple(lines))


def report(shape: Shape, *values: str, rows: int = 14, names: str = "name", title: str = "Week by week") -> Document:
    chart = Chart("chart", "Attendance", shape, "trend", names, values)
    return replace(document(trend(rows, title)), charts=(chart,))


def charts(book: io.BytesIO) -> list[ElementTree.Element]:
    return [part(book, path) for path in paths(book, "xl/charts/chart")]


def chart(report: Document, **more: Any) -> ElementTree.Element:
    (drawn,) = charts(written("XLSX", report, of=cover(**more)))
    return drawn


def values(element: ElementTree.Element, name: str) -> list[str | None]:
    """What the elements of that name in a chart are set to."""
    return [found.get("val", found.text) for found in element.iter(f"{CHART}{name}")]


def said(element: ElementTree.Element) -> list[str]:
    return [found.text for found in element.iter(f"{DRAWING}t") if found.text]


def test_charts_refer_to_the_cells_of_the_table() -> None:
    drawn = chart(report(Shape.LINE, "attendanceRate", "absenceRate", names="from"))

    assert [series.tag for series in drawn.iter() if series.tag.endswith("Chart")] == [f"{CHART}lineChart"]
    assert values(drawn, "f") == [
        "'Week by week'!$C$1:$C$1", "'Week by week'!$A$2:$A$15", "'Week by week'!$C$2:$C$15",
        "'Week by week'!$D$1:$D$1", "'Week by week'!$A$2:$A$15", "'Week by week'!$D$2:$D$15",
    ]  # fmt: skip
    assert not list(drawn.iter(f"{CHART}v"))  # no copies of figures
    assert said(drawn) == ["Attendance"]


def test_a_table_with_an_apostrophe_is_referred_to() -> None:
    drawn = chart(report(Shape.COLUMNS, "late", title="Who's late"))
    assert values(drawn, "f")[2] == "'Who''s late'!$E$2:$E$15"


@pytest.mark.parametrize(
    ("shape", "direction", "orientation"), [(Shape.BARS, "bar", "maxMin"), (Shape.COLUMNS, "col", "minMax")]
)
def test_bars_lie_with_the_first_on_top_and_columns_stand(shape: Shape, direction: str, orientation: str) -> None:
    drawn = chart(report(shape, "attendanceRate"))

    assert (values(drawn, "barDir"), values(drawn, "orientation")) == ([direction], [orientation, "minMax"])
    assert said(drawn) == ["Attendance", "Week", "Attendance"]


def test_axes_are_shown_and_rates_begin_at_0_and_end_at_all() -> None:
    drawn = chart(report(Shape.LINE, "attendanceRate", names="from"))

    assert (values(drawn, "delete"), values(drawn, "min"), values(drawn, "max")) == (["0", "0"], ["0"], ["1"])
    assert [found.get("formatCode") for found in drawn.iter(f"{CHART}numFmt")] == ["mmm d", "0%"]


def test_days_of_several_years_have_their_year() -> None:
    drawn = chart(report(Shape.LINE, "attendanceRate", names="from", rows=60))
    assert [found.get("formatCode") for found in drawn.iter(f"{CHART}numFmt")] == ["mmm d, yyyy", "0%"]


def test_counts_find_their_own_end() -> None:
    assert values(chart(report(Shape.COLUMNS, "late")), "max") == []


def test_several_lines_differ_in_dashes_and_markers() -> None:
    drawn = chart(report(Shape.LINE, "attendanceRate", "absenceRate", "late"))

    series = list(drawn.iter(f"{CHART}ser"))
    assert [one.find(f"{CHART}spPr/{DRAWING}ln/{DRAWING}prstDash").get("val") for one in series] == [  # type: ignore[union-attr]
        "solid", "sysDash", "dash",
    ]  # fmt: skip
    assert values(drawn, "symbol") == ["circle", "square", "triangle"]
    assert values(drawn, "legendPos") == ["b"]


def test_several_bars_differ_in_hatching() -> None:
    drawn = chart(report(Shape.BARS, "attendanceRate", "absenceRate"))

    assert [found.get("prst") for found in drawn.iter(f"{DRAWING}pattFill")] == ["wdUpDiag"]


def test_the_colours_are_those_of_the_house() -> None:
    drawn = chart(report(Shape.BARS, "attendanceRate"), style=Style(colour="#0b6e4f"))
    fill = drawn.find(f".//{CHART}ser/{CHART}spPr/{DRAWING}solidFill/{DRAWING}srgbClr")

    assert fill is not None
    assert fill.get("val") == "0B6E4F"


def test_of_a_long_table_the_first_bars_are_drawn_and_the_title_says_so() -> None:
    drawn = chart(report(Shape.BARS, "late", rows=3_000))

    assert values(drawn, "f")[2] == "'Week by week'!$E$2:$E$41"
    assert said(drawn)[0] == "Attendance (the first 40 of 3,000)"


def test_of_a_very_long_table_400_points_are_drawn() -> None:
    drawn = chart(report(Shape.LINE, "late", rows=500))

    assert values(drawn, "f")[2] == "'Week by week'!$E$2:$E$401"
    assert said(drawn)[0] == "Attendance (the first 400 of 500)"


def test_a_chart_ends_with_the_first_sheet_of_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_tables, "ROWS_OF_A_SHEET", 5)
    assert values(chart(report(Shape.LINE, "late")), "f")[2] == "'Week by week'!$E$2:$E$6"


def test_nothing_is_drawn_of_a_calendar_or_of_no_rows() -> None:
    assert charts(written("XLSX", report(Shape.CALENDAR, "late", names="from"))) == []
    assert charts(written("XLSX", report(Shape.LINE, "late", rows=0))) == []


@pytest.mark.parametrize(
    ("shape", "orientations"),
    [(Shape.BARS, ["maxMin", "maxMin"]), (Shape.COLUMNS, ["maxMin", "minMax"]), (Shape.LINE, ["maxMin", "minMax"])],
)
def test_in_a_language_from_right_to_left_charts_are_too(shape: Shape, orientations: list[str]) -> None:
    drawn = chart(report(shape, "late"), style=Style(words=Words("ar")))
    assert values(drawn, "orientation") == orientations


def test_charts_stand_below_each_other_beside_the_text_and_no_page_cuts_one() -> None:
    shown = tuple(Chart(f"c{n}", f"Chart {n}", Shape.COLUMNS, "trend", "name", ("late",)) for n in range(6))
    book = written("XLSX", replace(document(trend(14)), charts=shown))

    summary = load_workbook(book)["Summary"]
    heights = [summary.row_dimensions[row].height or 15.0 for row in range(1, 200)]
    anchors = [drawn.anchor for drawn in summary._charts]
    tops = [sum(heights[: anchor._from.row]) for anchor in anchors]
    bottoms = [top + anchor.ext.height / 12_700 for top, anchor in zip(tops, anchors, strict=True)]
    (page,) = (brk.id for brk in summary.row_breaks.brk)
    assert {(anchor._from.col, anchor._from.rowOff) for anchor in anchors} == {(4, 0)}  # the text ends in the third
    assert [6 <= later - earlier < 40 for earlier, later in zip(bottoms, tops[1:], strict=False)] == [True] * 5
    assert bottoms[3] < sum(heights[:page]) == tops[4]
    assert next(sheet(book, "Summary").iter(f"{MAIN}pageSetup")).get("scale") == "54"
