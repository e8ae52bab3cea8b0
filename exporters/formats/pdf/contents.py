"""The table of contents of many reports: lines whose words and page numbers are only known at the end.

Its pages are laid out when the file begins, with links to places yet to come, and drawn when all others are.
"""

from dataclasses import dataclass
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.platypus.flowables import Flowable

from exporters.cover import Style
from exporters.formats.pdf.fonts import BOLD, REGULAR
from exporters.formats.pdf.ink import HAIR, INK, QUIET
from exporters.formats.pdf.table import ABOVE, TITLE_SIZE
from exporters.formats.pdf.text import broken, measure, one_line, visual

LINE: Final = 15.5
SIZE: Final = 9.5
SMALL: Final = 8.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One report of the file: its name, what is beneath it, and the page it begins on."""

    title: str
    remark: str
    page: int


class Contents:
    """The contents of a file of `count` reports, whose `entries` come one after the other."""

    def __init__(self, count: int, style: Style) -> None:
        self.count, self.style = count, style
        self.entries: list[Entry] = []

    def flowable(self) -> Flowable:
        """What stands for it in the story."""
        return _Lines(self, 0, self.count)

    def draw(self, canvas: Any, numbers: range, width: float) -> None:
        """Draws the entries with these numbers, each LINE below the other; the last stands at y = 0."""
        for line, number in enumerate(numbers, 1):
            self._line(canvas, self.entries[number], width, (len(numbers) - line) * LINE)

    def _line(self, canvas: Any, entry: Entry, width: float, y: float) -> None:
        rtl, words = self.style.words.rtl, self.style.words
        page = visual(words.number(entry.page), rtl)
        remark = one_line(entry.remark, REGULAR, SMALL, width * 0.4, rtl)
        title = one_line(entry.title, REGULAR, SIZE, width - remark.width - 60, rtl)
        canvas.setFillColor(INK)
        canvas.setFont(REGULAR, SIZE)
        wide = measure(page, REGULAR, SIZE)
        canvas.drawString(width - title.width if rtl else 0, y + 4, title.text)
        canvas.drawString(0 if rtl else width - wide, y + 4, page)
        canvas.setFillColor(QUIET)
        canvas.setFont(REGULAR, SMALL)
        at = title.width + 8
        canvas.drawString(width - at - remark.width if rtl else at, y + 4, remark.text)
        canvas.setStrokeColor(HAIR)
        canvas.setLineWidth(0.35)
        canvas.line(0, y, width, y)


class _Lines(Flowable):  # type: ignore[misc]
    def __init__(self, contents: Contents, start: int, end: int) -> None:
        super().__init__()
        self._contents, self._start, self._end = contents, start, end

    def getSpaceBefore(self) -> float:  # noqa: N802
        return ABOVE if self._start == 0 else 0.0

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self.width, self.height = width, self._above + (self._end - self._start) * LINE
        return self.width, self.height

    def split(self, _width: float, height: float) -> list[Flowable]:
        fitting = int((height - self._above) // LINE)
        if fitting < 1:
            return []
        middle = min(self._end, self._start + fitting)
        first = _Lines(self._contents, self._start, middle)
        return [first] if middle == self._end else [first, _Lines(self._contents, middle, self._end)]

    @property
    def _above(self) -> float:
        return TITLE_SIZE * 2

    def draw(self) -> None:
        style, canvas, height = self._contents.style, self.canv, (self._end - self._start) * LINE
        said = (
            style.words("Contents") if self._start == 0 else f"{style.words('Contents')} ({style.words('continued')})"
        )
        title = broken(said, BOLD, TITLE_SIZE, self.width, style.words.rtl)[0]
        canvas.setFillColor(HexColor(style.colour))
        canvas.setFont(BOLD, TITLE_SIZE)
        canvas.drawString(self.width - title.width if style.words.rtl else 0, self.height - TITLE_SIZE, title.text)
        x, bottom = canvas.absolutePosition(0, 0)

        def draw() -> None:
            canvas.translate(x, bottom)
            self._contents.draw(canvas, range(self._start, self._end), self.width)

        canvas.later(draw)
        for number in range(self._start, self._end):
            y = height - (number - self._start + 1) * LINE
            canvas.linkRect("", destination(number), (0, y, self.width, y + LINE), relative=1, Border="[0 0 0]")


def destination(number: int) -> str:
    """The name of the place where the report with that number (from 0) begins."""
    return f"report-{number}"
