"""Excel: a summary sheet and a sheet for each table, with numbers, percentages, days and instants as what they are."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from exporters.cover import Cover
from exporters.document import Cell, Column, Document, Kind, Table
from exporters.format import FileType, Format
from exporters.text import is_number, local, particulars, plain
from exporters.xlsx_text import sheet_name, text_cell

NUMBER_FORMATS = {
    Kind.TEXT: "General",
    Kind.INTEGER: "#,##0",
    Kind.NUMBER: "#,##0.00",
    Kind.RATE: "0.00%",
    Kind.DATE: "yyyy-mm-dd",
    Kind.DATETIME: "yyyy-mm-dd hh:mm:ss",
    Kind.MINUTES: "#,##0.00",
    Kind.HOURS: "#,##0.00",
    Kind.BAND: "General",
}
ROWS_OF_A_SHEET = 1_048_576 - 1  # the header takes one
_LARGEST_INTEGER = 10**15  # beyond it a double, which is all that Excel has, drops digits
_FIRST_DAY = date(1900, 3, 1)  # Excel believes in 29 February 1900
_ROWS_FOR_WIDTH = 200

_HEADING = Font(bold=True, color="FFFFFF")
_HEADING_FILL = PatternFill("solid", fgColor="1F3A5F")
_SECTION = Font(bold=True, size=12, color="1F3A5F")
_TITLE = Font(bold=True, size=16, color="1F3A5F")


def cell(value: Cell, time_zone: str) -> str | int | float | Decimal | date | datetime | None:
    """A value that Excel keeps as it is: text for whatever it would cut, change or refuse.

    Instants come as the clock of the document's time zone shows them, since Excel knows no offsets.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        shifted = local(value, time_zone).replace(tzinfo=None)
        return shifted if shifted.date() >= _FIRST_DAY else plain(value, time_zone)
    if isinstance(value, date):
        return value if value >= _FIRST_DAY else value.isoformat()
    if isinstance(value, str):
        return text_cell(value)
    if is_number(value):
        return str(value) if isinstance(value, int) and abs(value) > _LARGEST_INTEGER else value
    return str(value)


def write(document: Document, out: BinaryIO) -> None:
    """Write the document as a workbook."""
    book = Workbook(write_only=True)
    book.properties.title = text_cell(document.title)
    book.properties.creator = text_cell(document.generated_by or "Rollcall")
    book.properties.created = document.generated_at.astimezone(UTC).replace(tzinfo=None)
    taken: set[str] = set()
    _write_summary(book, sheet_name("Summary", taken), document)
    for table in document.tables:
        _write_table(book, table, document.time_zone, taken)
    book.save(out)


def _write_summary(book: Workbook, name: str, document: Document) -> None:
    sheet = book.create_sheet(name)
    for letter, width in zip("ABCD", (34, 24, 24, 90), strict=True):
        sheet.column_dimensions[letter].width = width

    def line(label: str, value: Cell = None, *more: str, kind: Kind = Kind.TEXT, font: Font | None = None) -> None:
        held = _cell_object(sheet, cell(value, document.time_zone), number_format=_number_format(kind, value))
        held.alignment = Alignment(horizontal="left")
        sheet.append([_cell_object(sheet, label, font), held, *(_cell_object(sheet, text) for text in more)])

    line(document.title, font=_TITLE)
    line("")
    for _, label, value in particulars(document):
        line(label, value)
    line("")
    line("Key figures", font=_SECTION)
    sheet.append([_heading(sheet, text) for text in ("Figure", "Value", "Name", "How it is counted")])
    for figure in document.figures:
        line(figure.heading, figure.value, figure.key, figure.description, kind=figure.kind)
    if document.policy:
        line("")
        line("Policy", font=_SECTION)
        for label, value in document.policy:
            line(label, value)
    if document.notes:
        line("")
        line("Notes", font=_SECTION)
        for note in document.notes:
            line(note)


def _write_table(book: Workbook, table: Table, time_zone: str, taken: set[str]) -> None:
    widths = _widths(table, time_zone)
    rows = iter(table.rows)
    for _ in range(max(1, math.ceil(len(table.rows) / ROWS_OF_A_SHEET))):
        sheet = book.create_sheet(sheet_name(table.title, taken))
        for letter, width in zip(_letters(table), widths, strict=True):
            sheet.column_dimensions[letter].width = width
        sheet.freeze_panes = "A2"
        sheet.append([_heading(sheet, _heading_text(column, time_zone)) for column in table.columns])
        # One styled cell a column, filled anew for each row: it is written before the next row comes.
        cells = [_cell_object(sheet, None, number_format=NUMBER_FORMATS[column.kind]) for column in table.columns]
        count = 0
        for row in islice(rows, ROWS_OF_A_SHEET):
            for target, value in zip(cells, row, strict=True):
                _set(target, cell(value, time_zone))
            sheet.append(cells)
            count += 1
        sheet.auto_filter.ref = f"A1:{_letters(table)[-1]}{count + 1}"


def _letters(table: Table) -> list[str]:
    return [get_column_letter(number) for number in range(1, len(table.columns) + 1)]


def _heading_text(column: Column, time_zone: str) -> str:
    return f"{column.heading} ({time_zone})" if column.kind is Kind.DATETIME else column.heading


def _widths(table: Table, time_zone: str) -> list[int]:
    """Column widths that suit the headings and the first rows."""
    longest = [len(_heading_text(column, time_zone)) + 3 for column in table.columns]
    for row in islice(table.rows, _ROWS_FOR_WIDTH):
        for index, value in enumerate(row):
            if isinstance(value, str):
                longest[index] = max(longest[index], len(value) + 1)
            elif isinstance(value, datetime):
                longest[index] = max(longest[index], 19)
    return [min(60, max(10, length)) for length in longest]


def _number_format(kind: Kind, value: Cell) -> str:
    """The format of a value on the summary sheet, where what comes without a kind is shown by its type."""
    if kind is Kind.TEXT and isinstance(value, datetime):
        return NUMBER_FORMATS[Kind.DATETIME]
    if kind is Kind.TEXT and isinstance(value, date):
        return NUMBER_FORMATS[Kind.DATE]
    return NUMBER_FORMATS[kind]


def _set(target: Any, value: Cell) -> None:
    """Put a value into a cell; text is text, never a formula or an error code.

    openpyxl writes numbers with 16 digits, one too few for some doubles; as text declared a number they keep them all.
    """
    if isinstance(value, float | Decimal):
        target.value = plain(value, "UTC")
        target.data_type = "n"
        return
    target.value = value
    if isinstance(value, str):
        target.data_type = "s"


def _cell_object(sheet: Any, value: Cell, font: Font | None = None, number_format: str = "General") -> Any:
    made = WriteOnlyCell(sheet)
    made.number_format = number_format
    if font is not None:
        made.font = font
    _set(made, text_cell(value) if isinstance(value, str) else value)
    return made


def _heading(sheet: Any, text: str) -> Any:
    made = _cell_object(sheet, text, font=_HEADING)
    made.fill = _HEADING_FILL
    made.alignment = Alignment(wrap_text=True, vertical="top")
    return made


class XlsxWriter:
    """Writes documents as workbooks."""

    def __init__(self, _cover: Cover, out: BinaryIO) -> None:
        self._out = out

    def add(self, document: Document) -> None:
        """See Writer."""
        write(document, self._out)

    def close(self) -> None:
        """See Writer."""


FORMAT = Format(
    name="XLSX",
    description="An Excel workbook.",
    file_type=lambda _cover: FileType(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    open=XlsxWriter,
)
