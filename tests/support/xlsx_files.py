"""Workbooks read back as what is written in them, part by part, without a library's opinion on it."""

import io
import re
from typing import Final
from xml.etree import ElementTree
from zipfile import ZipFile

from openpyxl.utils import column_index_from_string

MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CHART: Final = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_LINK: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def part(book: io.BytesIO, path: str) -> ElementTree.Element:
    """That part of the package."""
    with ZipFile(book) as parts:
        return ElementTree.fromstring(parts.read(path))


def paths(book: io.BytesIO, beginning: str) -> list[str]:
    """The parts whose names begin like that, in order."""
    with ZipFile(book) as parts:
        return sorted(path for path in parts.namelist() if path.startswith(beginning) and not path.endswith(".rels"))


def sheet(book: io.BytesIO, title: str) -> ElementTree.Element:
    """The sheet of that name."""
    targets = {link.get("Id"): link.get("Target") for link in part(book, "xl/_rels/workbook.xml.rels")}
    entry = next(entry for entry in part(book, "xl/workbook.xml").iter(f"{MAIN}sheet") if entry.get("name") == title)
    return part(book, str(targets[entry.get(_LINK)]).lstrip("/"))


def stored(book: io.BytesIO, title: str) -> list[list[str | None]]:
    """The rows of a sheet, each cell as the text that is stored for it: numbers as they are written, None for none."""
    rows = []
    for row in sheet(book, title).iter(f"{MAIN}row"):
        cells: dict[int, str | None] = {}
        for cell in row:
            letters = re.match("[A-Z]+", cell.get("r") or "")
            assert letters is not None
            texts = [found.text or "" for found in cell.iter() if found.tag in {f"{MAIN}v", f"{MAIN}t"}]
            cells[column_index_from_string(letters[0])] = "".join(texts) if texts else None
        rows.append([cells.get(place) for place in range(1, max(cells, default=0) + 1)])
    return rows


def number_format(book: io.BytesIO, title: str, reference: str) -> str:
    """How the value of a cell is shown."""
    styles = part(book, "xl/styles.xml")
    style = next(cell for cell in sheet(book, title).iter(f"{MAIN}c") if cell.get("r") == reference).get("s")
    looks = list(styles.findall(f"{MAIN}cellXfs/{MAIN}xf"))
    own = {found.get("numFmtId"): found.get("formatCode") for found in styles.iter(f"{MAIN}numFmt")}
    builtin = {"0": "General", "3": "#,##0", "4": "#,##0.00", "10": "0.00%"}
    code = looks[int(style or 0)].get("numFmtId")
    return str(own.get(code) or builtin[str(code)])
