"""Trainee reports of a month in bare SQL: the plain aggregate of the marks, and one statement that stores the same."""

from pathlib import Path
from typing import Any, Final

import psycopg

from benchmarks.stage import MONTH, NOW

REPORTS: Final = (Path(__file__).parent / "trainee_reports.sql").read_bytes()
AGGREGATE: Final = b"""
    select trainee_id, count(*), count(*) filter (where status = 'PRESENT'), count(*) filter (where status = 'LATE'),
        count(*) filter (where status = 'EXCUSED'), count(*) filter (where status = 'ABSENT')
    from mark where day between %(first)s and %(last)s group by trainee_id"""
PARAMETERS: Final = {"first": MONTH.first, "last": MONTH.last, "name": MONTH.name, "now": NOW}


def aggregate_marks(connection: psycopg.Connection[Any]) -> None:
    """Fetches five counts of every trainee."""
    connection.execute(AGGREGATE, PARAMETERS).fetchall()


def store_reports(connection: psycopg.Connection[Any]) -> None:
    """Stores every trainee's report in one transaction."""
    connection.execute(REPORTS, PARAMETERS)
