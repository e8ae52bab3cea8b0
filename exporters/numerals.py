"""How a locale writes numbers: digits, separators, groups, signs and per cent, as babel knows them.

Written here and not by babel's own formatter because that takes 20 µs a number, keeps Latin digits whatever the locale,
and cannot write more than 28 digits.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from babel import Locale

NOTHING: Final = "–"
"""What stands for a number that is not known."""

_ZEROS: Final = {"latn": "0", "arab": "\u0660", "arabext": "\u06f0", "deva": "\u0966", "beng": "\u09e6"}
_USUAL_GROUPS: Final = (3, 3)


@dataclass(frozen=True, slots=True)
class Numerals:
    """The numbers of a locale. `groups` are the sizes of the last group of digits and of those before it."""

    table: dict[int, str] | None
    groups: tuple[int, int]
    minus: str
    before: str
    after: str

    def number(self, value: float | Decimal | None, decimals: int) -> str:
        """The number with exactly so many decimals, ties to even; a dash for None, NaN and what is infinite."""
        if value is None:
            return NOTHING
        if isinstance(value, int):  # as a float it would lose digits
            text = f"{value:,d}" + ("." + "0" * decimals if decimals else "")
        elif value.is_finite() if isinstance(value, Decimal) else math.isfinite(value):
            text = f"{value:z,.{decimals}f}"
        else:
            return NOTHING
        if self.groups != _USUAL_GROUPS:
            text = self._regrouped(text)
        if self.table is not None:
            text = text.translate(self.table)
        return self.minus + text[1:] if text[0] == "-" else text

    def percent(self, value: float | Decimal | None, decimals: int) -> str:
        """The share (0–1) in per cent, written likewise."""
        if value is None or (isinstance(value, Decimal) and not value.is_finite()):
            return NOTHING
        said = self.number(value.scaleb(2) if isinstance(value, Decimal) else value * 100, decimals)
        if said == NOTHING:
            return said
        if self.before and said.startswith(self.minus):
            return f"{self.minus}{self.before}{said[len(self.minus) :]}{self.after}"
        return f"{self.before}{said}{self.after}"

    def _regrouped(self, text: str) -> str:
        whole, point, rest = text.replace(",", "").partition(".")
        sign = "-" if whole[0] == "-" else ""
        digits, (size, further) = whole.removeprefix("-"), self.groups
        groups: list[str] = []
        while len(digits) > size:
            groups.insert(0, digits[-size:])
            digits, size = digits[:-size], further
        return sign + ",".join((digits, *groups)) + point + rest


def digits_of(system: str) -> dict[int, str]:
    """How Latin digits are to be replaced for that numbering system; nothing for one that is not known here."""
    zero = _ZEROS.get(system, "0")
    return {} if zero == "0" else {ord(str(digit)): chr(ord(zero) + digit) for digit in range(10)}


def numbering_of(locale: Locale) -> str:
    """The numbering system of that locale; latn where its digits are not known here."""
    system = locale.default_numbering_system
    return system if system in _ZEROS else "latn"


def numerals_of(locale: Locale, system: str) -> Numerals:
    """The numbers of that locale in a numbering system."""
    symbols, percents = locale.number_symbols[system], locale.percent_formats[None]
    table = {ord(","): symbols.get("group", ","), ord("."): symbols.get("decimal", "."), **digits_of(system)}
    sign = symbols.get("percentSign", "%")
    return Numerals(
        table=None if table == {ord(","): ",", ord("."): "."} else table,
        groups=locale.decimal_formats[None].grouping,
        minus=symbols.get("minusSign", "-"),
        before=percents.prefix[0].replace("%", sign),
        after=percents.suffix[0].replace("%", sign),
    )
