"""How Excel shows each kind of value: numbers by the reader's own settings, days as the language of the file does."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from exporters.document import Cell, Column, Kind
from exporters.language import Words
from exporters.text import is_number
from resolvers.core.rounding import WHOLE, exact, places_of_share

GENERAL: Final = "General"
NUMBER_FORMATS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: GENERAL,
    Kind.BAND: GENERAL,
    Kind.INTEGER: "#,##0",
    Kind.NUMBER: "#,##0.00",
    Kind.RATE: "0.00%",
    Kind.MINUTES: "[m]:ss",
    Kind.HOURS: "[h]:mm",
    Kind.DATE: "yyyy-mm-dd",
    Kind.DATETIME: "yyyy-mm-dd hh:mm:ss",
}
PER_DAY: Final[Mapping[Kind, int]] = {Kind.MINUTES: 24 * 60, Kind.HOURS: 24}
"""How many of a unit are a day, which is what Excel counts durations in."""

_SHARE_PLACES: Final = 4
_NEAR: Final = 0.0001
"""Further than this from a line no share is shown as the line."""
_SHOWN_AS: Final[Mapping[Kind, str]] = {Kind.MINUTES: "m:ss", Kind.HOURS: "h:mm"}
# what a locale's pattern (CLDR) calls a part, and what Excel does
_PARTS: Final = {
    "y": "yyyy", "yyyy": "yyyy", "M": "m", "MM": "mm", "MMM": "mmm", "MMMM": "mmmm", "d": "d", "dd": "dd",
    "H": "h", "HH": "hh", "h": "h", "hh": "hh", "mm": "mm", "ss": "ss", "a": "AM/PM",
}  # fmt: skip
_TOKEN: Final = re.compile(r"'(?P<quoted>[^']*)'|(?P<part>([A-Za-z])\3*)|(?P<mark>[/.,: -])|(?P<other>.)", re.DOTALL)
_SPACES: Final = re.compile("[\u00a0\u202f]")
_DIRECTION_MARKS: Final = re.compile("[\u200e\u200f\u061c]")


def number_formats(words: Words) -> Mapping[Kind, str]:
    """The format of every kind; days are written in the locale's middle length, or in ISO 8601 where Excel cannot."""
    locale = words.conventions
    day = _excel(locale.date_formats["medium"].pattern)
    time = _excel(locale.time_formats["medium"].pattern)
    if day is None or time is None:
        return NUMBER_FORMATS
    return {**NUMBER_FORMATS, Kind.DATE: day, Kind.DATETIME: f"{day} {time}"}


class RateFormats:
    """How rates are shown. Excel rounds by itself, so close to a line a rate has the decimals that tell them apart."""

    usual: Final = NUMBER_FORMATS[Kind.RATE]

    def __init__(self, lines: Iterable[Decimal] = ()) -> None:
        self._lines = tuple(lines)
        # doubles: a long table asks of every cell
        self._marks = [float(line) for line in (*WHOLE, *self._lines)]

    def of(self, value: Cell) -> str:
        """The format of a rate."""
        if not is_number(value) or value in {0, 1}:
            return self.usual
        assert isinstance(value, int | float | Decimal)
        number = float(value)
        for mark in self._marks:
            if -_NEAR < number - mark < _NEAR:
                return f"0.{'0' * (places_of_share(exact(value), _SHARE_PLACES, self._lines) - 2)}%"
        return self.usual


def day_of_a_year(words: Words) -> str:
    """The format of days along an axis, where the year would take too much room."""
    return _excel(words.conventions.datetime_skeletons["MMMd"].pattern) or "mm-dd"


def heading_of(column: Column, time_zone: str) -> str:
    """The heading of a column. Instants name their zone; durations their shape, which a unit would contradict."""
    return heading(column.label, column.heading, column.kind, time_zone)


def heading(label: str, with_unit: str, kind: Kind, time_zone: str) -> str:
    """As `heading_of`, for what is no column."""
    if kind in _SHOWN_AS:
        return f"{label} ({_SHOWN_AS[kind]})"
    return f"{with_unit} ({time_zone})" if kind is Kind.DATETIME else with_unit


def kind_of(value: Cell) -> Kind:
    """The kind of a value that comes without one. A number is shown with all its decimals: it may be a line of the
    policy."""
    if is_number(value):
        return Kind.INTEGER if isinstance(value, int) else Kind.TEXT
    if value is None or isinstance(value, str | bool) or not hasattr(value, "year"):
        return Kind.TEXT
    return Kind.DATETIME if hasattr(value, "hour") else Kind.DATE


def _excel(pattern: str) -> str | None:
    """A locale's pattern in Excel's letters; None: it asks for something Excel does not know, such as an era."""
    made = []
    for token in _TOKEN.finditer(_DIRECTION_MARKS.sub("", _SPACES.sub(" ", pattern))):
        if token["part"]:
            if token["part"] not in _PARTS:
                return None
            made.append(_PARTS[token["part"]])
        else:
            made.append(token["mark"] or f'"{token["quoted"] or token["other"] or ""}"')
    return "".join(made)
