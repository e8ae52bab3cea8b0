"""Who uses the embedded servers: the first process starts them, the last one out stops them.

Any number of processes may share a data directory. Each holds a shared lock on `servers.users` as long as it lives,
which the system releases even if it is killed; who can have that lock alone when leaving is the last, and stops the
servers. `servers.gate` lets one process at a time come or go.
"""

import fcntl
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TextIO

from models.embedded.place import Addresses, Place, ServerStartError, Shown
from models.embedded.postgres import postgres_runs, start_postgres, stop_postgres
from models.embedded.redis import redis_runs, start_redis, stop_redis
from models.settings import Settings


@contextmanager
def shared_servers(settings: Settings, *, durable: bool, shown: Shown) -> Iterator[Addresses]:
    """As `running_servers`, where at least one of the two is ours."""
    place = Place(_made(settings.data))
    with _open(place, "servers.users") as users:
        try:
            with _gate(place):
                fcntl.flock(users, fcntl.LOCK_SH)
                addresses = _started(place, settings, durable=durable, shown=shown)
            yield addresses
        finally:
            with _undisturbed(), _gate(place):
                if _is_last(users):
                    stop_redis(place)
                    stop_postgres(place)
                    place.leave_tmp()


def running_now(settings: Settings) -> list[str]:
    """Which servers of ours run."""
    place = Place(settings.data.resolve())
    ours = {
        "PostgreSQL": settings.database_url is None and postgres_runs(place),
        "Redis": settings.redis_url is None and redis_runs(place),
    }
    return [name for name, runs in ours.items() if runs]


def _started(place: Place, settings: Settings, *, durable: bool, shown: Shown) -> Addresses:
    ours = {"PostgreSQL": settings.database_url is None, "Redis": settings.redis_url is None}
    running = running_now(settings)
    missing = [name for name, needed in ours.items() if needed and name not in running]
    try:
        with shown(missing) if missing else nullcontext():
            return Addresses(
                settings.database_url or start_postgres(place, durable=durable),
                settings.redis_url or start_redis(place),
            )
    except PermissionError as error:
        raise ServerStartError(
            f"{error.filename} belongs to another user; run as that user, or set ROLLCALL_DATA to a new directory."
        ) from error


def _made(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True)
        return data.resolve(strict=True)
    except OSError as error:
        raise ServerStartError(
            f"The data directory {data} cannot be made ({error.strerror}); set ROLLCALL_DATA to one that can."
        ) from error


def _open(place: Place, name: str) -> TextIO:
    try:
        return (place.data / name).open("a", encoding="ascii")
    except OSError as error:
        raise ServerStartError(
            f"The data directory {place.data} cannot be written ({error.strerror}); set ROLLCALL_DATA to one that can."
        ) from error


@contextmanager
def _gate(place: Place) -> Iterator[None]:
    with _open(place, "servers.gate") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _is_last(users: TextIO) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Lets a second, impatient Ctrl-C pass by: a stop broken off would leave servers behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
