"""Import beside COPY: the marks alone into a college that is there, and a whole college into an empty database."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.comparing import Comparison, Contender, Measure, Sample
from benchmarks.peers.copying import INTO_MARK, add_keys, bare_table, copy_file
from benchmarks.stage import MARKS, Stage
from resolvers.bundle import import_bundle
from resolvers.demo.files import COLUMNS

AIM = 3.0


def comparisons(stage: Stage) -> Sequence[Comparison]:
    """Marks only, then everything."""
    return (_marks(stage), _everything(stage))


def _marks(stage: Stage) -> Comparison:
    rows, unmarked = stage.rows(MARKS), stage.unmarked

    def bare(*, keyed: bool) -> Measure:
        def prepare(connection: psycopg.Connection[Any]) -> None:
            bare_table(connection, "attendance")
            if keyed:
                add_keys(connection, "attendance")

        return _peer(stage, unmarked, rows, prepare, copy_marks)

    def copy_marks(connection: psycopg.Connection[Any]) -> None:
        copy_file(connection, stage.bundle, "attendance")

    def prepare_temporary(connection: psycopg.Connection[Any]) -> None:
        bare_table(connection, "attendance", temporary=True)

    def into_mark(connection: psycopg.Connection[Any]) -> None:
        with connection.transaction():
            copy_file(connection, stage.bundle, "attendance")
            connection.execute(INTO_MARK)

    return Comparison(
        title=f"Import of {rows:,} new marks into a college that is there",
        things="rows",
        contenders=(
            Contender(
                "rollcall import",
                "import_bundle on a folder with attendance.csv alone: checks every row, finds the keys, writes `mark`"
                " with its keys, and counts the parts of every session and result touched; one transaction.",
                _ours(stage, unmarked, stage.only_marks, rows),
            ),
            Contender(
                "COPY",
                "the same file into a table with its types (ids as text), no key, no index; checks nothing else.",
                bare(keyed=False),
            ),
            Contender(
                "COPY with keys",
                "the same with a unique index on (session_id, trainee_id) and an index on trainee_id, as `mark` has.",
                bare(keyed=True),
            ),
            Contender(
                "COPY, INSERT … SELECT",
                "into a temporary table, then one INSERT with two joins into `mark`: no checks, no parts.",
                _peer(stage, unmarked, rows, prepare_temporary, into_mark),
            ),
        ),
        aims={"COPY": AIM, "COPY with keys": AIM},
    )


def _everything(stage: Stage) -> Comparison:
    rows, empty = sum(stage.rows(f"{name}.csv") for name in COLUMNS), stage.empty

    def prepare(connection: psycopg.Connection[Any]) -> None:
        for name in COLUMNS:
            bare_table(connection, name)

    def prepare_keyed(connection: psycopg.Connection[Any]) -> None:
        prepare(connection)
        for name in COLUMNS:
            add_keys(connection, name)

    def copy_all(connection: psycopg.Connection[Any]) -> None:
        for name in COLUMNS:
            copy_file(connection, stage.bundle, name)

    return Comparison(
        title=f"Import of a whole college, {rows:,} rows",
        things="rows",
        contenders=(
            Contender(
                "rollcall import",
                "import_bundle on the whole bundle into an empty database; one transaction.",
                _ours(stage, empty, stage.bundle, rows),
            ),
            Contender(
                "COPY",
                "all files, each into a table with its types, no key, no index.",
                _peer(stage, empty, rows, prepare, copy_all),
            ),
            Contender(
                "COPY with keys",
                "the same with a unique index on the key of every file, and the marks' index on trainee_id.",
                _peer(stage, empty, rows, prepare_keyed, copy_all),
            ),
        ),
        aims={"COPY": AIM, "COPY with keys": AIM},
    )


def _ours(stage: Stage, template: str, folder: Path, rows: int) -> Measure:
    async def measure() -> Sample:
        database, watch = stage.application(stage.fresh(template)), stage.stopwatch()
        try:
            with watch.running():
                async with database.write() as session:
                    imported = await import_bundle(session, folder)
        finally:
            await database.close()
        assert sum(imported.changed.values()) == rows, "every row is new"
        return Sample(watch.seconds, watch.cpu, rows)

    return measure


Act = Callable[[psycopg.Connection[Any]], None]


def _peer(stage: Stage, template: str, rows: int, prepare: Act, act: Act) -> Measure:
    async def measure() -> Sample:
        with stage.connect(stage.fresh(template)) as connection:
            prepare(connection)
            watch = stage.stopwatch()
            with watch.running():
                act(connection)
        return Sample(watch.seconds, watch.cpu, rows)

    return measure
