"""Lanes: what a worker may begin now, so that one sort of work does not keep another waiting."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from jobs.queue.adding import WAITED_FOR
from jobs.queue.claims import Claim
from jobs.work.task import Task


class Lanes:
    """Counts what the slots of one worker are doing.

    A task with `at_most` has no more slots than that. Work nobody waits for has all slots but one, which is kept for
    the next person; a worker with a single slot does everything with it.
    """

    def __init__(self, tasks: Mapping[str, Task], slots: int) -> None:
        self._verbs = tasks
        self._for_unattended = max(1, slots - 1)
        self._running: Counter[str] = Counter()
        self._unattended = 0
        # one claim at a time: what may be begun depends on the claims before
        self.claiming = asyncio.Lock()

    @property
    def kinds(self) -> list[str]:
        """The kinds of job that may be begun now."""
        return [
            kind for kind, task in self._verbs.items() if task.at_most is None or self._running[kind] < task.at_most
        ]

    @property
    def before(self) -> int | None:
        """Only jobs more urgent than this priority may be begun now; None: all."""
        return WAITED_FOR + 1 if self._unattended >= self._for_unattended else None

    @contextmanager
    def taken(self, claim: Claim) -> Iterator[None]:
        """The job has its place for the time of the block."""
        unattended = claim.priority > WAITED_FOR
        self._running[claim.kind] += 1
        self._unattended += unattended
        try:
            yield
        finally:
            self._running[claim.kind] -= 1
            self._unattended -= unattended
