"""A school's logo: a PNG or JPEG picture, looked at before it is kept, and written anew to hold nothing else."""

import io
import warnings
from typing import Final

from PIL import Image, UnidentifiedImageError

MOST_BYTES: Final = 200_000
MOST_PIXELS: Final = 2_000
"""Along either side."""
_MODES: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})


def checked_logo(picture: bytes) -> bytes:
    """The picture without whatever else was in its file. ValueError says what is wrong with it."""
    if len(picture) > MOST_BYTES:
        raise ValueError(f"it has {len(picture):,} bytes, {MOST_BYTES:,} at most")
    try:
        with warnings.catch_warnings():
            # what is too large is refused by its size, before a pixel of it is unpacked
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(picture), formats=("PNG", "JPEG"))
        if max(image.size) > MOST_PIXELS:
            raise ValueError(
                f"it has {image.width:,} × {image.height:,} pixels, {MOST_PIXELS:,} × {MOST_PIXELS:,} at most"
            )
        image.load()
        written = _written(image)
    except UnidentifiedImageError:
        raise ValueError("it is neither a PNG nor a JPEG picture") from None
    except Image.DecompressionBombError:
        raise ValueError(f"it has far too many pixels, {MOST_PIXELS:,} × {MOST_PIXELS:,} at most") from None
    except (OSError, SyntaxError) as error:
        raise ValueError(f"it is a broken picture: {str(error).rstrip('.')}") from None
    if len(written) > MOST_BYTES:
        raise ValueError(f"written plainly it has {len(written):,} bytes, {MOST_BYTES:,} at most")
    return written


def _written(image: Image.Image) -> bytes:
    out = io.BytesIO()
    if image.format == "JPEG" and image.mode in {"L", "RGB"}:
        image.save(out, "JPEG", quality="keep")
    else:
        plain = image if image.mode in _MODES else image.convert("RGBA" if image.has_transparency_data else "RGB")
        plain.save(out, "PNG", optimize=True)
    return out.getvalue()
