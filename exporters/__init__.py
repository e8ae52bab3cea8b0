"""What a report looks like as a file.

A report arrives here as one `Document` (title, subject, period, key figures, tables, notes: see document.py) and leaves
as bytes written to a stream. Everything in this folder is pure: no database, no network, no knowledge of who asked. The
folder is the registry: every module that defines `FORMAT = Format(name, suffix, media_type, write)` is a format, so a
fifth one costs one file and nothing else changes. The figures in a document are final; a format may round what it
shows, but each one carries them to the last digit, or to six decimals on paper.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from exporters.document import Cell, Column, Document, Figure, Kind, Table
from exporters.format import Format

__all__ = ["Cell", "Column", "Document", "Figure", "Format", "Kind", "Table", "formats"]


@cache
def formats() -> Mapping[str, Format]:
    """Every format by its name (CSV, JSON, PDF, XLSX), in alphabetical order."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    declared = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    by_name: dict[str, Format] = {entry.name: entry for entry in sorted(declared, key=lambda entry: entry.name)}
    if len(by_name) != len(declared):
        raise ValueError("two modules in exporters/ define a format of the same name")
    return MappingProxyType(by_name)
