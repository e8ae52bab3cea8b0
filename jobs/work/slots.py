"""How many jobs a worker runs at once."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from jobs.work.lanes import Lanes
from jobs.work.running import run_next
from jobs.work.task import WorkContext

log = structlog.stdlib.get_logger(__name__)


class Slots:
    """Up to `size` jobs at a time. A slot that is woken works until nothing is due, then it is free again.

    `changed` is told whether a slot is free, whenever that may have changed.
    """

    def __init__(self, context: WorkContext, size: int) -> None:
        self._context = context
        self._size = size
        self._lanes = Lanes(context.tasks, size)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.changed: Callable[[bool], None] = lambda _: None

    @property
    def free(self) -> bool:
        return not self._stopping and len(self._tasks) < self._size

    def wake(self) -> None:
        """Has a free slot look for work. None free: those at work look for more when they are through."""
        if not self.free:
            return
        task = asyncio.create_task(self._work_off())
        self._tasks.add(task)
        task.add_done_callback(self._freed)
        self.changed(self.free)

    async def stop(self, grace: timedelta) -> None:
        """Begins nothing new, waits for the jobs at hand, then gives back those that take longer than `grace`."""
        self._stopping = True
        self.changed(False)
        tasks = set(self._tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=grace.total_seconds())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work_off(self) -> None:
        try:
            # A slot that found work wakes the next: one hint sets all slots to work where there is work for all.
            while not self._stopping and await run_next(self._context, self._lanes, self.wake):
                pass
        except (SQLAlchemyError, OSError) as error:
            log.warning("database_away", error=repr(error))  # the sweeper wakes a slot again
        except Exception:
            log.exception("slot_failed")

    def _freed(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.changed(self.free)
