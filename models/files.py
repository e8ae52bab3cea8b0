"""The file store: exported files, kept under keys of our own making. A file is there whole or not at all."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from uuid import uuid4

CHUNK: Final = 1 << 18
_KEY: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


def new_key() -> str:
    """A key no file has had. Write it down before publishing under it: then no file is ever without a row."""
    return uuid4().hex


class FileStore(Protocol):
    """Where files are kept. Keys say nothing about their content; FileNotFoundError: no such key."""

    def draft(self) -> AbstractAsyncContextManager[Path]:
        """A path to write to; the file is gone at the end of the block unless it was published in it."""
        ...

    async def publish(self, draft: Path, key: str) -> None:
        """Keeps a draft for good, whole, under a `new_key`."""
        ...

    async def size(self, key: str) -> int:
        """Its length in bytes."""
        ...

    async def checksum(self, key: str) -> str:
        """The SHA-256 of what is stored now, in hexadecimal."""
        ...

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """The content, piece by piece."""
        ...

    async def delete(self, key: str) -> bool:
        """Removes the file; False when there is none, which is as good."""
        ...

    async def remove_old_drafts(self, age: timedelta, now: datetime) -> int:
        """Removes drafts older than `age`, left by workers that were killed; returns how many."""
        ...


class LocalFileStore:
    """A folder of this machine, `<folder>/ab/ab12…`, readable by its owner only; shared by web and workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drafts = folder / "drafts"

    @asynccontextmanager
    async def draft(self) -> AsyncIterator[Path]:
        """See FileStore. Drafts lie in the same file system, so that publishing is one rename."""
        path = self._drafts / uuid4().hex
        await asyncio.to_thread(self._drafts.mkdir, mode=0o700, parents=True, exist_ok=True)
        try:
            yield path
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def publish(self, draft: Path, key: str) -> None:
        """See FileStore. The bytes are on the disk before the name is."""
        await asyncio.to_thread(_move_into_place, draft, self._path(key))

    async def size(self, key: str) -> int:
        """See FileStore."""
        return (await asyncio.to_thread(self._path(key).stat)).st_size

    async def checksum(self, key: str) -> str:
        """See FileStore."""
        return await asyncio.to_thread(_sha256, self._path(key))

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """See FileStore. FileNotFoundError comes with the first piece."""
        file = await asyncio.to_thread(_open, self._path(key))
        try:
            while piece := await asyncio.to_thread(file.read, CHUNK):
                yield piece
        finally:
            file.close()

    async def delete(self, key: str) -> bool:
        """See FileStore."""
        path = self._path(key)
        try:
            await asyncio.to_thread(path.unlink)
        except FileNotFoundError:
            return False
        return True

    async def remove_old_drafts(self, age: timedelta, now: datetime) -> int:
        """See FileStore."""
        return await asyncio.to_thread(_remove_older, self._drafts, (now - age).timestamp())

    def _path(self, key: str) -> Path:
        if _KEY.fullmatch(key) is None:  # whatever it is, it did not come from here and must not become a path
            raise FileNotFoundError(f"no file has the key {key!r}")
        return self._folder / key[:2] / key


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


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_older(folder: Path, before: float) -> int:
    count = 0
    for path in folder.glob("*"):
        try:
            if path.stat().st_mtime < before:
                path.unlink()
                count += 1
        except FileNotFoundError:  # published or removed just now
            continue
    return count
