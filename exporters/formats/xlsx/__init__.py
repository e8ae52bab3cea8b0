"""Excel: numbers, percentages, durations, days and instants as what they are, ready to be read and to be reckoned with.

One report is a summary with charts and a sheet for each table (one.py); of many the tables stand below each other,
with a list of the reports (many.py). Nothing in the file is a formula.
"""

from typing import BinaryIO

from exporters.cover import Cover
from exporters.document import Document
from exporters.format import FileType, Format
from exporters.formats.xlsx.book import Book
from exporters.formats.xlsx.many import ManyReports
from exporters.formats.xlsx.one import OneReport


class XlsxWriter:
    """Writes documents as one workbook."""

    def __init__(self, cover: Cover, out: BinaryIO) -> None:
        self._book = Book(cover.style, out)
        self._reports = ManyReports(cover, self._book) if cover.many else OneReport(cover, self._book)

    def add(self, document: Document) -> None:
        """See Writer."""
        self._reports.add(document)

    def close(self) -> None:
        """See Writer."""
        self._reports.close()
        self._book.save()


FORMAT = Format(
    name="XLSX",
    description="An Excel workbook.",
    file_type=lambda _cover: FileType(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    open=XlsxWriter,
    heeds=frozenset({"paper", "locale"}),
)
