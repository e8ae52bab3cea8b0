"""The trouble: each sort of it spread over the same time, all of them at once."""

import asyncio
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

from redis import Redis

from models.embedded import Place, ServerStartError
from models.embedded.postgres import start_postgres
from models.embedded.process import end_process, recorded_process
from models.embedded.redis import start_redis, stop_redis
from tests.faults.crew import Crew
from tests.faults.due_together import fall_due
from tests.faults.plan import Plan

PATIENCE: Final = 30.0
STARTS: Final = 5
# when in the trouble the schedules fall due, and how long before they are made so
DUE_AFTER: Final = 0.3
DUE_IN: Final = timedelta(seconds=3)


class Trouble:
    """What is done to the workers and the servers; `done` counts it."""

    def __init__(self, plan: Plan, place: Place, crew: Crew, database_url: str) -> None:
        self._plan = plan
        self._database_url = database_url
        self._place = place
        self._crew = crew
        self._redis = asyncio.Lock()
        self.done: Counter[str] = Counter()

    async def all_of_it(self) -> None:
        """Returns when it is over."""
        async with asyncio.TaskGroup() as group:
            for trouble in (
                self._kill,
                self._flush,
                self._take_redis_away,
                self._crash_postgres,
                self._stop_a_worker,
                self._kill_all_as_schedules_fall_due,
            ):
                group.create_task(trouble())

    async def _kill(self) -> None:
        for _ in range(self._plan.kills):
            await asyncio.sleep(self._plan.seconds / self._plan.kills)
            await asyncio.to_thread(self._crew.kill_one)
            self.done["SIGKILL"] += 1

    async def _flush(self) -> None:
        for _ in range(self._plan.flushes):
            await asyncio.sleep(self._plan.seconds / (self._plan.flushes + 1))
            async with self._redis:
                await asyncio.to_thread(_flush, self._place)
            self.done["FLUSHALL"] += 1

    async def _take_redis_away(self) -> None:
        """Restarts, some before and some after the time without it."""
        apart = (self._plan.seconds - self._plan.without_redis) / (self._plan.redis_restarts + 2)
        for number in range(self._plan.redis_restarts + 1):
            await asyncio.sleep(apart)
            is_long = number == self._plan.redis_restarts // 2
            async with self._redis:
                await asyncio.to_thread(stop_redis, self._place)
                if is_long:
                    await asyncio.sleep(self._plan.without_redis)
                await asyncio.to_thread(start_redis, self._place)
            self.done[f"{self._plan.without_redis:g} s without Redis" if is_long else "Redis restart"] += 1

    async def _crash_postgres(self) -> None:
        for _ in range(self._plan.postgres_restarts):
            await asyncio.sleep(self._plan.seconds / (self._plan.postgres_restarts + 1))
            await asyncio.to_thread(_crash, self._place)
            self.done["PostgreSQL restart"] += 1

    async def _kill_all_as_schedules_fall_due(self) -> None:
        await asyncio.sleep(self._plan.seconds * DUE_AFTER)
        due_at = await fall_due(self._database_url, self._plan.schedules, DUE_IN)
        await asyncio.sleep((due_at - datetime.now(UTC)).total_seconds())
        await asyncio.to_thread(self._crew.kill_all_at_work)
        self.done["all workers killed as schedules fell due"] += 1

    async def _stop_a_worker(self) -> None:
        await asyncio.sleep((self._plan.seconds - self._plan.stopped) / 2)
        if self._plan.stopped:
            name = await asyncio.to_thread(self._crew.stop_one)
            await asyncio.sleep(self._plan.stopped)
            self._crew.resume(name)
            self.done[f"SIGSTOP for {self._plan.stopped:g} s"] += 1


def _flush(place: Place) -> None:
    with Redis(unix_socket_path=str(place.redis_socket)) as redis:
        redis.flushall()


def _crash(place: Place) -> None:
    process = recorded_process(place.postgres / "postmaster.pid", place.postgres)
    assert process is not None
    end_process(process, signal.SIGQUIT, patience=PATIENCE)
    for left in reversed(range(STARTS)):
        try:
            start_postgres(place, durable=True)
            return
        except ServerStartError:  # processes of the one before are still ending
            if not left:
                raise
