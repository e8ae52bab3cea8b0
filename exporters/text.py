"""Text that every format can hold, and values written out in full."""

import math
import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from exporters.document import Cell

# Tab and newline stay; other C0 and C1 controls, and the two code points XML forbids, have no place in a file.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def encodable(text: str) -> str:
    """The text with every lone surrogate, which no UTF-8 file can hold, replaced by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def clean(text: str) -> str:
    """The text with newlines as \\n and without control characters and lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROL.sub("", encodable(text).replace("\r\n", "\n").replace("\r", "\n"))


def shorten(text: str, limit: int, remark: str | None = None) -> str:
    """The text, or its beginning and a remark of how long it was; never longer than `limit` characters."""
    if len(text) <= limit:
        return text
    if remark is None:
        remark = f" … (shortened, {len(text):,} characters)"
    return text[: limit - len(remark)] + remark


def local(instant: datetime, time_zone: str) -> datetime:
    """An instant as the clock of that zone shows it; without an offset it is taken to be one already."""
    return instant if instant.tzinfo is None else instant.astimezone(ZoneInfo(time_zone))


def is_number(value: Cell) -> bool:
    """Whether the value counts: a finite number, and not a flag."""
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, float | Decimal) and math.isfinite(value)


def plain(value: Cell, time_zone: str) -> str:
    """The value written out in full: numbers to the last digit, days and instants in ISO 8601, nothing as ''."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return local(value, time_zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else clean(str(value))
