"""Reads CSV with care: every record with the line it begins on, every fault with the cell it is in.

PostgreSQL's COPY reads the files that are in order, far faster. This reader takes the header of every file, and the
whole of a file that COPY refused, to say which rows are bad; it also puts up with blank lines and mixed line ends.
"""

import re
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import IO, Final

from resolvers.bundle.source import read_chunk

CHUNK: Final = 256 * 1024
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# a quote left open would take the rest of the file for one cell
MOST_RECORD_BYTES: Final = 2**20
MOST_RECORD_LINES: Final = 1_000
_QUOTED: Final = re.compile(rb'"((?:[^"]++|"")*+)"')
_PLAIN: Final = re.compile(rb"[^,\r\n]*+")
_LINE_END: Final = re.compile(rb"\r?\n|\r")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: where it begins and ends, and its cells (None: empty); or what is wrong with which of them.

    A cell may hold NUL characters, which the database has no place for.

    `line`: the line it begins on; `next_line` and `end`: the line and the byte after it.
    """

    line: int
    next_line: int
    end: int
    cells: tuple[str | None, ...]
    fault: str = ""
    fault_at: int = 0


class _OpenQuoteError(Exception):
    """The text ends inside a quoted cell, the one of that index."""


class _CellError(Exception):
    """The cell of that index cannot be read; the reason."""


def records(stream: IO[bytes]) -> Generator[Record]:
    """Every record of the file, the header first; blank lines are passed over. UnreadableError: see `read_chunk`."""
    lines = _lines(stream)
    waiting: deque[bytes] = deque()
    line, position, first = 1, 0, True

    def following() -> bytes | None:
        return waiting.popleft() if waiting else next(lines, None)

    while (text := following()) is not None:
        start, taken = line, [text]
        if first:
            first = False
            text = text.removeprefix(BYTE_ORDER_MARK)
        cells: tuple[str | None, ...] = ()
        fault, fault_at = "", 0
        if text.strip(b"\r\n"):
            try:
                cells = _cells(_whole(text, taken, following))
            except _CellError as error:
                fault_at, fault = error.args
                # what an open quote swallowed is read again, as rows of its own
                waiting.extendleft(reversed(taken[1:]))
                del taken[1:]
        line += len(taken)
        position += sum(map(len, taken))
        if cells or fault:
            yield Record(start, line, position, cells, fault, fault_at)


def _whole(text: bytes, taken: list[bytes], following: Callable[[], bytes | None]) -> list[bytes]:
    """The raw cells of the record that begins with `text`, taking more lines while a quote is open."""
    while True:
        if len(text) > MOST_RECORD_BYTES:
            raise _CellError(0, f"the row is longer than {MOST_RECORD_BYTES:,} bytes")
        try:
            return _split(text)
        except _OpenQuoteError as error:
            index = error.args[0]
        more: list[bytes] = []
        while not more or b'"' not in more[-1]:  # only a quote can close the cell
            another = following()
            if another is None or len(taken) > MOST_RECORD_LINES:
                raise _CellError(index, "a quote is opened and never closed")
            taken.append(another)
            more.append(another)
            if sum(map(len, more)) > MOST_RECORD_BYTES:
                raise _CellError(index, "a quote is opened and never closed")
        text += b"".join(more)


def _split(text: bytes) -> list[bytes]:
    cells: list[bytes] = []
    position = 0
    while True:
        if text.startswith(b'"', position):
            quoted = _QUOTED.match(text, position)
            if quoted is None:
                raise _OpenQuoteError(len(cells))
            cells.append(quoted[1].replace(b'""', b'"'))
            position = quoted.end()
        else:
            plain = _PLAIN.match(text, position)
            assert plain is not None
            if b'"' in plain[0]:
                raise _CellError(len(cells), "a quote stands inside the cell: quote the whole cell and double it")
            cells.append(plain[0])
            position = plain.end()
        if position == len(text) or _LINE_END.fullmatch(text, position):
            return cells
        if not text.startswith(b",", position):
            raise _CellError(len(cells) - 1, "text follows the closing quote")
        position += 1


def _cells(raw: list[bytes]) -> tuple[str | None, ...]:
    cells: list[str | None] = []
    for index, cell in enumerate(raw):
        try:
            text = cell.decode()
        except UnicodeDecodeError as error:
            raise _CellError(index, f"is not UTF-8 text: byte {cell[error.start]:#04x}") from None
        cells.append(text or None)
    return tuple(cells)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Physical lines with their ends; of a line beyond all measure only its beginning."""
    rest = b""
    while chunk := read_chunk(stream, CHUNK):
        lines = (rest + chunk).splitlines(keepends=True)
        # the last line may go on, and so may a carriage return
        rest = lines.pop()[: 2 * MOST_RECORD_BYTES]
        yield from lines
    yield from rest.splitlines(keepends=True)
