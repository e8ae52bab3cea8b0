"""The workers: processes forked from one that has imported everything, so that 200 of them cost little."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from random import Random
from threading import Lock

from tests.faults.journal import Silence
from tests.faults.worker import Ground, work_on

STOP_SECONDS = 60


class Crew:
    """So many workers at any time; who is killed is replaced at once."""

    def __init__(self, ground: Ground, size: int, chance: Random) -> None:
        self._ground = ground
        self._chance = chance
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.faults.forked"])
        self._hired = 0
        self._at_work: dict[str, ForkServerProcess] = {}
        self._stopped: set[str] = set()
        self._choosing = Lock()  # who is chosen to be stopped must not be killed before
        self.kills: list[Silence] = []
        self.stops: list[Silence] = []
        for _ in range(size):
            self._hire()

    def kill_one(self) -> None:
        """Kills a worker that is not stopped, and puts another in its place."""
        with self._choosing:
            name = self._chance.choice(sorted(self._at_work.keys() - self._stopped))
            process = self._at_work.pop(name)
            process.kill()
            self.kills.append(Silence(name, datetime.now(UTC)))
            process.join()
            process.close()
            self._hire()

    def kill_all_at_work(self) -> None:
        """Kills every worker that is not stopped, one after the other, and puts others in their place."""
        for _ in range(len(self._at_work) - len(self._stopped)):
            self.kill_one()

    def stop_one(self) -> str:
        """Stops a worker in the middle of what it does, and says which."""
        with self._choosing:
            name = self._chance.choice(sorted(self._at_work.keys() - self._stopped))
            self._stopped.add(name)
            self._signal(name, signal.SIGSTOP)
            self.stops.append(Silence(name, datetime.now(UTC)))
            return name

    def resume(self, name: str) -> None:
        """Has it go on as if nothing had been."""
        with self._choosing:
            self._signal(name, signal.SIGCONT)
            self._stopped.discard(name)

    def dismiss(self) -> list[int | None]:
        """Asks all to stop, and says with which codes they did."""
        for name in list(self._stopped):
            self.resume(name)
        for process in self._at_work.values():
            process.terminate()
        for process in self._at_work.values():
            process.join(STOP_SECONDS)
        return [process.exitcode for process in self._at_work.values()]

    def kill_all(self) -> None:
        """Leaves nobody."""
        for process in self._at_work.values():
            process.kill()
            process.join()
        self._at_work.clear()

    def _hire(self) -> None:
        self._hired += 1
        name = f"worker-{self._hired}"
        process = self._context.Process(target=work_on, args=(self._ground, name), name=name, daemon=True)
        process.start()
        self._at_work[name] = process

    def _signal(self, name: str, number: signal.Signals) -> None:
        pid = self._at_work[name].pid
        assert pid is not None
        os.kill(pid, number)


@contextmanager
def crew_at_work(ground: Ground, size: int, chance: Random) -> Iterator[Crew]:
    """A crew for the time of the block; nobody is left at its end."""
    crew = Crew(ground, size, chance)
    try:
        yield crew
    finally:
        crew.kill_all()
