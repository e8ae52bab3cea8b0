"""Values as cells of a sheet: a cell is the rest of its element after the reference, ready to be put into a row.

Text is text whatever it looks like, and text is stored for whatever Excel would cut, change or refuse. Durations are
true ones, in days. Numbers keep every digit, which openpyxl's own cells do not: it writes 16, one too few for some.
"""

import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from exporters.document import Cell, Kind
from exporters.formats.xlsx.formats import PER_DAY
from exporters.formats.xlsx.text import text_cell
from exporters.language import Words
from exporters.text import local, plain

Put = Callable[[Cell], str]
"""A value as a cell."""

_LARGEST: Final = 10**15  # beyond it a double, which is all that Excel has, drops digits
_FIRST_DAY: Final = date(1900, 3, 1)  # Excel believes in 29 February 1900
_DAY_ZERO: Final = date(1899, 12, 30).toordinal()
_MICROSECONDS: Final = 86_400_000_000  # of a day
_MICROSECOND: Final = timedelta(microseconds=1)
_FORMULA_STARTS: Final = ("=", "+", "-", "@")


def cells(kind: Kind, words: Words, time_zone: str, style: int, armed: int) -> Put:
    """What makes the cells of a column of that kind.

    `style` and `armed` are numbers of cell styles: `armed` is for text that would become a formula if a reader
    edited it. Instants are shown by the clock of `time_zone`, as Excel knows no offsets.
    """
    plain_text, armed_text = f'" s="{style}" t="inlineStr"><is><t', f'" s="{armed}" t="inlineStr"><is><t'
    number = f'" s="{style}"><v>'
    nothing = f'" s="{style}"/>'
    per_day = PER_DAY.get(kind)

    def text(value: str) -> str:
        stored = text_cell(value, words)
        if "&" in stored or "<" in stored or ">" in stored:
            stored = stored.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        kept = ">" if stored == stored.strip() else ' xml:space="preserve">'
        return f"{armed_text if stored.startswith(_FORMULA_STARTS) else plain_text}{kept}{stored}</t></is></c>"

    def cell(value: str | int | float | Decimal | date) -> str:
        if isinstance(value, str):
            return text(words.code(value) if kind is Kind.BAND else value)
        if isinstance(value, bool):
            # LibreOffice makes a formula of a flag
            return text(words("yes") if value else words("no"))
        stored = days(value, time_zone) if isinstance(value, date) else digits(value, per_day)
        return text(plain(value, time_zone)) if stored is None else f"{number}{stored}</v></c>"

    last: Cell = None
    made = nothing

    def put(value: Cell) -> str:
        nonlocal last, made
        if value is not last:  # in long tables, what a row belongs to is the same object over and over
            last, made = value, nothing if value is None else cell(value)
        return made

    return put


def digits(value: int | float | Decimal, per_day: int | None = None) -> str | None:
    """The number to the last digit, or as that share of a day; None: Excel has no such number.

    A share is the double next to the exact quotient.
    """
    if not _storable(value):
        return None
    if per_day is not None:
        # dividing an int or a float rounds once; a decimal would be rounded before
        return repr(float(Fraction(value) / per_day) if isinstance(value, Decimal) else value / per_day)
    return format(value, "f") if isinstance(value, Decimal) else repr(value)


def days(value: date, time_zone: str) -> str | None:
    """The day or instant as Excel counts it, in days since the end of 1899; None: it is before Excel's calendar."""
    if not isinstance(value, datetime):
        return str(value.toordinal() - _DAY_ZERO) if value >= _FIRST_DAY else None
    shown = local(value, time_zone).replace(tzinfo=None)
    if shown.date() < _FIRST_DAY:
        return None
    since_midnight = shown - datetime.combine(shown.date(), time.min)
    gone = (shown.toordinal() - _DAY_ZERO) * _MICROSECONDS + since_midnight // _MICROSECOND
    return repr(gone / _MICROSECONDS)


def _storable(value: int | float | Decimal) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Decimal) and not value.is_finite():
        return False
    return -_LARGEST <= value <= _LARGEST
