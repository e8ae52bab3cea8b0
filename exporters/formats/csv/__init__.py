"""CSV (RFC 4180, UTF-8; other separators on demand): a .zip of tables that load as they are, or one of them alone.

Which tables there are says parts.py. Where reports have a table with different columns, each kind of it is a file
of its own in the .zip (`breakdown-department.csv`); alone, the table has all of the columns, empty where a report lacks
them, and a last column `fileNotes`, as no file of notes is beside it. The first line has the machine names of the
columns; numbers have every digit, days and instants are in ISO 8601, what is not known is empty. What stands between
fields, and the sign of decimals, says dialect.py.
"""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from exporters.combining import Head
from exporters.cover import Cover
from exporters.document import Document
from exporters.file_names import Taken, file_name
from exporters.format import ZIP, FileType, Format, UnrenderableError, Writer
from exporters.formats.csv.parts import Part, part_of_columns, parts_of_file, parts_of_report
from exporters.formats.csv.table import CsvTable
from exporters.zipping import Zip

_CSV: Final = FileType(".csv", "text/csv; charset=utf-8")


class CsvFiles:
    """Writes a .zip of all tables."""

    def __init__(self, cover: Cover, out: BinaryIO) -> None:
        self._cover = cover
        self._out = out
        self._tables: dict[tuple[str, ...], CsvTable] = {}
        for part in parts_of_file(cover):
            self._add(part, cover.time_zone)

    def add(self, document: Document) -> None:
        """See Writer."""
        for part in parts_of_report(self._cover, document):
            self._add(part, document.time_zone)

    def close(self) -> None:
        """See Writer."""
        columns = part_of_columns(self._cover.words, _named([table.head for table in self._tables.values()]))
        self._add(columns, self._cover.time_zone)
        zipped = Zip(self._cover, self._out)
        tables = list(self._tables.values())
        for (name, _), table in zip(_named([table.head for table in tables]), tables, strict=True):
            with zipped.open(name) as entry:
                table.write(entry)
        zipped.close()

    def _add(self, part: Part, time_zone: str) -> None:
        if part.head.identity not in self._tables:
            self._tables[part.head.identity] = CsvTable(part.head, self._cover, self._out)
        self._tables[part.head.identity].add(part, time_zone)


class CsvFile:
    """Writes the one table that is wanted."""

    def __init__(self, cover: Cover, wanted: str, out: BinaryIO) -> None:
        self._cover = cover
        self._wanted = wanted
        self._out = out
        self._heads: dict[tuple[str, ...], Head] = {}
        self._table: CsvTable | None = None
        for part in parts_of_file(cover):
            self._add(part, cover.notes, cover.time_zone)

    def add(self, document: Document) -> None:
        """See Writer."""
        for part in parts_of_report(self._cover, document):
            self._add(part, (*self._cover.notes, *document.notes), document.time_zone)

    def close(self) -> None:
        """See Writer. UnrenderableError: no report has that table; then nothing is written."""
        columns = part_of_columns(self._cover.words, _named(list(self._heads.values())))
        self._add(columns, self._cover.notes, self._cover.time_zone)
        if self._table is None:
            there = ", ".join(dict.fromkeys(head.key for head in self._heads.values()))
            raise UnrenderableError(f"These reports have no table {self._wanted}. There are: {there}.")
        self._table.write(self._out)

    def _add(self, part: Part, notes: tuple[str, ...], time_zone: str) -> None:
        self._heads.setdefault(part.head.identity, part.head)
        if part.head.key == self._wanted:
            noted = part.noted(self._cover.words, notes)
            if self._table is None:
                self._table = CsvTable(noted.head, self._cover, self._out)
            self._table.add(noted, time_zone)


def _named(heads: Sequence[Head]) -> Iterator[tuple[str, Head]]:
    """The heads under the names of their files: their key, with what they do not share where several have it."""
    taken: Taken = {}
    for head in heads:
        shared = set.intersection(*(_keys(other) for other in heads if other.key == head.key))
        own = [column.key for column in head.columns if column.key not in shared]
        named = [key for key in own if key.removesuffix("Id") not in own or not key.endswith("Id")]
        yield file_name("-".join((head.key, *named)), _CSV.suffix, taken), head


def _keys(head: Head) -> set[str]:
    return {column.key for column in head.columns}


def _open(cover: Cover, out: BinaryIO) -> Writer:
    wanted = cover.options.table
    return CsvFiles(cover, out) if wanted is None else CsvFile(cover, wanted, out)


FORMAT = Format(
    name="CSV",
    description="Comma-separated values, or with another separator: a .zip of all tables, or one table.",
    file_type=lambda cover: ZIP if cover.options.table is None else _CSV,
    open=_open,
    heeds=frozenset({"locale", "byteOrderMark", "separator", "table"}),
)
