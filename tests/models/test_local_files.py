"""The file store in a folder: whose the files are, and what a disk that fails leaves."""

import asyncio
import errno
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.files import LocalFileStore, StoreError
from models.files.store import AWAY, NO_ROOM
from tests.models.kept import keep


@pytest.fixture
def store(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "files")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_files_are_their_owners_only(store: LocalFileStore, tmp_path: Path) -> None:
    key = await keep(store)
    file = tmp_path / "files" / key[:2] / key
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_a_folder_that_is_not_there_is_not_made_to_try_it(store: LocalFileStore, tmp_path: Path) -> None:
    assert str(store) == str(tmp_path / "files")
    await store.probe()
    assert not (tmp_path / "files").exists()


@pytest.mark.parametrize(
    ("number", "sentence"), [(errno.ENOSPC, NO_ROOM), (errno.EDQUOT, NO_ROOM), (errno.EIO, AWAY), (errno.EROFS, AWAY)]
)
@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.rename"])
async def test_a_disk_that_fails_keeps_nothing(
    store: LocalFileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, sentence: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(call, fail)
    with pytest.raises(StoreError) as failure:
        await keep(store)
    assert (failure.value.sentence, failure.value.reason) == (sentence, os.strerror(number))
    assert files(tmp_path) == []


async def test_who_stops_publishing_hears_of_it_when_it_is_done(
    store: LocalFileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    fsync = os.fsync

    def slow(number: int) -> None:
        begun.set()
        go_on.wait()
        fsync(number)

    monkeypatch.setattr(os, "fsync", slow)
    keeping = asyncio.create_task(keep(store))
    await asyncio.to_thread(begun.wait)
    keeping.cancel()
    done, _ = await asyncio.wait([keeping], timeout=0.05)
    assert done == set()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    (file,) = files(tmp_path)
    assert file.parent.name == file.name[:2]


async def test_a_folder_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    store = LocalFileStore(tmp_path / "file" / "files")
    with pytest.raises(StoreError) as failure:
        await keep(store)
    assert (failure.value.sentence, failure.value.reason) == (AWAY, "Not a directory")


async def test_what_is_not_ours_is_not_listed(store: LocalFileStore, tmp_path: Path) -> None:
    key = await keep(store)
    other = tmp_path / "files" / key[:2] / "notes.txt"
    other.write_text("mine", encoding="utf-8")
    assert [page async for page in store.keys_before(datetime.now(UTC) + timedelta(days=1))] == [[key]]
