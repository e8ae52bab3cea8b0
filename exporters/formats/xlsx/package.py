"""The package of a workbook: openpyxl makes it and all that surrounds the rows of a sheet; the rows pass by it.

The first rows of a sheet wait in memory, more of them in a file without a name, until the book is saved: so any number
of sheets can be written at once, memory does not grow with rows, and nothing is left behind when the writer is dropped
or its process killed. What stands before the rows (widths, the heading) is written last, when all of them are known.
"""

import re
import shutil
import time
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.writer.excel import ExcelWriter

from exporters.temporary import scratch

_ROWS_AT_ONCE: Final = 250
_COPIED_AT_ONCE: Final = 1 << 20
_NO_ROWS: Final = re.compile(rb"<sheetData\s*/>|<sheetData></sheetData>")


class Sheet:
    """A sheet that is being written. `frame` is openpyxl's: widths, panes, tables, charts and rules belong there.

    `rows` counts what has been appended, and one for a heading that is still to come. `out` is what the file will be.
    """

    def __init__(self, frame: Any, columns: int, out: BinaryIO, *, headed: bool) -> None:
        self.frame = frame
        self.rows = 1 if headed else 0
        self._out = out
        self._spool: BinaryIO | None = None
        self._heading = b""
        self._waiting: list[str] = []
        self._starts = tuple(f'<c r="{get_column_letter(number)}' for number in range(1, columns + 1))
        self._links: list[Hyperlink] = []

    def append(self, cells: Iterable[str], height: float | None = None) -> None:
        """The next row, of as many cells as there are (see cells.py); `height` in points where it is unusual."""
        self.rows += 1
        self._waiting.append(self._row(self.rows, cells, height))
        if len(self._waiting) >= _ROWS_AT_ONCE:
            self._flush()

    def head(self, cells: Sequence[str], height: float) -> None:
        """The first row, of a sheet that has room for it."""
        self._heading = self._row(1, cells, height).encode()

    def link(self, reference: str, sheet: "Sheet") -> None:
        """Makes the cell lead to another sheet."""
        title = sheet.frame.title.replace("'", "''")
        self._links.append(Hyperlink(ref=reference, location=f"'{title}'!A1"))

    def write(self, archive: ZipFile, path: str) -> Any:
        """Writes the sheet and lets go of its rows; returns what it refers to."""
        size, rows = self._all_rows()
        whole = f"A1:{get_column_letter(max(1, len(self._starts)))}{max(1, self.rows)}"
        self.frame.calculate_dimension = lambda: whole  # openpyxl's writer asks for it
        writer = WorksheetWriter(self.frame, out=BytesIO())
        self.frame._hyperlinks.extend(self._links)
        writer.write()
        before, after = _NO_ROWS.split(writer.read(), maxsplit=1)
        part = ZipInfo(path, time.localtime()[:6])
        part.compress_type = ZIP_DEFLATED
        part.file_size = len(before) + len(self._heading) + size + len(after)  # decides on ZIP64
        with archive.open(part, "w") as target:
            target.write(before + b"<sheetData>" + self._heading)
            shutil.copyfileobj(rows, target, _COPIED_AT_ONCE)
            target.write(b"</sheetData>" + after)
        rows.close()
        return writer._rels

    def _row(self, number: int, cells: Iterable[str], height: float | None) -> str:
        made = "".join([f"{start}{number}{cell}" for start, cell in zip(self._starts, cells, strict=False)])
        tall = "" if height is None else f' ht="{height:g}" customHeight="1"'
        return f'<row r="{number}"{tall}>{made}</row>'

    def _flush(self) -> None:
        if self._spool is None:
            self._spool = scratch(self, self._out)
        self._spool.write(self._encoded())

    def _all_rows(self) -> tuple[int, BinaryIO]:
        """How many bytes the rows are, and what they are read from."""
        if self._spool is None:
            encoded = self._encoded()
            return len(encoded), BytesIO(encoded)
        self._flush()
        size = self._spool.tell()
        self._spool.seek(0)
        return size, self._spool

    def _encoded(self) -> bytes:
        made = "".join(self._waiting).encode()
        self._waiting.clear()
        return made


class Package(ExcelWriter):  # type: ignore[misc] # openpyxl has no types
    """openpyxl's package, with sheets of ours."""

    def __init__(self, book: Any, archive: ZipFile, sheets: Iterable[Sheet]) -> None:
        super().__init__(book, archive)
        self._of_frame = {id(sheet.frame): sheet for sheet in sheets}

    def write_worksheet(self, frame: Any) -> None:
        """As ExcelWriter's, without its file on disk."""
        frame._drawing = SpreadsheetDrawing()
        frame._drawing.charts = frame._charts
        frame._drawing.images = frame._images
        frame._rels = self._of_frame[id(frame)].write(self._archive, frame.path[1:])
        self.manifest.append(frame)
