"""The file store: whole files under keys of its own, in a folder as in storage that speaks S3."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from models.files import CHUNK, FileStore, file_store, new_key
from models.settings import Settings, load_settings
from tests.models.kept import CONTENT, keep, read
from tests.support.s3 import Storage

DAY = timedelta(days=1)
KINDS = ("local", "s3")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A store, and what can be seen of it from outside."""

    store: FileStore
    # the keys that are kept, and what is left of anything else: drafts, parts of uploads
    kept: Callable[[], list[str]]
    rest: Callable[[], list[str]]


def local_shelf(settings: Settings) -> Shelf:
    folder = settings.data / "files"

    def names(pattern: str) -> list[str]:
        return sorted(path.name for path in folder.glob(pattern) if path.is_file())

    return Shelf(file_store(settings), lambda: names("??/*"), lambda: names("*") + names("drafts/*"))


def s3_shelf(settings: Settings, storage: Storage) -> Shelf:
    bucket = storage.new_bucket()
    prefix = f"{bucket.prefix}/"
    drafts = settings.data / "drafts"
    return Shelf(
        file_store(replace(settings, files=bucket)),
        lambda: sorted(name.removeprefix(prefix) for name in storage.keys(bucket)),
        lambda: storage.uploads(bucket) + sorted(path.name for path in drafts.glob("*")),
    )


@pytest.fixture(params=KINDS)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    settings = load_settings({"ROLLCALL_DATA": str(tmp_path)})
    if request.param == "local":
        yield local_shelf(settings)
    else:
        yield s3_shelf(settings, request.getfixturevalue("storage"))


@pytest.fixture
def store(shelf: Shelf) -> FileStore:
    return shelf.store


async def test_what_is_published_is_read_back(shelf: Shelf) -> None:
    store = shelf.store
    key = await keep(store)
    assert await read(store, key) == CONTENT
    assert await store.size(key) == len(CONTENT)
    assert (shelf.kept(), shelf.rest()) == ([key], [])


async def test_a_file_comes_in_pieces(store: FileStore) -> None:
    key = await keep(store)
    sizes = [len(piece) async for piece in store.stream(key)]
    assert (sum(sizes), len(sizes) > 5, max(sizes) < 2 * CHUNK) == (len(CONTENT), True, True)


async def test_an_empty_file_is_a_file(store: FileStore) -> None:
    key = await keep(store, b"")
    assert (await store.size(key), await read(store, key)) == (0, b"")


async def test_any_part_of_a_file_is_read_by_itself(store: FileStore) -> None:
    content = bytes(range(256)) * 4 * 1024  # four chunks
    key = await keep(store, content)
    size = len(content)
    places = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, size - 1)
    for first, length in product(places, (1, 2, CHUNK, CHUNK + 1)):
        if first + length <= size:
            assert await read(store, key, first, length) == content[first : first + length]
    for first in places:
        assert await read(store, key, first) == content[first:]
    assert await read(store, key, 5, 0) == b""


async def test_of_a_part_no_more_is_read_than_that(store: FileStore) -> None:
    key = await keep(store)
    assert [len(piece) async for piece in store.stream(key, 10, 20)] == [20]


async def test_the_same_content_twice_is_two_files(shelf: Shelf) -> None:
    keys = [await keep(shelf.store), await keep(shelf.store)]
    assert shelf.kept() == sorted(keys)


async def test_many_at_once_are_all_whole(store: FileStore) -> None:
    contents = [bytes([number]) * (1000 + number) for number in range(20)]
    keys = await asyncio.gather(*(keep(store, content) for content in contents))
    assert await asyncio.gather(*(read(store, key) for key in keys)) == contents


async def test_a_draft_that_is_not_published_leaves_nothing(shelf: Shelf) -> None:
    async def stumble() -> None:
        async with shelf.store.draft() as draft:
            draft.write_bytes(b"half a file")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    assert (shelf.kept(), shelf.rest()) == ([], [])


async def test_a_draft_nobody_wrote_is_not_published(shelf: Shelf) -> None:
    async with shelf.store.draft() as draft:
        with pytest.raises(FileNotFoundError):
            await shelf.store.publish(draft, new_key())
    assert shelf.kept() == []


async def test_a_draft_is_its_owners_only(store: FileStore) -> None:
    async with store.draft() as draft:
        assert draft.parent.stat().st_mode & 0o777 == 0o700


async def test_a_deleted_file_is_gone(shelf: Shelf) -> None:
    store = shelf.store
    key, other = await keep(store), await keep(store, b"other")
    assert await store.delete(key)
    assert not await store.delete(key)
    for attempt in (
        store.size(key),
        read(store, key),
        read(store, key, 1),
        read(store, key, 0, 0),
    ):
        with pytest.raises(FileNotFoundError):
            await attempt
    assert shelf.kept() == [other]


@pytest.mark.parametrize("key", ["", "../secret", "a" * 31, "A" * 32, "a" * 32 + "\n", "/etc/passwd", "٣" * 32])
async def test_a_key_that_is_not_ours_never_becomes_a_path(store: FileStore, key: str) -> None:
    for attempt in (store.size(key), read(store, key), read(store, key, 0, 5), store.delete(key)):
        with pytest.raises(FileNotFoundError, match="no file has the key"):
            await attempt
    async with store.draft() as draft:
        draft.write_bytes(b"content")
        with pytest.raises(FileNotFoundError, match="no file has the key"):
            await store.publish(draft, key)


async def test_drafts_of_killed_workers_are_removed_when_they_are_old(store: FileStore) -> None:
    async with store.draft() as draft:
        draft.write_bytes(b"half a file")
        now = datetime.fromtimestamp(draft.stat().st_mtime, UTC)
        assert await store.remove_old_drafts(DAY, now + timedelta(hours=23)) == 0
        assert await store.remove_old_drafts(DAY, now + timedelta(hours=25)) == 1
        assert not draft.exists()


async def test_what_was_put_beside_a_draft_goes_with_it(shelf: Shelf) -> None:
    async with shelf.store.draft() as draft:
        beside = draft.with_name(f"{draft.name}.parts")
        beside.mkdir()
        (beside / "sheet1.xml").write_bytes(b"half a sheet")
    assert await shelf.store.remove_old_drafts(DAY, datetime.now(UTC) + timedelta(hours=23)) == 0
    assert await shelf.store.remove_old_drafts(DAY, datetime.now(UTC) + timedelta(hours=25)) == 1
    assert shelf.rest() == []


async def keys_before(store: FileStore, moment: datetime) -> list[str]:
    return sorted([key async for page in store.keys_before(moment) for key in page])


async def test_the_keys_of_what_is_old_are_listed(store: FileStore) -> None:
    assert await keys_before(store, datetime.now(UTC) + DAY) == []
    keys = sorted([await keep(store, b"one"), await keep(store, b"two")])
    async with store.draft() as draft:
        draft.write_bytes(b"half a file")
        assert await keys_before(store, datetime.now(UTC) + DAY) == keys
        assert await keys_before(store, datetime.now(UTC) - DAY) == []


async def test_a_store_that_works_says_so_and_keeps_nothing_of_it(shelf: Shelf) -> None:
    key = await keep(shelf.store)
    await shelf.store.probe()
    assert (shelf.kept(), shelf.rest()) == ([key], [])
