"""Timing: seconds on the wall, and seconds of processor, which other people's work on the machine changes little."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import psutil


class Stopwatch:
    """What a block took: `seconds`, and `cpu` of this process, of PostgreSQL and of the other processes named."""

    def __init__(self, data: Path, others: tuple[int, ...] = ()) -> None:
        self.postmaster = int((data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        self.others = (os.getpid(), *others)
        self.seconds = self.cpu = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Adds what the block takes."""
        cpu, begun = self._cpu(), perf_counter()
        yield
        self.seconds += perf_counter() - begun
        self.cpu += self._cpu() - cpu

    def _cpu(self) -> float:
        """Processor seconds so far; those of backends that have ended are kept by the postmaster."""
        postmaster = psutil.Process(self.postmaster)
        ended = postmaster.cpu_times()
        running = [postmaster, *postmaster.children(), *(psutil.Process(pid) for pid in self.others)]
        return ended.children_user + ended.children_system + sum(_of(process) for process in running)


def _of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system
