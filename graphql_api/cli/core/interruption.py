"""Ctrl-C, SIGTERM and a closed terminal, made one thing: stop now, and tidy up undisturbed.

Outside of asynchronous work the first signal raises Interrupted; work that `run` runs is cancelled, or told in its own
way inside `instead`. After that signals are passed over, so that servers and files are not left behind half-way; only
work that may take its time to end can be hurried, by a second signal.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any, Final, TypeVar

# Windows has no SIGHUP
_CLOSED_TERMINAL: Final[signal.Signals | None] = getattr(signal, "SIGHUP", None)
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, *([_CLOSED_TERMINAL] if _CLOSED_TERMINAL else []))
# a process group and its parent may pass on the same press
SAME_PRESS_SECONDS: Final = 1.0
Done = TypeVar("Done")
Action = Callable[[], object]


class Interrupted(BaseException):
    """Somebody wants the command to stop."""


class _Ear:
    """What was heard, and what a signal does at present; signals belong to the process, so there is one."""

    def __init__(self) -> None:
        self.heard_at: float | None = None
        self.action: Action | None = None
        self.hurry: Action | None = None

    def hear(self, _number: int, _frame: FrameType | None) -> None:
        if self.heard_at is None:
            self.heard_at = monotonic()
            if self.action is None:
                raise Interrupted
            self.action()
        elif self.hurry is not None and monotonic() - self.heard_at > SAME_PRESS_SECONDS:
            hurry, self.hurry = self.hurry, None
            hurry()


_EAR: Final = _Ear()


def listen() -> None:
    """Hears signals from here on, for the rest of the process."""
    for number in STOP_SIGNALS:
        # nohup means it; a shell that ignores SIGINT for what it starts in the background does so unasked
        if number is not _CLOSED_TERMINAL or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _EAR.hear)


def run(
    work: Coroutine[Any, Any, Done], *, loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> Done:
    """Runs the work to its end in an event loop of its own. Raises Interrupted when a signal broke it off."""

    async def listening() -> Done:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        _EAR.action = lambda: loop.call_soon_threadsafe(task.cancel)
        try:
            return await work
        finally:
            _EAR.action = _EAR.hurry = None

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        try:
            return runner.run(listening())
        except (asyncio.CancelledError, Exception) as error:
            if _EAR.heard_at is None:
                raise
            raise Interrupted from error  # whatever it was, it came of breaking off


@contextmanager
def instead(action: Callable[[], object]) -> Iterator[None]:
    """Inside `run`: a signal in this block calls the action and cancels nothing; a second one, later, cancels."""
    loop, cancel = asyncio.get_running_loop(), _EAR.action

    def told() -> None:
        _EAR.hurry = cancel
        loop.call_soon_threadsafe(action)

    _EAR.action = told
    try:
        yield
    finally:
        _EAR.action, _EAR.hurry = cancel, None
