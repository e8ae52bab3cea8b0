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
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from jobs.queue.failures import Failure, NoSpaceFailure, PermanentFailure, TemporaryFailure
from jobs.rendering.child import LENGTH_BYTES
from jobs.rendering.disk_space import NO_SPACE

OPEN_WRITER: Final = "exporters:open_writer"
CHILDREN: Final = 2
RENDER_SECONDS: Final = 600.0
"""How long one step of a file may take by the clock: beginning it, adding reports, closing it."""
WORK_SECONDS: Final = 300.0
"""How long it may keep the processor busy, however long that takes on a busy machine."""
NICENESS: Final = 10
"""How nice a child that gives way is: of a processor that others want too it gets about a tenth, never nothing."""
# libraries that make files leak a little: a child is replaced now and then
FILES_PER_CHILD: Final = 100
# with room for a traceback in which every character is escaped
LONGEST_ANSWER: Final = 1 << 20
# a process whose end we see has ended, but for what the system has to do
_ENDING_SECONDS: Final = 10.0
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
    gives_way: bool
    files: int = 0


class Rendering:
    """A file that is being written.

    PermanentFailure: a step takes too long, or nobody can make the file as it was asked for. TemporaryFailure: the
    format raised (see the log), its process died, or it wants more memory than there is. NoSpaceFailure: the disk is
    full.
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
            raise await self._died() from error
        if "unrenderable" in answer:
            raise PermanentFailure(answer["unrenderable"])
        if "full" in answer:
            raise NoSpaceFailure(NO_SPACE)
        if "memory" in answer:
            log.error("renderer_out_of_memory", format=self._name)
            raise TemporaryFailure(f"The {self._name} file could not be made: it takes more memory than a file may.")
        if "error" in answer:
            log.error("rendering_failed", format=self._name, traceback=answer["error"])
            raise TemporaryFailure(f"The {self._name} file could not be made.")
        return answer

    async def _died(self) -> Failure:
        """Why the process ended before it answered."""
        try:
            code = await asyncio.wait_for(self._process.wait(), _ENDING_SECONDS)
        except TimeoutError:
            code = None  # it lives, and has closed its end
        log.error("renderer_died", format=self._name, code=code)
        ended_by = signal.Signals(-code).name if code is not None and code < 0 else ""
        if ended_by == "SIGVTALRM":
            return PermanentFailure(f"The {self._name} file was given up because it took too much work.")
        if ended_by == "SIGKILL":
            return TemporaryFailure(
                f"The {self._name} file could not be made: its process was killed, as a machine without memory does."
            )
        return TemporaryFailure(f"The {self._name} file could not be made: its process died.")


class Renderer:
    """Writes at most `children` files at a time; a child is started when needed.

    `open_writer` is MODULE:FUNCTION, a function such as `exporters.open_writer`.
    """

    def __init__(
        self,
        *,
        open_writer: str = OPEN_WRITER,
        children: int = CHILDREN,
        seconds: float = RENDER_SECONDS,
        work_seconds: float = WORK_SECONDS,
    ) -> None:
        self._open_writer = open_writer
        self._seconds, self._work_seconds = seconds, work_seconds
        self._turn = asyncio.Semaphore(children)
        self._idle: list[_Child] = []
        self._all: set[asyncio.subprocess.Process] = set()

    @asynccontextmanager
    async def open(self, name: str, cover: object, path: Path, *, gives_way: bool = False) -> AsyncIterator[Rendering]:
        """Begins to write a file in the format of that name to `path`; raises as Rendering does.

        `gives_way`: other work goes before it. A block that is left before the file was closed ends its child: nothing
        is written from then on.
        """
        folder = path.with_name(f"{path.name}.parts")
        async with self._turn:
            child = await self._take(gives_way)
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

    async def _take(self, gives_way: bool) -> _Child:
        for child in [child for child in reversed(self._idle) if child.gives_way is gives_way]:
            self._idle.remove(child)
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
            str(NICENESS if gives_way else 0),
            str(self._work_seconds),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=_environment(),
            limit=LONGEST_ANSWER,
            # Ctrl-C is for us: the file at hand may be finished. Linux shares processors between sessions, and then
            # within them: a child has ours, and only one that gives way has one of its own to be nice with.
            **({"start_new_session": True} if gives_way else {"process_group": 0}),
        )
        self._all.add(process)
        return _Child(process, gives_way)

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
