"""The worker: slots for jobs, a sweeper that looks every few seconds, and arq, which hears hints and wakes slots."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, timedelta
from typing import Any, Final
from uuid import uuid4

import arq
import orjson
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from jobs.forgetting import forget
from jobs.queue import claims
from jobs.queue.adding import HINTS, hint_redis
from jobs.queue.presence import say_gone, say_present
from jobs.queue.topics import CANCELLED
from jobs.schedules.scheduler import keep_schedules, wake_waiting
from jobs.tidying import forget_jobs, tidy
from jobs.work.slots import Slots
from jobs.work.task import WorkContext

SLOTS: Final = 4
HINT_POLL_SECONDS: Final = 0.1
REDIS_RETRY_SECONDS: Final = 1.0
CANCEL_AGAIN_SECONDS: Final = 0.2
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
TIDY_SECONDS: Final = 3600.0

log = structlog.stdlib.get_logger(__name__)


async def run_worker(
    context: WorkContext, redis_url: str, *, slots: int = SLOTS, stop: asyncio.Event | None = None
) -> None:
    """Works until `stop` is set; without one, until SIGINT or SIGTERM.

    Then it begins nothing new, lets jobs at hand end within `pace.grace`, and gives back the others. Neither Redis nor
    PostgreSQL being away ends it.
    """
    with _stopped_by_signals() if stop is None else _given(stop) as stopped:
        at_work, name = Slots(context, slots), uuid4().hex
        background = [
            asyncio.create_task(_sweep(context, at_work, name)),
            asyncio.create_task(_hear_hints(redis_url, at_work)),
            asyncio.create_task(_hear_of_cancelled(context)),
            asyncio.create_task(_tidy(context)),
            asyncio.create_task(keep_schedules(context)),
        ]
        ended = asyncio.create_task(stopped.wait())
        log.info("worker_started", kinds=sorted(context.tasks), slots=slots)
        try:
            await asyncio.wait({ended, *background}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            results = await _cancelled(background)
            await say_gone(context.bus.redis, name)
            await at_work.stop(context.pace.grace)
            log.info("worker_stopped")
        for result in results:
            if isinstance(result, Exception):  # a loop that ended by itself is a mistake of ours: say so, loudly
                raise result


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> list[BaseException | None]:
    """Ends the tasks and says how they ended."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        # again and again: a client of Redis that is just connecting can lose a cancellation
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_SECONDS)
    return await asyncio.gather(*tasks, return_exceptions=True)


async def _sweep(context: WorkContext, slots: Slots, name: str) -> None:
    """Takes up what nobody was told of: jobs whose worker died, whose hint was lost, or whose time has come.

    Who has looked has also shown that it works: word of it is left for those who ask whether a worker is there.
    """
    while True:
        try:
            async with context.database.write() as session:
                expired = await claims.requeue_expired(session)
            if expired:
                log.warning("leases_expired", jobs=expired)
            slots.wake()
            await say_present(context.bus.redis, name)
        except (SQLAlchemyError, OSError) as error:
            log.warning("database_away", error=repr(error))
        # spread out, so that many workers do not ask at the same instant
        await asyncio.sleep(context.pace.sweep.total_seconds() * (0.75 + context.jitter() / 4))


async def _tidy(context: WorkContext) -> None:
    while True:
        try:
            if slots := await wake_waiting(context):
                log.warning("waiting_slots_woken", slots=slots)
            if files := await tidy(context):
                log.info("files_removed", files=files)
            if jobs := await forget_jobs(context):
                log.info("jobs_forgotten", jobs=jobs)
            if rows := await forget(context):
                log.info("rows_forgotten", **rows)
        except (SQLAlchemyError, OSError) as error:
            log.warning("tidying_failed", error=repr(error))
        await asyncio.sleep(TIDY_SECONDS)


async def _hear_hints(redis_url: str, slots: Slots) -> None:
    """Runs arq for as long as it takes: a Redis that is away, or a flushed one, ends arq but not the worker."""
    while True:
        try:
            await _arq_until_it_ends(redis_url, slots)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("redis_away", error=repr(error))
        await asyncio.sleep(REDIS_RETRY_SECONDS)


async def _hear_of_cancelled(context: WorkContext) -> None:
    """Has jobs that were cancelled stop now; who does not hear of it sees it at the next heartbeat."""
    async with context.bus.subscribe(CANCELLED) as listener:
        async for payload in listener:
            context.cancel_signals.signal(payload.get("job"))


async def _arq_until_it_ends(redis_url: str, slots: Slots) -> None:
    async def run(_: dict[Any, Any], job_id: int) -> None:
        # Not this very job but the most urgent one: a person who waits goes before a thousand hints of the night.
        log.debug("hint_heard", job_id=job_id)
        slots.wake()

    redis = hint_redis(redis_url)
    worker = arq.Worker(
        functions=[arq.func(run, name="run")],  # type: ignore[arg-type]  # arq asks for a protocol with ctx first
        queue_name=HINTS,
        redis_pool=redis,
        handle_signals=False,
        max_jobs=SLOTS,
        job_timeout=timedelta(seconds=5),
        keep_result=0,
        poll_delay=HINT_POLL_SECONDS,
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        timezone=UTC,
        log_results=False,
    )

    def pick_only_for_a_free_slot(free: bool) -> None:
        worker.allow_pick_jobs = free  # with all slots busy, a hint is left to a worker that has one free

    pick_only_for_a_free_slot(slots.free)
    slots.changed = pick_only_for_a_free_slot
    try:
        await worker.main()
    finally:
        for task in worker.tasks.values():
            task.cancel()
        await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
        with suppress(RedisError, OSError):
            await redis.aclose()


@contextmanager
def _stopped_by_signals() -> Iterator[asyncio.Event]:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def forget() -> None:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)

    def heard() -> None:
        stop.set()
        forget()  # who asks a second time does not want to wait for the jobs at hand

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, heard)
    try:
        yield stop
    finally:
        forget()


@contextmanager
def _given(stop: asyncio.Event) -> Iterator[asyncio.Event]:
    yield stop
