"""Native charts, which draw cells of a table's sheet and hold no figures of their own.

They can be read without colour: lines differ in dashes and markers, bars in their hatching.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from openpyxl.chart import BarChart, LineChart
from openpyxl.chart.data_source import AxDataSource, NumDataSource, NumRef, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.fill import ColorChoice, PatternFillProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun
from openpyxl.utils import get_column_letter, quote_sheetname

from exporters.document import Cell, Chart, Column, Kind, Shape
from exporters.formats.xlsx.book import Book
from exporters.formats.xlsx.formats import day_of_a_year, heading_of
from exporters.formats.xlsx.styles import GREY, INK, RULE, hex_of
from exporters.formats.xlsx.tables import TableSheets
from exporters.formats.xlsx.text import shortened
from exporters.text import clean, is_number

WIDTH: Final = 17.5
"""The width of a chart, in centimetres."""

_HEIGHT: Final = 7.0
_AROUND_BARS: Final = 3.2
_OF_A_BAR: Final = 0.6
_MOST_BARS: Final = 40
_MOST_MARKERS: Final = 60
_MOST_LABELS: Final = 14
_LONGEST_TITLE: Final = 120
_NEARLY_ALL: Final = 0.6
_DASHES: Final = ("solid", "sysDash", "dash", "sysDot", "lgDashDot")
_MARKERS: Final = ("circle", "square", "triangle", "diamond", "x")
_HATCHES: Final = (None, "wdUpDiag", "pct20", "wdDnDiag", "smGrid")
_THICK: Final = 28_000  # EMU, 2.2 points


def drawn(chart: Chart, table: TableSheets, book: Book) -> Any | None:
    """openpyxl's chart of a table that has its rows; None: there is nothing to draw, or no such shape in Excel, as of a
    calendar. Of a long table the first rows are drawn, and the title says so.
    """
    there = min(len(table.first_rows), table.sheets[0].rows - 1)
    count = there if chart.shape is Shape.LINE else min(there, _MOST_BARS)
    if chart.shape is Shape.CALENDAR or not count or not chart.values:
        return None
    made = LineChart() if chart.shape is Shape.LINE else BarChart()
    made.title = _title(_said(chart, count, table.count, book), 1300, INK, bold=True)
    made.width, made.height, made.roundedCorners = WIDTH, _HEIGHT, False
    made.graphical_properties = GraphicalProperties(ln=LineProperties(solidFill=RULE))
    if chart.shape is not Shape.LINE:
        made.type = "bar" if chart.shape is Shape.BARS else "col"
        made.gapWidth, made.overlap = 45, 0
    if chart.shape is Shape.BARS:
        made.height = max(_HEIGHT, _AROUND_BARS + count * _OF_A_BAR * (1 + 0.5 * (len(chart.values) - 1)))
    for number, key in enumerate(chart.values):
        made.series.append(_series(chart, number, table, key, count, book))
    _axes(made, chart, table.first_rows[:count], table, book)
    if len(chart.values) == 1:
        made.legend = None
    else:
        made.legend.position, made.legend.overlay, made.legend.txPr = "b", False, _text(900, GREY)
    return made


def _said(chart: Chart, count: int, total: int, book: Book) -> str:
    title = shortened(chart.title, _LONGEST_TITLE, book.words)
    if count == total:
        return title
    number = book.words.number
    return title + " " + book.words("(the first {count} of {total})", count=number(count), total=number(total))


def _series(chart: Chart, number: int, table: TableSheets, key: str, count: int, book: Book) -> Any:
    named = _cells(table, chart.names, 2, count + 1)
    textual = _column(table, chart.names).kind in {Kind.TEXT, Kind.BAND}
    made = Series(
        idx=number,
        order=number,
        tx=SeriesLabel(strRef=StrRef(_cells(table, key, 1, 1))),
        val=NumDataSource(numRef=NumRef(_cells(table, key, 2, count + 1))),
        cat=AxDataSource(strRef=StrRef(named)) if textual else AxDataSource(numRef=NumRef(named)),
    )
    colour = (hex_of(book.style.colour), hex_of(book.style.accent), GREY, INK)[number % 4]
    if chart.shape is Shape.LINE:
        made.smooth = False
        line = LineProperties(w=_THICK, solidFill=colour, prstDash=_DASHES[number % len(_DASHES)])
        made.spPr = GraphicalProperties(ln=line)
        mark = GraphicalProperties(solidFill=colour, ln=LineProperties(solidFill=colour))
        few = count <= _MOST_MARKERS
        made.marker = Marker(_MARKERS[number % len(_MARKERS)] if few else "none", 6 if few else None, mark)
        return made
    made.invertIfNegative = False
    made.spPr = GraphicalProperties(ln=LineProperties(solidFill=colour))
    hatch = _HATCHES[number % len(_HATCHES)]
    if hatch is None:
        made.spPr.solidFill = colour
    else:
        made.spPr.pattFill = PatternFillProperties(hatch, ColorChoice(srgbClr=colour), ColorChoice(srgbClr="FFFFFF"))
    if count <= _MOST_LABELS and len(chart.values) == 1:
        made.dLbls = DataLabelList(
            txPr=_text(900, INK), showVal=True, showSerName=False,
            showCatName=False, showLegendKey=False, showPercent=False, showBubbleSize=False,
        )  # fmt: skip
    return made


def _axes(made: Any, chart: Chart, rows: Sequence[tuple[Cell, ...]], table: TableSheets, book: Book) -> None:
    along, up = made.x_axis, made.y_axis
    names, first = _column(table, chart.names), _column(table, chart.values[0])
    for axis in (along, up):
        axis.delete = False  # openpyxl leaves it open, and Excel then shows none
        axis.txPr = _text(900, GREY)
        axis.spPr = GraphicalProperties(ln=LineProperties(solidFill=RULE))
        axis.majorTickMark = axis.minorTickMark = "none"
    if names.kind is Kind.DATE:  # which says what it is
        years = {day.year for row in rows if isinstance(day := row[table.place(names.key) - 1], date)}
        along.number_format = day_of_a_year(book.words) if len(years) == 1 else book.format_of(names.kind)
    else:
        along.title = _title(names.label, 900, GREY)
    along.tickLblPos = "low"
    up.title = _title(heading_of(first, "") if len(chart.values) == 1 else first.unit, 900, GREY)
    up.number_format = _axis_format(first, book)
    up.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=RULE))
    places = [table.place(key) - 1 for key in chart.values]
    values = [value for row in rows for place in places if is_number(value := row[place])]
    if all(value >= 0 for value in values):  # type: ignore[operator] # is_number says so
        up.scaling.min = 0
    if first.kind is Kind.RATE and any(value > _NEARLY_ALL for value in values):  # type: ignore[operator]
        up.scaling.max = max(1, *values)  # type: ignore[type-var] # left alone, Excel goes on to 120 %
    if chart.shape is Shape.BARS:
        along.scaling.orientation = "maxMin"  # the first row on top
        up.crosses = "max"
        if book.words.rtl:
            up.scaling.orientation = "maxMin"
    elif book.words.rtl:
        along.scaling.orientation = "maxMin"


def _axis_format(column: Column, book: Book) -> str:
    """Along an axis a per cent needs no decimals."""
    return "0%" if column.kind is Kind.RATE else book.format_of(column.kind)


def _cells(table: TableSheets, key: str, first: int, last: int) -> str:
    letter = get_column_letter(table.place(key))
    title = quote_sheetname(table.sheets[0].frame.title)
    return f"{title}!${letter}${first}:${letter}${last}"


def _column(table: TableSheets, key: str) -> Column:
    return table.columns[table.place(key) - 1]


def _title(text: str | None, size: int, colour: str, *, bold: bool = False) -> Title | None:
    if not text:
        return None
    look = CharacterProperties(sz=size, b=bold, solidFill=colour)
    said = Paragraph(pPr=ParagraphProperties(defRPr=look), r=[RegularTextRun(rPr=look, t=clean(text))])
    return Title(tx=Text(rich=RichText(p=[said])), overlay=False)


def _text(size: int, colour: str) -> RichText:
    look = CharacterProperties(sz=size, solidFill=colour)
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=look), endParaRPr=look)])
