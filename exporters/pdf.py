"""PDF (A4): key figures large, tables that repeat their header, page x of y, embedded fonts, and nothing fetched.

The page is an HTML template (templates/report.html), so its look is edited there. Two properties of the renderer shape
the rest: the time for one table grows faster than its rows, so a long table is laid as many of ROWS_AT_ONCE rows that
touch; such a table stands on pages of its own, whose frame repeats the title and the column heads.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from exporters.cover import Cover
from exporters.document import Cell, Column, Document, Figure, Kind, Table
from exporters.fonts import Face, faces_for, lines_of
from exporters.format import FileType, Format
from exporters.pdf_pages import number_pages
from exporters.text import clean, is_number, shorten, shown

ROWS_AT_ONCE = 40
POINTS_OF_A_MM = 72 / 25.4
LONGEST_TEXT = 500  # a name of a page or more says nothing that its beginning does not
MOST_COLUMNS_UPRIGHT = 8
FIGURES_A_LINE = 4
_DECIMALS_OF_RATES = 4  # in per cent: six of the rate itself
_MOST_DECIMALS = 6
_ROWS_FOR_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Head:
    """A column as the page shows it; width in per cent of the table."""

    text: str
    align: str
    width: float
    decimals: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table as the template lays it out: `own_pages` names the page frame of a long or wide one."""

    table: Table
    heads: tuple[Head, ...]
    time_zone: str
    number: int

    @property
    def own_pages(self) -> bool:
        return len(self.table.rows) > ROWS_AT_ONCE or self.wide

    @property
    def wide(self) -> bool:
        return len(self.heads) > MOST_COLUMNS_UPRIGHT

    @property
    def title(self) -> str:
        return _text(self.table.title)

    @property
    def short_title(self) -> str:
        """The title in one line, for the top of every page."""
        return shorten(self.title, 80 if self.wide else 55, " …")

    @property
    def head_height(self) -> float:
        """Millimetres that the title and the column heads take at the top of each page of the table."""
        across = 261 if self.wide else 174
        lines = max(lines_of(head.text, across * head.width / 100 - 2.9, 8 / POINTS_OF_A_MM) for head in self.heads)
        return round(10.6 + lines * 8 * 1.3 / POINTS_OF_A_MM, 1)

    def parts(self) -> Iterator[list[list[str]]]:
        """The rows as text, ROWS_AT_ONCE at a time."""
        rows = iter(self.table.rows)
        while some := list(islice(rows, ROWS_AT_ONCE)):
            yield [
                [_shown(value, head, self.time_zone) for head, value in zip(self.heads, row, strict=True)]
                for row in some
            ]


def write(document: Document, out: BinaryIO) -> None:
    """Write the document as PDF. Raises RuntimeError when the renderer reports an error."""
    from xhtml2pdf import pisa
    from xhtml2pdf.config.resources import ResourceAccessPolicy

    page = _template().render(page_of(document))
    faces = faces_for(page)
    policy = ResourceAccessPolicy(
        allow_remote=False,
        base_dir=None,
        extra_roots=tuple({face.path.parent for face in faces}),  # the fonts, and no other file
        max_depth=100,
        allow_remote_pdf_backgrounds=False,
    )
    rendered = io.BytesIO()
    result = pisa.CreatePDF(
        page.replace("/* faces */", _style_of(faces)),
        dest=rendered,
        encoding="utf-8",
        capacity=-1,  # in memory: beyond this size the renderer opens a temporary file and forgets to close it
        resource_policy=policy,
        context_meta={
            "title": _text(document.title),
            "author": _text(document.generated_by or "Rollcall"),
            "subject": _text(f"{document.subject_name}, {document.period_from} – {document.period_to}"),
        },
    )
    if result.err:
        raise RuntimeError(f"the PDF could not be rendered: {result.log[:3]}")
    number_pages(rendered, out)


def page_of(document: Document) -> dict[str, object]:
    """What the template needs, as text that is ready to be shown."""
    zone = document.time_zone
    figures = [_card(figure, zone) for figure in document.figures]
    return {
        "document": document,
        "text": _text,
        "day": lambda value: shown(value, Kind.DATE, 0, zone),
        "instant": lambda value: f"{shown(value, Kind.DATETIME, 0, zone)} ({zone})",
        "value": lambda value: _text(shown(value, Kind.NUMBER, _decimals([value]), zone)),
        "figures": [figures[start : start + FIGURES_A_LINE] for start in range(0, len(figures), FIGURES_A_LINE)],
        "described": [figure for figure in document.figures if figure.description],
        "tables": [
            PageTable(table, _heads(table, zone), zone, number) for number, table in enumerate(document.tables, 1)
        ],
    }


def _card(figure: Figure, time_zone: str) -> dict[str, str]:
    """A key figure: rounded for the eye and, where that may lose something, with six decimals beneath."""
    decimals = 2 if figure.kind is Kind.RATE else min(1, _decimals([figure.value]))
    rounded = figure.kind is Kind.RATE or _decimals([figure.value]) > decimals
    return {
        "label": _text(figure.label),
        "value": _text(shown(figure.value, figure.kind, decimals, time_zone)),
        "unit": _text(figure.unit or "") if figure.value is not None else "",
        "exact": f"{figure.value:.{_MOST_DECIMALS}f}" if rounded and is_number(figure.value) else "",
    }


def _heads(table: Table, time_zone: str) -> tuple[Head, ...]:
    weights = [
        _weight(column, [row[index] for row in islice(table.rows, _ROWS_FOR_WIDTH)])
        for index, column in enumerate(table.columns)
    ]
    return tuple(
        Head(
            text=_text(f"{column.heading} ({time_zone})" if column.kind is Kind.DATETIME else column.heading),
            align="right" if column.kind.numeric else "left",
            width=round(100 * weight / sum(weights), 3),
            decimals=_column_decimals(column, table, index),
            kind=column.kind,
        )
        for index, (column, weight) in enumerate(zip(table.columns, weights, strict=True))
    )


def _weight(column: Column, values: list[Cell]) -> float:
    """How much of the table's width a column should have, in characters."""
    longest_word = max((len(word) for word in column.heading.split()), default=1)
    if column.kind is not Kind.TEXT:
        return max(9, longest_word + 2)
    return min(40, max([9, longest_word + 2, *(len(value) + 1 for value in values if isinstance(value, str))]))


def _column_decimals(column: Column, table: Table, index: int) -> int:
    """As many decimals as the column needs, so that its points stand in line."""
    if column.kind is Kind.RATE:
        return _DECIMALS_OF_RATES
    return _decimals([row[index] for row in table.rows]) if column.kind.numeric else 0


def _decimals(values: list[Cell]) -> int:
    written = (f"{value:.{_MOST_DECIMALS}f}" for value in values if is_number(value) and not isinstance(value, int))
    return max((len(text.rstrip("0").partition(".")[2]) for text in written), default=0)


def _shown(value: Cell, head: Head, time_zone: str) -> str:
    return _text(shown(value, head.kind, head.decimals, time_zone))


def _text(text: str) -> str:
    return shorten(clean(text), LONGEST_TEXT)


def _style_of(faces: tuple[Face, ...]) -> str:
    declared = [
        f'@font-face {{ font-family: {face.family}; font-weight: {face.weight}; src: url("{face.path}"); }}'
        for face in faces
    ]
    families = dict.fromkeys(face.family for face in faces)
    return "\n".join([*declared, f"html {{ font-family: {', '.join(families)}; }}"])


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


class PdfWriter:
    """Writes documents as PDF."""

    def __init__(self, _cover: Cover, out: BinaryIO) -> None:
        self._out = out

    def add(self, document: Document) -> None:
        """See Writer."""
        write(document, self._out)

    def close(self) -> None:
        """See Writer."""


FORMAT = Format(
    name="PDF",
    description="Pages to print.",
    file_type=lambda _cover: FileType(".pdf", "application/pdf"),
    open=PdfWriter,
)
