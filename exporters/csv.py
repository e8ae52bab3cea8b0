"""CSV (RFC 4180, UTF-8): the whole report as one tidy table with the same eight columns in every line.

    part    report | policy | figure | table | note
    table   key of the table, else empty
    row     number of the row in its table, of the note in its list, from 1; empty where there is only one
    key     machine name of the value: attendanceRate, or the column of a table
    label   the same for people
    kind    TEXT INTEGER NUMBER RATE DATE DATETIME MINUTES HOURS
    unit    where the kind does not say it
    value   numbers to the last digit, days and instants in ISO 8601, empty for unknown

So `part = 'figure'` is the list of key figures, and a table is `part = 'table' and table = '…'` pivoted on row and key;
a table's title is the line of part report with its key. Text that a spreadsheet would run as a formula gets a leading
apostrophe; numbers never do.
"""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from exporters.cover import Cover
from exporters.document import Cell, Document, Kind
from exporters.format import FileType, Format
from exporters.text import is_number, particulars, plain

HEADER = ("part", "table", "row", "key", "label", "kind", "unit", "value")
Line = tuple[str, str, int | str, str, str, Kind, str | None, Cell]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Cell, time_zone: str = "UTC") -> str:
    """A value as the text of a CSV field, disarmed where a spreadsheet would take it for a formula."""
    if is_number(value):
        return plain(value, time_zone)
    text = plain(value, time_zone)
    dangerous = text.startswith(_FORMULA_STARTS) or (isinstance(value, str) and value.startswith(_FORMULA_STARTS))
    return f"'{text}" if dangerous else text


def lines(document: Document) -> Iterator[Line]:
    """The document as lines of HEADER, in reading order."""
    for key, label, value in particulars(document):
        yield "report", "", "", key, label, _kind(value), None, value
    for table in document.tables:
        yield "report", table.key, "", "title", "Table", Kind.TEXT, None, table.title
    for label, value in document.policy:
        yield "policy", "", "", label, label, _kind(value), None, value
    for figure in document.figures:
        yield "figure", "", "", figure.key, figure.label, figure.kind, figure.unit, figure.value
    for table in document.tables:
        for number, row in enumerate(table.rows, 1):
            for column, value in zip(table.columns, row, strict=True):
                yield "table", table.key, number, column.key, column.label, column.kind, column.unit, value
    for number, note in enumerate(document.notes, 1):
        yield "note", "", number, "note", "Note", Kind.TEXT, None, note


class CsvWriter:
    """Writes documents as CSV, line by line."""

    def __init__(self, _cover: Cover, out: BinaryIO) -> None:
        self._text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=False)
        self._lines = csv.writer(self._text, lineterminator="\r\n")
        self._lines.writerow(HEADER)

    def add(self, document: Document) -> None:
        """See Writer."""
        for line in lines(document):
            self._lines.writerow([cell(value, document.time_zone) for value in line])

    def close(self) -> None:
        """See Writer."""
        self._text.detach()


def _kind(value: Cell) -> Kind:
    """The kind of a value that comes without one."""
    if isinstance(value, bool | str) or value is None:
        return Kind.TEXT
    if isinstance(value, int):
        return Kind.INTEGER
    if is_number(value):
        return Kind.NUMBER
    return Kind.DATETIME if hasattr(value, "hour") else Kind.DATE


FORMAT = Format(
    name="CSV",
    description="Comma-separated values.",
    file_type=lambda _cover: FileType(".csv", "text/csv; charset=utf-8"),
    open=CsvWriter,
)
