"""How wide the columns of a table should be: no word of a heading and no number is cut where that can be helped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from exporters.formats.pdf.fonts import BOLD, REGULAR
from exporters.formats.pdf.text import measure

WIDEST_WORD: Final = 120.0
WIDEST_TEXT: Final = 230.0


@dataclass(frozen=True, slots=True)
class Need:
    """What a column needs at least and would like to have, in points."""

    least: float
    wanted: float


def need_of(heading: str, head_size: float, texts: Sequence[str], size: float, padding: float, *, whole: bool) -> Need:
    """From the heading and some of its texts, which are not to be broken where they are `whole`."""
    parts = texts if whole else (word for text in texts for word in text.split())
    least = max(_widest(heading.split(), BOLD, head_size), min(WIDEST_WORD, _widest(parts, REGULAR, size)))
    wanted = max(least, min(WIDEST_TEXT, _widest(texts, REGULAR, size)))
    return Need(least + 2 * padding, wanted + 2 * padding)


def widths_of(needs: Sequence[Need], width: float) -> tuple[float, ...]:
    """The columns' widths, which add up to that width."""
    least, wanted = sum(need.least for need in needs), sum(need.wanted for need in needs)
    if wanted <= width:
        return tuple(need.wanted * width / wanted for need in needs)
    if least >= width:
        return tuple(need.least * width / least for need in needs)
    share = (width - least) / (wanted - least)
    return tuple(need.least + (need.wanted - need.least) * share for need in needs)


def _widest(texts: Iterable[str], face: str, size: float) -> float:
    return max((measure(text, face, size) for text in texts), default=0.0)
