"""What Excel asks of text in cells and of the names of sheets, tables and their columns."""

import re
from collections.abc import Callable, Sequence

from exporters.language import Words
from exporters.text import clean, shorten

ENGLISH = Words()
LONGEST_TEXT = 32_767
LONGEST_NAME = 31
LONGEST_HEADING = 250  # Excel ends at 255

Taken = dict[str, int]
"""Names that are taken, without regard to capitals, each with the last number that was put behind it."""

# Excel reads _x0041_ in stored text as the letter A; an escaped underscore keeps such text as it was written.
_ESCAPE_LOOKALIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\\n\t]")
_NOT_IN_TABLE_NAMES = re.compile(r"[^A-Za-z0-9_]")
_LIKE_A_CELL = re.compile(r"[a-z]{1,3}[0-9]+|r[0-9]*(c[0-9]*)?|c[0-9]*", re.IGNORECASE)


def text_cell(text: str, words: Words = ENGLISH) -> str:
    """The text without control characters, shortened with a remark where it is longer than a cell may be."""
    cleaned = clean(text)
    if len(cleaned) < LONGEST_TEXT // 7 and "_x" not in cleaned:
        return cleaned
    for limit in (LONGEST_TEXT, LONGEST_TEXT // 2):
        stored = _ESCAPE_LOOKALIKE.sub("_x005F_", shortened(cleaned, limit, words))
        if len(stored.encode("utf-16-le")) <= 2 * LONGEST_TEXT:  # Excel counts in units of UTF-16
            return stored
    return _ESCAPE_LOOKALIKE.sub("_x005F_", shortened(cleaned, LONGEST_TEXT // 7, words))  # an escape has seven


def shortened(text: str, limit: int, words: Words) -> str:
    """The text without control characters, and no longer than that; what is cut off is told in the file's language."""
    cleaned = clean(text)
    said = words("shortened, {number} characters", number=words.number(len(cleaned)))
    return shorten(cleaned, limit, f" … ({said})")


def sheet_name(title: str, taken: Taken) -> str:
    """A name that Excel accepts and that is not taken yet (it does not tell capitals apart); it is added to `taken`."""
    wanted = _FORBIDDEN_IN_NAMES.sub(" ", clean(title)).strip(" '") or "Table"
    if wanted.casefold() == "history":  # kept by Excel for itself
        wanted = "History table"
    return _numbered(wanted, LONGEST_NAME, taken)


def headings(labels: Sequence[str]) -> list[str]:
    """The labels as headings of a named table: one line, never empty, all different (capitals do not count)."""
    taken: Taken = {}
    return [_numbered(" ".join(clean(label).split()) or "–", LONGEST_HEADING, taken) for label in labels]


def table_name(key: str, taken: Taken) -> str:
    """A name for a named table that Excel accepts and that is not taken yet; it is added to `taken`."""
    wanted = _NOT_IN_TABLE_NAMES.sub("_", key)[:LONGEST_HEADING] or "table"
    if not (wanted[0].isalpha() or wanted[0] == "_") or _LIKE_A_CELL.fullmatch(wanted):
        wanted = f"_{wanted}"
    return _unique(wanted, taken, lambda number: f"{wanted}_{number}")


def _numbered(wanted: str, longest: int, taken: Taken) -> str:
    def ended(number: int) -> str:
        ending = f" ({number})"
        return _cut(wanted, longest - len(ending)) + ending

    return _unique(_cut(wanted, longest), taken, ended)


def _unique(wanted: str, taken: Taken, ended: Callable[[int], str]) -> str:
    """The name, or if it is taken its first free variant from number 2 on; it is added to `taken`."""
    name, number = wanted, taken.get(wanted.casefold(), 1)
    while name.casefold() in taken:
        number += 1
        name = ended(number)
    taken[name.casefold()] = 1
    taken[wanted.casefold()] = number
    return name


def _cut(text: str, longest: int) -> str:
    """The beginning of the text; Excel counts in units of UTF-16."""
    return text.encode("utf-16-le")[: 2 * longest].decode("utf-16-le", "ignore").strip(" '")
