"""The canvas every page is drawn on: text in any script, and pages that are packed as soon as they are done.

All drawing (paragraphs of xhtml2pdf, our tables, charts) ends in text objects, so what they do here holds everywhere:
each character is drawn by a face that has it, and HarfBuzz lays scripts whose letters change with their neighbours.
"""

import zlib
from collections.abc import Callable
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream
from reportlab.pdfbase.pdfmetrics import standardFonts
from reportlab.pdfbase.ttfonts import ShapedStr
from reportlab.pdfgen.textobject import PDFTextObject
from xhtml2pdf.builders.printmarks import MarkedCanvas

from exporters.formats.pdf.fonts import BOLD, REGULAR, pieces
from exporters.formats.pdf.text import shaped

_OURS = frozenset({REGULAR, BOLD})


class AnyScriptText(PDFTextObject):  # type: ignore[misc]
    """A text object that changes the face where the one it has lacks a character."""

    _code: list[str]

    def _formatText(self, text: Any) -> str:  # noqa: N802 (as the library calls it)
        if not isinstance(text, str) or isinstance(text, ShapedStr) or text.isascii():
            return str(super()._formatText(text))
        face = self._fontname
        parts = pieces(text, face) if face in _OURS else ((face, text, face not in _OURS and _complex(text)),)
        if len(parts) == 1 and parts[0] == (face, text, False):
            return str(super()._formatText(text))
        size, leading = self._fontsize, self._leading
        code, self._code = self._code, []
        try:
            for name, part, complex_ in parts:
                self.setFont(name, size, leading)
                self._code.append(self._laid(part, name, size) if complex_ else super()._formatText(part))
            self.setFont(face, size, leading)
            return " ".join(self._code)
        finally:
            self._code = code

    def _laid(self, text: str, face: str, size: float) -> str:
        """The glyphs, and beneath them the text for whoever searches or copies it."""
        drawn = super()._formatText(shaped(text, face, size))
        read = ("\ufeff" + text).encode("utf-16-be").hex().upper()
        return f"/Span <</ActualText <{read}>>> BDC {drawn} EMC"


def _complex(text: str) -> bool:
    return any(shaped_ for _, _, shaped_ in pieces(text, REGULAR))


class Sheets(MarkedCanvas):  # type: ignore[misc]
    """A canvas that packs each finished page, so that a file of thousands of them stays small in memory.

    What can only be drawn when all pages are known is asked for with `later`, and drawn by `draw_late`.
    """

    _late: dict[int, list[Callable[[], None]]]

    def beginText(self, x: float = 0, y: float = 0, direction: str | None = None) -> AnyScriptText:  # noqa: N802
        """A text object for any script."""
        return AnyScriptText(self, x, y, direction=direction)

    def setFont(self, name: str, size: float, leading: float | None = None) -> None:  # noqa: N802
        """Sets the face; those that every reader is to bring itself, and which are not embedded, are replaced."""
        super().setFont(REGULAR if name in standardFonts else name, size, leading)

    def showPage(self) -> None:  # noqa: N802
        """Ends the page."""
        super().showPage()
        page = self._doc.Pages.pages[-1]
        page.Contents, page.stream = _packed(page.stream), None

    def later(self, draw: Callable[[], None]) -> None:
        """Has something drawn on this page, in its own coordinates, after everything else."""
        if "_late" not in self.__dict__:
            self._late = {}
        self._late.setdefault(self.getPageNumber() - 1, []).append(draw)

    def draw_late(self) -> None:
        """Draws what was put off; there must be no page at hand."""
        for number, drawn in self.__dict__.get("_late", {}).items():
            page = self._doc.Pages.pages[number]
            self._code: list[str] = []
            for draw in drawn:
                self.saveState()
                draw()
                self.restoreState()
            added = _packed("\n".join(self._code) + "\n")
            page.Contents = PDFArray([self._doc.Reference(part) for part in (page.Contents, added)])
        self._code = []


def _packed(code: str) -> PDFStream:
    packed = zlib.compress(code.encode("latin-1"))
    return PDFStream(PDFDictionary({"Filter": PDFName("FlateDecode")}), content=packed, filters=[])
