"""The fonts a PDF embeds: Source Sans for Latin, Greek and Cyrillic, and Noto for what other scripts a text uses.

The files are in typefaces/, as their authors publish them, each folder with its licence: so a PDF looks the same on
every machine and needs nothing of the system. Only Chinese, Japanese and Korean are left to the fonts of who reads it.
They are registered with reportlab once in a process, under names of our own, and read when a text first needs one.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

TYPEFACES: Final = Path(__file__).parent / "typefaces"
REGULAR = "rollcall"
BOLD = "rollcall-bold"

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
# Chinese, Japanese and Korean take fonts of many megabytes; every reader brings these, by which PDF names them.
_OF_READERS: dict[str, tuple[tuple[int, int], ...]] = {
    "HYSMyeongJo-Medium": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF)),
    "HeiseiKakuGo-W5": ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF65, 0xFF9F)),
    "STSong-Light": ((0x2E80, 0x2FDF), (0x3000, 0x303F), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0xFF01, 0xFF64)),
}
# Scripts whose letters change place and shape with their neighbours, so that HarfBuzz has to lay them: the blocks from
# Devanagari to Myanmar, and Khmer. Arabic is not here: its letters arrive joined (presentation forms).
_SHAPED = ((0x0900, 0x109F), (0x1780, 0x17FF), (0x19E0, 0x19FF), (0xA8E0, 0xA8FF))


@cache
def main_faces() -> tuple[str, str]:
    """Registers Source Sans; its names, regular and bold."""
    _register(REGULAR, TYPEFACES / "source_sans" / "SourceSansPro-Regular.ttf")
    _register(BOLD, TYPEFACES / "source_sans" / "SourceSansPro-Semibold.ttf")
    return REGULAR, BOLD


@cache
def characters(face: str) -> frozenset[str]:
    """The characters a face can draw, one of the main ones or one that `pieces` has named."""
    from reportlab.pdfbase.pdfmetrics import getFont

    main_faces()
    if face in _OF_READERS:
        return frozenset(chr(code) for first, last in _OF_READERS[face] for code in range(first, last + 1))
    return frozenset(map(chr, getFont(face).face.charToGlyph))


@lru_cache(maxsize=20_000)
def pieces(text: str, main: str) -> tuple[tuple[str, str, bool], ...]:
    """The text as (face, piece, whether it has to be shaped): the main face wherever it has the character."""
    if characters(main).issuperset(text):
        return ((main, text, False),)
    faces: list[tuple[str, bool]] = []
    for character in text:
        code = ord(character)
        shaped = any(first <= code <= last for first, last in _SHAPED)
        # a space, or a mark that stands on the letter before it, goes with that letter's face
        if faces and _joins(character) and character in characters(faces[-1][0]):
            faces.append(faces[-1])
        else:
            faces.append((_face_of(character, main), shaped))
    together = groupby(zip(faces, text, strict=True), key=lambda pair: pair[0])
    return tuple((face, "".join(character for _, character in some), shaped) for (face, shaped), some in together)


def extra_faces(text: str) -> list[str]:
    """The faces besides Source Sans that the text needs."""
    main, _ = main_faces()
    missing = set(text) - characters(main)
    return sorted({_face_of(character, main) for character in missing} - {main})


def _joins(character: str) -> bool:
    return character in " \u00a0\u200c\u200d" or 0x0300 <= ord(character) <= 0x036F


@lru_cache(maxsize=20_000)
def _face_of(character: str, main: str) -> str:
    if character in characters(main):
        return main
    code = ord(character)
    for family, blocks in _BLOCKS.items():
        if any(first <= code <= last for first, last in blocks):
            _noto(family)
            if character in characters(family):
                return family
    for name, blocks in _OF_READERS.items():
        if any(first <= code <= last for first, last in blocks):
            _of_readers(name)
            return name
    return main


@cache
def _noto(family: str) -> None:
    _register(family, TYPEFACES / "noto" / f"{family}[wght].ttf")


@cache
def _of_readers(name: str) -> None:
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont

    registerFont(UnicodeCIDFont(name))


def _register(name: str, path: Path) -> None:
    from reportlab.pdfbase import ttfonts
    from reportlab.pdfbase.pdfmetrics import registerFont

    _map_of_the_library()
    ttfonts.makeToUnicodeCMap = _unicode_map
    registerFont(ttfonts.TTFont(name, str(path)))


@cache
def _map_of_the_library() -> Callable[[str, list[int]], str]:
    from reportlab.pdfbase.ttfonts import makeToUnicodeCMap

    return makeToUnicodeCMap  # type: ignore[no-any-return]


def _unicode_map(face: str, subset: list[int]) -> str:
    """What glyphs mean, for whoever searches or copies: the library writes emoji as numbers that no reader accepts."""
    made = _map_of_the_library()(face, subset)
    for code in subset:
        if code > 0xFFFF:
            made = made.replace(f"<{code:04X}>", f"<{chr(code).encode('utf-16-be').hex().upper()}>")
    return made
