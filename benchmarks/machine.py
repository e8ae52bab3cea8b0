"""What the figures were measured on."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine at one moment; `load` is the average number of runnable tasks of the last minute."""

    at: str
    load: float
    cores: int
    python: str
    system: str


def machine() -> Machine:
    """The machine now."""
    return Machine(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        load=os.getloadavg()[0],
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
    )
