"""The crest of a made-up school: a shield with a gate, drawn large and made small, so that its edges are smooth."""

import io

from PIL import Image, ImageDraw

COLOUR = "#17453b"
ACCENT = "#a8581a"
_LARGE, _SMALL = 1_200, 300


def crest() -> bytes:
    """A PNG picture with a clear ground."""
    image = Image.new("RGBA", (_LARGE, _LARGE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((150, 60, 1050, 762), 60, fill=COLOUR, corners=(True, True, False, False))
    draw.pieslice((150, 340, 1050, 1180), 0, 180, fill=COLOUR)
    draw.rectangle((400, 520, 800, 900), fill="white")
    draw.pieslice((400, 320, 800, 720), 180, 360, fill="white")
    draw.rectangle((480, 620, 720, 900), fill=COLOUR)
    draw.pieslice((480, 500, 720, 740), 180, 360, fill=COLOUR)
    draw.regular_polygon((600, 210, 90), 4, rotation=45, fill=ACCENT)
    out = io.BytesIO()
    image.resize((_SMALL, _SMALL), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()
