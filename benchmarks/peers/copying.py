"""Bare COPY: the same CSV file, sent over the same socket, into a table that takes its cells as they are."""

from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from resolvers.bundle.files import FILE
from resolvers.demo.files import COLUMNS

CHUNK: Final = 512 * 1024
# by column; all others are texts
TYPES: Final = {
    "status": "mark_status",
    "on": "date",
    "starts_on": "date",
    "ends_on": "date",
    "held_on": "date",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "actual_starts_at": "timestamptz",
    "actual_ends_at": "timestamptz",
    "arrived_at": "timestamptz",
    "left_at": "timestamptz",
    "max_score": "numeric",
    "pass_score": "numeric",
    "score": "numeric",
    "present_weight": "numeric",
    "late_weight": "numeric",
    "excused_weight": "numeric",
    "absent_weight": "numeric",
    "excused_counts": "boolean",
    "late_after_minutes": "numeric",
    "chronic_threshold": "numeric",
    "chronic_min_expected": "integer",
    "watch_below": "numeric",
    "at_risk_below": "numeric",
}
# What the import must at least do: ids into keys, the day and school of the session, rows into `mark` and its indexes.
INTO_MARK: Final = """
    insert into mark (session_id, trainee_id, school_id, day, status, arrived_at, left_at, reason)
    select s.id, t.id, s.school_id, s.day, a.status, a.arrived_at, a.left_at, a.reason
    from bare_attendance a
    join session s on s.source_id = a.session_id
    join subject t on t.kind = 'TRAINEE' and t.source_id = a.trainee_id"""


def bare_table(connection: psycopg.Connection[Any], name: str, *, temporary: bool = False) -> None:
    """Makes the table `bare_<name>` for a file of the bundle: typed columns, no key, no index."""
    columns = [
        sql.SQL("{} {} {}").format(
            sql.Identifier(column),
            sql.SQL("session_status" if (name, column) == ("sessions", "status") else TYPES.get(column, "text")),
            sql.SQL("" if column in TYPES else 'collate "C"'),
        )
        for column in COLUMNS[name].split(",")
    ]
    made = sql.SQL("create temp table {} ({})" if temporary else "create table {} ({})")
    connection.execute(made.format(sql.Identifier(f"bare_{name}"), sql.SQL(", ").join(columns)))


def add_keys(connection: psycopg.Connection[Any], name: str) -> None:
    """Gives a bare table the key of its file; marks also an index on the trainee, as `mark` has."""
    key = sql.SQL(", ").join(map(sql.Identifier, FILE[name].key))
    unique = sql.SQL("create unique index on {} ({}) nulls not distinct")
    connection.execute(unique.format(sql.Identifier(f"bare_{name}"), key))
    if name == "attendance":
        connection.execute("create index on bare_attendance (trainee_id)")


def copy_file(connection: psycopg.Connection[Any], folder: Path, name: str) -> None:
    """Copies one file into its bare table in one transaction."""
    into = sql.SQL("copy {} from stdin with (format csv, header)").format(sql.Identifier(f"bare_{name}"))
    with (
        connection.transaction(),
        connection.cursor() as cursor,
        (folder / f"{name}.csv").open("rb") as file,
        cursor.copy(into) as copy,
    ):
        while chunk := file.read(CHUNK):
            copy.write(chunk)
