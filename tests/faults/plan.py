"""What is to happen: how much work, how much trouble."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Final

from jobs.work.task import Pace

HELP: Final = {
    "jobs": "how many jobs are asked for, all in all",
    "workers": "how many workers there are at a time",
    "kills": "how often a worker is killed (SIGKILL) and replaced",
    "every": "seconds between two kills",
    "flushes": "how often Redis forgets everything (FLUSHALL)",
    "redis_restarts": "how often Redis is restarted",
    "without_redis": "seconds without any Redis",
    "postgres_restarts": "how often PostgreSQL is crashed (SIGQUIT) and started again",
    "schedules": "how many schedules fall due in the very second in which all workers are killed",
    "stopped": "seconds for which one worker is stopped (SIGSTOP) and then resumed",
    "lease": "seconds of a lease; the other times of a worker keep their proportion to it",
    "patience": "seconds after the trouble within which all work must have ended",
    "seed": "decides which worker is killed when",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of it, as `make faults` has it unless told."""

    jobs: int = 2_200
    workers: int = 4
    kills: int = 200
    every: float = 1.2
    flushes: int = 5
    redis_restarts: int = 5
    without_redis: float = 60.0
    postgres_restarts: int = 5
    schedules: int = 1_000
    stopped: float = 60.0
    lease: float = 20.0
    patience: float = 180.0
    seed: int = 1

    @property
    def pace(self) -> Pace:
        """The pace of the workers: that of the product where the lease is."""
        usual = Pace()
        share = self.lease / usual.lease.total_seconds()
        return Pace(
            lease=usual.lease * share,
            heartbeat=usual.heartbeat * share,
            sweep=usual.sweep * share,
            silence=usual.silence * share,
        )

    @property
    def taken_up_within(self) -> timedelta:
        """How soon the work of a killed worker must be taken up: 30 s with the lease of the product."""
        return self.pace.lease + timedelta(seconds=10)

    @property
    def seconds(self) -> float:
        """How long the trouble lasts."""
        return max(self.kills * self.every, (self.without_redis + self.redis_restarts) * 1.5, self.stopped * 1.5)


def plan_of(arguments: Sequence[str]) -> Plan:
    """The plan that was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Nothing lost, nothing doubled.")
    for one in fields(Plan):
        default: Any = one.default
        name = f"--{one.name.replace('_', '-')}"
        parser.add_argument(name, type=type(default), default=default, help=f"{HELP[one.name]} ({default})")
    return Plan(**vars(parser.parse_args(arguments)))
