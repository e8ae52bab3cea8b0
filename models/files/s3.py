"""The file store for more than one machine: storage that speaks Amazon's S3, through obstore.

A file is one object, `<prefix>/<key>`, uploaded from a draft on this machine. The storage shows an object when all of
it has arrived and not before, also one that comes in parts.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from models.files.drafts import Drafts
from models.files.store import AWAY, CHUNK, StoreError, checked, is_key, new_key
from models.settings import Bucket

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Credential

# the least that a part may have; with four at a time an upload takes 20 MB of memory, whatever the file's size
PART: Final = 5 << 20
PARTS_AT_ONCE: Final = 4
# Nothing said for so long, from the first byte of a request or between two of an answer, means that nobody is there.
SILENCE: Final = timedelta(seconds=60)
# a download may take as long as the reader likes
NO_END: Final = timedelta(days=1)
LISTED_AT_ONCE: Final = 1_000
# short outages only: a job that failed for a longer one is tried again by itself
RETRIES: Final = 3
RETRY_FOR: Final = timedelta(seconds=15)


class S3FileStore:
    """Files in a bucket, below its prefix; drafts in a folder of this machine."""

    def __init__(self, bucket: Bucket, drafts: Path) -> None:
        self._bucket = bucket
        self._drafts = Drafts(drafts)
        self._store = _opened(bucket)

    def __str__(self) -> str:
        return str(self._bucket)

    def draft(self) -> AbstractAsyncContextManager[Path]:
        """See FileStore."""
        return self._drafts.new()

    async def publish(self, draft: Path, key: str) -> None:
        """See FileStore. Of an upload that is broken off nothing is seen; the bucket drops its parts."""
        await asyncio.to_thread(draft.stat)  # FileNotFoundError is about the draft here, and below about the bucket
        await self._put(checked(key), draft)

    async def size(self, key: str) -> int:
        """See FileStore."""
        with _explained():
            return (await obstore.head_async(self._store, checked(key)))["size"]

    async def stream(self, key: str, first: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """See FileStore. FileNotFoundError comes with the first piece."""
        if length == 0:  # which no request can ask for
            await self.size(key)
            return
        with _explained():
            if length is not None:
                found = await obstore.get_async(self._store, checked(key), options={"range": (first, first + length)})
            elif first:
                found = await obstore.get_async(self._store, checked(key), options={"range": {"offset": first}})
            else:  # without a range: an empty file has none
                found = await obstore.get_async(self._store, checked(key))
        pieces = found.stream(min_chunk_size=CHUNK)
        while True:
            with _explained():
                piece = await anext(pieces, b"")
            if not piece:
                return
            yield piece

    async def delete(self, key: str) -> bool:
        """See FileStore."""
        checked(key)
        try:
            await self.size(key)
        except FileNotFoundError:
            return False
        with _explained():
            await obstore.delete_async(self._store, key)
        return True

    async def keys_before(self, moment: datetime) -> AsyncIterator[list[str]]:
        """See FileStore."""
        pages = obstore.list(self._store, chunk_size=LISTED_AT_ONCE)
        while True:
            with _explained():
                page = await anext(pages, None)
            if page is None:
                return
            if keys := [one["path"] for one in page if is_key(one["path"]) and one["last_modified"] < moment]:
                yield keys

    async def remove_old_drafts(self, age: timedelta, now: datetime) -> int:
        """See FileStore."""
        return await self._drafts.remove_old(age, now)

    async def probe(self) -> None:
        """See FileStore."""
        key, content = new_key(), b"probe"
        await self._put(key, content)
        try:
            read = [piece async for piece in self.stream(key)]
        except FileNotFoundError as error:
            raise StoreError(AWAY, _reason(error)) from error
        finally:
            with _explained():
                await obstore.delete_async(self._store, key)
        if b"".join(read) != content:
            raise StoreError(AWAY, "What is read is not what was written.")

    async def _put(self, key: str, content: Path | bytes) -> None:
        with _explained():
            try:
                await obstore.put_async(
                    self._store, key, content, chunk_size=PART, max_concurrency=PARTS_AT_ONCE, mode="overwrite"
                )
            except FileNotFoundError as error:
                raise StoreError(AWAY, _reason(error)) from error


@contextmanager
def _explained() -> Iterator[None]:
    """Turns what the library says into a StoreError; FileNotFoundError passes, it is an answer."""
    try:
        yield
    except (StoreError, FileNotFoundError):
        raise
    except (BaseError, OSError) as error:
        raise StoreError(AWAY, _reason(error)) from error


def _reason(error: Exception) -> str:
    """What happened, without the innards that the library adds."""
    return " ".join(str(error).split("Debug source:", 1)[0].split())[:500]


def _opened(bucket: Bucket) -> S3Store:
    config: S3Config = {"disable_bulk_delete": True}  # not every storage has it, and we delete one at a time
    client: ClientConfig = {"timeout": NO_END, "read_timeout": SILENCE}
    retry: RetryConfig = {"max_retries": RETRIES, "retry_timeout": RETRY_FOR}
    if bucket.region is not None:
        config["region"] = bucket.region
    if bucket.endpoint is not None:
        config["endpoint"] = bucket.endpoint
        client["allow_http"] = bucket.endpoint.startswith("http://")
    if bucket.key is None or bucket.secret is None:
        return S3Store(bucket.name, prefix=bucket.prefix, config=config, client_options=client, retry_config=retry)
    # by a function: a session token that lies in the environment belongs to another key
    credential: S3Credential = {
        "access_key_id": bucket.key,
        "secret_access_key": bucket.secret,
        "token": None,
        "expires_at": None,
    }
    return S3Store(
        bucket.name,
        prefix=bucket.prefix,
        config=config,
        client_options=client,
        retry_config=retry,
        credential_provider=lambda: credential,
    )
