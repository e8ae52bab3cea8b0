"""Logos: which pictures are taken, and what is left of them."""

import io
import random

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from resolvers.schools.logos import MOST_BYTES, checked_logo
from tests.support.pictures import bomb, picture


@pytest.mark.parametrize(
    ("logo", "format_", "mode"),
    [
        (picture(), "PNG", "RGB"),
        (picture(mode="RGBA"), "PNG", "RGBA"),
        (picture(mode="P"), "PNG", "P"),
        (picture(mode="I;16"), "PNG", "RGB"),
        (picture(format_="JPEG"), "JPEG", "RGB"),
        (picture(format_="JPEG", mode="L"), "JPEG", "L"),
        (picture(format_="JPEG", mode="CMYK"), "PNG", "RGB"),
        (picture((2000, 2000)), "PNG", "RGB"),
    ],
)
def test_pictures_are_kept_as_every_format_can_show_them(logo: bytes, format_: str, mode: str) -> None:
    with Image.open(io.BytesIO(checked_logo(logo))) as kept, Image.open(io.BytesIO(logo)) as given:
        assert (kept.format, kept.mode, kept.size) == (format_, mode, given.size)


def test_nothing_but_the_picture_is_kept() -> None:
    notes = PngInfo()
    notes.add_text("Author", "somebody at home")
    with_notes = picture(pnginfo=notes) + b"<?php trailer"
    exif = Image.Exif()
    exif[0x010E] = "somebody at home"
    for logo in (with_notes, picture(format_="JPEG", exif=exif)):
        assert b"somebody" in logo
        kept = checked_logo(logo)
        assert b"somebody" not in kept
        assert b"trailer" not in kept


def noise(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    pixels = random.Random(1).randbytes(size[0] * size[1] * 3)
    Image.frombytes("RGB", size, pixels).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("logo", "problem"),
    [
        (b"", "it is neither a PNG nor a JPEG picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is neither a PNG nor a JPEG picture"),
        (picture(format_="GIF"), "it is neither a PNG nor a JPEG picture"),
        (picture(format_="BMP"), "it is neither a PNG nor a JPEG picture"),
        (picture((2001, 1)), "it has 2,001 × 1 pixels, 2,000 × 2,000 at most"),
        (bomb((60_000, 60_000)), "it has far too many pixels, 2,000 × 2,000 at most"),
        (bomb((10_000, 10_000)), "it has 10,000 × 10,000 pixels, 2,000 × 2,000 at most"),
        (bomb((1_000, 1_000)), "it is a broken picture: image file is truncated"),
        (b"\0" * (MOST_BYTES + 1), "it has 200,001 bytes, 200,000 at most"),
    ],
)
def test_other_files_are_refused(logo: bytes, problem: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (its text is what is told)
        checked_logo(logo)
    assert str(refused.value).partition(" (")[0] == problem


@pytest.mark.parametrize("cut", [20, 60, 200, 3000])
def test_a_picture_that_breaks_off_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match=r"it is (a broken|neither a PNG nor a JPEG) picture"):
        checked_logo(noise((60, 60))[:cut])
