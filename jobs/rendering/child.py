"""The child process that renders: reads messages from its standard input, writes files, answers with lines of JSON.

Started by parent.py as `python -m jobs.rendering.child MODULE:FUNCTION NICENESS SECONDS`. The function opens a writer
as `exporters.open_writer` does; a message may keep the processor busy for so many seconds, and the system ends a child
that goes on. A message is a pickle behind its length, and each has one answer:

    ("open", name, cover, path, folder)     begins a file; `folder` is made for whatever a library puts aside    {}
    ("add", [document, …])                  the next reports of the file                                         {}
    ("close",)                              {"byte_size", "sha256"}; the folder is gone

    {"unrenderable": sentence}   nobody can make the file as it was asked for
    {"full": true}               there is no space left to write it
    {"memory": true}             it takes more memory than a child may have
    {"error": traceback}         anything else

Whatever it answers but {}, the file is over. It ends when its input ends, so that it never outlives its parent, not
even in the middle of a file.
"""

import hashlib
import importlib
import json
import os
import pickle
import queue
import shutil
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from exporters.format import UnrenderableError
from exporters.processor_time import ended_after
from jobs.rendering.disk_space import is_no_space

LENGTH_BYTES: Final = 8
# many times what any file takes: what takes more must not take the machine with it
MOST_MEMORY: Final = 3 << 29


def main() -> None:
    """Answers one message after the other."""
    opener, niceness, seconds = sys.argv[1:]
    module, _, function = opener.partition(":")
    # The answers get the real output to themselves; whatever a library prints goes to the log.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _give_way(int(niceness))
    _bound()
    desk = Desk(getattr(importlib.import_module(module), function))
    messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, messages, desk), daemon=True).start()
    while True:
        kind, *rest = pickle.loads(messages.get())  # from our own parent only
        with ended_after(float(seconds)):
            answer = desk.answer(kind, *rest)
        answers.write(json.dumps(answer).encode() + b"\n")


def _give_way(niceness: int) -> None:
    if niceness:
        os.nice(niceness)
        with suppress(OSError):
            # Linux shares the processors between sessions first, and this is one of its own, to be nice as a whole
            Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")


def _bound() -> None:
    with suppress(ImportError, ValueError, OSError):  # not every system has it
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _read(source: BinaryIO, messages: "queue.SimpleQueue[bytes]", desk: "Desk") -> None:
    code = 1  # there may be no memory left for what is sent: the parent must not wait for an answer
    try:
        while len(head := source.read(LENGTH_BYTES)) == LENGTH_BYTES:
            messages.put(source.read(int.from_bytes(head, "big")))
        code = 0
    finally:
        desk.clear()  # the parent is gone, or done with us
        os._exit(code)


@dataclass(slots=True)
class Desk:
    """The file at hand, if there is one. `open_writer` is called with a format's name, a cover and a stream."""

    open_writer: Callable[[str, Any, BinaryIO], Any]
    _path: Path | None = None
    _folder: Path | None = None
    _stream: BinaryIO | None = None
    _writer: Any = None

    def answer(self, kind: str, *rest: Any) -> dict[str, Any]:
        """What a message is answered with."""
        steps: dict[str, Callable[..., dict[str, Any]]] = {"open": self._open, "add": self._add, "close": self._close}
        try:
            return steps[kind](*rest)
        except Exception as error:
            return self._over(_failure(error))

    def _open(self, name: str, cover: object, path: str, folder: str) -> dict[str, Any]:
        self._path, self._folder = Path(path), Path(folder)
        self._folder.mkdir(mode=0o700)
        tempfile.tempdir = folder
        self._stream = self._path.open("wb")
        self._writer = self.open_writer(name, cover, self._stream)
        return {}

    def _add(self, documents: Sequence[object]) -> dict[str, Any]:
        for document in documents:
            self._writer.add(document)
        return {}

    def _close(self) -> dict[str, Any]:
        assert self._stream is not None
        assert self._path is not None
        self._writer.close()
        # what is still on its way to the disk may find it full
        self._stream.close()
        with self._path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return self._over({"byte_size": self._path.stat().st_size, "sha256": sha256})

    def _over(self, answer: dict[str, Any]) -> dict[str, Any]:
        self._writer = None
        if self._stream is not None:
            with suppress(OSError):
                self._stream.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._path = self._folder = self._stream = tempfile.tempdir = None
        return answer

    def clear(self) -> None:
        """Removes what there is of a file that will never be whole."""
        path, folder = self._path, self._folder
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if path is not None:
            path.unlink(missing_ok=True)


def _failure(error: Exception) -> dict[str, Any]:
    if is_no_space(error):  # whatever somebody took it for
        return {"full": True}
    if isinstance(error, UnrenderableError):
        return {"unrenderable": error.sentence}
    if isinstance(error, MemoryError):
        return {"memory": True}
    return {"error": traceback.format_exc()[-20_000:]}


if __name__ == "__main__":
    main()
