"""Who holds a job: every change of its state, each one statement that is safe beside any number of other workers.

Time is the database's, the one clock all machines share; `now` replaces it in tests. Every change by a holder names its
fence, which grows with each claim: who lost the lease changes nothing and is told so by False.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, DateTime, Update, exists, func, literal, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from jobs.queue.adding import RESUMED
from models import Job, WorkState

# Written out instead of bound: the partial index serves a state only where the planner can read it.
_QUEUED = Job.state == literal_column(f"'{WorkState.QUEUED}'")
_RUNNING = Job.state == literal_column(f"'{WorkState.RUNNING}'")
_INSTANT = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job as its holder sees it; `attempts` counts this one, `deaths` those whose worker was gone before their end.

    A lower `priority` is more urgent.
    """

    id: int
    kind: str
    arguments: dict[str, Any]
    attempts: int
    fence: int
    priority: int = 0
    deaths: int = 0
    trace: str | None = None

    @property
    def tried(self) -> int:
        """How many tries of the task this one makes: a death is none."""
        return self.attempts - self.deaths


async def claim(
    session: AsyncSession, job_id: int, kinds: Collection[str], lease: timedelta, *, now: datetime | None = None
) -> Claim | None:
    """Claims this job if it is queued and of a known kind, due or not; None if not, or if another takes it just now."""
    return await _claim(session, Job.id == job_id, kinds, lease, now)


async def claim_next(
    session: AsyncSession,
    kinds: Collection[str],
    lease: timedelta,
    *,
    before: int | None = None,
    now: datetime | None = None,
) -> Claim | None:
    """Claims the most urgent due job of these kinds: by priority, then by due time. None when nothing is due.

    `before`: only jobs more urgent than this priority.
    """
    due = Job.due_at <= _time(now)
    return await _claim(session, due if before is None else due & (Job.priority < before), kinds, lease, now)


async def extend(session: AsyncSession, held: Claim, lease: timedelta, *, now: datetime | None = None) -> bool:
    """Extends the lease. True as long as the job is held, also while our own transaction has the row locked."""
    # SKIP LOCKED: a heartbeat must not queue behind the fenced transaction of the very job it keeps alive.
    own = select(Job.id).where(_held(held)).with_for_update(skip_locked=True).cte("own")
    # The time now, not that of the transaction's begin: it may have begun long ago.
    time = func.clock_timestamp(type_=_INSTANT) if now is None else _time(now)
    extended = update(Job).where(Job.id == own.c.id).values(leased_until=time + lease)
    if await _changed(session, extended):
        return True
    return bool(await session.scalar(select(exists().where(_held(held)))))


async def lock(session: AsyncSession, held: Claim, silence: timedelta) -> bool:
    """Locks the row until the transaction ends, so that nobody can take the job meanwhile; False if it is not held.

    A holder that is silent in it for longer than `silence` (its machine is gone, or it was suspended) loses its
    connection, and with it the lock: the sweeper passes over locked rows.
    """
    limit = func.set_config("idle_in_transaction_session_timeout", f"{silence / timedelta(milliseconds=1):.0f}", True)
    return (await session.execute(select(Job.id, limit).where(_held(held)).with_for_update())).first() is not None


async def finish(session: AsyncSession, held: Claim) -> bool:
    """Ends the job well."""
    return await _end(session, held, WorkState.SUCCEEDED, None)


async def fail(session: AsyncSession, held: Claim, error: str) -> bool:
    """Ends the job with a sentence that says why."""
    return await _end(session, held, WorkState.FAILED, error)


async def put_off(
    session: AsyncSession,
    held: Claim,
    delay: timedelta,
    error: str,
    *,
    counted: bool = True,
    now: datetime | None = None,
) -> bool:
    """Queues the job again, due after the delay; not `counted`: the attempt was none."""
    attempts = Job.attempts - (0 if counted else 1)
    values = {"due_at": _time(now) + delay, "error": error, "attempts": attempts}
    return await _changed(session, _let_go(held).values(state=WorkState.QUEUED, **values))


async def release(session: AsyncSession, held: Claim) -> bool:
    """Queues the job again as if it had not been claimed: the worker stops, the work is not to blame."""
    return await _changed(session, _let_go(held).values(state=WorkState.QUEUED, attempts=Job.attempts - 1))


async def cancel(session: AsyncSession, kind: str, arguments: dict[str, Any]) -> list[int]:
    """Ends the jobs of this kind with just these arguments that have not ended, and returns their ids.

    Their workers stop at the next heartbeat and write no more; what one is writing at this moment is waited for.
    """
    asked = (Job.kind == kind) & (Job.arguments == arguments) & (_QUEUED | _RUNNING)
    values = {"state": WorkState.CANCELLED, "leased_until": None, "finished_at": func.now()}
    cancelled = update(Job).where(asked).values(values).returning(Job.id)
    return list(await session.scalars(cancelled.execution_options(synchronize_session=False)))


async def requeue_expired(session: AsyncSession, *, now: datetime | None = None) -> int:
    """Queues every running job whose lease has run out, as one whose worker is gone, and returns how many.

    From here on the old holders are fenced off. What had been begun goes before all that waits.
    """
    dead = select(Job.id).where(_RUNNING, Job.leased_until < _time(now)).with_for_update(skip_locked=True).cte("dead")
    again = {"state": WorkState.QUEUED, "leased_until": None, "deaths": Job.deaths + 1, "priority": RESUMED}
    swept = update(Job).where(Job.id == dead.c.id).values(again)
    return await _count(session, swept)


async def _claim(
    session: AsyncSession,
    which: ColumnElement[bool],
    kinds: Collection[str],
    lease: timedelta,
    now: datetime | None,
) -> Claim | None:
    first = (
        select(Job.id)
        .where(_QUEUED, which, Job.kind.in_(sorted(kinds)))
        .order_by(Job.priority, Job.due_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("first")
    )
    claimed = (
        update(Job)
        .where(Job.id == first.c.id)
        .values(
            state=WorkState.RUNNING,
            attempts=Job.attempts + 1,
            fence=Job.fence + 1,
            leased_until=_time(now) + lease,
        )
        .returning(Job.id, Job.kind, Job.arguments, Job.attempts, Job.fence, Job.priority, Job.deaths, Job.trace)
        .execution_options(synchronize_session=False)
    )
    row = (await session.execute(claimed)).one_or_none()
    return None if row is None else Claim(*row)


def _time(now: datetime | None) -> ColumnElement[datetime]:
    return func.now(type_=_INSTANT) if now is None else literal(now, _INSTANT)


def _held(held: Claim) -> ColumnElement[bool]:
    return (Job.id == held.id) & (Job.fence == held.fence) & _RUNNING


def _let_go(held: Claim) -> Update:
    return update(Job).where(_held(held)).values(leased_until=None)


async def _end(session: AsyncSession, held: Claim, state: WorkState, error: str | None) -> bool:
    return await _changed(session, _let_go(held).values(state=state, error=error, finished_at=func.now()))


async def _changed(session: AsyncSession, statement: Update) -> bool:
    return await _count(session, statement) == 1


async def _count(session: AsyncSession, statement: Update) -> int:
    result = await session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount
