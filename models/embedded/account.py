"""Whom PostgreSQL runs as: ourselves, or, since it refuses root, a system user of its own."""

import logging
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.embedded.place import ServerStartError

SYSTEM_USER: Final = "embedded_postgres"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """A system user; `owner` is None where the servers run as ourselves."""

    owner: tuple[int, int] | None

    def for_subprocess(self) -> dict[str, Any]:
        """What to give subprocess so that the program runs as this user, away from our terminal."""
        apart: dict[str, Any] = {"start_new_session": True, "stdin": subprocess.DEVNULL}
        if self.owner is None:
            return apart
        return apart | {"user": self.owner[0], "group": self.owner[1], "extra_groups": []}

    def give(self, path: Path) -> None:
        """Hands the path to this user."""
        if self.owner is not None:
            os.chown(path, *self.owner)

    def let_through(self, path: Path) -> None:
        """Lets this user pass through `path` and the directories above it (pass, not read), for root's own are shut."""
        if self.owner is None:
            return
        for directory in (path, *path.parents):
            mode = stat.S_IMODE(directory.stat().st_mode)
            if not mode & stat.S_IXOTH:
                directory.chmod(mode | stat.S_IXOTH)
                log.warning(
                    "%s may now be passed through by other users: PostgreSQL runs as %s", directory, SYSTEM_USER
                )

    def give_all(self, directory: Path) -> None:
        """Hands over a whole directory that was made as another user, as on a volume from another machine."""
        if self.owner is None or directory.stat().st_uid == self.owner[0]:
            return
        for path in (directory, *directory.rglob("*")):
            os.chown(path, *self.owner, follow_symlinks=False)

    def let_run(self, programs: Path) -> None:
        """Lets this user run PostgreSQL's programs and load its libraries, whatever the umask at their installation."""
        if self.owner is None:
            return
        self.let_through(programs)
        if (programs / "postgres").stat().st_mode & stat.S_IROTH:
            return
        installed = programs.parent
        for directory in (installed, installed.parent.parent / "embedded_postgres.libs"):
            for path in (directory, *directory.rglob("*")):
                mode = stat.S_IMODE(path.stat().st_mode)
                path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def server_account() -> Account:
    """The account for PostgreSQL; as root, makes the system user `embedded_postgres` if it is missing."""
    if os.geteuid() != 0:
        return Account(owner=None)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _made_user()
    return Account(owner=(entry.pw_uid, entry.pw_gid))


def _made_user() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/", SYSTEM_USER]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False).stderr.strip()
    except OSError as error:
        said = str(error)
    try:
        return pwd.getpwnam(SYSTEM_USER)  # whether we made it or another process did meanwhile
    except KeyError:
        raise ServerStartError(
            f"PostgreSQL refuses to run as root, and the system user {SYSTEM_USER} could not be made ({said}). "
            "Run Rollcall as another user, or set DATABASE_URL."
        ) from None
