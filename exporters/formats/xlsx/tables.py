"""A table as sheets: a heading that stays in view, a named table with its filter, widths that suit, colours for bands.

What fills a sheet goes on in the next.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from openpyxl.formatting.rule import Rule
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table as NamedTable
from openpyxl.worksheet.table import TableColumn, TableStyleInfo

from exporters.document import Bands, Cell, Column, Kind
from exporters.format import UnrenderableError
from exporters.formats.xlsx.book import Book
from exporters.formats.xlsx.formats import heading_of
from exporters.formats.xlsx.package import Sheet
from exporters.formats.xlsx.styles import GRAVE, MILD, Look
from exporters.formats.xlsx.text import headings, text_cell
from exporters.formats.xlsx.widths import Widths, height

ROWS_OF_A_SHEET: Final = 1_048_576 - 1  # the heading takes one
_COLUMNS_OF_A_SHEET: Final = 16_384
_FIRST_ROWS: Final = 400
_CODES: Final = (("AT_RISK", "ABSENT"), ("WATCH", "LATE"))
"""What is coloured gravely, and what mildly."""
_HEADING_MARGIN: Final = 6.0  # points


class TableSheets:
    """One table, on as many sheets as it needs. Rows are appended as they come; `finish` ends it.

    `first_rows` are kept, for charts and widths.
    """

    def __init__(self, book: Book, key: str, title: str, columns: Sequence[Column], time_zone: str) -> None:
        if len(columns) > _COLUMNS_OF_A_SHEET:
            raise UnrenderableError(f"A sheet of Excel has no room for the {len(columns):,} columns of {title}.")
        self.columns = tuple(columns)
        self.title = title
        self.count = 0
        self.first_rows: list[tuple[Cell, ...]] = []
        self._book = book
        self._key = key
        self._time_zone = time_zone
        self._puts = [book.put(column.kind, self._look(column), time_zone) for column in columns]
        self._widths = Widths(columns)
        self.sheets = [self._sheet()]

    def append(self, row: Sequence[Cell]) -> None:
        """The next row, a cell for each column."""
        if self.sheets[-1].rows > ROWS_OF_A_SHEET:
            self.sheets.append(self._sheet())
        self.sheets[-1].append([put(value) for put, value in zip(self._puts, row, strict=True)])
        self.count += 1
        if self.count <= _FIRST_ROWS:
            self.first_rows.append(tuple(row))
            self._widths.see(row)

    def finish(self, bands: Bands | None) -> None:
        """What surrounds the rows. Rates that are judged are coloured by `bands`, where there are any."""
        labels = headings([heading_of(column, self._time_zone) for column in self.columns])
        widths = self._widths.of(labels)
        tall = height([(label, width - 3.0) for label, width in zip(labels, widths, strict=True)]) + _HEADING_MARGIN
        puts = [self._book.put(Kind.TEXT, self._heading(column), self._time_zone) for column in self.columns]
        for sheet in self.sheets:
            sheet.head([put(label) for put, label in zip(puts, labels, strict=True)], tall)
            for letter, width in zip(self._letters(), widths, strict=True):
                sheet.frame.column_dimensions[letter].width = width
            sheet.frame.freeze_panes = "A2"
            sheet.frame.print_title_rows = "1:1"
            if labels:
                self._name(sheet, labels)
                self._colour(sheet, bands)

    def place(self, key: str) -> int:
        """The number of the column with that key, from 1."""
        return next(place for place, column in enumerate(self.columns, 1) if column.key == key)

    def _sheet(self) -> Sheet:
        return self._book.sheet(self.title, len(self.columns), headed=True)

    def _look(self, column: Column) -> Look:
        return self._book.looks.number if column.kind.numeric else self._book.looks.cell

    def _heading(self, column: Column) -> Look:
        """Headings stand where their values do."""
        return self._book.looks.heading_of_numbers if column.kind.numeric else self._book.looks.heading

    def _letters(self) -> list[str]:
        return [get_column_letter(place) for place in range(1, len(self.columns) + 1)]

    def _name(self, sheet: Sheet, labels: Sequence[str]) -> None:
        """A named table, which brings the filter along; one without rows has an empty row, as Excel makes it."""
        whole = f"A1:{self._letters()[-1]}{max(2, sheet.rows)}"
        named = NamedTable(displayName=self._book.table_name(self._key), ref=whole, autoFilter=AutoFilter(ref=whole))
        named.tableColumns = [TableColumn(id=place, name=text_cell(label)) for place, label in enumerate(labels, 1)]
        named.tableStyleInfo = TableStyleInfo("TableStyleLight1", showRowStripes=True)
        sheet.frame.tables.add(named)

    def _colour(self, sheet: Sheet, bands: Bands | None) -> None:
        for letter, column in zip(self._letters(), self.columns, strict=True):
            for rule in self._rules(f"{letter}2", column, bands):
                sheet.frame.conditional_formatting.add(f"{letter}2:{letter}{max(2, sheet.rows)}", rule)

    def _rules(self, first: str, column: Column, bands: Bands | None) -> Iterator[Rule]:
        """Rules for the cells of a column, of which `first` is the first; the rule that comes first wins."""
        if column.kind is Kind.BAND:
            said = [[self._book.words.code(code).replace('"', '""') for code in codes] for codes in _CODES]
            grave, mild = ("OR(" + ",".join(f'{first}="{word}"' for word in words) + ")" for words in said)
        elif column.judged and bands is not None:
            # an empty cell is 0 to Excel, and would be at risk
            below = f"AND(ISNUMBER({first}),{first}<{{:f}})"
            grave, mild = below.format(bands.at_risk_below), below.format(bands.watch_below)
        else:
            return
        yield Rule("expression", formula=[grave], dxf=GRAVE, stopIfTrue=True)
        yield Rule("expression", formula=[mild], dxf=MILD, stopIfTrue=True)
