"""Whether the bare statement stores what Rollcall stores; if not, their times say nothing about each other."""

from typing import Any, Final

import psycopg

from resolvers.metrics.registry import METRICS

# sums of floats in another order differ in the last digits
_FIGURES: Final = ", ".join(
    metric.column if metric.whole else f"round({metric.column}::numeric, 9) as {metric.column}"
    for metric in METRICS.values()
)
_CONTENT: Final = f"select subject_id, school_id, kind, period_name, revision, policy, data, {_FIGURES} from report"


def keep_reports(connection: psycopg.Connection[Any]) -> None:
    """Keeps the content of all stored reports, to compare others with."""
    connection.execute("drop table if exists kept_report")
    connection.execute(f"create table kept_report as {_CONTENT}".encode())


def differing_reports(connection: psycopg.Connection[Any]) -> int:
    """How many of the stored reports differ from those kept, either way."""
    differing = f"""
        select count(*) from (
            (table kept_report except all {_CONTENT}) union all ({_CONTENT} except all table kept_report)
        ) as differing"""
    row = connection.execute(differing.encode()).fetchone()
    assert row is not None
    return int(row[0])
