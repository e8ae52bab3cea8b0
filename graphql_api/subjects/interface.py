"""Subjects: the interface, and the fields that lead from one to its parents and children."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import strawberry

from graphql_api.core.connections import After, Before, Connection, First, Last, page_request
from graphql_api.core.context import Info
from graphql_api.core.ids import TYPE_NAMES, subject_global_id
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, below, look_ahead, nodes_of, selected_names
from graphql_api.core.nodes import Node
from graphql_api.metrics.fields import metrics_field, trend_field
from graphql_api.subjects.loaders import ChildCount, Children, SubjectRef, child_counts, children, subjects
from models import SubjectKind
from resolvers.core.paging import Page, PageRequest
from resolvers.subjects.look_ups import SubjectRow

SUBJECT_KEY: Final = (str, int)
# name of the list of each kind, on parents and at the root
PLURALS: Final[dict[SubjectKind, str]] = {kind: f"{kind.lower()}s" for kind in SubjectKind}


@strawberry.interface(description="What a report can be about. Its figures are whole, whoever reads them.")
class Subject(Node):
    """What a report can be about."""

    name: str = strawberry.field(description="What it is called.")
    kind: SubjectKind = strawberry.field(description="What kind of subject it is.")
    source_id: str = strawberry.field(description="The institution's own id, unique among its kind.")
    row: strawberry.Private[SubjectRow]
    metrics = metrics_field()
    trend = trend_field()


# the type of each kind; graphql_api/subjects/types.py fills it
TYPES: Final[dict[SubjectKind, type[Any]]] = {}


def subject_of(row: SubjectRow) -> Any:
    """The row as clients see it."""
    return TYPES[row.kind](
        id=subject_global_id(row.kind, row.id), name=row.name, kind=row.kind, source_id=row.source_id, row=row
    )


def subject_page(page: Page[SubjectRow], total: int | None) -> Connection[Any]:
    """A page of rows as clients see it."""
    return Connection(
        nodes=[subject_of(row) for row in page.rows],
        total_count=total,
        keys=[(row.sort_key, row.id) for row in page.rows],
        page=page,
    )


async def look_ahead_on_subjects(info: Info, rows: Iterable[SubjectRow], nodes: Nodes) -> None:
    """Has everything loaded that is selected below these nodes on these subjects, whatever their kinds."""
    by_kind: dict[SubjectKind, dict[int, SubjectRow]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, {})[row.id] = row
    for kind, found in by_kind.items():
        await look_ahead(info, TYPE_NAMES[kind], list(found.values()), nodes)


async def look_ahead_on_page(info: Info, kind: SubjectKind, rows: Iterable[SubjectRow], nodes: Nodes) -> None:
    """The same, where the nodes select a connection."""
    found = list(rows)
    type_ = connection_type(info, kind)
    for way in (*below(info, nodes, type_, "nodes"), *below(info, nodes, type_, "edges", "node")):
        await look_ahead_on_subjects(info, found, way)


def connection_type(info: Info, kind: SubjectKind) -> Any:
    """The connection type of a kind."""
    return info._raw_info.schema.get_type(f"{TYPE_NAMES[kind]}Connection")


def wants_count(info: Info, kind: SubjectKind, nodes: Nodes) -> bool:
    """Whether a total is selected below the nodes of a connection."""
    return "totalCount" in selected_names(info, nodes, connection_type(info, kind))


def parent_field(kind: SubjectKind, parent_id: Callable[[SubjectRow], int | None]) -> Any:
    """A field that leads to a subject's parent; null where the viewer may not see it."""

    async def prepare(info: Info, rows: Sequence[SubjectRow], _arguments: dict[str, Any], nodes: Nodes) -> None:
        ids = {parent_id(row): None for row in rows}
        parents = await subjects(info.context).load_many(SubjectRef(kind, id_) for id_ in ids if id_ is not None)
        await look_ahead_on_subjects(info, (parent for parent in parents if parent), nodes)

    def read(info: Info, row: SubjectRow) -> Any:
        id_ = parent_id(row)
        parent = subjects(info.context)[SubjectRef(kind, id_)] if id_ is not None else None
        return subject_of(parent) if parent else None

    def parent(self: Any, info: Info) -> Any:
        def later() -> Awaitable[None]:
            return prepare(info, [self.row], {}, nodes_of(info))

        return answer(info, lambda: read(info, self.row), later)

    words = kind.lower().replace("_", " ")
    return strawberry.field(
        resolver=parent,
        graphql_type=f"{TYPE_NAMES[kind]} | None",
        description=f"The {words} it is at home in; null where the viewer may not see it.",
        metadata={PREPARE: prepare},
    )


def children_field(parent: SubjectKind, child: SubjectKind) -> Any:
    """A field that leads to a subject's children of one kind."""

    async def prepare(info: Info, rows: Sequence[SubjectRow], arguments: dict[str, Any], nodes: Nodes) -> None:
        asked = page_request(**arguments, key_types=SUBJECT_KEY)
        pages = await children(info.context).load_many(Children(parent, child, asked, row.id) for row in rows)
        if wants_count(info, child, nodes):
            await child_counts(info.context).load_many(ChildCount(parent, child, row.id) for row in rows)
        await look_ahead_on_page(info, child, (row for page in pages for row in page.rows), nodes)

    def read(info: Info, row: SubjectRow, asked: PageRequest) -> Connection[Any]:
        page = children(info.context)[Children(parent, child, asked, row.id)]
        counted = wants_count(info, child, nodes_of(info))
        return subject_page(page, child_counts(info.context)[ChildCount(parent, child, row.id)] if counted else None)

    def page(
        self: Any, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Any:
        arguments: dict[str, Any] = {"first": first, "after": after, "last": last, "before": before}

        def later() -> Awaitable[None]:
            return prepare(info, [self.row], arguments, nodes_of(info))

        return answer(info, lambda: read(info, self.row, page_request(**arguments, key_types=SUBJECT_KEY)), later)

    words = PLURALS[child].replace("_", " ")
    return strawberry.field(
        resolver=page,
        graphql_type=f"Connection[{TYPE_NAMES[child]}]",
        description=f"The {words} at home here, and those that taught, learned or met here; by name.",
        metadata={PREPARE: prepare},
    )
