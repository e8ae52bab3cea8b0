"""Where the embedded servers keep their files, sockets and logs."""

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# A socket's path may have 104 bytes on macOS and 108 on Linux; the longest name we put behind a directory has 18.
LONGEST_SOCKET_DIRECTORY: Final = 80
# The directory's name goes into two configuration files and two URLs: only what needs no quoting anywhere.
PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9/._-]+")
LOG_LIMIT: Final = 10_000_000


Shown = Callable[[Sequence[str]], AbstractContextManager[None]]
"""What people see while servers start, made of the servers' names."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the two servers are. An embedded PostgreSQL's URL is its superuser's."""

    database_url: str
    redis_url: str


class ServerStartError(RuntimeError):
    """An embedded server could not start; the message says what to do, with the end of its log."""


@dataclass(frozen=True, slots=True)
class Place:
    """The paths below one data directory, which must be absolute."""

    data: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory."""
        return self.data / "postgres"

    @property
    def postgres_log(self) -> Path:
        """What PostgreSQL logs."""
        return self.data / "postgres.log"

    @property
    def redis(self) -> Path:
        """Redis' directory."""
        return self.data / "redis"

    @property
    def redis_log(self) -> Path:
        """What Redis logs."""
        return self.data / "redis.log"

    @property
    def redis_socket(self) -> Path:
        """The socket Redis listens on."""
        return self.sockets / "redis.sock"

    @property
    def sockets(self) -> Path:
        """The directory of both sockets: in the data directory, else, where that name is too long or odd, in /tmp."""
        inside = self.data / "sockets"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_DIRECTORY and PLAIN_PATH.fullmatch(str(inside)):
            return inside
        # /tmp and not $TMPDIR: every process must come to the same name
        return Path("/tmp") / f"rollcall-{os.geteuid()}-{hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]}"

    def leave_tmp(self) -> None:
        """Removes the directory of the sockets where that is in /tmp, once nothing is in it."""
        if self.sockets.parent != self.data:
            with suppress(OSError):
                self.sockets.rmdir()


def make_private_directory(path: Path, owner: tuple[int, int] | None = None) -> None:
    """Makes `path` if missing, mode 700; hands it to `owner` (uid, gid) where that is given.

    Raises ServerStartError when somebody else made it first: they could be listening on our sockets.
    """
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid not in {os.geteuid(), owner[0] if owner else os.geteuid()}:
        raise ServerStartError(
            f"{path} belongs to somebody else; remove it, or set ROLLCALL_DATA to another directory."
        )
    path.chmod(0o700)
    if owner:
        os.chown(path, *owner)


def log_size(log: Path) -> int:
    """Bytes in the log now; a log over 10 MB is put aside first."""
    if not log.exists():
        return 0
    if log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))
        return 0
    return log.stat().st_size


def log_tail(log: Path, since: int, lines: int = 12) -> str:
    """The last lines written to the log after byte `since`, indented."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(since)
        tail = file.read().decode(errors="replace").splitlines()[-lines:]
    return "".join(f"\n  {line}" for line in tail)
