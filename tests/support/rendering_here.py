"""A renderer without child processes, for tests of everything around it: starting one takes longer than most files."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from exporters import Cover, UnrenderableError, Writer, open_writer
from jobs.queue.failures import PermanentFailure
from jobs.rendering.parent import Rendered, Renderer, Rendering


class RenderingHere(Renderer):
    """Renders in a thread of this process."""

    @asynccontextmanager
    async def open(self, name: str, cover: object, path: Path, *, gives_way: bool = False) -> AsyncIterator[Rendering]:
        file = await asyncio.to_thread(path.open, "wb")
        try:
            writer = await asyncio.to_thread(open_writer, name, cast("Cover", cover), file)
            yield FileHere(path, file, writer)
        except UnrenderableError as error:
            raise PermanentFailure(error.sentence) from None
        finally:
            await asyncio.to_thread(file.close)


class Meanwhile(RenderingHere):
    """The same, with something that happens once each file is written."""

    def __init__(self, happens: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._happens = happens

    @asynccontextmanager
    async def open(self, name: str, cover: object, path: Path, *, gives_way: bool = False) -> AsyncIterator[Rendering]:
        async with super().open(name, cover, path, gives_way=gives_way) as rendering:
            yield rendering
        await self._happens()


class FileHere(Rendering):
    """A file that is written in a thread of this process."""

    def __init__(self, path: Path, file: BinaryIO, writer: Writer) -> None:
        self._path, self._file, self._writer = path, file, writer
        self.rendered = None

    async def add(self, documents: Sequence[object]) -> None:
        await asyncio.to_thread(self._add, documents)

    async def close(self) -> Rendered:
        return await asyncio.to_thread(self._close)

    def _add(self, documents: Sequence[Any]) -> None:
        try:
            for document in documents:
                self._writer.add(document)
        except UnrenderableError as error:
            raise PermanentFailure(error.sentence) from None

    def _close(self) -> Rendered:
        self._writer.close()
        self._file.close()
        content = self._path.read_bytes()
        return Rendered(len(content), hashlib.sha256(content).hexdigest())
