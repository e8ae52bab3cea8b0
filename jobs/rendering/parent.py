"""Rendering in child processes: the event loop, and with it every heartbeat, goes on; a child that hangs is killed.

Plain child processes that are kept warm, instead of a process pool: one that is killed takes nobody else's file with
it, none inherits our connections, and none outlives us (see rendering_child). A file is written piece by piece: the
next reports are sent when those before are written, so that neither process ever holds them all.
"""

import asyncio
import json
import os
import pickle
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from jobs.queue.failures import PermanentFailure, TemporaryFailure
from jobs.rendering.child import LENGTH_BYTES
from jobs.rendering.disk_space import NO_SPACE

OPEN_WRITER: Final = "exporters:open_writer"
CHILDREN: Final = 2
RENDER_SECONDS: Final = 600.0
"""How long one step of a file may take: beginning it, adding reports, closing it."""
# libraries that make files leak a little: a child is replaced now and then
FILES_PER_CHILD: Final = 100
# with room for a traceback in which every character is escaped
LONGEST_ANSWER: Final = 1 << 20
# who fills in the page templates of schools is told none of our secrets
_SECRETS: Final = ("ROLLCALL_", "DATABASE_URL", "REDIS_URL", "AWS_", "PG")

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


class Rendering:
    """A file that is being written.

    PermanentFailure: a step takes too long, or nobody can make the file as it was asked for. TemporaryFailure: the
    format raised (see the log), its process died, or there is no space left.
    """

    def __init__(self, name: str, process: asyncio.subprocess.Process, seconds: float) -> None:
        self._name = name
        self._process = process
        self._seconds = seconds
        self.rendered: Rendered | None = None

    async def add(self, documents: Sequence[object]) -> None:
        """Writes the next reports (anything that pickles)."""
        await self.say("add", documents)

    async def close(self) -> Rendered:
        """Ends the file; without it there is none."""
        self.rendered = Rendered(**await self.say("close"))
        return self.rendered

    async def say(self, *message: object) -> dict[str, Any]:
        """One step. Raises as the class says; the file is over then."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await _ask(self._process, pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))
        except TimeoutError:
            raise PermanentFailure(
                f"The {self._name} file was given up because it took longer than {self._seconds:g} seconds."
            ) from None
        except (OSError, asyncio.IncompleteReadError) as error:
            log.error("renderer_died", format=self._name, code=self._process.returncode)
            raise TemporaryFailure(f"The {self._name} file could not be made: its process died.") from error
        if "unrenderable" in answer:
            raise PermanentFailure(answer["unrenderable"])
        if "full" in answer:
            raise TemporaryFailure(NO_SPACE)
        if "error" in answer:
            log.error("rendering_failed", format=self._name, traceback=answer["error"])
            raise TemporaryFailure(f"The {self._name} file could not be made.")
        return answer


class Renderer:
    """Writes at most `children` files at a time; a child is started when needed.

    `open_writer` is MODULE:FUNCTION, a function such as `exporters.open_writer`.
    """

    def __init__(
        self, *, open_writer: str = OPEN_WRITER, children: int = CHILDREN, seconds: float = RENDER_SECONDS
    ) -> None:
        self._open_writer = open_writer
        self._seconds = seconds
        self._turn = asyncio.Semaphore(children)
        self._idle: list[_Child] = []
        self._all: set[asyncio.subprocess.Process] = set()

    @asynccontextmanager
    async def open(self, name: str, cover: object, path: Path) -> AsyncIterator[Rendering]:
        """Begins to write a file in the format of that name to `path`; raises as Rendering does.

        A block that is left before the file was closed ends its child: nothing is written from then on.
        """
        folder = path.with_name(f"{path.name}.parts")
        async with self._turn:
            child = await self._take()
            rendering = Rendering(name, child.process, self._seconds)
            try:
                await rendering.say("open", name, cover, str(path), str(folder))
                yield rendering
            finally:
                if rendering.rendered is not None:
                    await self._give_back(child)
                else:  # a late answer would be taken for that of the next file
                    await self._end(child.process)
                    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

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
            "jobs.rendering.child",
            self._open_writer,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=_environment(),
            limit=LONGEST_ANSWER,
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


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)}
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


async def _ask(process: asyncio.subprocess.Process, message: bytes) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.writelines((len(message).to_bytes(LENGTH_BYTES, "big"), message))
    await process.stdin.drain()
    answer: dict[str, Any] = json.loads(await process.stdout.readuntil(b"\n"))
    return answer
