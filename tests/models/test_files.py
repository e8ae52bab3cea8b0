"""The file store: whole files under keys of its own."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.files import CHUNK, FileStore, LocalFileStore, new_key

CONTENT = b"attendance" * CHUNK


@pytest.fixture
def store(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "files")


async def keep(store: FileStore, content: bytes = CONTENT) -> str:
    async with store.draft() as draft:
        draft.write_bytes(content)
        key = new_key()
        await store.publish(draft, key)
        return key


async def test_what_is_published_is_read_back(store: LocalFileStore) -> None:
    key = await keep(store)
    pieces = [piece async for piece in store.stream(key)]
    assert b"".join(pieces) == CONTENT
    assert len(pieces) == 10
    assert await store.size(key) == len(CONTENT)
    assert await store.checksum(key) == hashlib.sha256(CONTENT).hexdigest()


async def test_the_same_content_twice_is_two_files(store: LocalFileStore) -> None:
    assert await keep(store) != await keep(store)


async def test_files_are_their_owners_only(store: LocalFileStore, tmp_path: Path) -> None:
    key = await keep(store)
    file = tmp_path / "files" / key[:2] / key
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_a_draft_that_is_not_published_leaves_nothing(store: LocalFileStore, tmp_path: Path) -> None:
    async def stumble() -> None:
        async with store.draft() as draft:
            draft.write_bytes(b"half a file")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_a_deleted_file_is_gone(store: LocalFileStore) -> None:
    key = await keep(store)
    assert await store.delete(key)
    assert not await store.delete(key)
    with pytest.raises(FileNotFoundError):
        await store.size(key)
    with pytest.raises(FileNotFoundError):
        await anext(store.stream(key))


@pytest.mark.parametrize("key", ["", "../secret", "a" * 31, "A" * 32, "a" * 32 + "\n", "/etc/passwd", "٣" * 32])
async def test_a_key_that_is_not_ours_never_becomes_a_path(store: LocalFileStore, key: str) -> None:
    with pytest.raises(FileNotFoundError, match="no file has the key"):
        await store.delete(key)


async def test_drafts_of_killed_workers_are_removed_when_they_are_old(store: LocalFileStore, tmp_path: Path) -> None:
    async with store.draft() as draft:
        draft.write_bytes(b"half a file")
        now = datetime.fromtimestamp(draft.stat().st_mtime, UTC)
        assert await store.remove_old_drafts(timedelta(days=1), now + timedelta(hours=23)) == 0
        assert await store.remove_old_drafts(timedelta(days=1), now + timedelta(hours=25)) == 1
        assert not draft.exists()
