"""What PostgreSQL means to do for each statement it is sent, from an EXPLAIN just before it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from sqlalchemy import event

from models import Base
from models.database import Database

Node = dict[str, Any]

_EXPLAINABLE: Final = ("select", "with", "insert", "update", "delete")
_INDEX_SCANS: Final = ("Index Scan", "Index Only Scan")
# nodes that hand on rows of their first input in its order; an incremental sort orders a few equal ones at a time
_KEEP_ORDER: Final = ("Limit", "Nested Loop", "Subquery Scan", "Memoize", "LockRows", "Incremental Sort")
# such an index is small by itself, so reading all of it is not reading the table
_PARTIAL: Final = frozenset(
    str(index.name)
    for table in Base.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["postgresql"]["where"] is not None
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A statement and its plan, as EXPLAIN (FORMAT JSON) writes it."""

    statement: str
    plan: Node

    def whole_reads(self) -> set[str]:
        """The tables read from end to end: by a sequential scan, or along an index without a condition.

        Not when the planner expects to stop on the way, as below a Limit: then what is above costs less than the scan.
        """
        return set(_whole_reads(self.plan, inf))

    def in_index_order(self) -> bool:
        """Whether a page is cut from an index as it lies, without sorting more than the page."""
        node = self.plan
        while node["Node Type"] in _KEEP_ORDER:
            node = node["Plans"][0]
        return node["Node Type"] in _INDEX_SCANS


def _whole_reads(node: Node, least: float) -> Iterator[str]:
    kind, cost = node["Node Type"], node["Total Cost"]
    along_an_index = kind in _INDEX_SCANS and "Index Cond" not in node and node["Index Name"] not in _PARTIAL
    if kind == "Seq Scan" or (along_an_index and cost <= least):
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from _whole_reads(below, min(cost, least))


@contextmanager
def watched(database: Database) -> Iterator[list[Planned]]:
    """The plans of all statements sent meanwhile: on their connection, with their parameters."""
    seen: list[Planned] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.lstrip().lower().startswith(_EXPLAINABLE):
            cursor = connection.connection.cursor()
            cursor.execute(f"explain (format json) {statement}", parameters)
            seen.append(Planned(statement, cursor.fetchone()[0][0]["Plan"]))
            cursor.close()

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", explain)
