"""A .zip whose bytes depend on nothing but what is in it."""

import shutil
from datetime import datetime
from typing import IO, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from exporters.cover import Cover

_BYTES_AT_ONCE: Final = 1 << 20
_YEARS: Final = range(1980, 2108)  # of which a .zip can tell
_ORDINARY_FILE: Final = 0o100644 << 16


class Zip:
    """Writes entries into a .zip, each as it comes; every one has the time at which the file was made."""

    def __init__(self, cover: Cover, out: BinaryIO) -> None:
        self._zip = _Zip(out, "w")
        made_at: datetime = cover.made_at.astimezone(ZoneInfo(cover.time_zone))
        self._time = made_at.timetuple()[:6] if made_at.year in _YEARS else (1980, 1, 1, 0, 0, 0)

    def open(self, name: str, *, compress: bool = True) -> IO[bytes]:
        """Begins an entry, of any length, to be written and closed before the next one."""
        entry = ZipInfo(name, self._time)
        entry.compress_type = ZIP_DEFLATED if compress else ZIP_STORED
        entry.external_attr = _ORDINARY_FILE
        entry.create_system = 3  # what the attributes mean does not depend on where the file is made
        return self._zip.open(entry, "w", force_zip64=True)

    def copy(self, name: str, source: IO[bytes], *, compress: bool = True) -> None:
        """An entry with all that can be read from the source."""
        with self.open(name, compress=compress) as entry:
            shutil.copyfileobj(source, entry, _BYTES_AT_ONCE)

    def close(self) -> None:
        """Writes the list of entries; the stream stays open."""
        self._zip.close()


class _Zip(ZipFile):
    def __del__(self) -> None:
        """Nothing: a .zip that was given up must not look whole."""
