"""Names of files that every system keeps as they are: Linux, macOS, Windows, and what unpacks a .zip there."""

import re
import unicodedata
from typing import Final

from exporters.document import Document

LONGEST: Final = 150
"""Bytes of a name in UTF-8. Systems take 255, but a folder above it may be long, and Windows counts the whole path."""

Taken = dict[str, int]
"""Names that are taken, in small letters, each with the last number that was put behind it."""

_JOINERS: Final = "\u200c\u200d"  # Persian and Indic words and many emoji need them
_EDGES: Final = f"-.{_JOINERS}"
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


def file_name(words: str, suffix: str, taken: Taken | None = None) -> str:
    """The words as a name with that suffix: letters, marks, digits and emoji of any script, the rest as hyphens.

    With `taken` it is a name not among them, whatever its capitals, and is added to them.
    """
    kept = "".join(character if _stays(character) else "-" for character in unicodedata.normalize("NFC", words))
    stem = re.sub("-+", "-", kept).strip(_EDGES) or "file"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    name = _fitting(stem, suffix)
    if taken is not None:
        wanted = name.casefold()
        number = taken.get(wanted, 1)
        while name.casefold() in taken:
            number += 1
            name = _fitting(stem, f"-{number}{suffix}")
        taken[name.casefold()] = 1
        taken[wanted] = number
    return name


def report_file_name(document: Document, suffix: str, taken: Taken | None = None) -> str:
    """What the file of one report is called, for example course-Welding-2026-03.pdf; `taken` as in file_name."""
    period = document.period_name or f"{document.period_from}_{document.period_to}"
    return file_name(f"{document.kind.lower()}-{document.subject_name}-{period}", suffix, taken)


def _stays(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character in "._"
    category = unicodedata.category(character)
    return category[0] in "LMN" or category in {"So", "Sk"} or character in _JOINERS


def _fitting(stem: str, ending: str) -> str:
    """Both, the stem shortened by whole characters where they are longer than a name may be."""
    room = LONGEST - len(ending.encode())
    return stem.encode(errors="ignore")[:room].decode(errors="ignore").rstrip(_EDGES) + ending
