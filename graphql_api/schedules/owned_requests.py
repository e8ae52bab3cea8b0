"""What the lists of schedules and of rules of alerts share."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

from graphql_api.core.connections import Connection
from graphql_api.core.context import Info
from graphql_api.core.ids import subject_of_id
from graphql_api.core.look_ahead import Nodes, below, nodes_of, selected_names
from models import AlertRule, Schedule, SubjectKind
from resolvers.core.paging import Page, PageRequest
from resolvers.schedules.owned_requests import OwnedQuery, count_of

# of the cursors: the newest has the highest id
OWNED_KEY: Final = (int,)
Row = TypeVar("Row")


def owned_query(given: Any, account_id: int) -> OwnedQuery:
    """What a filter of such a list asks for. Refuses ids of other kinds."""
    return OwnedQuery(
        states=given.states,
        kinds=given.kinds,
        school_id=None
        if given.school is None
        else subject_of_id(given.school, "filter.school", (SubjectKind.SCHOOL,))[1],
        owner_id=account_id if given.mine else None,
    )


async def owned_page(
    info: Info,
    of: type[Schedule] | type[AlertRule],
    query: OwnedQuery,
    asked: PageRequest,
    read: Callable[..., Awaitable[Page[Row]]],
    look_ahead: Callable[[Info, Sequence[Row], Nodes], Awaitable[None]],
    shown: Callable[[Row], Any],
    id_of: Callable[[Row], int],
) -> Connection[Any]:
    """One page, with what is selected below it fetched for all its items; the total only when asked."""
    context, nodes = info.context, nodes_of(info)
    type_ = info._raw_info.schema.get_type(f"{of.__name__}Connection")
    assert type_ is not None
    async with context.database.read() as session:
        page = await read(session, context.viewer, query, asked)
        counted = "totalCount" in selected_names(info, nodes, type_)
        total = await count_of(session, context.viewer, of, query) if counted else None
    for way in (*below(info, nodes, type_, "nodes"), *below(info, nodes, type_, "edges", "node")):
        await look_ahead(info, page.rows, way)
    return Connection(
        nodes=[shown(row) for row in page.rows], total_count=total, keys=[(id_of(row),) for row in page.rows], page=page
    )
