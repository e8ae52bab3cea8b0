"""The table of the file benchmarks in PostgreSQL, column for column as our CSV file has it, and COPY of it."""

import asyncio
import csv
import io
import tempfile
from typing import Final

from psycopg import sql

from benchmarks.comparing import Sample
from benchmarks.sample_reports import cover, report
from benchmarks.stage import Stage
from exporters import all_formats

TABLE: Final = "bench_rows"
TYPES: Final = {
    "revision": "int",
    "periodFrom": "date",
    "periodTo": "date",
    "expected": "int",
    "attendanceRate": "double precision",
    "minutesLate": "double precision",
    "day": "date",
    "seenAt": "timestamptz",
}


def filled(stage: Stage, count: int) -> str:
    """A database that has the rows, read from a file of ours; its name."""
    database = stage.empty
    with stage.connect(database) as connection, tempfile.TemporaryFile() as file:
        all_formats()["CSV"].write(cover(table="trainees"), [report(count)], file)
        file.seek(0)
        names = next(csv.reader(io.StringIO(file.readline().decode())))
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(TYPES.get(name, "text"))) for name in names
        )
        table = sql.Identifier(TABLE)
        connection.execute(sql.SQL("drop table if exists {}").format(table))
        connection.execute(sql.SQL("create table {} ({})").format(table, columns))
        with connection.cursor().copy(sql.SQL("copy {} from stdin (format csv)").format(table)) as copy:
            while piece := file.read(1 << 20):
                copy.write(piece)
        connection.execute(sql.SQL("vacuum analyze {}").format(table))
        assert connection.execute(sql.SQL("select count(*) from {}").format(table)).fetchone() == (count,)
    return database


async def copied_by_the_server(stage: Stage, database: str) -> Sample:
    """One COPY into a file of the server's: nothing leaves it."""
    path = stage.settings.data / "postgres" / "rows.csv"  # where it may write
    with stage.connect(database) as connection:
        watch = stage.stopwatch()
        with watch.running():
            connection.execute(sql.SQL("copy {} to {} (format csv, header)").format(sql.Identifier(TABLE), str(path)))
    await asyncio.to_thread(path.unlink)
    return Sample(watch.seconds, watch.cpu, 1)


async def copied(stage: Stage, database: str) -> Sample:
    """One COPY into a file of the client's."""
    with stage.connect(database) as connection, tempfile.TemporaryFile() as file:
        watch = stage.stopwatch()
        with watch.running(), connection.cursor().copy(f"copy {TABLE} to stdout (format csv, header)") as copy:
            for piece in copy:
                file.write(piece)
    return Sample(watch.seconds, watch.cpu, 1)
