"""What benchmarks stand on: servers of their own, the demo college as a bundle, and databases made from it.

Bundle and databases are kept between runs; their names carry a digest of the code that made them.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from benchmarks.showing import say
from benchmarks.stopwatch import Stopwatch
from models.database import Database
from models.embedded import Addresses, running_servers
from models.migrate import migrate
from models.settings import Settings, load_settings
from resolvers.bundle import import_bundle
from resolvers.calendar.periods import Period, month_of
from resolvers.demo import write_demo_bundle

DATA: Final = "BENCHMARKS_OF_ROLLCALL"
TODAY: Final = date(2026, 3, 18)
NOW: Final = datetime(2026, 3, 18, 12, tzinfo=UTC)
SEED: Final = 1
# the latest whole month before TODAY
MONTH: Final[Period] = month_of(date(2026, 2, 1))
ROOT: Final = Path(__file__).parent.parent
MAKERS: Final = (
    "models/**/*.py", "resolvers/demo/*.py", "resolvers/bundle/*.py", "resolvers/metrics/sums.py",
    "resolvers/metrics/facts.py", "resolvers/metrics/dimensions.py",
)  # fmt: skip
MARKS: Final = "attendance.csv"


class StageTakenError(RuntimeError):
    """Another benchmark runs on the same data."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The servers, which run, and the folder of the bundle. `name` begins the names of the databases of this scale."""

    settings: Settings
    addresses: Addresses
    bundle: Path
    name: str
    scale: float

    def url(self, database: str) -> str:
        """The superuser's URL of one of the databases."""
        return self.addresses.database_url.replace("@/rollcall?", f"@/{database}?")

    def application(self, database: str) -> Database:
        """The application's way to a database, as jobs and commands open it."""
        return Database(self.url(database), pool_size=4, statement_seconds=0)

    def stopwatch(self, *others: int) -> Stopwatch:
        """A new one, for this process, the servers and other processes of ours."""
        return Stopwatch(self.settings.data, others)

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """A plain connection for a peer, with the memory and planner settings the application has."""
        options = "-c jit=off -c work_mem=32MB -c timezone=UTC -c plan_cache_mode=force_custom_plan"
        return psycopg.connect(self.url(database), autocommit=True, options=options)

    @property
    def empty(self) -> str:
        """A database with the tables and nothing in them."""
        return self._made("empty", None, ())

    @property
    def unmarked(self) -> str:
        """A database with everything of the college but its marks."""
        return self._made("unmarked", self.empty, (self.without_marks,))

    @property
    def whole(self) -> str:
        """A database with the whole college."""
        return self._made("whole", self.empty, (self.bundle,))

    @property
    def without_marks(self) -> Path:
        """The bundle without its marks."""
        return self._part("without-marks", [path for path in self.bundle.glob("*.csv") if path.name != MARKS])

    @property
    def only_marks(self) -> Path:
        """The bundle's marks alone."""
        return self._part("only-marks", [self.bundle / MARKS])

    def fresh(self, template: str) -> str:
        """A new copy of a database, under a name of its own that the next copy takes over; everything is on disk."""
        name = f"{self.name}_copy"
        self._copy(name, template)
        with self.connect("postgres") as connection:
            connection.execute("checkpoint")
        return name

    def clear(self) -> None:
        """Removes the last copy."""
        with self.connect("postgres") as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(f"{self.name}_copy"))
            )

    def rows(self, file: str) -> int:
        """How many rows a file of the bundle has; no cell of the demo's holds a line break."""
        with (self.bundle / file).open("rb") as stream:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b"")) - 1

    def _part(self, name: str, files: list[Path]) -> Path:
        folder = self.bundle.with_name(f"{self.bundle.name}-{name}")
        folder.mkdir(exist_ok=True)
        for file in files:
            if not (folder / file.name).exists():
                (folder / file.name).symlink_to(file)
        return folder

    def _made(self, kind: str, template: str | None, bundles: tuple[Path, ...]) -> str:
        name = f"{self.name}_{kind}"
        with self.connect("postgres") as connection:
            if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                return name
        draft = f"{self.name}_draft"
        self._copy(draft, template)
        migrate(self.url(draft))
        for folder in bundles:
            say(f"Loading the college of scale {self.scale:g} for the first time ({kind}) …")
            asyncio.run(_load(self.application(draft), folder))
        with self.connect(draft) as connection:
            connection.execute("vacuum analyze")
        self._rename(draft, name)
        return name

    def _copy(self, name: str, template: str | None) -> None:
        made = sql.SQL(
            "create database {}" if template is None else "create database {} template {} strategy file_copy"
        )
        names = [sql.Identifier(each) for each in (name, template) if each is not None]
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            connection.execute(made.format(*names))

    def _rename(self, name: str, into: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(name), sql.Identifier(into))
            )


async def _load(database: Database, folder: Path) -> None:
    try:
        async with database.write() as session:
            await import_bundle(session, folder)
    finally:
        await database.close()


@contextmanager
def opened_stage(scale: float) -> Iterator[Stage]:
    """The stage of a scale, for one benchmark at a time. StageTakenError: there is one already."""
    data = Path(os.environ.get(DATA) or ".rollcall/bench").absolute()
    data.mkdir(parents=True, exist_ok=True)
    settings = load_settings({"ROLLCALL_DATA": str(data), "ROLLCALL_SECRET": os.urandom(32).hex()})
    with (data / "bench.lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StageTakenError(f"Another benchmark is at work in {data}; set {DATA} to another folder.") from None
        with running_servers(settings) as addresses:
            stage = _set(settings, addresses, data, scale)
            yield stage
            stage.clear()


def _set(settings: Settings, addresses: Addresses, data: Path, scale: float) -> Stage:
    prefix = f"bench_{scale:g}_".replace(".", "_")
    name = f"{prefix}{_digest()}"
    stage = Stage(settings, addresses, data / "bundles" / name, name, scale)
    _forget(stage, prefix)
    if not stage.bundle.exists():
        say(f"Making up the college of scale {scale:g} …")
        draft = stage.bundle.with_name("draft")
        shutil.rmtree(draft, ignore_errors=True)
        write_demo_bundle(draft, scale=scale, seed=SEED, today=TODAY)
        draft.rename(stage.bundle)
    return stage


def _digest() -> str:
    """Of the code that makes the bundle and the databases: when that changes they are made anew."""
    made = hashlib.sha256()
    for path in sorted(path for pattern in MAKERS for path in ROOT.glob(pattern)):
        made.update(path.read_bytes())
    return made.hexdigest()[:8]


def _forget(stage: Stage, prefix: str) -> None:
    """Removes what older code made of this scale."""
    with stage.connect("postgres") as connection:
        for (name,) in connection.execute("select datname from pg_database where starts_with(datname, %s)", [prefix]):
            if not name.startswith(stage.name):
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
    for folder in stage.bundle.parent.glob(f"{prefix}*"):
        if not folder.name.startswith(stage.name):
            shutil.rmtree(folder)
