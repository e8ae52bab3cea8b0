"""The fonts a PDF embeds: Source Sans for Latin, Greek and Cyrillic, and Noto for what other scripts a document uses.

Both come as packages of font files only, so that a PDF looks the same on every machine and needs nothing of the system.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Face:
    """A font file under the family name and weight the style sheet knows it by."""

    family: str
    weight: str
    path: Path


# Noto Sans, Noto Sans Arabic … and the first and last characters of the blocks that call for each.
_BLOCKS: dict[str, tuple[tuple[int, int], ...]] = {
    "NotoSans": ((0x0180, 0x052F), (0x1AB0, 0x1FFF), (0x2000, 0x2BFF), (0x2C60, 0x2C7F), (0xA640, 0xA7FF)),
    "NotoSansArabic": ((0x0600, 0x06FF), (0x0750, 0x077F), (0x0870, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFE)),
    "NotoSansArmenian": ((0x0530, 0x058F), (0xFB13, 0xFB17)),
    "NotoSansHebrew": ((0x0590, 0x05FF), (0xFB1D, 0xFB4F)),
    "NotoSansDevanagari": ((0x0900, 0x097F), (0xA8E0, 0xA8FF)),
    "NotoSansBengali": ((0x0980, 0x09FF),),
    "NotoSansGurmukhi": ((0x0A00, 0x0A7F),),
    "NotoSansGujarati": ((0x0A80, 0x0AFF),),
    "NotoSansOriya": ((0x0B00, 0x0B7F),),
    "NotoSansTamil": ((0x0B80, 0x0BFF),),
    "NotoSansTelugu": ((0x0C00, 0x0C7F),),
    "NotoSansKannada": ((0x0C80, 0x0CFF),),
    "NotoSansMalayalam": ((0x0D00, 0x0D7F),),
    "NotoSansSinhala": ((0x0D80, 0x0DFF),),
    "NotoSansThai": ((0x0E00, 0x0E7F),),
    "NotoSansLao": ((0x0E80, 0x0EFF),),
    "NotoSansMyanmar": ((0x1000, 0x109F),),
    "NotoSansGeorgian": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2F)),
    "NotoSansEthiopic": ((0x1200, 0x139F), (0x2D80, 0x2DDF)),
    "NotoSansKhmer": ((0x1780, 0x17FF), (0x19E0, 0x19FF)),
    "NotoSansSymbols": ((0x2190, 0x2BFF),),
    "NotoEmoji": ((0x2600, 0x27BF), (0x1F000, 0x1FAFF)),
}


def faces_for(text: str) -> tuple[Face, ...]:
    """The faces needed to write the text, the two main ones first."""
    source = _folder("font_source_sans_pro") / "files"
    found = [
        Face("SourceSans", "normal", source / "SourceSansPro-Regular.ttf"),
        Face("SourceSans", "bold", source / "SourceSansPro-Semibold.ttf"),
    ]
    used = [] if text.isascii() else sorted({ord(character) for character in set(text)})
    for family, blocks in _BLOCKS.items():
        if any(first <= code <= last for code in used for first, last in blocks):
            found.append(Face(family, "normal", _folder("manimgx_fonts") / f"{family}[wght].ttf"))
    return tuple(found)


@cache
def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package {package}, which brings the fonts of PDF files, is not installed")
    return Path(spec.origin).parent


def lines_of(text: str, width: float, size: float) -> int:
    """How many lines the text takes in the bold main face, for a width and a font size in one unit."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    lines, used = 1, 0.0
    for word in text.split():
        wide = stringWidth(word + " ", measuring_font(), size)
        if used and used + wide > width:
            lines, used = lines + 1, 0.0
        used += wide
    return lines


@cache
def measuring_font() -> str:
    """The bold main face under the name by which reportlab, without the HTML renderer, knows it."""
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    name = "rollcall-bold"
    registerFont(TTFont(name, faces_for("")[1].path))
    return name
