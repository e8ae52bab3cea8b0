"""A renderer without child processes, for tests of everything around it: starting one takes longer than most files."""

import asyncio
import hashlib
from pathlib import Path
from typing import cast

from exporters import Cover, Document, formats
from jobs.rendering import Rendered, Renderer


class RenderingHere(Renderer):
    """Renders in a thread of this process."""

    async def render(self, name: str, cover: object, document: object, path: Path) -> Rendered:
        return await asyncio.to_thread(_write, name, cast("Cover", cover), cast("Document", document), path)


def _write(name: str, cover: Cover, document: Document, path: Path) -> Rendered:
    with path.open("wb") as file:
        formats()[name].write(cover, [document], file)
    content = path.read_bytes()
    return Rendered(len(content), hashlib.sha256(content).hexdigest())
