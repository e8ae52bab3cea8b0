"""Which part of a file a request asks for, and whether it has the file already (RFC 9110, sections 13 and 14).

Starlette knows ranges for files of this machine only, and refuses what the RFC says to pass over.
"""

import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers

# more digits than any file's size has: not worth an answer of its own
_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`length` bytes from `first` on, counted from 0; a length of 0: what was asked for is not in the file."""

    first: int
    length: int


def has_it(headers: Headers, etag: str) -> bool:
    """Whether who asks has this very file: If-None-Match names its ETag, or `*`."""
    named = [part.strip().removeprefix("W/") for part in ",".join(headers.getlist("if-none-match")).split(",")]
    return etag in named or named == ["*"]


def asked_range(headers: Headers, etag: str, size: int) -> ByteRange | None:
    """The one part asked for; None: the whole file, as also for several parts, another unit, or what is no range.

    With If-Range, a part only of the file with that ETag: of any other the rest would not fit what is there.
    """
    if_range = headers.getlist("if-range")
    asked = _RANGE.fullmatch(",".join(headers.getlist("range")))
    if asked is None or size == 0 or (if_range and if_range != [etag]):
        return None
    first, last = asked.groups()
    if not first:
        return _last_bytes(int(last), size) if last else None
    if last and int(last) < int(first):
        return None
    end = min(int(last), size - 1) if last else size - 1
    return ByteRange(int(first), max(end - int(first) + 1, 0))


def _last_bytes(count: int, size: int) -> ByteRange:
    length = min(count, size)
    return ByteRange(size - length, length)
