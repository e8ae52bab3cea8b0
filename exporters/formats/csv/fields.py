"""Values as the fields of CSV lines, a column at a time: quoted as RFC 4180 asks, and never a formula.

A spreadsheet runs text that begins with = + - @, in ASCII or in full width, whatever blanks and quotes come before it;
text that begins with a tab or a newline is not to be trusted either. Such text gets a leading apostrophe. The same
holds after a semicolon, a tab or a newline within a text: a spreadsheet that splits lines there, as one does where the
comma stands in decimals, takes what follows for a cell of its own (OWASP, CSV Injection). Numbers, days and instants
are never touched.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from exporters.document import Cell
from exporters.text import clean, is_number, local, plain

# blanks, quotes, and characters that show nothing: joiners, marks of direction, the byte order mark
_SKIPPED: Final = '[ "\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]*'
_FORMULA: Final = f"{_SKIPPED}[=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]"
_AT_START: Final = re.compile(rf"[\t\n]|{_FORMULA}")
_WITHIN: Final = re.compile(rf"(?<=[;\t\n])(?={_FORMULA})")
_SPLITS: Final = re.compile("[;\t\n]")
_QUOTE: Final = re.compile('[",\n]')

# looked for in the cells of a column at once, each after a newline, so that only what needs it is touched
_UNCLEAN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FORMULA_CELL: Final = re.compile(f"\n{_FORMULA}")

_NOTHING: Final = type(None)
_NUMBERS: Final = frozenset((int, float))
_YEAR: Final = attrgetter("year")
_WHOLE_MINUTES_SINCE: Final = 1973  # the last zone gave up an offset with seconds, which orjson cannot write, in 1972


def fields(values: Sequence[Cell], time_zone: str) -> Sequence[str]:
    """A column as fields: numbers to the last digit, days and instants in ISO 8601, these with the offset of that
    zone; empty for what is not known, which not-a-number and the infinities are too."""
    kinds: set[type] = set(map(type, values)) - {_NOTHING}
    if kinds == {str}:
        return _texts(["" if value is None else value for value in values])  # type: ignore[misc]
    if kinds <= _NUMBERS:
        return _numbers(values, time_zone)
    if kinds == {date}:
        return _plainly(values)
    if kinds == {datetime}:
        return _instants(values, time_zone)
    return [field(value, time_zone) for value in values]


def field(value: Cell, time_zone: str) -> str:
    """One value as a field."""
    if isinstance(value, str):
        return _quoted(disarmed(value))
    if isinstance(value, datetime):
        return local(value, time_zone).isoformat()
    if isinstance(value, Decimal):
        return plain(value, time_zone) if is_number(value) else ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _plainly((value,))[0]


def disarmed(text: str) -> str:
    """The text without control characters, with an apostrophe before whatever may be taken for a formula."""
    held = clean(text)
    if _SPLITS.search(held):
        held = _WITHIN.sub("'", held)
    return "'" + held if _AT_START.match(held) else held


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTE.search(text) else text


def _texts(texts: list[str]) -> list[str]:
    joined = "\n" + "\n".join(texts)
    splits = joined.count("\n") > len(texts) or ";" in joined or "\t" in joined
    if splits or _FORMULA_CELL.search(joined) or _UNCLEAN.search(joined):
        return [_quoted(disarmed(text)) for text in texts]
    if "," in joined or '"' in joined:
        return [_quoted(text) for text in texts]
    return texts


def _numbers(values: Sequence[Any], time_zone: str) -> list[str]:
    try:
        return _plainly(values)
    except orjson.JSONEncodeError:  # whole numbers beyond 64 bits
        return [field(value, time_zone) for value in values]


def _plainly(values: Sequence[Any]) -> list[str]:
    """Numbers, flags and days; orjson writes doubles with the digits of repr, in a sixth of its time."""
    return orjson.dumps(values).decode()[1:-1].replace('"', "").replace("null", "").split(",")


def _instants(values: Sequence[Any], time_zone: str) -> list[str]:
    zone = ZoneInfo(time_zone)
    shown = [value.astimezone(zone) if value and value.tzinfo else value for value in values]
    if min(map(_YEAR, filter(None, shown))) < _WHOLE_MINUTES_SINCE:
        return ["" if value is None else value.isoformat() for value in shown]
    return _plainly(shown)
