"""Says whether the quotes of a CSV file are where they belong, as fast as its bytes go by.

COPY reads a stray quote as the start of quoting and may take two rows for one cell without a word; where this check
fails the careful reader (records.py) takes over and names the row.
"""

import re
from typing import Final

from resolvers.bundle.records import MOST_RECORD_BYTES

_CELLS: Final = re.compile(rb'(?:(?:"[^"]*+(?:""[^"]*+)*+"|[^",\r\n]*+)[,\r\n])*+')
_UNFINISHED: Final = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"?|[^",\r\n]*+')


class Quotes:
    """Fed with the chunks of a file: `seen` once any quote went by; `feed` is False at the first misplaced one."""

    def __init__(self) -> None:
        self.seen = False
        self._rest = b""

    def feed(self, chunk: bytes) -> bool:
        """Takes the next bytes; False when a quote among them stands where none may."""
        if b'"' not in chunk and not self._rest.startswith(b'"'):
            self._rest = (self._rest + chunk)[self._last_end(chunk) :]
            return True
        self.seen = True
        text = self._rest + chunk
        complete = _CELLS.match(text)
        assert complete is not None
        self._rest = text[complete.end() :]
        return len(self._rest) <= MOST_RECORD_BYTES and _UNFINISHED.fullmatch(self._rest) is not None

    def _last_end(self, chunk: bytes) -> int:
        """Where, in the rest and the chunk together, the last unfinished cell begins."""
        end = max(chunk.rfind(b","), chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        return len(self._rest) + end + 1 if end >= 0 else 0

    def finish(self) -> bool:
        """At the end of the file: False when a quote is still open."""
        return not self._rest.startswith(b'"') or _CELLS.fullmatch(self._rest + b"\n") is not None
