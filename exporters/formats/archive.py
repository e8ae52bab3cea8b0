"""A .zip with a file for each report, in any format: `Layout.SEPARATE`.

    contents.csv                    what is in it: file, the report (stacking.belonging)
    notes.txt                       what was asked for, and what there is to know of the whole, where there is something
    course-Welding-2026-03.pdf      a report; in a format whose file is a .zip itself, a folder of its files

Names are unique whatever their capitals, and as long and as plain as every system takes them (file_names.py); the
contents have the whole ones.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Final
from zipfile import ZipFile

from exporters.combining import Head, belonging, belongs
from exporters.cover import Cover, Layout
from exporters.document import Column, Document, Kind
from exporters.file_names import report_file_name
from exporters.format import ZIP, Format, Writer
from exporters.formats.csv.parts import Part
from exporters.formats.csv.table import CsvTable
from exporters.temporary import scratch
from exporters.text import clean
from exporters.values import shown
from exporters.zipping import Zip

CONTENTS: Final = "contents.csv"
NOTES: Final = "notes.txt"
_COMPRESSED: Final = frozenset((".pdf", ".xlsx"))


class Archive:
    """Writes the reports one after the other; at most one is in memory, as far as its format allows it."""

    def __init__(self, entry: Format, cover: Cover, out: BinaryIO) -> None:
        words = cover.words
        self._format = entry
        self._cover = cover
        self._zip = Zip(cover, out)
        self._taken = {CONTENTS: 1, NOTES: 1}
        self._contents = CsvTable(
            Head("contents", words("Contents"), (Column("file", words("File"), Kind.TEXT), *belonging(words))),
            cover,
            out,
        )
        self._report = scratch(self, out)

    def add(self, document: Document) -> None:
        """See Writer."""
        cover = cover_of_one(document, self._cover)
        self._report.seek(0)
        self._report.truncate()
        self._format.write(cover, [document], self._report)
        self._report.seek(0)
        file_type = self._format.file_type(cover)
        if file_type == ZIP:
            name = report_file_name(document, "", self._taken) + "/"
            with ZipFile(self._report) as files:
                for file in files.infolist():
                    with files.open(file) as source:
                        self._zip.copy(name + file.filename, source)
        else:
            name = report_file_name(document, file_type.suffix, self._taken)
            self._zip.copy(name, self._report, compress=file_type.suffix not in _COMPRESSED)
        self._contents.add(Part(self._contents.head, [(name, *belongs(document))]), document.time_zone)

    def close(self) -> None:
        """See Writer."""
        with self._zip.open(CONTENTS) as file:
            self._contents.write(file)
        if lines := [*self._asked(), *self._cover.notes]:
            with self._zip.open(NOTES) as file:
                file.write("".join(f"{clean(line)}\n" for line in (self._cover.title, "", *lines)).encode())
        self._zip.close()

    def _asked(self) -> Iterator[str]:
        for label, value in self._cover.filters:
            yield f"{label}: {shown(value, Kind.TEXT, 0, self._cover.words, self._cover.time_zone)}"


def as_asked(entry: Format, cover: Cover) -> Format:
    """The format that writes the file of this cover: where several reports are to be separate, a .zip of them."""
    if cover.options.layout is not Layout.SEPARATE or not cover.many:
        return entry

    def opened(cover: Cover, out: BinaryIO) -> Writer:
        return Archive(entry, cover, out)

    return replace(entry, file_type=lambda _cover: ZIP, open=opened)


def cover_of_one(document: Document, whole: Cover) -> Cover:
    """The cover of the file of one report among those of the whole."""
    own = {figure.key for figure in document.figures}
    return replace(
        whole,
        title=document.title,
        count=1,
        matching=1,
        figures=tuple(column for column in whole.figures if column.key in own),
        notes=(),
        options=replace(whole.options, layout=Layout.TOGETHER),
    )
