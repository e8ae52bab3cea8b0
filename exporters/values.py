"""Values as people read them: in the words and numerals of a language, with no more decimals than six of a rate.

For what is read and not worked with: pages and mail. What carries every digit is in text.py.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from exporters.document import Cell, Kind
from exporters.numerals import NOTHING
from exporters.text import clean, is_number, plain, shorten
from exporters.words import Words

LONGEST_TEXT: Final = 500
"""A name of a page or more says nothing that its beginning does not."""
DECIMALS_OF_RATES: Final = 4
"""In per cent: six of the rate itself."""
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


def shown(value: Cell, kind: Kind, decimals: int, words: Words, time_zone: str) -> str:
    """The value as a reader wants it; a dash for nothing."""
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
            return words.percent(value, decimals)
        return words.number(value, 0 if isinstance(value, int) else decimals)
    if isinstance(value, datetime):
        return words.instant(value, time_zone)
    return words.day(value) if isinstance(value, date) else plain(value, time_zone)
