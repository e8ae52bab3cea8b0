"""What the whole installation has before it, read from its rows: jobs and deliveries.

One statement, over indexes that hold nothing but what is not done; its answer is kept for a few seconds, so that asking
often costs the database nothing.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from sqlalchemy import bindparam, text

from jobs.queue.adding import WAITED_FOR
from models.database import Database

KEPT_SECONDS: Final = 5.0
WAITING: Final = "waiting"

# A job that is not yet due is nobody's backlog. The conditions stand as in the indexes: the planner compares them.
_STATE: Final = text(f"""
    select 'job' as what, kind, priority <= :waited_for as waited_for,
        case when state = 'RUNNING' then 'running' when due_at <= now() then '{WAITING}' else 'later' end as state,
        count(*) as number, extract(epoch from now() - min(due_at))::float as oldest
    from job where state in ('QUEUED', 'RUNNING') group by 2, 3, 4
    union all
    select 'job', kind, priority <= :waited_for, 'failed', count(*), null
    from job where state = 'FAILED' group by 2, 3
    union all
    select 'delivery', channel, null, lower(state), count(*), null
    from delivery where state <> 'SUCCEEDED' group by 2, 4
    order by 1, 2, 3, 4
""").bindparams(bindparam("waited_for", WAITED_FOR))


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many jobs or deliveries (`what`) of one kind or channel are in one state.

    `lane` of a job: whether somebody waits for it. `oldest`: seconds since the first of those that wait fell due.
    """

    what: str
    kind: str
    lane: str | None
    state: str
    count: int
    oldest: float | None


class StoredState:
    """The rows of the moment, at most a few seconds old, read once for all who ask at the same time."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._clock = clock
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")
        self._rows: Sequence[Backlog] = ()

    async def rows(self) -> Sequence[Backlog]:
        """What is not done, and what failed; raises what the database raises."""
        async with self._reading:
            if self._clock() - self._read_at >= KEPT_SECONDS:
                self._rows = await self._read()
                self._read_at = self._clock()
            return self._rows

    async def _read(self) -> Sequence[Backlog]:
        async with self._database.read() as session:
            found = (await session.execute(_STATE)).all()
        return [
            Backlog(
                row.what,
                row.kind,
                None if row.waited_for is None else "waited_for" if row.waited_for else "unattended",
                row.state,
                row.number,
                row.oldest if row.state == WAITING else None,
            )
            for row in found
        ]
