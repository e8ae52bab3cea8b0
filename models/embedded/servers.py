"""Who uses the embedded servers: the first process starts them, the last one out stops them."""

import fcntl
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from models.embedded.place import Place, ServerStartError
from models.embedded.postgres import start_postgres, stop_postgres
from models.embedded.redis import start_redis, stop_redis
from models.settings import Settings


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the two servers are. An embedded PostgreSQL's URL is its superuser's."""

    database_url: str
    redis_url: str


@contextmanager
def running_servers(settings: Settings, *, durable: bool = True) -> Iterator[Addresses]:
    """Has PostgreSQL and Redis running for as long as the block lasts.

    `durable=False` trades safety on power loss for speed, for tests; it holds for whoever starts the server.
    Any number of processes may share a data directory. Each holds a shared lock on `servers.users` as long as it lives,
    which the system releases even if it is killed; who can have that lock alone when leaving is the last, and stops the
    servers. `servers.gate` lets one process at a time come or go. Raises ServerStartError.
    """
    if settings.database_url is not None and settings.redis_url is not None:
        yield Addresses(settings.database_url, settings.redis_url)
        return
    place = Place(_made(settings.data))
    with _open(place, "servers.users") as users:
        try:
            with _gate(place):
                fcntl.flock(users, fcntl.LOCK_SH)
                addresses = _started(place, settings, durable=durable)
            yield addresses
        finally:
            with _undisturbed(), _gate(place):
                if _is_last(users):
                    stop_redis(place)
                    stop_postgres(place)
                    place.leave_tmp()


def _started(place: Place, settings: Settings, *, durable: bool) -> Addresses:
    try:
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
