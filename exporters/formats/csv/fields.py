"""Values as the fields of CSV lines, a column at a time: quoted as RFC 4180 asks, and never a formula.

A spreadsheet runs text that begins with = + - @, in ASCII or in full width, whatever blanks and quotes come before it;
text that begins with a tab or a newline is not to be trusted either. Such text gets a leading apostrophe. The same
holds within a text after a newline and after every separator that is not the file's: a spreadsheet that splits lines
there, as one does at semicolons where the comma stands in decimals, takes what follows for a cell of its own (OWASP,
CSV Injection). What the file's own separator is in is quoted. Numbers, days and instants are never touched.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from exporters.document import Cell
from exporters.formats.csv.dialect import Dialect
from exporters.text import clean, is_number, local, plain

# blanks, quotes, and characters that show nothing: joiners, marks of direction, the byte order mark
_SKIPPED: Final = '[ "\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]*'
_FORMULA: Final = f"{_SKIPPED}[=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]"
_AT_START: Final = re.compile(rf"[\t\n]|{_FORMULA}")
_SEPARATORS: Final = ",;\t"

# looked for in the cells of a column at once, each after a newline, so that only what needs it is touched
_UNCLEAN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FORMULA_CELL: Final = re.compile(f"\n{_FORMULA}")

_NOTHING: Final = type(None)
_NUMBERS: Final = frozenset((int, float))
_YEAR: Final = attrgetter("year")
_WHOLE_MINUTES_SINCE: Final = 1973  # the last zone gave up an offset with seconds, which orjson cannot write, in 1972
_COMMAS: Final = Dialect()


@dataclass(frozen=True, slots=True)
class _Signs:
    """Of a separator: `quoted` are the signs for which a text is quoted, `splits` those at which a line that is read
    otherwise is split; `within` finds the formulas behind these."""

    quoted: re.Pattern[str]
    splits: re.Pattern[str]
    within: re.Pattern[str]


@cache
def _signs(separator: str) -> _Signs:
    others = f"[{_SEPARATORS.replace(separator, '')}\n]"
    return _Signs(re.compile(f'["\n{separator}]'), re.compile(others), re.compile(f"(?<={others})(?={_FORMULA})"))


def fields(values: Sequence[Cell], time_zone: str, dialect: Dialect = _COMMAS) -> Sequence[str]:
    """A column as fields: numbers to the last digit, days and instants in ISO 8601, these with the offset of that
    zone; empty for what is not known, which not-a-number and the infinities are too."""
    kinds: set[type] = set(map(type, values)) - {_NOTHING}
    if kinds == {str}:
        return _texts(["" if value is None else value for value in values], dialect)  # type: ignore[misc]
    if kinds <= _NUMBERS:
        return _numbers(values, time_zone, dialect)
    if kinds == {date}:
        return _plainly(values)
    if kinds == {datetime}:
        return _instants(values, time_zone)
    return [field(value, time_zone, dialect) for value in values]


def field(value: Cell, time_zone: str, dialect: Dialect = _COMMAS) -> str:
    """One value as a field."""
    if isinstance(value, str):
        return _quoted(disarmed(value, dialect), dialect)
    if isinstance(value, datetime):
        return local(value, time_zone).isoformat()
    if isinstance(value, Decimal):
        return plain(value, time_zone).replace(".", dialect.decimal) if is_number(value) else ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    (text,) = _plainly((value,))
    return text.replace(".", dialect.decimal) if isinstance(value, float) else text


def disarmed(text: str, dialect: Dialect = _COMMAS) -> str:
    """The text without control characters, with an apostrophe before whatever may be taken for a formula."""
    held, signs = clean(text), _signs(dialect.separator)
    if signs.splits.search(held):
        held = signs.within.sub("'", held)
    return "'" + held if _AT_START.match(held) else held


def _quoted(text: str, dialect: Dialect) -> str:
    return '"' + text.replace('"', '""') + '"' if _signs(dialect.separator).quoted.search(text) else text


def _texts(texts: list[str], dialect: Dialect) -> list[str]:
    joined = "\n" + "\n".join(texts)
    # a tab counts whatever separates: text may not begin with one
    others = (sign for sign in _SEPARATORS if sign == "\t" or sign != dialect.separator)
    splits = joined.count("\n") > len(texts) or any(sign in joined for sign in others)
    if splits or _FORMULA_CELL.search(joined) or _UNCLEAN.search(joined):
        return [_quoted(disarmed(text, dialect), dialect) for text in texts]
    if dialect.separator in joined or '"' in joined:
        return [_quoted(text, dialect) for text in texts]
    return texts


def _numbers(values: Sequence[Any], time_zone: str, dialect: Dialect) -> list[str]:
    try:
        texts = _plainly(values)
    except orjson.JSONEncodeError:  # whole numbers beyond 64 bits
        return [field(value, time_zone, dialect) for value in values]
    return texts if dialect.decimal == "." else [text.replace(".", dialect.decimal) for text in texts]


def _plainly(values: Sequence[Any]) -> list[str]:
    """Numbers, flags and days; orjson writes doubles with the digits of repr, in a sixth of its time."""
    return orjson.dumps(values).decode()[1:-1].replace('"', "").replace("null", "").split(",")


def _instants(values: Sequence[Any], time_zone: str) -> list[str]:
    zone = ZoneInfo(time_zone)
    shown = [value.astimezone(zone) if value and value.tzinfo else value for value in values]
    if min(map(_YEAR, filter(None, shown))) < _WHOLE_MINUTES_SINCE:
        return ["" if value is None else value.isoformat() for value in shown]
    return _plainly(shown)
