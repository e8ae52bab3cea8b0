"""What `rollcall doctor` looks at. Each check answers with a finding; none of them leaves anything behind."""

import asyncio
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import psycopg
import redis

from graphql_api.http.pages import BUILT_PAGES
from graphql_api.http.server import AddressTakenError, listen
from models.database import APP_ROLE
from models.embedded import Addresses
from models.files import StoreError, file_store
from models.schema_version import known_revisions, stored_revision, trouble_with
from models.settings import Settings, variables_set
from resolvers.core.wording import counted

GIGABYTE: Final = 10**9
LITTLE_SPACE: Final = 2 * GIGABYTE
TOO_LITTLE_SPACE: Final = GIGABYTE // 10
OLDEST_POSTGRES: Final = 15
MOST_SKEW_SECONDS: Final = 2.0
WAITING_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """`fine` None: worth knowing, and no hindrance. `advice` says what to do."""

    what: str
    fine: bool | None
    found: str
    advice: str = ""


def of_installation(settings: Settings) -> Iterator[Finding]:
    """What can be seen without servers."""
    yield Finding("settings", True, ", ".join(variables_set()) or "all at their defaults")
    yield Finding("Python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield from _data(settings.data)
    yield _address(settings)
    yield of_origins(settings)
    built = (BUILT_PAGES / "index.html").is_file()
    yield Finding("pages", True if built else None, "built" if built else "not built", "" if built else "`make setup`.")
    zones = len(available_timezones())
    advice = "" if zones else "Install the package tzdata."
    yield Finding("time zones", zones > 0, f"{zones} known", advice)


def of_files(settings: Settings) -> Finding:
    """Where exported files are kept, and whether one can be written there, read and removed."""
    store = file_store(settings)
    try:
        asyncio.run(store.probe())
    except StoreError as error:
        return Finding(
            "files",
            False,
            f"{store}: {error.reason}",
            "See ROLLCALL_FILES." if settings.files else "See ROLLCALL_DATA.",
        )
    return Finding("files", True, str(store))


def of_servers(settings: Settings, addresses: Addresses) -> Iterator[Finding]:
    """What the servers say."""
    embedded = "our own" if settings.database_url is None else "DATABASE_URL"
    try:
        with psycopg.connect(addresses.database_url, autocommit=True, connect_timeout=10) as connection:
            yield from _database(connection, addresses.database_url, embedded)
    except psycopg.Error as error:
        yield Finding("PostgreSQL", False, f"{embedded}: {str(error).strip().splitlines()[0]}", "See DATABASE_URL.")
    embedded = "our own" if settings.redis_url is None else "REDIS_URL"
    try:
        with redis.Redis.from_url(addresses.redis_url, socket_connect_timeout=5, socket_timeout=5) as client:
            information: Any = client.info("server")
            yield Finding("Redis", True, f"{_redis_version(information)}, {embedded}")
    except redis.RedisError as error:
        advice = "See REDIS_URL. Work is only slower to start without Redis; subscriptions stay silent."
        yield Finding("Redis", False, f"{embedded}: {error}", advice)


def _redis_version(information: Mapping[str, Any]) -> str:
    """Valkey also says which Redis it stands in for; its own version counts."""
    return (
        f"Valkey {information['valkey_version']}" if "valkey_version" in information else information["redis_version"]
    )


def of_origins(settings: Settings) -> Finding:
    """Which pages may ask from a browser, and those that a browser will not let ask."""
    further = settings.further_origins
    found = ", ".join(further) or f"only {settings.origins[0]} (ROLLCALL_URL)"
    url = urlsplit(settings.url)
    near = url.hostname in {"localhost", "127.0.0.1", "::1"}
    shut_out = [] if url.scheme == "https" or near else [origin for origin in further if origin.startswith("https://")]
    if not shut_out:
        return Finding("origins", True, found)
    advice = f"Browsers let no page of {' or '.join(shut_out)} ask http; serve ROLLCALL_URL by https."
    return Finding("origins", None, found, advice)


def _data(data: Path) -> Iterator[Finding]:
    place = next(path for path in (data, *data.parents) if path.exists())
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        yield Finding("data directory", False, f"{data} cannot be written", "Set ROLLCALL_DATA to another directory.")
        return
    yield Finding("data directory", True, str(data))
    free = shutil.disk_usage(place).free
    fine = False if free < TOO_LITTLE_SPACE else None if free < LITTLE_SPACE else True
    advice = "" if fine else "Make room, or set ROLLCALL_DATA to a larger disk."
    yield Finding("disk", fine, f"{free / GIGABYTE:,.1f} GB free", advice)


def _address(settings: Settings) -> Finding:
    try:
        listen(settings.host, settings.port).close()
    except AddressTakenError as error:
        return Finding("address", None, str(error), "Fine if Rollcall runs there; else set ROLLCALL_PORT.")
    return Finding("address", True, f"{settings.host} port {settings.port} is free")


def _database(connection: "psycopg.Connection[Any]", database_url: str, embedded: str) -> Iterator[Finding]:
    def ask(statement: Any) -> Any:
        row = connection.execute(statement).fetchone()
        return row[0] if row else None

    number = connection.info.server_version // 10_000
    advice = "" if number >= OLDEST_POSTGRES else f"Rollcall needs PostgreSQL {OLDEST_POSTGRES} or newer."
    yield Finding("PostgreSQL", number >= OLDEST_POSTGRES, f"{ask('show server_version')}, {embedded}", advice)
    skew = abs((ask("select clock_timestamp()") - datetime.now(UTC)).total_seconds())
    advice = "" if skew <= MOST_SKEW_SECONDS else "Set both machines' clocks by the same time server."
    yield Finding("clock", skew <= MOST_SKEW_SECONDS, f"{skew:.1f} seconds from the database's", advice)
    stored, newest = stored_revision(database_url), known_revisions()[-1]
    if trouble := trouble_with(stored):
        yield Finding("schema", False, *trouble)
        return
    if stored != newest:
        found = "no tables yet" if stored is None else f"{stored}; this version has {newest}"
        yield Finding("schema", None, found, "`rollcall migrate`, or any command that needs it.")
        return
    yield Finding("schema", True, f"{stored}, the newest")
    yield from _contents(ask)


def _contents(ask: Callable[[Any], Any]) -> Iterator[Finding]:
    may = ask(f"select pg_has_role(current_user, '{APP_ROLE}', 'MEMBER')")
    advice = "" if may else f"As a superuser: grant {APP_ROLE} to the user of DATABASE_URL."
    yield Finding("role", may, f"{'may' if may else 'may not'} act as {APP_ROLE}", advice)
    accounts, able = ask("select count(*) from account"), ask("select count(password_hash) from account")
    advice = "" if able else "`rollcall import` brings accounts, `rollcall set-password` gives them passwords."
    yield Finding("accounts", True if able else None, f"{accounts}, {able} of them with a password", advice)
    overdue = f"state = 'QUEUED' and due_at < now() - interval '{WAITING_SECONDS} s'"
    waiting = ask(f"select count(*) from job where {overdue}")
    advice = "`rollcall worker` does them." if waiting else ""
    wait = counted(waiting, "job waits", "jobs wait")
    yield Finding("work", None if waiting else True, f"{wait} for a worker", advice)
