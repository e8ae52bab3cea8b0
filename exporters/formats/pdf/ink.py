"""What pages are drawn with beside the colours of a school: the greys, and the smallest letters."""

from typing import Final

from reportlab.lib.colors import HexColor

INK: Final = HexColor("#22303c")
QUIET: Final = HexColor("#5f6e7c")
HAIR: Final = HexColor("#d5dbe1")
SMALL: Final = 7.5
"""The size of labels in charts, in points."""
