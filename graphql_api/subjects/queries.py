"""Subjects at the root: a list and a look-up for each kind."""

from typing import Annotated, Any

import strawberry
from strawberry.tools import create_type

from graphql_api.core.arguments import text_argument
from graphql_api.core.connections import After, Before, Connection, First, Last, page_request
from graphql_api.core.context import Info
from graphql_api.core.ids import TYPE_NAMES, subject_of_id
from graphql_api.core.look_ahead import nodes_of
from graphql_api.subjects.interface import (
    PLURALS,
    SUBJECT_KEY,
    TYPES,
    look_ahead_on_page,
    look_ahead_on_subjects,
    subject_of,
    subject_page,
    wants_count,
)
from graphql_api.subjects.types import subject_by_id
from models import SubjectKind
from resolvers.core.problems import Refusal
from resolvers.subjects.look_ups import SubjectQuery, count_subjects, list_subjects, subject_by_source_id

_Connection: Any = Connection  # of types only known at run time


@strawberry.input(description="Which subjects of a list; all that is given must hold.")
class SubjectFilter:
    """Which subjects of a list."""

    search: str | None = strawberry.field(
        default=None, description="The name (whatever the case and accents) or the institution's id contains this."
    )
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="One of these ids.")
    source_ids: list[str] | None = strawberry.field(default=None, description="One of these ids of the institution.")
    within: strawberry.ID | None = strawberry.field(
        default=None, description="A child of this subject, or the subject itself."
    )

    def query(self, kind: SubjectKind) -> SubjectQuery:
        """What is asked for. Refuses ids of other kinds."""
        return SubjectQuery(
            search=text_argument(self.search, "filter", "search"),
            ids=None if self.ids is None else tuple(subject_of_id(id_, "filter.ids", (kind,))[1] for id_ in self.ids),
            source_ids=None
            if self.source_ids is None
            else tuple(text_argument(given, "filter", "sourceIds") or "" for given in self.source_ids),
            within=None if self.within is None else subject_of_id(self.within, "filter.within")[1],
        )


Filter = Annotated[SubjectFilter | None, strawberry.argument(description="Which of them; all unless told.")]
ById = Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")]
BySourceId = Annotated[str | None, strawberry.argument(description="The institution's own id. Give this or `id`.")]


def _list_field(kind: SubjectKind) -> Any:
    async def subjects(
        info: Info,
        filter: Filter = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        query = filter.query(kind) if filter else SubjectQuery()
        asked = page_request(first, after, last, before, SUBJECT_KEY)
        context, nodes = info.context, nodes_of(info)
        async with context.database.read() as session:
            page = await list_subjects(session, context.viewer, kind, query, asked)
            counted = wants_count(info, kind, nodes)
            total = await count_subjects(session, context.viewer, kind, query) if counted else None
        await look_ahead_on_page(info, kind, page.rows, nodes)
        return subject_page(page, total)

    words = PLURALS[kind].replace("_", " ")
    return _named(
        PLURALS[kind],
        strawberry.field(
            resolver=subjects,
            graphql_type=_Connection[TYPES[kind]],
            description=f"The {words} the viewer may see, by name.",
        ),
    )


def _look_up_field(kind: SubjectKind) -> Any:
    async def subject(info: Info, id: ById = None, source_id: BySourceId = None) -> Any:
        if (id is None) == (source_id is None):
            raise Refusal("give either id or sourceId", ("id",))
        if id is not None:
            return await subject_by_id(info, kind, subject_of_id(id, "id", (kind,))[1])
        given = text_argument(source_id, "sourceId") or ""
        context = info.context
        async with context.database.read() as session:
            row = await subject_by_source_id(session, context.viewer, kind, given)
        if row is None:
            return None
        await look_ahead_on_subjects(info, [row], nodes_of(info))
        return subject_of(row)

    words = kind.lower().replace("_", " ")
    return _named(
        kind.lower(),
        strawberry.field(
            resolver=subject,
            graphql_type=TYPES[kind] | None,
            description=f"One {words}; null where it does not exist or the viewer may not see it.",
        ),
    )


def _named(name: str, field: Any) -> Any:
    field.python_name = name
    return field


SubjectQueries = create_type(
    "SubjectQueries", [field(kind) for kind in TYPE_NAMES for field in (_list_field, _look_up_field)]
)
