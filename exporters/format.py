"""What a format is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from exporters.document import Document


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. `write` renders a document into a binary stream and leaves the stream open."""

    name: str
    suffix: str
    media_type: str
    write: Callable[[Document, BinaryIO], None]
