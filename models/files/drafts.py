"""Files that are being written, on a disk of this machine."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from models.files.disk import explained


class Drafts:
    """A folder that only its owner can read, made when it is first needed; what is put beside a draft is one too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def new(self) -> AsyncIterator[Path]:
        """A path to write to; what lies there at the end of the block is removed."""
        path = self._folder / uuid4().hex
        with explained():
            await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        try:
            yield path
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def remove_old(self, age: timedelta, now: datetime) -> int:
        """Removes those last written to before `now` less `age`; returns how many."""
        with explained():
            return await asyncio.to_thread(_remove_older, self._folder, (now - age).timestamp())


def _remove_older(folder: Path, before: float) -> int:
    count = 0
    for path in folder.glob("*"):
        try:
            if path.stat().st_mtime < before:
                if path.is_dir():  # what a library put aside while it wrote the draft
                    shutil.rmtree(path)
                else:
                    path.unlink()
                count += 1
        except FileNotFoundError:  # published or removed just now
            continue
    return count
