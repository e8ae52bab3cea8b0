"""What a report looks like as a file.

A file begins with a `Cover` (what was asked for, the house style: cover.py). Each report arrives as one `Document`
(title, subject, period, key figures, tables, charts, notes: document.py) and leaves as bytes written to a stream, one
report after the other. Everything in formats/ is pure: no database, no network, no knowledge of who asked. That
folder is the registry: every module in it that defines `FORMAT = Format(…)` (format.py) is a format, so a fifth one
costs one file and nothing else changes. The figures in a document are final; a format may round what it shows, but
each one carries them to the last digit, or on paper key figures to six decimals. What is rounded crosses no line
(rounding.py).

What formats share: `language` and `numerals` are the words and signs of a file, `values` says things as people read
them and `text` as data, `combining` puts many reports below each other, `file_names`, `temporary` and `zipping` are
about the files themselves.

A file is written with `open_writer(name, cover, out)`, and `file_type(name, cover)` tells what it is going to be: as
the cover asks, one file of all reports, or a .zip with a file for each (archive.py).
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import BinaryIO

from exporters.cover import Cover, Layout, Options, Paper, Separator, Style
from exporters.document import Bands, Cell, Chart, Column, Document, Figure, Kind, Shape, Table
from exporters.format import FileType, Format, UnrenderableError, Writer
from exporters.formats.archive import as_asked
from exporters.language import Words

__all__ = [
    "Bands",
    "Cell",
    "Chart",
    "Column",
    "Cover",
    "Document",
    "Figure",
    "FileType",
    "Format",
    "Kind",
    "Layout",
    "Options",
    "Paper",
    "Separator",
    "Shape",
    "Style",
    "Table",
    "UnrenderableError",
    "Words",
    "Writer",
    "all_formats",
    "as_asked",
    "file_type",
    "open_writer",
]  # fmt: skip


@cache
def all_formats() -> Mapping[str, Format]:
    """Every format by its name (CSV, JSON, PDF, XLSX), in alphabetical order."""
    folder = importlib.import_module("exporters.formats")
    modules = (
        importlib.import_module(f"{folder.__name__}.{found.name}") for found in pkgutil.iter_modules(folder.__path__)
    )
    declared = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    by_name: dict[str, Format] = {entry.name: entry for entry in sorted(declared, key=lambda entry: entry.name)}
    if len(by_name) != len(declared):
        raise ValueError("two modules in exporters/formats/ define a format of the same name")
    return MappingProxyType(by_name)


def file_type(name: str, cover: Cover) -> FileType:
    """What the file of that format and cover is going to be. UnrenderableError: nobody can write it."""
    return as_asked(all_formats()[name], cover).file_type(cover)


def open_writer(name: str, cover: Cover, out: BinaryIO) -> Writer:
    """Begins the file of that format and cover. UnrenderableError, also of the writer: nobody can write it."""
    return as_asked(all_formats()[name], cover).open(cover, out)
