"""How long a page template of a school's own may work, so that one that never ends keeps nobody waiting for long."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_AGAIN: Final = 1.0  # who catches every error does not get away with it


class TooLongError(Exception):
    """The work took longer than it may."""


class Allowance:
    """Seconds of the processor, not of the clock: a busy machine is not the template's fault. None: any number.

    Kept in the main thread of a process only, where signals arrive; files are rendered there.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._left = seconds or 0.0

    @contextmanager
    def used(self) -> Iterator[None]:
        """Counts the work of the block. TooLongError in the midst of it: the allowance is used up."""
        if self._seconds is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGPROF, self._over)
        signal.setitimer(signal.ITIMER_PROF, self._left, _AGAIN)
        try:
            yield
        finally:
            # what is left is never nothing, which would be no limit
            self._left = max(signal.setitimer(signal.ITIMER_PROF, 0)[0], 0.001)
            signal.signal(signal.SIGPROF, before)

    def _over(self, _number: int, _frame: FrameType | None) -> None:
        raise TooLongError(f"it takes longer than {self._seconds:g} seconds")
