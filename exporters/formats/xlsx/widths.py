"""How wide columns and how tall rows are, so that what is in them can be read."""

import math
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from exporters.document import Cell, Column, Kind

LINE: Final = 15.0
"""The height of a line of text, in points."""

_NARROWEST: Final = 9
_WIDEST: Final = 60
_WIDEST_HEADING: Final = 16
_FILTER_BUTTON: Final = 3
_TALLEST: Final = 400.0  # points; Excel ends at 409
_OF_KIND: Final = {Kind.DATE: 13, Kind.DATETIME: 23, Kind.BAND: 12}


class Widths:
    """The widths of the columns of a table, from its headings and those rows it has seen."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._longest = [_OF_KIND.get(column.kind, _NARROWEST) for column in columns]

    def see(self, row: Sequence[Cell]) -> None:
        """Takes a row into account."""
        self._longest = [max(pair) for pair in zip(self._longest, map(_width, row), strict=True)]

    def of(self, headings: Sequence[str]) -> list[int]:
        """The width of each column, in characters; a long heading is wrapped."""
        return [
            min(_WIDEST, max(longest + 1, _of_heading(heading)))
            for longest, heading in zip(self._longest, headings, strict=True)
        ]


def text_width(text: str) -> int:
    """The width of a text in characters; some, such as Chinese ones, take the room of two, marks on others none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def height(texts: Sequence[tuple[str, float]]) -> float:
    """The height of a row in points, from its texts and the widths they are wrapped at."""
    return min(_TALLEST, LINE * max((_lines(text, width) for text, width in texts), default=1))


def _lines(text: str, width: float) -> int:
    # words are not cut, so that a line is not quite full
    room = max(1.0, width * 0.92)
    return sum(max(1, math.ceil(text_width(line) / room)) for line in text[:10_000].split("\n"))


def _of_heading(heading: str) -> int:
    longest_word = max((text_width(word) for word in heading.split()), default=0)
    return max(longest_word, min(text_width(heading), _WIDEST_HEADING)) + _FILTER_BUTTON


def _width(value: Cell) -> int:
    if isinstance(value, str):
        return text_width(value[: _WIDEST + 1])
    if value is None or isinstance(value, datetime | date):
        return 0
    return len(f"{value:,.2f}") if not isinstance(value, bool) else 5
