"""Pictures that tests make up."""

import io
import struct
import zlib
from typing import Any

from PIL import Image


def picture(size: tuple[int, int] = (8, 4), format_: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    """A plain picture."""
    out = io.BytesIO()
    Image.new(mode, size).save(out, format_, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(size: tuple[int, int]) -> bytes:
    """A PNG file of a few hundred bytes that claims to have that size."""
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
