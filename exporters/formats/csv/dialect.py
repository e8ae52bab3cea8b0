"""How the fields of a CSV file are told apart, and which sign its decimals have.

The signs go together: a file with commas, semicolons or tabs as somebody chose them is for programs, and its numbers
have a point. One as the locale has it is for people who open it by double click: where decimals have a comma, a
spreadsheet splits lines at semicolons, and reads 0.9 as text or as a day, so there the decimals have a comma too.
"""

from dataclasses import dataclass
from typing import Final

from babel import Locale

from exporters.cover import Cover, Separator

_SIGNS: Final = {Separator.COMMA: ",", Separator.SEMICOLON: ";", Separator.TAB: "\t"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """`separator` stands between fields, `decimal` in numbers. They are never the same sign."""

    separator: str = ","
    decimal: str = "."


def dialect_of(cover: Cover) -> Dialect:
    """The dialect that was asked for."""
    wanted = cover.options.separator
    if wanted is not Separator.LOCALE:
        return Dialect(_SIGNS[wanted])
    return Dialect(";", ",") if _decimal_comma(cover.words.conventions) else Dialect()


def _decimal_comma(locale: Locale) -> bool:
    """Whether decimals have a comma among Latin digits, the only ones a CSV file has."""
    return str(locale.number_symbols["latn"].get("decimal", ".")) == ","
