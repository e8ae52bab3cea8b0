"""Excel: by calamine, which is no relative of the library that wrote it; durations by the number that is stored."""

import io
from collections.abc import Iterator
from datetime import date, time, timedelta
from fractions import Fraction
from typing import Any, Final

from python_calamine import CalamineWorkbook

from exporters import Column, Figure, Kind
from tests.exporters.reports.reading import KEYS, WORDS, Grid, Told, code_of
from tests.support.xlsx_files import stored

Rows = list[list[Any]]

_BELONGING: Final = ("Kind", "Subject id", "Subject", "School", "Period", "From", "To", "Revision")
_PARTS_OF_A_DAY: Final = {Kind.MINUTES: 1440, Kind.HOURS: 24}
_SHOWN_AS: Final = {Kind.MINUTES: "m:ss", Kind.HOURS: "h:mm"}
# sentences on the workbook itself, and so in no other format
_REMARKS: Final = ("Durations are shown as", "Coloured rates are", "Notes on single reports")


def read(content: bytes) -> list[Told]:
    """The reports of a workbook: of one with its own summary, or of a list of them."""
    sheets = dict(_sheets(content))
    return _many(sheets) if "Reports" in sheets else [_one(sheets)]


def _sheets(content: bytes) -> Iterator[tuple[str, Rows]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for title in book.sheet_names:
        cells = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
        exact = stored(io.BytesIO(content), title)
        yield (
            title,
            [
                [
                    float(number or 0) if isinstance(cell, timedelta | time) else None if cell == "" else cell
                    for cell, number in zip(row, [*numbers, *[None] * len(row)], strict=False)
                ]
                for row, numbers in zip(cells, exact, strict=True)
            ],
        )


def _one(sheets: dict[str, Rows]) -> Told:
    summary = sheets["Summary"]
    said = dict(row[:2] for row in _section(summary, "About this report"))
    return Told(
        kind=code_of(said["Kind"]),
        subject_id=said["Subject id"],
        figures=dict(row[:2] for row in _section(summary, "Key figures")[1:]),
        tables={
            KEYS[title]: Grid(rows[0], [row for row in rows[1:] if any(row)])
            for title, rows in sheets.items()
            if title in KEYS and any(map(any, rows[1:]))
        },
        policy=[(row[0], row[1]) for row in _section(summary, "Policy")],
        notes=_sentences(row[0] for row in _section(summary, "Notes")),
    )


def _section(rows: Rows, title: str) -> Rows:
    """The lines below that title, up to the next empty one."""
    begins = next((place for place, row in enumerate(rows) if row[0] == title and not any(row[1:])), len(rows)) + 1
    ends = next((place for place, row in enumerate(rows[begins:], begins) if not any(row)), len(rows))
    return rows[begins:ends]


def _many(sheets: dict[str, Rows]) -> list[Told]:
    heads, *reports = sheets["Reports"]
    own = {title: rows for title, rows in sheets.items() if title in KEYS}
    whole = [row[0] for row in _section(sheets["Summary"], "Notes")]
    return [
        Told(
            kind=code_of(report[0]),
            subject_id=report[1],
            figures=dict(zip(heads[len(_BELONGING) + 2 :], report[len(_BELONGING) + 2 :], strict=True)),
            tables={
                KEYS[title]: Grid(_own(rows[0]), found)
                for title, rows in own.items()
                if (found := _of(report, rows))
            },
            policy=[
                (label, value)
                for values in _of(report, sheets["Policy"])
                for label, value in zip(_own(sheets["Policy"][0]), values, strict=True)
            ],
            notes=_sentences([*whole, *(note for (note,) in _of(report, sheets.get("Notes", [])))]),
        )
        for report in reports
    ]  # fmt: skip


def _of(report: list[Any], rows: Rows) -> Rows:
    """The rows of that report, without what says so."""
    return [row[len(_BELONGING) :] for row in rows if row[: len(_BELONGING)] == report[: len(_BELONGING)]]


def _own(heads: list[str]) -> list[str]:
    # no two columns of a sheet are called the same
    return [head.removesuffix(" (2)") for head in heads[len(_BELONGING) :]]


def _sentences(notes: Any) -> str:
    return " ".join(note for note in notes if not note.startswith(_REMARKS))


def subtitle(content: bytes) -> str:
    """What stands below the title of a workbook."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return str(book.get_sheet_by_name("Summary").to_python()[1][0])


def heading(column: Column | Figure) -> str:
    return f"{column.label} ({_SHOWN_AS[column.kind]})" if column.kind in _SHOWN_AS else column.label


def agrees(told: Any, value: Any, kind: Kind) -> bool:
    """Numbers to the last digit, durations as the double next to the exact share of a day, days as days."""
    if value is None:
        return told is None
    if kind in _PARTS_OF_A_DAY:
        return bool(told == float(Fraction(value) / _PARTS_OF_A_DAY[kind]))
    if kind.numeric:
        return isinstance(told, int | float) and told == value
    if kind is Kind.DATE:
        return isinstance(told, date) and told == value
    return bool(told == (WORDS.get(value, value) if kind is Kind.BAND else value))
