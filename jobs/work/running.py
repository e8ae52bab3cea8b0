"""Running a job: the one path of the worker, the command line and the tests."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from inspect import signature
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.queue import claims
from jobs.queue.claims import Claim
from jobs.queue.failures import Failure, LeaseLost, NotForUs, PermanentFailure, TemporaryFailure
from jobs.work.lanes import Lanes
from jobs.work.task import Task, Work, WorkContext
from models.files import StoreError
from resolvers.core.wording import counted

# the longest somebody else may have us wait before the next try
LONGEST_AFTER: Final = timedelta(days=1)
# so many workers may die under a job until it is taken for the cause
MAX_DEATHS: Final = 10
# what has a sentence for the person who asked; anything else is a mistake of ours
EXPECTED: Final = (Failure, StoreError)
# how long a job is left to workers of another version
NOT_FOR_US: Final = timedelta(seconds=10)

log = structlog.stdlib.get_logger(__name__)


def delay_before_next(task: Task, tried: int, jitter: float) -> timedelta:
    """How long to wait after that many tries: the task's delay, less up to a quarter by the jitter (0–1)."""
    return timedelta(seconds=task.delays[tried - 1] * (1 - jitter / 4))


async def run_due(context: WorkContext) -> int:
    """Runs every job that is due, one after the other, until nothing is left; returns how many attempts that were."""
    async with context.database.write() as session:
        await claims.requeue_expired(session)
    count = 0
    while await run_next(context):
        count += 1
    return count


async def run_next(
    context: WorkContext, lanes: Lanes | None = None, claimed: Callable[[], None] = lambda: None
) -> bool:
    """Runs the most urgent due job for which there is room in the lanes; False when there is none.

    Calls `claimed` once it has one, before it runs it.
    """
    lanes = lanes or Lanes(context.tasks, slots=1)
    with ExitStack() as place:
        async with lanes.claiming:
            async with context.database.write() as session:
                lease = context.pace.lease
                claim = await claims.claim_next(session, lanes.kinds, lease, before=lanes.before)
            if claim is None:
                return False
            place.enter_context(lanes.taken(claim))
        claimed()
        await run_claimed(context, claim)
    return True


async def run_job(context: WorkContext, job_id: int) -> bool:
    """Runs this job; False if it is not queued, of an unknown kind, or another worker has it."""
    async with context.database.write() as session:
        claim = await claims.claim(session, job_id, context.tasks, context.pace.lease)
    if claim is None:
        return False
    await run_claimed(context, claim)
    return True


async def run_claimed(context: WorkContext, claim: Claim) -> None:
    """Makes one attempt and writes down how it ended. Cancelled: gives the job back, and the attempt does not count.

    SQLAlchemyError, OSError: the database is away. The lease then runs out and the job is taken up again.
    """
    work = Work(context, claim)
    with structlog.contextvars.bound_contextvars(job_id=claim.id, job_kind=claim.kind, attempt=claim.attempts):
        try:
            with context.traced(claim):
                await _attempt(work)
        except LeaseLost:
            log.warning("lease_lost")
        except asyncio.CancelledError:
            await _write(work, claims.release)
            log.info("job_released")
            raise
        except NotForUs as reason:
            log.warning("arguments_unknown", reason=str(reason))
            why = f"It waits for a worker that knows its arguments; one here does not: {reason}."
            await _write(work, lambda session, held: claims.put_off(session, held, NOT_FOR_US, why, counted=False))
        except PermanentFailure as failure:
            await _fail(work, failure.sentence, expected=True)
        except Exception as error:
            log.warning("attempt_failed", exc_info=None if isinstance(error, EXPECTED) else error, error=str(error))
            await _try_again(work, error)
        else:
            if await _write(work, claims.finish):
                log.info("job_succeeded")


async def _attempt(work: Work) -> None:
    """Runs the task beside its heartbeat; raises what the task raises, or LeaseLost, or that it took too long."""
    claim, task = work.claim, _verb(work)
    if claim.deaths >= MAX_DEATHS:
        raise PermanentFailure(f"The work stopped without a word {MAX_DEATHS} times; the log has it as job {claim.id}.")
    try:
        signature(task.run).bind(work, **claim.arguments)
    except TypeError as error:
        raise NotForUs(str(error)) from None
    body = asyncio.ensure_future(task.run(work, **claim.arguments))
    beat = asyncio.create_task(_heartbeat(work))
    try:
        await asyncio.wait({body, beat}, timeout=task.seconds, return_when=asyncio.FIRST_COMPLETED)
        finished, lost = body.done(), beat.done()
    finally:
        body.cancel()
        beat.cancel()
        await asyncio.gather(body, beat, return_exceptions=True)
    if finished and not body.cancelled():
        body.result()
    elif lost:
        raise LeaseLost(f"job {claim.id}")
    else:
        raise TemporaryFailure(f"It was stopped because it took longer than {task.seconds:g} seconds.")


async def _heartbeat(work: Work) -> None:
    """Extends the lease again and again; returns when it is lost. A database that is away changes nothing: we go on."""
    context = work.context
    every = context.pace.heartbeat.total_seconds()
    with context.cancel_signals.of(work.claim.id) as signalled:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await signalled.wait()
            signalled.clear()
            try:
                async with asyncio.timeout(every), context.database.write() as session:
                    if not await claims.extend(session, work.claim, context.pace.lease):
                        return
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("heartbeat_failed", error=repr(error))


async def _try_again(work: Work, error: Exception) -> None:
    claim, task = work.claim, _verb(work)
    known = error.sentence if isinstance(error, EXPECTED) else None
    if claim.tried >= task.tries:
        times = counted(task.tries, "time", "times")
        unknown = f"Something unexpected went wrong {times}; the log has it as job {claim.id}."
        await _fail(work, known or unknown, expected=known is not None)
        return
    delay = delay_before_next(task, claim.tried, work.context.jitter())
    if isinstance(error, TemporaryFailure):
        delay = max(delay, min(error.after, LONGEST_AFTER))
    why = known or f"Attempt {claim.attempts} failed ({type(error).__name__}); it will be tried again."
    await _write(work, lambda session, held: claims.put_off(session, held, delay, why))


async def _fail(work: Work, reason: str, *, expected: bool) -> None:
    """Ends the job FAILED together with the row people look at; an `expected` failure is no mistake of ours."""
    claim, task = work.claim, _verb(work)
    try:
        async with work.database.write() as session:
            if not await claims.fail(session, claim, reason):
                log.warning("lease_lost")
                return
            if task.failed is not None:
                await task.failed(work, session, reason, **claim.arguments)
        log.log(logging.WARNING if expected else logging.ERROR, "job_failed", reason=reason)
    except (SQLAlchemyError, OSError):
        raise
    except Exception as error:
        # A hook that is broken must not keep the job alive for ever.
        log.exception("failed_hook_failed")
        if claim.tried < 2 * task.tries and task.delays:
            delay = delay_before_next(task, min(claim.tried, len(task.delays)), work.context.jitter())
            await _write(work, lambda session, held: claims.put_off(session, held, delay, reason))
        else:
            note = f"{reason} The row that asked for it could not be told ({type(error).__name__})."
            await _write(work, lambda session, held: claims.fail(session, held, note))


async def _write(work: Work, change: Callable[[AsyncSession, Claim], Awaitable[bool]]) -> bool:
    async with work.database.write() as session:
        changed = await change(session, work.claim)
    if not changed:
        log.warning("lease_lost")
    return changed


def _verb(work: Work) -> Task:
    return work.context.tasks[work.claim.kind]
