"""Keeping and reading files, as jobs and downloads do."""

from models.files import CHUNK, FileStore, new_key

CONTENT = b"attendance" * CHUNK


async def keep(store: FileStore, content: bytes = CONTENT) -> str:
    """Publishes a file; returns its key."""
    async with store.draft() as draft:
        draft.write_bytes(content)
        key = new_key()
        await store.publish(draft, key)
        return key


async def read(store: FileStore, key: str, first: int = 0, length: int | None = None) -> bytes:
    """What a stream gives in all."""
    return b"".join([piece async for piece in store.stream(key, first, length)])
