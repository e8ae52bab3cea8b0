"""Rendering in child processes: the event loop, and with it every heartbeat, goes on; a child that hangs is killed.

Plain child processes that are kept warm, instead of a process pool: one that is killed takes nobody else's file with
it, none inherits our connections, and none outlives us (see rendering_child).
"""

import asyncio
import json
import os
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from jobs.failures import PermanentFailure, TemporaryFailure
from jobs.rendering_child import LENGTH_BYTES

FORMATS: Final = "exporters:formats"
CHILDREN: Final = 2
RENDER_SECONDS: Final = 600.0
# libraries that make files leak a little: a child is replaced now and then
FILES_PER_CHILD: Final = 100

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was written."""

    byte_size: int
    sha256: str


@dataclass(slots=True)
class _Child:
    process: asyncio.subprocess.Process
    files: int = 0


class Renderer:
    """Renders at most `children` files at a time; a child is started when needed. `formats` is MODULE:FUNCTION."""

    def __init__(self, *, formats: str = FORMATS, children: int = CHILDREN, seconds: float = RENDER_SECONDS) -> None:
        self._formats = formats
        self._seconds = seconds
        self._turn = asyncio.Semaphore(children)
        self._idle: list[_Child] = []
        self._all: set[asyncio.subprocess.Process] = set()

    async def render(self, name: str, cover: object, document: object, path: Path) -> Rendered:
        """Writes the document (anything that pickles) in the format of that name to `path`.

        PermanentFailure: it takes too long. TemporaryFailure: the format raised (see the log), or its process died.
        """
        request = pickle.dumps((name, str(path), cover, document), protocol=pickle.HIGHEST_PROTOCOL)
        async with self._turn:
            child = await self._take()
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await _ask(child.process, request)
            except TimeoutError:
                await self._end(child.process)
                raise PermanentFailure(
                    f"The {name} file was given up because it took longer than {self._seconds:g} seconds."
                ) from None
            except (OSError, asyncio.IncompleteReadError) as error:
                await self._end(child.process)
                log.error("renderer_died", format=name, code=child.process.returncode)
                raise TemporaryFailure(f"The {name} file could not be made: its process died.") from error
            except BaseException:  # cancelled in the middle: its answer would be taken for that of the next file
                await self._end(child.process)
                raise
            await self._give_back(child)
        if "error" in answer:
            log.error("rendering_failed", format=name, traceback=answer["error"])
            raise TemporaryFailure(f"The {name} file could not be made.")
        return Rendered(**answer)

    async def close(self) -> None:
        """Ends every child."""
        for process in list(self._all):
            await self._end(process)
        self._idle.clear()

    async def _take(self) -> _Child:
        while self._idle:
            child = self._idle.pop()
            if child.process.returncode is None:
                return child
            self._all.discard(child.process)
        process = await asyncio.create_subprocess_exec(
            # -P and the path of this process: the child imports what we would, not what lies in the working directory
            sys.executable,
            "-P",
            "-m",
            "jobs.rendering_child",
            self._formats,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,  # Ctrl-C is for us: the file at hand may be finished
        )
        self._all.add(process)
        return _Child(process)

    async def _give_back(self, child: _Child) -> None:
        child.files += 1
        if child.files >= FILES_PER_CHILD:
            await self._end(child.process)
        else:
            self._idle.append(child)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        self._all.discard(process)
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _ask(process: asyncio.subprocess.Process, request: bytes) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.writelines((len(request).to_bytes(LENGTH_BYTES, "big"), request))
    await process.stdin.drain()
    answer: dict[str, Any] = json.loads(await process.stdout.readuntil(b"\n"))
    return answer
