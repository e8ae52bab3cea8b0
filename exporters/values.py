"""Values as people read them: in the words and numerals of a language, rounded so that none says more than it is.

For what is read and not worked with: pages and mail. What carries every digit is in text.py.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from exporters.document import Cell, Kind
from exporters.language import Words
from exporters.numerals import NOTHING
from exporters.text import clean, is_number, plain, shorten
from resolvers.core.rounding import exact, places_of_number, rounded_share

LONGEST_TEXT: Final = 500
"""A name of a page or more says nothing that its beginning does not."""
DECIMALS_OF_RATES: Final = 2
"""In per cent, wherever on a page."""
MOST_DECIMALS: Final = 6


def text_of(text: str, words: Words) -> str:
    """Text without what cannot be shown, and not longer than a page can bear."""
    cleaned = clean(text)
    if len(cleaned) <= LONGEST_TEXT:
        return cleaned
    said = words("shortened, {number} characters", number=words.number(len(cleaned)))
    return shorten(cleaned, LONGEST_TEXT, f" … ({said})")


def decimals_of(values: Iterable[Cell]) -> int:
    """As many decimals as the values need, up to MOST_DECIMALS, so that their points stand in line."""
    most = 0
    for value in values:
        if not isinstance(value, int) and is_number(value):
            written = f"{value:.{MOST_DECIMALS}f}".rstrip("0")
            most = max(most, len(written) - written.index(".") - 1)
            if most == MOST_DECIMALS:
                break
    return most


def percent(share: float | Decimal, decimals: int, words: Words, lines: Iterable[Decimal] = ()) -> str:
    """The share (0–1) in per cent with so many decimals, on its own side of the lines it may be read against.

    It has more decimals only where no number with so few is on that side (rounding.py).
    """
    near = rounded_share(exact(share), decimals + 2, lines)
    return words.percent(near, _places(near) - 2)


def exactly(number: float | Decimal, kind: Kind, words: Words, lines: Iterable[Decimal] = ()) -> str:
    """The number with MOST_DECIMALS, a rate as a share (0–1) on its side of the lines."""
    if kind is Kind.RATE:
        near = rounded_share(exact(number), MOST_DECIMALS, lines)
        return words.number(near, _places(near))
    return words.number(number, places_of_number(number, MOST_DECIMALS))


def line_said(line: Decimal, words: Words) -> str:
    """A line of the policy, a share, in per cent with all of its decimals and no more."""
    return words.percent(line, max(0, _places(line.normalize()) - 2))


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def shown(value: Cell, kind: Kind, decimals: int, words: Words, time_zone: str, lines: Sequence[Decimal] = ()) -> str:
    """The value as a reader wants it; a dash for nothing.

    A rate stays on its side of the lines, and no number but 0 is shown as 0.
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return words("yes") if value else words("no")
    if kind is Kind.BAND:
        return words.code(str(value))
    if isinstance(value, str):
        return text_of(value, words)
    if is_number(value):
        assert not isinstance(value, date)
        if kind is Kind.RATE:
            return percent(value, decimals, words, lines)
        return words.number(value, 0 if isinstance(value, int) else places_of_number(value, decimals))
    if isinstance(value, datetime):
        return words.instant(value, time_zone)
    return words.day(value) if isinstance(value, date) else plain(value, time_zone)
