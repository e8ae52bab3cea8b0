"""What every file store can do, and what it says when it cannot."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

CHUNK: Final = 1 << 18
NO_ROOM: Final = "There is no room left where files are kept."
AWAY: Final = "The place where files are kept cannot be used at the moment."
_KEY: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


class StoreError(OSError):
    """Files can neither be kept nor read at the moment; `sentence` is for whoever waits for one.

    `reason` is for whoever runs Rollcall, one line without secrets.
    """

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(f"{sentence} {reason}")
        self.sentence = sentence
        self.reason = reason


def new_key() -> str:
    """A key no file has had. Write it down before publishing under it: then no file is ever without a row."""
    return uuid4().hex


def is_key(text: str) -> bool:
    """Whether it can have come from `new_key`."""
    return _KEY.fullmatch(text) is not None


def checked(key: str) -> str:
    """The key, if it is one of ours: whatever else it is must not become a path. FileNotFoundError: it is not."""
    if not is_key(key):
        raise FileNotFoundError(f"no file has the key {key!r}")
    return key


class FileStore(Protocol):
    """Where files are kept. Keys say nothing about their content; FileNotFoundError: no such key.

    StoreError: the store is away, full, or refuses us. `str()` says where it is.
    """

    def draft(self) -> AbstractAsyncContextManager[Path]:
        """A path to write to; the file is gone at the end of the block unless it was published in it."""
        ...

    async def publish(self, draft: Path, key: str) -> None:
        """Keeps a draft for good, whole, under a `new_key`. It may take as long as an upload does."""
        ...

    async def size(self, key: str) -> int:
        """Its length in bytes."""
        ...

    def stream(self, key: str, first: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The content, piece by piece: `length` bytes from `first` on (counted from 0), both within the file."""
        ...

    async def delete(self, key: str) -> bool:
        """Removes the file; False when there is none, which is as good."""
        ...

    def keys_before(self, moment: datetime) -> AsyncIterator[list[str]]:
        """The keys of all files stored before then, some hundreds at a time; nothing that is not ours."""
        ...

    async def remove_old_drafts(self, age: timedelta, now: datetime) -> int:
        """Removes drafts older than `age`, left on this machine by workers that were killed; returns how many."""
        ...

    async def probe(self) -> None:
        """Writes, reads and removes a small file, where that leaves nothing behind. StoreError: it cannot."""
        ...
