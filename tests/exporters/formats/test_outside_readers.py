"""Files as programs see them that have nothing to do with us: qpdf and LibreOffice, where they are installed."""

import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from exporters import Bands, Chart, Column, Document, Kind, Shape, Style, Table, Words
from exporters.text import clean
from tests.support.csv_files import read_lines
from tests.support.documents import COLUMNS, HOSTILE, cover, document, row, table, written
from tests.support.xlsx_files import MAIN, part, paths

SECONDS = 60
NAMES = ("Anna Lindström", "محمد الأحمد", "नेहा शर्मा")
# a sheet for each of these, and a formula in none
TRAPS = ("=1+1", "+cmd|'/c calc'!A0", "[x]:*?/\\", "@SUM(A1)", "</td><img src=file:///etc/passwd>")
LINKS = ('=HYPERLINK("http://127.0.0.1")', '=WEBSERVICE("http://127.0.0.1")', "=1+1")

needs_qpdf = pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")


def hostile() -> Document:
    """A report whose every text is a trap: names, titles of tables, headings, notes."""
    tables = [
        replace(table((*HOSTILE, *LINKS), key=f"t{number}"), title=title, columns=_renamed(title))
        for number, title in enumerate(TRAPS)
    ]
    drawn = Chart("c", TRAPS[0], Shape.BARS, "t0", "name", ("attendanceRate",))
    made = document(*tables, title=TRAPS[0], name=TRAPS[4])
    return replace(made, charts=(drawn,), notes=LINKS, bands=Bands(Decimal("0.9"), Decimal("0.8")))


def _renamed(title: str) -> tuple[Column, ...]:
    first, *others = COLUMNS
    return (replace(first, label=title), *others)


def wide() -> Document:
    columns = tuple(Column(f"c{number}", f"Column {number}", Kind.RATE) for number in range(30))
    return document(Table("wide", "Wide", columns, tuple((1 / 3,) * 30 for _ in range(200))))


def arabic() -> Style:
    picture = io.BytesIO()
    Image.new("RGB", (300, 60), "#c8553d").save(picture, "PNG")
    return Style(words=Words("ar-EG"), logo=picture.getvalue())


def many() -> list[Document]:
    return [document(table(NAMES), title=f"Report {number}") for number in range(30)]


PDFS: Final[dict[str, Callable[[], io.BytesIO]]] = {
    "one": lambda: written("PDF", document(table(NAMES))),
    "wide": lambda: written("PDF", wide()),
    "arabic": lambda: written("PDF", document(table(NAMES)), of=cover(style=arabic())),
    "hostile": lambda: written("PDF", hostile()),
    "many": lambda: written("PDF", *many()),
}


@needs_qpdf
@pytest.mark.parametrize("name", list(PDFS))
def test_qpdf_finds_no_fault(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.pdf"
    path.write_bytes(PDFS[name]().getvalue())

    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, timeout=SECONDS, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "No syntax or stream encoding errors found" in done.stdout


def converted(book: io.BytesIO, target: str, folder: Path) -> list[Path]:
    """What LibreOffice makes of a workbook; it is told to write every sheet where it writes CSV."""
    source = folder / "book.xlsx"
    source.write_bytes(book.getvalue())
    (folder / "made").mkdir()
    # a profile of its own, so that no other one that is running takes the work
    office = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore"]
    command = [*office, "--convert-to", target, "--outdir", str(folder / "made"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stdout + done.stderr
    return sorted((folder / "made").iterdir())


def formulas(book: io.BytesIO) -> list[str | None]:
    return [found.text for path in paths(book, "xl/worksheets/") for found in part(book, path).iter(f"{MAIN}f")]


def cells(book: io.BytesIO) -> dict[str, list[dict[int, object]]]:
    """The cells of every sheet that are not empty; numbers with 15 digits, as LibreOffice writes no more."""
    book.seek(0)
    read = CalamineWorkbook.from_filelike(book)
    sheets = {title: read.get_sheet_by_name(title).to_python() for title in read.sheet_names}
    return {
        title: [
            {
                place: float(f"{cell:.15g}") if isinstance(cell, float) else cell
                for place, cell in enumerate(line)
                if cell != ""
            }
            for line in lines
        ]
        for title, lines in sheets.items()
    }


BOOKS = {"one": 1, "many": 3}


@needs_office
@pytest.mark.parametrize("name", list(BOOKS))
def test_libreoffice_keeps_every_value_and_finds_no_formula(name: str, tmp_path: Path) -> None:
    book = written("XLSX", *(replace(hostile(), revision=number) for number in range(1, BOOKS[name] + 1)))

    (path,) = converted(book, "xlsx", tmp_path)

    kept = io.BytesIO(path.read_bytes())
    assert formulas(book) == formulas(kept) == []
    assert cells(kept) == cells(book)
    with ZipFile(kept) as parts:
        assert not [name for name in parts.namelist() if "externalLink" in name]


@needs_office
def test_libreoffice_shows_the_texts_as_they_are(tmp_path: Path) -> None:
    # filter options: a comma, quotes, UTF-8, from the first line, …, every sheet in a file of its own
    made = converted(
        written("XLSX", hostile()),
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
        tmp_path,
    )

    assert len(made) == 1 + len(TRAPS)
    sheets = [read_lines(path.read_bytes()) for path in made if "Summary" not in path.name]
    shown = [[line[0] for line in lines[1:]] for lines in sheets]
    assert shown == [[clean(name) for name in (*HOSTILE, *LINKS)]] * len(TRAPS)
    assert row("", 1)[1] == int(sheets[0][2][1])
