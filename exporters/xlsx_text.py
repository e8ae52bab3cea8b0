"""What Excel asks of text in cells and of the names of sheets."""

import re

from exporters.text import clean, shorten

LONGEST_TEXT = 32_767
LONGEST_NAME = 31

# Excel reads _x0041_ in stored text as the letter A; an escaped underscore keeps such text as it was written.
_ESCAPE_LOOKALIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\\n\t]")


def text_cell(text: str) -> str:
    """The text without control characters, shortened with a remark where it is longer than a cell may be."""
    cleaned = clean(text)
    for limit in (LONGEST_TEXT, LONGEST_TEXT // 2):
        stored = _ESCAPE_LOOKALIKE.sub("_x005F_", shorten(cleaned, limit))
        if len(stored.encode("utf-16-le")) <= 2 * LONGEST_TEXT:  # Excel counts in units of UTF-16
            return stored
    return _ESCAPE_LOOKALIKE.sub("_x005F_", shorten(cleaned, LONGEST_TEXT // 7))  # an escape is seven characters


def sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel accepts and that is not taken yet (it does not tell capitals apart); it is added to `taken`."""
    wanted = _FORBIDDEN_IN_NAMES.sub(" ", clean(title)).strip(" '") or "Table"
    if wanted.casefold() == "history":  # kept by Excel for itself
        wanted = "History table"
    number = 1
    name = wanted[:LONGEST_NAME].strip(" '")
    while name.casefold() in taken:
        number += 1
        ending = f" ({number})"
        name = wanted[: LONGEST_NAME - len(ending)].strip(" '") + ending
    taken.add(name.casefold())
    return name
