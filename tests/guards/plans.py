"""What PostgreSQL means to do for each statement it is sent, from an EXPLAIN just before it is sent."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint, event

from models import Base
from models.database import Database

Node = dict[str, Any]

_EXPLAINABLE: Final = ("select", "with", "insert", "update", "delete")
_INDEX_SCANS: Final = ("Index Scan", "Index Only Scan", "Bitmap Index Scan")
# nodes that hand on rows of their first input in its order; an incremental sort orders a few equal ones at a time
_KEEP_ORDER: Final = ("Limit", "Nested Loop", "Subquery Scan", "Memoize", "LockRows", "Incremental Sort")
# such an index is small by itself, so reading all of it is not reading the table
_PARTIAL: Final = frozenset(
    str(index.name)
    for table in Base.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["postgresql"]["where"] is not None
)


def _indexes() -> Iterator[tuple[str, tuple[str, str]]]:
    for table in Base.metadata.tables.values():
        for key in table.constraints:
            if isinstance(key, PrimaryKeyConstraint | UniqueConstraint):
                yield str(key.name), (table.name, next(iter(key.columns)).name)
        for index in table.indexes:
            first = str(getattr(index.expressions[0], "name", index.expressions[0]))
            # of an expression such as coalesce(score, -1) its column
            yield str(index.name), (table.name, re.sub(r"^coalesce\((\w+),.*$", r"\1", first))


# by index: its table, and the column it is ordered by first
_INDEXES: Final = dict(_indexes())


@dataclass(frozen=True, slots=True)
class Planned:
    """A statement and its plan, as EXPLAIN (FORMAT JSON) writes it."""

    statement: str
    plan: Node

    def whole_reads(self) -> set[str]:
        """The tables read from end to end: by a sequential scan, or along an index that it knows no place to begin in.

        Not when the planner expects to stop on the way, as below a Limit: then what is above costs less than the scan.
        """
        return set(_whole_reads(self.plan, inf))

    def index_of_page(self) -> str | None:
        """The index that a page is cut from as it lies, sorting no more than the page; None: all rows are sorted."""
        node = self.plan
        while node["Node Type"] in _KEEP_ORDER:
            node = node["Plans"][0]
        return node.get("Index Name")


def _whole_reads(node: Node, least: float) -> Iterator[str]:
    kind, cost = node["Node Type"], node["Total Cost"]
    if kind == "Seq Scan":
        yield node["Relation Name"]
    elif kind in _INDEX_SCANS and cost <= least and not _begins(node):
        yield _INDEXES[node["Index Name"]][0]
    for below in node.get("Plans", ()):
        yield from _whole_reads(below, min(cost, least))


def _begins(node: Node) -> bool:
    """Whether the scan knows where in the index to begin; PostgreSQL 18 also skips along one without a beginning."""
    name = node["Index Name"]
    return name in _PARTIAL or re.search(rf"\b{_INDEXES[name][1]}\b", node.get("Index Cond", "")) is not None


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
