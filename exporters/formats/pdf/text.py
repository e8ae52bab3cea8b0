"""Text on a page: measured, broken into lines, and put in the order in which it is drawn.

`Line`s hold text in visual order (right-to-left runs reversed, Arabic letters joined), which the canvas of canvas.py
draws with whatever faces have its characters.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from exporters.formats.pdf.fonts import main_faces, pieces


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is drawn, and its width in points."""

    text: str
    width: float


def measure(text: str, face: str, size: float) -> float:
    """The width of text in visual order, in points."""
    return _units(text, face) * size


@lru_cache(maxsize=50_000)
def _units(text: str, face: str) -> float:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return sum(
        shaped_width(part, name, 1.0) if shaped else stringWidth(part, name, 1.0)
        for name, part, shaped in pieces(text, face)
    )


def shaped(text: str, face: str, size: float) -> Any:
    """The text as HarfBuzz lays it: glyphs with their places, for reportlab."""
    from reportlab.pdfbase.ttfonts import shapeStr

    return shapeStr(text, face, size, force=True)


def shaped_width(text: str, face: str, size: float) -> float:
    """How wide it then is."""
    return float(sum(one.x_advance for one in shaped(text, face, size).__shapeData__)) * size / 1000


@lru_cache(maxsize=20_000)
def visual(text: str, rtl: bool) -> str:
    """One line of text in the order it is drawn in, in a paragraph of that direction."""
    from xhtml2pdf.bidi import CONTROL_CHARS, get_display, needs_bidi

    base = "R" if rtl else "L"
    if text.isascii() and not rtl:
        return text
    drawn = str(get_display(_joined(text), base)) if needs_bidi(text, base) else text
    # marks of direction, as Arabic has them beside its signs, have done their work
    return drawn if CONTROL_CHARS.isdisjoint(drawn) else "".join(c for c in drawn if c not in CONTROL_CHARS)


def _joined(text: str) -> str:
    from xhtml2pdf.util import shape_frag_text

    pieces("\u0627", main_faces()[0])  # has the face registered whose letters decide how far they can be joined
    return shape_frag_text(text, "NotoSansArabic") or text if any("\u0600" <= c <= "\u06ff" for c in text) else text


@lru_cache(maxsize=20_000)
def broken(text: str, face: str, size: float, width: float, rtl: bool = False) -> tuple[Line, ...]:
    """The text in lines of at most that width (points); a word that is wider is cut.

    Text without anything that is written from right to left is read from left to right on every page: 2026-W40 and
    +44 20, not W40-2026 and 20 44+.
    """
    rtl = rtl and not _reads_left_to_right(text)
    whole = visual(text, rtl)
    if "\n" not in text:
        wide = measure(whole, face, size)
        if wide <= width:
            return (Line(whole, wide),)
    lines: list[Line] = []
    for paragraph in text.split("\n"):
        lines += (_line(part, face, size, rtl) for part in _parts(paragraph, face, size, width))
    return tuple(lines)


def one_line(text: str, face: str, size: float, width: float, rtl: bool = False) -> Line:
    """The text on a line of that width; where it is longer, its beginning and three dots."""
    whole = broken(text, face, size, width, rtl)
    if len(whole) == 1:
        return whole[0]
    beginning = _parts(text.split("\n", maxsplit=1)[0], face, size, width - measure("…", face, size))[0]
    return broken(f"{beginning}…", face, size, width, rtl)[0]


def _reads_left_to_right(text: str) -> bool:
    directions = {unicodedata.bidirectional(character) for character in text}
    return not directions.isdisjoint({"L", "EN"}) and directions.isdisjoint({"R", "AL", "AN"})


def _line(text: str, face: str, size: float, rtl: bool) -> Line:
    drawn = visual(text, rtl)
    return Line(drawn, measure(drawn, face, size))


def _parts(text: str, face: str, size: float, width: float) -> list[str]:
    """The text cut where its lines end, still in the order it is read in."""
    parts, held = [], ""
    for word in text.split(" "):
        rest = word
        longer = f"{held} {rest}" if held else rest
        if measure(longer, face, size) <= width:
            held = longer
            continue
        if held:
            parts.append(held)
        while len(rest) > 1 and measure(rest, face, size) > width:
            cut = _fitting(rest, face, size, width)
            parts.append(rest[:cut])
            rest = rest[cut:]
        held = rest
    return [*parts, held]


def _fitting(word: str, face: str, size: float, width: float) -> int:
    """How many characters of the word fit; one at least."""
    low, high = 1, len(word) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(word[:middle], face, size) <= width else (low, middle - 1)
    return low
