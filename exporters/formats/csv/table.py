"""One table of a CSV export: its lines wait, encoded, in a temporary file until all reports are there.

Nobody knows before the last report which tables and columns there are; and a file that turns out to be impossible has
written nothing yet.
"""

from dataclasses import replace
from itertools import chain, islice
from typing import IO, BinaryIO, Final

from exporters.combining import Head
from exporters.cover import Cover
from exporters.formats.csv.dialect import dialect_of
from exporters.formats.csv.fields import field, fields
from exporters.formats.csv.parts import Part
from exporters.temporary import scratch

ROWS_AT_ONCE: Final = 2048
_BYTES_AT_ONCE: Final = 1 << 20
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class CsvTable:
    """The lines of one table, meant for the file `out` of that cover. It takes parts with other columns, too: what a
    part lacks is empty in its lines."""

    def __init__(self, head: Head, cover: Cover, out: BinaryIO) -> None:
        self.head = head
        self._mark = _BYTE_ORDER_MARK if cover.options.byte_order_mark else b""
        self._dialect = dialect_of(cover)
        self._lines = scratch(self, out)
        # where the lines begin that have so many columns
        self._widths: list[tuple[int, int]] = [(0, len(head.columns))]

    def add(self, part: Part, time_zone: str) -> None:
        """A line for each row of the part; instants are told by the clock of the zone."""
        self._widen(part.head)
        before = [field(value, time_zone, self._dialect) for value in part.before]
        after = [field(value, time_zone, self._dialect) for value in part.after]
        join = self._dialect.separator.join
        own = len(part.head.columns) - len(before) - len(after)
        places = self._places(part.head)
        if places is None:  # what is the same in every line needs to be put together only once
            before, after = ([join(texts)] if texts else [] for texts in (before, after))
        rows = iter(part.rows)
        while some := list(islice(rows, ROWS_AT_ONCE)):
            columns = [fields(values, time_zone, self._dialect) for values in zip(*some, strict=True)]
            if len(columns) != own:
                raise ValueError(f"table {part.head.key} has rows of {len(columns)} cells, not {own}")
            whole = [*([text] * len(some) for text in before), *columns, *([text] * len(some) for text in after)]
            if places is not None:
                nothing = [""] * len(some)
                whole = [nothing if place is None else whole[place] for place in places]
            lines = map(join, zip(*whole, strict=True))
            self._lines.write("\r\n".join(chain(lines, ("",))).encode())

    def write(self, out: IO[bytes]) -> None:
        """The whole file: the keys of the columns, and below them the lines in the order in which they came."""
        separator = self._dialect.separator
        header = separator.join(field(column.key, "UTC", self._dialect) for column in self.head.columns)
        out.write(self._mark + f"{header}\r\n".encode())
        ends = [*(start for start, _ in self._widths[1:]), self._lines.tell()]
        self._lines.seek(0)
        for (start, width), end in zip(self._widths, ends, strict=True):
            missing = (len(self.head.columns) - width) * separator.encode()
            left = end - start
            while left:
                piece = self._lines.read(min(left, _BYTES_AT_ONCE))
                left -= len(piece)
                # a return stands nowhere but at the end of a line: within texts a new line is a bare \n
                out.write(piece.replace(b"\r", missing + b"\r") if missing else piece)

    def _places(self, head: Head) -> list[int | None] | None:
        """For each column of the table its place among those of the head; None where they are the same."""
        keys = [column.key for column in self.head.columns]
        own = {column.key: place for place, column in enumerate(head.columns)}
        return None if keys == list(own) else [own.get(key) for key in keys]

    def _widen(self, head: Head) -> None:
        known = {column.key for column in self.head.columns}
        more = tuple(column for column in head.columns if column.key not in known)
        if more:
            self.head = replace(self.head, columns=(*self.head.columns, *more))
            self._widths.append((self._lines.tell(), len(self.head.columns)))
