"""The first sheet: sections of lines, and charts beside them."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any, Final

from openpyxl.drawing.image import Image
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.utils.units import cm_to_EMU, pixels_to_EMU
from openpyxl.worksheet.pagebreak import Break

from exporters.document import Cell, Figure, Kind
from exporters.formats.xlsx.book import Book
from exporters.formats.xlsx.formats import heading, kind_of
from exporters.formats.xlsx.styles import Look
from exporters.formats.xlsx.tables import TableSheets
from exporters.formats.xlsx.text import shortened
from exporters.formats.xlsx.widths import LINE, height

_WIDTHS: Final = (34.0, 24.0, 62.0, 3.0)
"""Of the columns for labels, for values and for sentences, and of the gap before the charts; in characters."""

_WIDE: Final = sum(_WIDTHS[:3])
_LONGEST_TITLE: Final = 300
_LONGEST_LINE: Final = 3_000
_EMU_OF_A_POINT: Final = 12_700
_BETWEEN_CHARTS: Final = 6.0  # points, at least
_SCALE: Final = 54
"""In per cent, at which text and charts fit on a page side by side."""
_PAGE: Final = 930.0
"""The height of a page at that scale, in points."""
_LOGO: Final = (300, 60)  # pixels
_MARGIN: Final = 4.0  # points of a line, around its text

Placed = tuple[Cell, Look, Kind]
"""A value, how it looks, and how it is to be read."""


class Summary:
    """The summary of a file. Its sheet is the first; what is on it comes when everything else is known."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._looks = book.looks
        self._sheet = book.sheet(book.words("Summary"), 3)
        self._heights: list[float] = []
        self._zone = "UTC"
        for letter, width in zip("ABCD", _WIDTHS, strict=True):
            self._sheet.frame.column_dimensions[letter].width = width

    def begin(self, title: str, subtitle: str, time_zone: str) -> None:
        """The title, and the clock by which instants are shown from here on."""
        self._zone = time_zone
        shown = shortened(title, _LONGEST_TITLE, self._book.words)
        self._across(shown, self._looks.title, max(34.0, 1.9 * height([(shown, _WIDE / 1.9)])))
        self._across(subtitle, self._looks.subtitle, height([(subtitle, _WIDE)]) + 7)
        if self._book.style.logo is not None:
            self._logo(self._book.style.logo)

    def section(self, title: str, *headings: str) -> None:
        """What a section is called, and its columns where they need headings."""
        self._line([], 9.0)
        self._line([(title, self._looks.section, Kind.TEXT)], 22.0)
        if headings:
            looks = (self._looks.heading, self._looks.heading_of_numbers, self._looks.heading)
            texts = [*headings, *[""] * (3 - len(headings))]
            self._line([(text, look, Kind.TEXT) for text, look in zip(texts, looks, strict=True)], 20.0)

    def pairs(self, pairs: Iterable[tuple[str, Cell]]) -> None:
        """Lines of a label and a value, shown by its type. A text may be as wide as the sentences are."""
        for label, value in pairs:
            look = self._looks.value
            said = shortened(value, _LONGEST_LINE, self._book.words) if isinstance(value, str) else value
            tall = height([(label, _WIDTHS[0]), (str(said), sum(_WIDTHS[1:3]))]) + _MARGIN
            self._line(
                [(label, self._looks.label, Kind.TEXT), (said, look, kind_of(value)), ("", look, Kind.TEXT)], tall
            )
            self._sheet.frame.merged_cells.add(f"B{self._sheet.rows}:C{self._sheet.rows}")

    def figures(self, figures: Iterable[Figure]) -> None:
        """Lines of a figure, its value and how it is counted."""
        for figure in figures:
            label = heading(figure.label, figure.heading, figure.kind, self._zone)
            self._line(
                [
                    (label, self._looks.text, Kind.TEXT),
                    (figure.value, self._looks.figure, figure.kind),
                    (figure.description, self._looks.label, Kind.TEXT),
                ]
            )

    def contents(self, tables: Iterable[TableSheets]) -> None:
        """Lines that lead to the sheets of tables, with how many rows each has."""
        for table in tables:
            for sheet in table.sheets:
                rows = sheet.rows - 1, self._looks.figure, Kind.INTEGER
                self._line([(sheet.frame.title, self._looks.link, Kind.TEXT), rows, ("", self._looks.label, Kind.TEXT)])
                self._sheet.link(f"A{self._sheet.rows}", sheet)

    def sentences(self, sentences: Iterable[str]) -> None:
        """Lines as wide as the text."""
        for sentence in sentences:
            self._across(shortened(sentence, _LONGEST_LINE, self._book.words), self._looks.text)

    def charts(self, charts: Iterable[Any]) -> None:
        """Charts below each other, beside the text; on paper none is cut."""
        bottom, page = sum(self._heights[:2]), 0.0
        for chart in charts:
            row, top = self._row_below(bottom + _BETWEEN_CHARTS)
            bottom = top + cm_to_EMU(chart.height) / _EMU_OF_A_POINT
            if bottom > page + _PAGE:
                self._sheet.frame.row_breaks.append(Break(row))
                page = top
            size = XDRPositiveSize2D(cm_to_EMU(chart.width), cm_to_EMU(chart.height))
            chart.anchor = OneCellAnchor(_from=AnchorMarker(col=4, row=row), ext=size)
            self._sheet.frame.add_chart(chart)
            # Excel heeds page breaks only where it need not fit a width
            self._sheet.frame.sheet_properties.pageSetUpPr.fitToPage = False
            self._sheet.frame.page_setup.scale = _SCALE

    def _logo(self, picture: bytes) -> None:
        """A PNG or JPEG picture, above the charts."""
        image = Image(BytesIO(picture))
        shrunk = min(_LOGO[0] / image.width, _LOGO[1] / image.height)
        size = XDRPositiveSize2D(pixels_to_EMU(image.width * shrunk), pixels_to_EMU(image.height * shrunk))
        image.anchor = OneCellAnchor(_from=AnchorMarker(col=4, row=0, rowOff=pixels_to_EMU(4)), ext=size)
        self._sheet.frame.add_image(image)

    def _row_below(self, place: float) -> tuple[int, float]:
        """The first row, from 0, that begins there or below, and where it does; in points from the top."""
        row, top = 0, 0.0
        while top < place:
            top += self._heights[row] if row < len(self._heights) else LINE
            row += 1
        return row, top

    def _across(self, text: str, look: Look, tall: float | None = None) -> None:
        cells = [(text, look, Kind.TEXT), *[("", look, Kind.TEXT)] * 2]
        self._line(cells, height([(text, _WIDE)]) + _MARGIN if tall is None else tall)
        self._sheet.frame.merged_cells.add(f"A{self._sheet.rows}:C{self._sheet.rows}")

    def _line(self, cells: Sequence[Placed], tall: float | None = None) -> None:
        if tall is None:
            texts = [(str(value), width) for (value, _, _), width in zip(cells, _WIDTHS, strict=False)]
            tall = height(texts) + _MARGIN
        made = [self._book.put(kind, look, self._zone)(value) for value, look, kind in cells]
        self._sheet.append(made, tall)
        self._heights.append(tall)
