"""A workbook that is being written: its sheets, laid out for the screen and for paper, and the cells they hold."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from exporters.cover import Paper, Style
from exporters.document import Cell, Kind
from exporters.formats.xlsx.cells import Put, cells
from exporters.formats.xlsx.formats import GENERAL, RateFormats, number_formats
from exporters.formats.xlsx.package import Package, Sheet
from exporters.formats.xlsx.styles import Look, looks, style_number
from exporters.formats.xlsx.text import Taken, sheet_name, table_name, text_cell

_PAPER: Final = {Paper.LETTER: 1, Paper.A4: 9}


class Book:
    """The sheets of a file in its style. Without `save` it leaves nothing behind."""

    def __init__(self, style: Style, out: BinaryIO) -> None:
        self.words = style.words
        self.style = style
        self._out = out
        self.looks = looks(style)
        self._formats = number_formats(self.words)
        self._openpyxl = Workbook(write_only=True)
        self._openpyxl.calculation.fullCalcOnLoad = False  # else Excel asks to save what it has not changed
        self._sheets: list[Sheet] = []
        self._names: Taken = {}
        self._table_names: Taken = {}
        self._styles: dict[tuple[int, str], tuple[int, int]] = {}
        self._rates = RateFormats()

    def sheet(self, title: str, columns: int, *, headed: bool = False) -> Sheet:
        """The next sheet, called like that as far as Excel allows it."""
        frame = self._openpyxl.create_sheet(sheet_name(title, self._names))
        frame.sheet_view.rightToLeft = self.words.rtl or None
        frame.sheet_view.showGridLines = False
        frame.page_setup.orientation = "landscape"
        frame.page_setup.paperSize = _PAPER[self.style.paper]
        frame.page_setup.fitToHeight = 0
        frame.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        frame.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.6, header=0.25, footer=0.25)
        frame.HeaderFooter.oddFooter.center.text = "&A"
        frame.HeaderFooter.oddFooter.right.text = "&P / &N"
        self._sheets.append(Sheet(frame, columns, self._out, headed=headed))
        return self._sheets[-1]

    def move_to_end(self, sheets: Iterable[Sheet]) -> None:
        """Puts these sheets behind all others."""
        for sheet in sheets:
            self._openpyxl.move_sheet(sheet.frame.title, len(self._sheets))

    def table_name(self, key: str) -> str:
        """A name for a table with that key that no other table has."""
        return table_name(key, self._table_names)

    def format_of(self, kind: Kind) -> str:
        """How values of that kind are shown."""
        return self._formats[kind]

    def judge_by(self, lines: tuple[Decimal, ...]) -> None:
        """From here on rates are of a report that reads them against these lines."""
        self._rates = RateFormats(lines)

    def put(self, kind: Kind, look: Look, time_zone: str) -> Put:
        """What makes cells of that kind and look; instants are shown by the clock of that zone."""
        if kind is Kind.RATE:
            return self._put_rate(look, time_zone)
        return cells(kind, self.words, time_zone, *self._style(look, self._formats[kind]))

    def _put_rate(self, look: Look, time_zone: str) -> Put:
        """What makes cells of rates, each in the format it needs beside the lines."""
        puts: dict[str, Put] = {}

        def put(value: Cell) -> str:
            shown_as = self._rates.of(value)
            made = puts.get(shown_as)
            if made is None:
                made = puts[shown_as] = cells(Kind.RATE, self.words, time_zone, *self._style(look, shown_as))
            return made(value)

        return put

    def _style(self, look: Look, shown_as: str) -> tuple[int, int]:
        """The numbers of the styles of numbers shown like that, and of text that is armed."""
        key = id(look), shown_as  # openpyxl's styles are slow to compare; a look lives as long as its book
        if key not in self._styles:
            plain = style_number(self._openpyxl, look, shown_as)
            self._styles[key] = plain, style_number(self._openpyxl, look, GENERAL, armed=True)
        return self._styles[key]

    def tell(self, title: str, by: str | None, at: datetime) -> None:
        """What the file says of itself, outside its sheets."""
        told = self._openpyxl.properties
        told.title = text_cell(title)[:255]
        told.creator = text_cell(by or "Rollcall")[:255]
        told.language = self.words.language
        told.created = told.modified = at.astimezone(UTC).replace(tzinfo=None)

    def save(self) -> None:
        """Writes the file; the book is used up."""
        with ZipFile(self._out, "w", ZIP_DEFLATED) as archive:
            Package(self._openpyxl, archive, self._sheets).write_data()
