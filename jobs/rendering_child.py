"""The child process that renders: reads documents from its standard input, writes files, answers with lines of JSON.

Started by jobs/rendering.py as `python -m jobs.rendering_child MODULE:FUNCTION`, where the function returns the formats
by name. It ends when its input ends, so that it never outlives its parent, not even in the middle of a file.
"""

import hashlib
import importlib
import json
import os
import pickle
import queue
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

LENGTH_BYTES: Final = 8


def main() -> None:
    """Answers one request after the other."""
    module, _, function = sys.argv[1].partition(":")
    # The answers get the real output to themselves; whatever a library prints goes to the log.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, requests), daemon=True).start()
    formats: Mapping[str, Any] = getattr(importlib.import_module(module), function)()
    while True:
        name, path, cover, document = pickle.loads(requests.get())  # from our own parent only
        answers.write(json.dumps(_render(formats, name, Path(path), cover, document)).encode() + b"\n")


def _read(source: BinaryIO, requests: "queue.SimpleQueue[bytes]") -> None:
    while len(head := source.read(LENGTH_BYTES)) == LENGTH_BYTES:
        requests.put(source.read(int.from_bytes(head, "big")))
    os._exit(0)  # the parent is gone or done with us


def _render(formats: Mapping[str, Any], name: str, path: Path, cover: object, document: object) -> dict[str, Any]:
    try:
        with path.open("wb") as file:
            formats[name].write(cover, [document], file)
        with path.open("rb") as file:
            return {"byte_size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    except Exception:
        return {"error": traceback.format_exc()[-20_000:]}


if __name__ == "__main__":
    main()
