"""How long this process may be at work: seconds of the processor, not of the clock, so that a busy machine is nobody's
fault. The system itself ends a process that goes beyond, whatever it is in the midst of."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_POSSIBLE: Final = hasattr(signal, "setitimer")  # not every system has it
_LEAST: Final = 0.001  # nothing would be no limit


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Within the block the process may work for about so many seconds, and no longer than a block around it may.

    Then it ends by SIGVTALRM. It is a last resort: the system counts by ticks, on a busy machine a third too many.
    """
    if not _POSSIBLE:
        yield
        return
    around = signal.getitimer(signal.ITIMER_VIRTUAL)[0]
    allowed = min(seconds, around) if around else seconds
    signal.setitimer(signal.ITIMER_VIRTUAL, allowed)
    try:
        yield
    finally:
        left = signal.setitimer(signal.ITIMER_VIRTUAL, 0)[0]
        if around:
            signal.setitimer(signal.ITIMER_VIRTUAL, max(around - allowed + left, _LEAST))
