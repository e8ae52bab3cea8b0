"""The file store in S3-compatible storage: uploads in parts, and a storage that fails in the middle of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.files import StoreError
from models.files.s3 import PART, S3FileStore
from models.files.store import AWAY
from models.settings import Bucket
from tests.models.kept import keep, read
from tests.support.s3 import Storage

BIG = bytes(range(256)) * (3 * PART // 256) + b"and a little more"


@pytest.fixture
def store(bucket: Bucket, tmp_path: Path) -> S3FileStore:
    return S3FileStore(bucket, tmp_path / "drafts")


def drafts(folder: Path) -> list[Path]:
    return list((folder / "drafts").iterdir())


async def test_a_big_file_is_sent_in_parts(store: S3FileStore, bucket: Bucket, storage: Storage) -> None:
    with storage.watched() as asked:
        key = await keep(store, BIG)
    assert sorted(asked) == ["POST", "POST", "PUT", "PUT", "PUT", "PUT"]
    assert (storage.keys(bucket), storage.uploads(bucket)) == ([f"rollcall/exports/{key}"], [])
    assert await store.size(key) == len(BIG)
    assert await read(store, key) == BIG
    assert await read(store, key, PART - 5, 10) == BIG[PART - 5 : PART + 5]


@pytest.mark.parametrize("fault", [("POST", "uploads"), ("PUT", "partNumber=3"), ("POST", "uploadId")])
async def test_of_an_upload_that_breaks_off_nothing_is_seen(
    store: S3FileStore, bucket: Bucket, storage: Storage, tmp_path: Path, fault: tuple[str, str]
) -> None:
    with storage.failing(*fault, "403 Forbidden"), pytest.raises(StoreError) as failure:
        await keep(store, BIG)
    assert failure.value.sentence == AWAY
    assert "403 Forbidden" in failure.value.reason
    assert (storage.keys(bucket), storage.uploads(bucket), drafts(tmp_path)) == ([], [], [])


async def test_a_small_file_that_is_refused_is_not_there(store: S3FileStore, bucket: Bucket, storage: Storage) -> None:
    with storage.failing("PUT", "/", "507 Insufficient Storage"), pytest.raises(StoreError, match="507 Insufficient"):
        await keep(store, b"small")
    assert storage.keys(bucket) == []


async def test_a_storage_that_fails_for_a_moment_is_asked_again(store: S3FileStore, storage: Storage) -> None:
    with storage.failing("PUT", "/", "503 Slow Down", times=1):
        key = await keep(store, b"small")
    assert await read(store, key) == b"small"


async def test_a_bucket_that_is_not_there_is_no_missing_file(bucket: Bucket, tmp_path: Path) -> None:
    store = S3FileStore(replace(bucket, name="no-such-bucket"), tmp_path / "drafts")
    for attempt in (keep(store), store.probe()):
        with pytest.raises(StoreError, match="NoSuchBucket") as failure:
            await attempt
        assert failure.value.sentence == AWAY


async def test_a_storage_that_does_not_answer_is_said(bucket: Bucket, tmp_path: Path) -> None:
    store = S3FileStore(replace(bucket, endpoint="http://127.0.0.1:1"), tmp_path / "drafts")
    key = "a" * 32
    for attempt in (keep(store), store.size(key), store.probe()):
        with pytest.raises(StoreError, match="HTTP error") as failure:
            await attempt
        assert failure.value.sentence == AWAY
        assert "hush" not in str(failure.value)


async def test_what_is_not_ours_is_neither_listed_nor_touched(
    store: S3FileStore, bucket: Bucket, storage: Storage
) -> None:
    key = await keep(store, b"ours")
    for name in ("rollcall/exports/notes.txt", f"rollcall/exports/below/{'b' * 32}", f"rollcall/{'c' * 32}"):
        storage.put(bucket, name, b"theirs")
    later = datetime.now(UTC) + timedelta(days=1)
    assert [page async for page in store.keys_before(later)] == [[key]]
    await store.probe()
    assert len(storage.keys(bucket)) == 4


async def test_many_files_are_listed_some_at_a_time(store: S3FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.files.s3.LISTED_AT_ONCE", 2)
    keys = sorted([await keep(store, b"") for _ in range(3)])
    later = datetime.now(UTC) + timedelta(days=1)
    assert [page async for page in store.keys_before(later)] == [keys[:2], keys[2:]]


async def test_a_bucket_without_a_prefix_will_do(storage: Storage, tmp_path: Path) -> None:
    bucket = storage.new_bucket(prefix=None)
    store = S3FileStore(bucket, tmp_path / "drafts")
    key = await keep(store, b"content")
    assert (storage.keys(bucket), await read(store, key)) == ([key], b"content")


async def test_a_session_token_of_another_key_is_left_alone(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: Storage
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of another")
    with storage.watched(header="x-amz-security-token") as tokens:
        await keep(S3FileStore(bucket, tmp_path / "drafts"), b"content")
    assert tokens == [""]


async def test_without_a_key_the_environments_is_used(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: Storage
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-machine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    store = S3FileStore(replace(bucket, key=None, secret=None), tmp_path / "drafts")
    with storage.watched(header="authorization") as signatures:
        await keep(store, b"content")
    assert [text.partition("/")[0] for text in signatures] == ["AWS4-HMAC-SHA256 Credential=of-the-machine"]
