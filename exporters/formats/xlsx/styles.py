"""The looks of cells: the house colours of a file, readable on any of them, and in black and white."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.styleable import StyleableObject

from exporters.cover import Style
from exporters.formats.xlsx.formats import GENERAL

INK: Final = "222B36"
GREY: Final = "5F6B7A"
RULE: Final = "D5DAE1"
_READABLE: Final = 4.5  # the contrast WCAG asks of text


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks, apart from the format of its number."""

    font: Font | None = None
    fill: PatternFill | None = None
    border: Border | None = None
    alignment: Alignment | None = None


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of one file."""

    title: Look
    subtitle: Look
    section: Look
    heading: Look
    heading_of_numbers: Look
    label: Look
    value: Look
    figure: Look
    text: Look
    link: Look
    cell: Look
    number: Look


def looks(style: Style) -> Looks:
    """The looks in the colours of the house."""
    house = hex_of(style.colour)
    on_paper = house if _contrast(house, "FFFFFF") >= _READABLE else INK
    on_house = max(("FFFFFF", INK), key=lambda ink: _contrast(ink, house))
    start, end = ("right", "left") if style.words.rtl else ("left", "right")
    line = Border(bottom=Side("thin", color=RULE))
    filled = PatternFill("solid", fgColor=house)

    def placed(horizontal: str, vertical: str = "top", *, wrapped: bool = True) -> Alignment:
        order = 2 if style.words.rtl else 0
        # room between a number and the text that follows
        indent = 1 if horizontal == end else 0
        return Alignment(horizontal=horizontal, vertical=vertical, wrap_text=wrapped, readingOrder=order, indent=indent)

    return Looks(
        title=Look(_font(on_paper, 20, bold=True), alignment=placed(start, "center")),
        subtitle=Look(
            _font(GREY, 12), border=Border(bottom=Side("medium", color=hex_of(style.accent))), alignment=placed(start)
        ),
        section=Look(_font(on_paper, 13, bold=True), alignment=placed(start, "bottom", wrapped=False)),
        heading=Look(_font(on_house, bold=True), filled, alignment=placed(start, "center")),
        heading_of_numbers=Look(_font(on_house, bold=True), filled, alignment=placed(end, "center")),
        label=Look(_font(GREY), border=line, alignment=placed(start)),
        value=Look(_font(INK), border=line, alignment=placed(start)),
        figure=Look(_font(INK, 12, bold=True), border=line, alignment=placed(end)),
        text=Look(_font(INK), border=line, alignment=placed(start)),
        link=Look(_font(on_paper, underline="single"), border=line, alignment=placed(start)),
        cell=Look(border=line, alignment=Alignment(horizontal=start)),
        number=Look(border=line, alignment=Alignment(horizontal=end, indent=1)),
    )


def style_number(book: Any, look: Look, number_format: str = GENERAL, *, armed: bool = False) -> int:
    """The number of that style in openpyxl's workbook. `armed`: edited text stays text, whatever it begins with."""
    styled = StyleableObject(SimpleNamespace(parent=book))  # openpyxl reaches the book through a sheet
    for part in ("font", "fill", "border", "alignment"):
        if getattr(look, part) is not None:
            setattr(styled, part, getattr(look, part))
    styled.number_format = number_format
    styled.quotePrefix = armed
    return int(styled.style_id)


def hex_of(colour: str) -> str:
    """#rrggbb as Excel writes it."""
    return colour.lstrip("#").upper()


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = (int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4))
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _font(colour: str, size: int = 11, *, bold: bool = False, underline: str | None = None) -> Font:
    return Font("Calibri", size, family=2, bold=bold, underline=underline, color=colour)


def _banded(fill: str, ink: str, *, bold: bool) -> DifferentialStyle:
    return DifferentialStyle(font=Font(bold=bold, color=ink), fill=PatternFill("solid", fgColor=fill, bgColor=fill))


GRAVE: Final = _banded("F0B3A9", "6E120A", bold=True)
"""Of what is at risk: darker and bold, so that it stands out without colour too."""
MILD: Final = _banded("FFF0C2", "5A4300", bold=False)
"""Of what is to be watched: light."""
