"""The file store that needs nothing: a folder of this machine."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from models.files.disk import explained
from models.files.drafts import Drafts
from models.files.store import CHUNK, checked, is_key


class LocalFileStore:
    """Files as `<folder>/ab/ab12…`, readable by their owner only; shared by web and workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # in the same file system, so that publishing is one rename
        self._drafts = Drafts(folder / "drafts")

    def __str__(self) -> str:
        return str(self._folder)

    def draft(self) -> AbstractAsyncContextManager[Path]:
        """See FileStore."""
        return self._drafts.new()

    async def publish(self, draft: Path, key: str) -> None:
        """See FileStore. The bytes are on the disk before the name is."""
        with explained():
            moving = asyncio.ensure_future(asyncio.to_thread(_move_into_place, draft, self._path(key)))
            try:
                await asyncio.shield(moving)
            except asyncio.CancelledError:
                # a thread cannot be stopped: whoever hears of the end must find what it has done
                await asyncio.gather(moving, return_exceptions=True)
                raise

    async def size(self, key: str) -> int:
        """See FileStore."""
        with explained():
            return (await asyncio.to_thread(self._path(key).stat)).st_size

    async def stream(self, key: str, first: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """See FileStore. FileNotFoundError comes with the first piece."""
        with explained():
            file = await asyncio.to_thread(_open, self._path(key), first)
        try:
            left = length
            while left is None or left > 0:
                with explained():
                    piece = await asyncio.to_thread(file.read, CHUNK if left is None else min(CHUNK, left))
                if not piece:
                    break
                if left is not None:
                    left -= len(piece)
                yield piece
        finally:
            file.close()

    async def delete(self, key: str) -> bool:
        """See FileStore."""
        path = self._path(key)
        try:
            with explained():
                await asyncio.to_thread(path.unlink)
        except FileNotFoundError:
            return False
        return True

    async def keys_before(self, moment: datetime) -> AsyncIterator[list[str]]:
        """See FileStore."""
        with explained():
            folders = await asyncio.to_thread(lambda: sorted(self._folder.glob("[0-9a-f][0-9a-f]")))
        for folder in folders:
            with explained():
                keys = await asyncio.to_thread(_keys_in, folder, moment.timestamp())
            if keys:
                yield keys

    async def remove_old_drafts(self, age: timedelta, now: datetime) -> int:
        """See FileStore."""
        return await self._drafts.remove_old(age, now)

    async def probe(self) -> None:
        """See FileStore. A folder that is not there yet is left so: whoever makes it owns it."""
        with explained():
            await asyncio.to_thread(try_out, self._folder)

    def _path(self, key: str) -> Path:
        return self._folder / checked(key)[:2] / key


def _move_into_place(draft: Path, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.chmod(0o600)
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _open(path: Path, first: int) -> BinaryIO:
    file = path.open("rb")
    file.seek(first)
    return file


def _keys_in(folder: Path, before: float) -> list[str]:
    keys = []
    for path in folder.iterdir():
        try:
            if is_key(path.name) and path.stat().st_mtime < before:
                keys.append(path.name)
        except FileNotFoundError:  # removed just now
            continue
    return sorted(keys)


def try_out(folder: Path) -> None:
    """Writes something into the folder, where there is one, and leaves nothing. OSError: why it cannot."""
    if not folder.exists():
        return
    with TemporaryFile(dir=folder) as file:
        file.write(b"probe")
        file.flush()
        os.fsync(file.fileno())
