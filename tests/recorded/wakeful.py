"""Files are rendered by children that give way to everything else, which on a busy machine means they hardly run.

A recording waits for every file, so here they get the processor as others do, where the system lets us say so.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

PAUSE: Final = 0.2


@contextmanager
def wakeful(pid: int) -> Iterator[None]:
    """For as long as the block lasts no descendant of that process is nice."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(PAUSE):
            _wake_below(pid)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _wake_below(pid: int) -> None:
    with suppress(psutil.Error, OSError):
        for child in psutil.Process(pid).children(recursive=True):
            if child.nice() > 0:
                child.nice(0)
                # Linux shares the processors between sessions first, and this child is a session of its own
                Path(f"/proc/{child.pid}/autogroup").write_text("0", encoding="ascii")
