"""Tables on pages: a flowable that lays one page of rows at a time, so that time and memory do not grow with the rest.

Each page repeats the title and the column heads. A row is never cut: one that does not fit begins the next page, and
only one that is higher than a page goes on overleaf.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus.flowables import Flowable

from exporters.cover import Style
from exporters.document import Bands, Cell, Column, Kind, Table
from exporters.formats.pdf.fonts import BOLD, REGULAR
from exporters.formats.pdf.ink import HAIR, INK, QUIET
from exporters.formats.pdf.text import Line, broken
from exporters.formats.pdf.widths import Need, need_of, widths_of
from exporters.values import DECIMALS_OF_RATES, decimals_of, shown, text_of

SIZE = 8.5
LEADING = 10.8
HEAD_SIZE = 8.0
TITLE_SIZE = 12.5
PADDING = 3.8
"""Points left free on either side of a cell."""
ABOVE = 16.0
"""Points left free above a table."""
_ROW_SPACE = 5.4
_LEAST_ROWS = 3
_ROWS_FOR_WIDTH = 200
MOST_LINES_OF_HEADS = 12
"""Of the words above a column are shown as many lines; more would leave its values no room."""

# light enough for dark text, and telling apart in grey too: what is at risk is also bold
FILLS = {"AT_RISK": HexColor("#f4c7bc"), "WATCH": HexColor("#fbeecb")}


@dataclass(frozen=True, slots=True)
class Head:
    """A column as pages show it."""

    text: str
    kind: Kind
    decimals: int
    judged: bool
    need: Need

    @property
    def at_end(self) -> bool:
        """Whether its values stand at the end of the column, as numbers do."""
        return self.kind.numeric


@dataclass(frozen=True, slots=True)
class Row:
    """A row that has been laid out."""

    cells: tuple[tuple[Line, ...], ...]
    fills: tuple[str | None, ...]
    height: float


def heads_of(table: Table, style: Style, time_zone: str, lines: Sequence[Decimal] = ()) -> tuple[Head, ...]:
    """The columns with what they need, from the headings and the first rows; rates stay on their side of the lines."""
    some = list(islice(table.rows, _ROWS_FOR_WIDTH))
    return tuple(
        _head(column, [row[place] for row in some], _decimals(column, table, place), style, time_zone, lines)
        for place, column in enumerate(table.columns)
    )


def _head(
    column: Column, some: Sequence[Cell], decimals: int, style: Style, time_zone: str, lines: Sequence[Decimal]
) -> Head:
    heading = f"{column.heading} ({time_zone})" if column.kind is Kind.DATETIME else column.heading
    text = text_of(heading, style.words)
    texts = [shown(value, column.kind, decimals, style.words, time_zone, lines) for value in some]
    need = need_of(text, HEAD_SIZE, texts, SIZE, PADDING, whole=column.kind is not Kind.TEXT)
    return Head(text, column.kind, decimals, column.judged, need)


def _decimals(column: Column, table: Table, place: int) -> int:
    if column.kind is Kind.RATE:
        return DECIMALS_OF_RATES
    if column.kind in (Kind.NUMBER, Kind.MINUTES, Kind.HOURS):
        return decimals_of(row[place] for row in table.rows)
    return 0


class Sheet:
    """A table as it is laid out for one width; rows come one after the other and are forgotten once they are drawn."""

    def __init__(
        self, table: Table, style: Style, time_zone: str, bands: Bands | None, lines: Sequence[Decimal] = ()
    ) -> None:
        self.style = style
        self.title = text_of(table.title, style.words)
        self.count = len(table.rows)
        self.heads = heads_of(table, style, time_zone, lines)
        self._zone, self._bands, self._against = time_zone, bands, lines
        self._rows: Iterator[tuple[Cell, ...]] = iter(table.rows)
        self._ahead: deque[Row] = deque()
        self._begin = 0
        self.widths: tuple[float, ...] = ()

    def fix(self, width: float) -> None:
        """Lays out for that width, once and for all: frames of one table are alike."""
        self.widths = self.widths or widths_of([head.need for head in self.heads], width)

    def row(self, number: int) -> Row:
        """The row with that number, which must not have been forgotten."""
        while self._begin + len(self._ahead) <= number:
            self._ahead.append(self._laid(next(self._rows)))
        return self._ahead[number - self._begin]

    def forget(self, before: int) -> None:
        """Rows before that number are drawn."""
        while self._begin < before and self._ahead:
            self._ahead.popleft()
            self._begin += 1

    def cut(self, number: int, height: float) -> bool:
        """Makes two rows of the one with that number, so that the first is no higher than that; False: it cannot be."""
        row = self.row(number)
        fitting = int((height - _ROW_SPACE) // LEADING)
        if not 0 < fitting < max(map(len, row.cells)):
            return False
        place = number - self._begin
        for part, cells in enumerate(zip(*((lines[:fitting], lines[fitting:]) for lines in row.cells), strict=True)):
            piece = Row(cells, row.fills, max(map(len, cells)) * LEADING + _ROW_SPACE)
            if part == 0:
                self._ahead[place] = piece
            else:
                self._ahead.insert(place + 1, piece)
        self.count += 1
        return True

    def head(self) -> Row:
        """The column heads."""
        cells = tuple(
            self._lines(head.text, width, BOLD, HEAD_SIZE)[:MOST_LINES_OF_HEADS]
            for head, width in zip(self.heads, self.widths, strict=True)
        )
        return Row(cells, (None,) * len(cells), max(map(len, cells)) * HEAD_SIZE * 1.2 + _ROW_SPACE)

    def _laid(self, values: tuple[Cell, ...]) -> Row:
        fills = tuple(self._fill(value, head) for value, head in zip(values, self.heads, strict=True))
        cells = tuple(
            self._lines(
                shown(value, head.kind, head.decimals, self.style.words, self._zone, self._against),
                width,
                BOLD if fill == "AT_RISK" else REGULAR,
                SIZE,
            )
            for value, head, fill, width in zip(values, self.heads, fills, self.widths, strict=True)
        )
        return Row(cells, fills, max(map(len, cells)) * LEADING + _ROW_SPACE)

    def _fill(self, value: Cell, head: Head) -> str | None:
        if head.kind is Kind.BAND:
            return str(value) if value in FILLS else None
        if head.judged and self._bands is not None and isinstance(value, float | int):
            return self._bands.of(value)
        return None

    def _lines(self, text: str, width: float, face: str, size: float) -> tuple[Line, ...]:
        # a hair more than was measured, or rounding breaks what just fits
        return broken(text, face, size, width - 2 * PADDING + 0.01, self.style.words.rtl)


class Grid(Flowable):  # type: ignore[misc]
    """The rows of a sheet from `start` on."""

    def __init__(self, sheet: Sheet, start: int = 0, end: int | None = None) -> None:
        super().__init__()
        self._sheet, self._start, self._end = sheet, start, end
        self.spaceBefore = ABOVE if start == 0 else 0

    def getSpaceBefore(self) -> float:  # noqa: N802
        """See Flowable."""
        return self.spaceBefore

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """See Flowable: the height is more than there is where not all rows fit."""
        sheet = self._sheet
        sheet.fix(width)
        self.width, end = width, sheet.count if self._end is None else self._end
        taken = self._above()
        for number in range(self._start, end):
            taken += sheet.row(number).height
            if taken > height and self._end is None:
                break
        self.height = taken
        return width, taken

    def split(self, width: float, height: float) -> list[Flowable]:
        """See Flowable: what fits in that height, and the rest; nothing where less than _LEAST_ROWS fit.

        On a page of its own there is nothing to wait for: fewer rows will do, and one that is higher than it is cut.
        """
        sheet = self._sheet
        sheet.fix(width)
        room = height - self._above()
        if room < 0:
            return []
        number = self._fitting(room)
        if self._alone and number == self._start < sheet.count and sheet.cut(number, room):
            number += 1
        least = 1 if self._alone else _LEAST_ROWS
        if number - self._start < min(least, sheet.count - self._start):
            return []
        first = Grid(sheet, self._start, number)
        first.spaceBefore = self.spaceBefore
        return [first, Grid(sheet, number)] if number < sheet.count else [first]

    def _fitting(self, room: float) -> int:
        """The number of the first row for which there is no room left."""
        number = self._start
        while number < self._sheet.count and self._sheet.row(number).height <= room:
            room -= self._sheet.row(number).height
            number += 1
        return number

    @property
    def _alone(self) -> bool:
        """Whether it begins a page, or a box of which nobody knows."""
        frame = getattr(self, "_frame", None)
        return frame is None or bool(frame._atTop)

    def _above(self) -> float:
        """What the title and the column heads take, and the sentence of a table without rows."""
        nothing = LEADING if self._sheet.count == 0 else 0
        return TITLE_SIZE * 1.5 + self._sheet.head().height + nothing

    def draw(self) -> None:
        """See Flowable."""
        sheet, canvas = self._sheet, self.canv
        y = self.height
        y = self._title(canvas, y)
        y = self._row(canvas, y, sheet.head(), HEAD_SIZE, HexColor(sheet.style.colour), bold=True)
        canvas.setStrokeColor(HexColor(sheet.style.colour))
        canvas.setLineWidth(0.9)
        canvas.line(0, y, self.width, y)
        canvas.setStrokeColor(HAIR)
        canvas.setLineWidth(0.35)
        end = sheet.count if self._end is None else self._end
        for number in range(self._start, end):
            y = self._row(canvas, y, sheet.row(number), SIZE, INK)
            canvas.line(0, y, self.width, y)
        sheet.forget(end)
        if sheet.count == 0:
            self._line(canvas, y - LEADING, sheet.style.words("Nothing to show."), REGULAR, SIZE, QUIET)

    def _title(self, canvas: Any, y: float) -> float:
        sheet = self._sheet
        words = sheet.style.words
        text = sheet.title if self._start == 0 else f"{sheet.title} ({words('continued')})"
        self._line(canvas, y - TITLE_SIZE, text, BOLD, TITLE_SIZE, HexColor(sheet.style.colour))
        return y - TITLE_SIZE * 1.5

    def _line(self, canvas: Any, y: float, text: str, face: str, size: float, colour: Any) -> None:
        rtl = self._sheet.style.words.rtl
        line = broken(text, face, size, self.width, rtl)[0]
        canvas.setFillColor(colour)
        canvas.setFont(face, size)
        canvas.drawString(self.width - line.width if rtl else 0, y, line.text)

    def _row(self, canvas: Any, y: float, row: Row, size: float, colour: Any, *, bold: bool = False) -> float:
        rtl = self._sheet.style.words.rtl
        leading = LEADING if size == SIZE else size * 1.2
        x = self.width if rtl else 0.0
        for head, wide, lines, fill in zip(self._sheet.heads, self._sheet.widths, row.cells, row.fills, strict=True):
            left = x - wide if rtl else x
            if fill is not None:
                canvas.setFillColor(FILLS[fill])
                canvas.rect(left, y - row.height, wide, row.height, stroke=0, fill=1)
            canvas.setFillColor(colour)
            canvas.setFont(BOLD if bold or fill == "AT_RISK" else REGULAR, size)
            base = y - _ROW_SPACE / 2 - size * 0.92
            for line in lines:
                to_right = head.at_end is not rtl
                at = left + wide - PADDING - line.width if to_right else left + PADDING
                canvas.drawString(at, base, line.text)
                base -= leading
            x = left if rtl else x + wide
        return y - row.height
