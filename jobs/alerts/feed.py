"""The alerts that are pushed from this process, read for all its listeners together.

A listener is an account and the number it has read up to. It waits here until there is something above that number:
at first, after each wake of the bus, and every few seconds in case a wake was lost. One statement reads the alerts of
all who wait, one their accounts as they are now; so two thousand listeners cost what one does. Rows decide what is
told, wakes only when: nothing is missed or told twice, whatever becomes of Redis.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from jobs.queue.bus import Bus, Payload
from jobs.queue.topics import ALERTS
from models import Alert
from models.database import Database
from resolvers.access.viewers import Viewer, viewers_by_ids
from resolvers.alerts.alerts import alerts_after

# a listener far behind gets this many at a time
BATCH: Final = 50
# so many listeners are read for by one statement
TOGETHER: Final = 1_000
# a wake can be lost between the commit and Redis; then this is how long an alert takes
LOOK_EVERY_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 1.0

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AlertsRead:
    """Alerts in the order of their numbers, and the account as it was when they were read; None: it is gone."""

    viewer: Viewer | None
    alerts: list[Alert]


class AlertListener:
    """One subscriber: everything above `number`. Whoever hands an alert on moves `number` to it."""

    def __init__(self, feed: "AlertFeed", account_id: int, number: int) -> None:
        self.account_id = account_id
        self.number = number
        # whether there may be rows above `number` that nobody has looked for
        self.behind = True
        self.waiter: asyncio.Future[AlertsRead | None] | None = None
        self._feed = feed

    async def next(self) -> AlertsRead | None:
        """Waits for alerts above `number`; None when the process closes."""
        if self._feed.closed:
            return None
        waiter: asyncio.Future[AlertsRead | None] = asyncio.get_running_loop().create_future()
        self.waiter = waiter
        try:
            if self.behind:
                self._feed.look_for(self)
            return await waiter
        finally:
            self.waiter = None


class AlertFeed:
    """Reads for all listeners of this process. At rest it holds no task and no connection."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._listeners: dict[int, set[AlertListener]] = defaultdict(set)
        self._behind: set[AlertListener] = set()
        self._work = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self.closed = False

    @asynccontextmanager
    async def listen(self, account_id: int, number: int) -> AsyncIterator[AlertListener]:
        """Listens for the account's alerts above that number, those already there first."""
        listener = AlertListener(self, account_id, number)
        self._listeners[account_id].add(listener)
        if self._reader is None:
            self._reader = asyncio.create_task(self._run())
        try:
            yield listener
        finally:
            self._behind.discard(listener)
            self._listeners[account_id].discard(listener)
            if not self._listeners[account_id]:
                del self._listeners[account_id]
            if not self._listeners and self._reader is not None:
                reader, self._reader = self._reader, None
                reader.cancel()
                await asyncio.wait([reader])

    def look_for(self, listener: AlertListener) -> None:
        """Has the rows looked at for this listener, together with all others."""
        self._behind.add(listener)
        self._work.set()

    async def _run(self) -> None:
        # Listening begins before the first look at the rows: what is committed later wakes us.
        async with self._bus.subscribe(ALERTS) as wakes, asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read_for_ever())
            looking = tasks.create_task(self._look_now_and_then())
            async for payload in wakes:
                self._woken(payload)
            # the process closes: whoever waits is told so
            self.closed = True
            reading.cancel()
            looking.cancel()
            for listener in self._all():
                _tell(listener, None)

    def _all(self) -> list[AlertListener]:
        return [listener for listeners in self._listeners.values() for listener in listeners]

    def _woken(self, payload: Payload) -> None:
        accounts: Iterable[int] | None = payload.get("accounts")
        if accounts is None:  # wakes may have been missed
            self._note(self._all())
        else:
            self._note(one for account in accounts for one in self._listeners.get(account, ()))

    def _note(self, listeners: Iterable[AlertListener]) -> None:
        for listener in listeners:
            listener.behind = True
            if listener.waiter is not None:
                self.look_for(listener)

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            self._note(self._all())

    async def _read_for_ever(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._behind:
                some = [self._behind.pop() for _ in range(min(TOGETHER, len(self._behind)))]
                try:
                    await self._read(some)
                except (SQLAlchemyError, OSError) as error:
                    log.warning("database_away", error=repr(error))
                    await self._again(some)
                except Exception:  # whatever it was: listeners must not go deaf
                    log.exception("alerts_failed")
                    await self._again(some)

    async def _again(self, listeners: list[AlertListener]) -> None:
        await asyncio.sleep(RETRY_SECONDS)
        self._note(listeners)

    async def _read(self, listeners: list[AlertListener]) -> None:
        waiting = [listener for listener in listeners if listener.waiter is not None]
        for listener in waiting:
            listener.behind = False  # a wake from here on may be of rows that we do not see yet
        async with self._database.read() as session:
            found = await alerts_after(session, [(one.account_id, one.number) for one in waiting], at_most=BATCH)
            told = [(one, alerts) for one, alerts in zip(waiting, found, strict=True) if alerts]
            if not told:
                return
            viewers = await viewers_by_ids(session, {one.account_id for one, _ in told})
        for listener, alerts in told:
            listener.behind = listener.behind or len(alerts) == BATCH
            _tell(listener, AlertsRead(viewers.get(listener.account_id), alerts))


def _tell(listener: AlertListener, told: AlertsRead | None) -> None:
    waiter, listener.waiter = listener.waiter, None  # who has been answered waits no more, and is not read for
    if waiter is not None and not waiter.done():
        waiter.set_result(told)
