"""How long a page template of a school's own may work, so that one that never ends keeps nobody waiting for long."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from exporters.processor_time import ended_after

_LEAST: Final = 0.001  # nothing would be no limit
_AGAIN: Final = 1.0  # who catches every error does not get away with it
LAST_SECONDS: Final = 10.0
"""What goes on for so much longer, since it never comes back to Python, ends with its process."""


class TooLongError(Exception):
    """The work took longer than it may."""


class Allowance:
    """Seconds of the processor, not of the clock: a busy machine is not the template's fault. None: any number.

    Kept in the main thread of a process only, where signals arrive; files are rendered there.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._left = seconds or 0.0
        self._until = 0.0

    def more(self, seconds: float) -> None:
        """Allows for more work, since there is more to do."""
        if self._seconds is not None:
            self._seconds += seconds
            self._left += seconds

    @contextmanager
    def used(self) -> Iterator[None]:
        """Counts the work of the block. TooLongError in the midst of it: the allowance is used up."""
        if self._seconds is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        self._until = time.process_time() + self._left
        with ended_after(self._left + LAST_SECONDS):
            before = signal.signal(signal.SIGPROF, self._over)
            signal.setitimer(signal.ITIMER_PROF, self._left, _AGAIN)
            try:
                yield
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                signal.signal(signal.SIGPROF, before)
                self._left = max(self._until - time.process_time(), _LEAST)

    def _over(self, _number: int, _frame: FrameType | None) -> None:
        left = self._until - time.process_time()
        if left > 0:  # the signal comes by ticks of the system, which on a busy machine are too many
            signal.setitimer(signal.ITIMER_PROF, max(left, _LEAST), _AGAIN)
            return
        raise TooLongError(f"it takes longer than {self._seconds:g} seconds")
