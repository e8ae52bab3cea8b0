"""Charts as vectors, drawn by reportlab from the rows of the table they picture.

Nothing is told by colour alone: bars carry their values, lines have markers and dashes, days have shapes.
"""

import math
from collections.abc import Callable
from typing import Any, Final

from reportlab.graphics.charts.axes import YValueAxis
from reportlab.graphics.charts.barcharts import HorizontalBarChart, VerticalBarChart
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.shapes import Drawing, Line, String
from reportlab.graphics.widgets.markers import makeMarker
from reportlab.lib.colors import Color, HexColor
from reportlab.platypus.flowables import Flowable

from exporters.cover import Style
from exporters.document import Cell, Chart, Column, Document, Kind, Shape
from exporters.formats.pdf.calendar import calendar
from exporters.formats.pdf.fonts import BOLD, REGULAR
from exporters.formats.pdf.ink import HAIR, INK, QUIET, SMALL
from exporters.formats.pdf.text import broken, measure, one_line, visual
from exporters.values import DECIMALS_OF_RATES, decimals_of, line_said, shown, text_of

TITLE_SIZE: Final = 10.0
MOST_BARS: Final = 20
MOST_POINTS: Final = 366
_BAR: Final = 15.0
_PLOT: Final = 118.0
_DASHES: Final[tuple[tuple[float, ...] | None, ...]] = (None, (4, 2), (1, 2))


class Picture(Flowable):  # type: ignore[misc]
    """A chart under its title, as wide as there is room; smaller where it would be higher than the page."""

    def __init__(self, chart: Chart, document: Document, style: Style) -> None:
        super().__init__()
        self._chart, self._document, self._style = chart, document, style
        self._drawing: Drawing | None = None
        self._scale = 1.0

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """See Flowable."""
        if self._drawing is None or self._drawing.width != width:
            self._drawing = drawing_of(self._chart, self._document, self._style, width)
        title = TITLE_SIZE * 1.9
        frame = getattr(self, "_frame", None)
        room = self._drawing.height if frame is None else frame._aH - title
        self._scale = min(1.0, room / self._drawing.height) if room > 0 else 1.0
        self.width, self.height = width, self._drawing.height * self._scale + title
        return self.width, self.height

    def draw(self) -> None:
        """See Flowable."""
        assert self._drawing is not None
        words = self._style.words
        title = broken(text_of(self._chart.title, words), BOLD, TITLE_SIZE, self.width, words.rtl)[0]
        self.canv.setFont(BOLD, TITLE_SIZE)
        self.canv.setFillColor(HexColor(self._style.colour))
        self.canv.drawString(self.width - title.width if words.rtl else 0, self.height - TITLE_SIZE, title.text)
        if self._scale != 1.0:
            self.canv.scale(self._scale, self._scale)
        self._drawing.drawOn(self.canv, 0, 0)


def drawing_of(chart: Chart, document: Document, style: Style, width: float) -> Drawing:
    """The chart that wide, in points; its height follows from what it shows."""
    return _SHAPES[chart.shape](_Data(chart, document, style), width)


class _Data:
    """The rows of a chart, ready to be drawn: names in visual order, values as numbers or None."""

    def __init__(self, chart: Chart, document: Document, style: Style) -> None:
        table = document.table(chart.table)
        place = {column.key: number for number, column in enumerate(table.columns)}
        self.document, self.style, self.words = document, style, style.words
        self.columns: list[Column] = [table.columns[place[key]] for key in chart.values]
        rows = list(table.rows)
        if chart.shape is Shape.LINE:
            rows = _without_empty_ends(rows, [place[key] for key in chart.values])
        self.rows = rows[: MOST_BARS if chart.shape is Shape.BARS else MOST_POINTS]
        self.left_out = len(rows) - len(self.rows)
        self.cells: list[Cell] = [row[place[chart.names]] for row in self.rows]
        names = table.columns[place[chart.names]]
        self.names = [shown(cell, names.kind, 0, self.words, document.time_zone) for cell in self.cells]
        self.series: list[list[Any]] = [[row[place[key]] for row in self.rows] for key in chart.values]
        self.rate = self.columns[0].kind is Kind.RATE
        self.judged = self.columns[0].judged and document.bands is not None

    def said(self, value: Cell, column: Column) -> str:
        """A value as a label."""
        decimals = DECIMALS_OF_RATES if column.kind is Kind.RATE else min(2, decimals_of([value]))
        said = shown(value, column.kind, decimals, self.words, self.document.time_zone, self.document.lines)
        return visual(said, self.words.rtl)

    def along_axis(self, value: float) -> str:
        """A number of the scale."""
        if self.rate:
            return visual(self.words.percent(value, 0), self.words.rtl)
        return self.said(value, self.columns[0])

    def name(self, number: int, longest: float) -> str:
        """A name as a label, cut to that width."""
        return one_line(self.names[number], REGULAR, SMALL, longest, self.words.rtl).text

    @property
    def top(self) -> float:
        """Where a scale ends: 1 for rates."""
        if self.rate:
            return 1.0
        return float(max((value for values in self.series for value in values if value is not None), default=1)) or 1.0

    @property
    def bottom(self) -> float:
        """Where the scale of a line begins: for rates a fifth that leaves room below the lowest; else 0."""
        known = [value for values in self.series for value in values if value is not None]
        return max(0, math.floor((min(known) - 0.1) * 5)) / 5 if self.rate and known else 0.0


def _without_empty_ends(rows: list[tuple[Cell, ...]], places: list[int]) -> list[tuple[Cell, ...]]:
    """The rows from the first that has a value to the last, such as the weeks of a year in which there was school."""
    known = [number for number, row in enumerate(rows) if any(row[place] is not None for place in places)]
    return rows[known[0] : known[-1] + 1] if known else rows


def _lines(data: _Data, width: float) -> Drawing:
    drawing = Drawing(width, _PLOT + 34)
    plot = HorizontalLineChart()
    marks = _marks(data)
    beside = max((measure(text, REGULAR, SMALL) for _, text in marks), default=0) + 8
    plot.x, plot.y, plot.width, plot.height = 30, 24, width - 30 - beside, _PLOT
    pieces = [(number, piece) for number, values in enumerate(data.series) for piece in _unbroken(values)]
    plot.data = [tuple(piece[::-1] if data.words.rtl else piece) for _, piece in pieces]
    _plain_axes(plot, data)
    for number, name in enumerate(_thinned(data, plot.width)):
        _label(drawing, name, plot.x + plot.width * (number + 0.5) / len(data.names), plot.y - 11, 0.5)
    if data.rate:  # a line tells of change: the part of the scale where there is some
        plot.valueAxis.valueMin = data.bottom
        fifths = round((1 - data.bottom) * 5)
        steps = fifths if fifths > 2 else 4  # a grid line each 20 %, or each 10 or 5 where the scale is short
        plot.valueAxis.valueSteps = [data.bottom + (1 - data.bottom) * step / steps for step in range(steps + 1)]
    plot.joinedLines = 1
    plot.lines.symbol = makeMarker("FilledCircle", size=3.4)
    for number, (series, _) in enumerate(pieces):
        plot.lines[number].strokeColor = HexColor(data.style.colour)
        plot.lines[number].strokeWidth = 1.4
        dashes = _DASHES[series % len(_DASHES)]
        if dashes:
            plot.lines[number].strokeDashArray = dashes
    for share, text in marks:
        y = plot.y + plot.height * (share - data.bottom) / (1 - data.bottom)
        drawing.add(Line(plot.x, y, plot.x + plot.width, y, strokeColor=QUIET, strokeWidth=0.7, strokeDashArray=(2, 2)))
        drawing.add(String(plot.x + plot.width + 5, y - 2.5, text, fontName=REGULAR, fontSize=SMALL, fillColor=QUIET))
    drawing.add(plot)
    if len(data.series) > 1:
        _legend(drawing, data)
    return drawing


def _unbroken(values: list[Any]) -> list[list[Any]]:
    """The values between gaps, each part at its place among Nones: the library would draw a line across a gap."""
    parts: list[list[Any]] = []
    for number, value in enumerate(values):
        if value is not None:
            if number == 0 or values[number - 1] is None:
                parts.append([None] * len(values))
            parts[-1][number] = value
    return parts or [values]


def _thinned(data: _Data, width: float) -> list[str]:
    """As many names as have room beside each other, first and last among them."""
    names = [visual(name, data.words.rtl) for name in data.names]
    widest = max((measure(name, REGULAR, SMALL) for name in names), default=0) + 8
    step = max(1, -(-len(names) * int(widest) // max(1, int(width))))
    thinned = [name if number % step == 0 else "" for number, name in enumerate(names)]
    return thinned[::-1] if data.words.rtl else thinned


def _marks(data: _Data) -> list[tuple[float, str]]:
    """The lines of the policy, where the chart shows a rate that is judged by them: heights and what stands beside."""
    bands, words = data.document.bands, data.words
    if bands is None or not data.judged:
        return []
    said = (
        (bands.watch_below, words("Watch below {share}", share=line_said(bands.watch_below, words))),
        (bands.at_risk_below, words("At risk below {share}", share=line_said(bands.at_risk_below, words))),
    )
    return [(float(share), visual(text, words.rtl)) for share, text in said if share > data.bottom]


def _columns(data: _Data, width: float) -> Drawing:
    drawing = Drawing(width, _PLOT + 30)
    plot = VerticalBarChart()
    plot.x, plot.y, plot.width, plot.height = 6, 20, width - 12, _PLOT - 6
    backwards = data.words.rtl
    plot.data = [tuple(value or 0 for value in (values[::-1] if backwards else values)) for values in data.series]
    _plain_axes(plot, data)
    each = plot.width / max(1, len(data.names))
    for number in range(len(data.names)):
        place = len(data.names) - 1 - number if backwards else number
        _label(drawing, data.name(number, each - 3), plot.x + each * (place + 0.5), plot.y - 11, 0.5)
    plot.valueAxis.visible = plot.valueAxis.visibleGrid = 0
    plot.valueAxis.valueMax = data.top * 1.12
    plot.barWidth, plot.groupSpacing = 6, 5
    _label_bars(plot, data, backwards=backwards)
    plot.barLabels.nudge = 6
    drawing.add(plot)
    return drawing


def _bars(data: _Data, width: float) -> Drawing:
    count = max(1, len(data.names))
    height = _BAR * count + 8
    drawing = Drawing(width, height + (12 if data.left_out else 0))
    plot = HorizontalBarChart()
    longest = min(width * 0.42, max([measure(name, REGULAR, SMALL) for name in data.names] or [0]) + 2)
    plot.x, plot.y, plot.width, plot.height = (
        longest + 8,
        4 + (12 if data.left_out else 0),
        width - longest - 50,
        height - 8,
    )
    # the axis counts from below, a reader from above
    plot.data = [tuple(value or 0 for value in values[::-1]) for values in data.series]
    _plain_axes(plot, data)
    for number in range(len(data.names)):
        y = plot.y + plot.height * (1 - (number + 0.5) / count) - SMALL * 0.35
        _label(drawing, data.name(number, longest), plot.x - 5, y, 1)
    plot.valueAxis.visible = 0
    plot.barWidth, plot.groupSpacing = 8, 5
    _label_bars(plot, data, backwards=True)
    plot.barLabels.boxAnchor = "w"
    plot.barLabels.nudge = 3
    drawing.add(plot)
    if data.left_out:
        said = data.words.many(
            "{number} more row is in the table.", "{number} more rows are in the table.", data.left_out
        )
        drawing.add(String(0, 2, visual(said, data.words.rtl), fontName=REGULAR, fontSize=SMALL, fillColor=QUIET))
    return drawing


def _label_bars(plot: Any, data: _Data, *, backwards: bool) -> None:
    plot.barLabels.fontName, plot.barLabels.fontSize, plot.barLabels.fillColor = REGULAR, SMALL, INK
    plot.barLabelFormat = "values"
    plot.barLabelArray = [
        [data.said(value, column) for value in (values[::-1] if backwards else values)]
        for values, column in zip(data.series, data.columns, strict=True)
    ]
    for number in range(len(data.series)):
        plot.bars[number].fillColor = _tint(data.style.colour, number)
        plot.bars[number].strokeColor = HexColor(data.style.colour)
        plot.bars[number].strokeWidth = 0.5


def _label(drawing: Drawing, text: str, x: float, y: float, anchor: float) -> None:
    """Text that lies with the share `anchor` of its width before x.

    Not a label of the library, which measures text in one face, while it may need many.
    """
    left = x - measure(text, REGULAR, SMALL) * anchor
    drawing.add(String(left, y, text, fontName=REGULAR, fontSize=SMALL, fillColor=INK))


def _plain_axes(plot: Any, data: _Data) -> None:
    names, values = plot.categoryAxis, plot.valueAxis
    for axis in (names, values):
        axis.labels.fontName, axis.labels.fontSize, axis.labels.fillColor = REGULAR, SMALL, QUIET
        axis.strokeColor, axis.strokeWidth = QUIET, 0.5
        axis.visibleTicks = 0
    names.visibleLabels = 0
    values.valueMin, values.valueMax = 0, data.top
    if isinstance(values, YValueAxis):
        values.valueStep = data.top / 5
        values.visibleGrid, values.gridStrokeColor, values.gridStrokeWidth = 1, HAIR, 0.4
        values.visibleAxis = 0
    values.labelTextFormat = data.along_axis


def _tint(colour: str, number: int) -> Color:
    base = HexColor(colour)
    share = (0.25, 0.6, 0.8)[number % 3]
    return Color(*(part + (1 - part) * share for part in (base.red, base.green, base.blue)))


def _legend(drawing: Drawing, data: _Data) -> None:
    x = 30.0
    for number, column in enumerate(data.columns):
        label = visual(column.label, data.words.rtl)
        dashes = _DASHES[number % len(_DASHES)]
        colour = HexColor(data.style.colour)
        drawing.add(Line(x, 5, x + 16, 5, strokeColor=colour, strokeWidth=1.4, strokeDashArray=dashes))
        drawing.add(String(x + 20, 2.5, label, fontName=REGULAR, fontSize=SMALL, fillColor=INK))
        x += 32 + measure(label, REGULAR, SMALL)


def _days(data: _Data, width: float) -> Drawing:
    return calendar(data.cells, [str(status) for status in data.series[0]], data.style, width)


_SHAPES: Final[dict[Shape, Callable[[_Data, float], Drawing]]] = {
    Shape.LINE: _lines,
    Shape.COLUMNS: _columns,
    Shape.BARS: _bars,
    Shape.CALENDAR: _days,
}
