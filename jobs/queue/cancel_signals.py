"""CancelSignals: a job that was just cancelled is looked at now and not at its next heartbeat."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class CancelSignals:
    """The heartbeats of this process, by job. A signal says nothing but "look": what counts is the row."""

    def __init__(self) -> None:
        self._hearts: dict[int, set[asyncio.Event]] = {}

    @contextmanager
    def of(self, job_id: int) -> Iterator[asyncio.Event]:
        """Set at each signal of this job, for the time of the block."""
        heart = asyncio.Event()
        self._hearts.setdefault(job_id, set()).add(heart)
        try:
            yield heart
        finally:
            self._hearts[job_id].discard(heart)
            if not self._hearts[job_id]:
                del self._hearts[job_id]

    def signal(self, job_id: int | None) -> None:
        """Has this job looked at, if it is run here; None: every job."""
        for key in list(self._hearts) if job_id is None else [job_id]:
            for heart in self._hearts.get(key, ()):
                heart.set()
