"""PDF: by pypdf, as the pieces of text that are drawn one after the other, each with its size and its place.

What a piece is its size tells: the title of a report is set in 23 points, that of a table in 12.5, column heads in 8,
cells in 8.5 and notes in 9.5. A cell begins on the line its row begins with, and goes on below.
"""

import io
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import pairwise
from typing import Any, Final, NamedTuple

import pypdf

from exporters import Column, Figure, Kind
from tests.exporters.reports.reading import KEYS, WORDS, Grid, Told, code_of

_REPORT, _LARGE, _TITLE, _NOTE, _CELL, _HEAD = 23.0, 20.0, 12.5, 9.5, 8.5, 8.0
_LINES: Final = {_CELL: 10.8, _HEAD: 9.6}
_EXACT: Final = Context(prec=2000)


class Piece(NamedTuple):
    """Text that is drawn at once; `height` above the foot of page number `page`."""

    text: str
    size: float
    page: int
    height: float


def read(content: bytes) -> list[Told]:
    """The reports of a file."""
    pieces = list(_pieces(content))
    begins = [place - 1 for place, piece in enumerate(pieces) if piece.size == _REPORT]
    # what stands above the title is the kind of report
    ends = [*(place for place in begins[1:]), len(pieces)]
    return [_told(pieces[begin:end]) for begin, end in zip(begins, ends, strict=True)]


def _pieces(content: bytes) -> Iterator[Piece]:
    for number, page in enumerate(pypdf.PdfReader(io.BytesIO(content)).pages):
        found: list[Piece] = []

        def visit(
            text: str,
            cm: list[float],
            tm: list[float],
            _font: Any,
            size: float,
            number: int = number,
            found: list[Piece] = found,
        ) -> None:
            if text.strip():
                found.append(Piece(text.strip("\n"), round(size, 1), number, cm[5] + tm[5]))

        page.extract_text(visitor_text=visit)
        yield from found


def _told(pieces: list[Piece]) -> Told:
    grids: dict[str, Grid] = {}
    for title, block in _blocks(pieces):
        heads, *rows = _rows(piece for piece in block if piece.size in _LINES)
        grids.setdefault(title, Grid(heads)).rows.extend(row for row in rows if row != ["Nothing to show."])
        assert grids[title].heads == heads
    figures = {label: value for label, value, _ in grids["All figures"].rows}
    _check_large([piece.text for piece in pieces if piece.size == _LARGE], list(figures.values()))
    identified = next(piece.text for piece in pieces if piece.text.startswith("Id "))
    return Told(
        kind=code_of(pieces[0].text.removesuffix(" report")),
        subject_id=identified.removeprefix("Id ").split(" · ")[0],
        figures=figures,
        tables={KEYS[title]: grid for title, grid in grids.items() if title in KEYS and grid.rows},
        policy=[(label, value) for label, value in grids["Policy"].rows],
        notes=" ".join(piece.text for piece in pieces if piece.size == _NOTE),
    )


def _blocks(pieces: list[Piece]) -> Iterator[tuple[str, list[Piece]]]:
    """The titles of tables, each with what follows it, on every page anew."""
    places = [place for place, piece in enumerate(pieces) if piece.size == _TITLE] + [len(pieces)]
    for begin, end in pairwise(places):
        title = pieces[begin].text.removesuffix(" (continued)")
        if title != "Notes":
            yield title, [piece for piece in pieces[begin + 1 : end] if piece.page == pieces[begin].page]


def _rows(pieces: Iterable[Piece]) -> list[list[str]]:
    rows: list[list[str]] = []
    top = last = None
    for piece in pieces:
        if last is not None and top is not None and piece.size == last.size and piece.height == top.height:
            rows[-1].append(piece.text)
        elif (
            last is not None and piece.size == last.size and abs(last.height - piece.height - _LINES[piece.size]) < 0.1
        ):
            rows[-1][-1] += f" {piece.text}"
        else:
            rows.append([piece.text])
            top = piece
        last = piece
    return rows


def _check_large(shown: list[str], exact: list[str]) -> None:
    """The first figures are large, too: rates as they are listed, other numbers with one decimal of six."""
    for large, value in zip(shown, exact[: len(shown)], strict=True):
        number = re.fullmatch(r"([\d,.]+)(?: .*)?", value)
        if number is None or "." not in value:
            assert large == value.split(" (")[0]
            continue
        # both are rounded from the same number, so a tie between them can end on either side
        difference = Decimal(large.split()[0].replace(",", "")) - Decimal(number[1].replace(",", ""))
        assert abs(difference) <= Decimal("0.05")


def front(content: bytes) -> str:
    """What stands before the reports of a file of several."""
    return " ".join(piece.text for piece in _pieces(content) if piece.page == 0)


def heading(column: Column | Figure) -> str:
    return column.heading


def agrees(told: str, value: Any, kind: Kind) -> bool:
    """Rates in per cent to two decimals, and where they are key figures to six decimals too; other numbers to six or to
    the last they have; a dash for nothing.

    The rates of the school are far from every line but 0 and 1: rounding beside lines has tests of its own.
    """
    if value is None:
        return told == "–"
    if kind is Kind.RATE:
        share, listed = Decimal(repr(value)), re.fullmatch(r"(.*%) \((.*)\)", told)
        assert share in (0, 1) or Decimal("0.0001") < share < Decimal("0.9999")
        if listed is not None and listed[2] != f"{_rounded(share, 6):f}":
            return False
        return (listed[1] if listed else told) == f"{_rounded(share.scaleb(2), 2):,f}%"
    if kind.numeric:
        exact, decimals = Decimal(value), len(told.partition(".")[2])
        lost = _rounded(exact, decimals) != _rounded(exact, 6)
        return decimals <= 6 and not lost and told == f"{_rounded(exact, decimals):,f}"
    if isinstance(value, date):
        return told == f"{value:%b} {value.day}, {value.year}"
    return bool(told == (WORDS.get(value, value) if kind is Kind.BAND else value))


def _rounded(exact: Decimal, decimals: int) -> Decimal:
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN, context=_EXACT)
