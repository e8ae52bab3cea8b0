"""Everything with a global id, found again by it: `node(id)` goes through the same scoped look-ups as all else."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.ids import parse_id
from resolvers.core.problems import Refusal

# what finds a node by its key, by the type in its id; the file of each noun adds its own
LookUp = Callable[[Info, int], Awaitable[Any]]
LOOK_UPS: Final[dict[str, LookUp]] = {}


@strawberry.interface(description="Anything that can be fetched again by its id.")
class Node:
    """Anything that can be fetched again by its id."""

    id: strawberry.ID = strawberry.field(description="Opaque, the same at every time, unique in the whole API.")


@strawberry.type
class NodeQueries:
    """`node`."""

    @strawberry.field(description="Anything by its id; null where it does not exist or the viewer may not see it.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id of any node.")]
    ) -> Node | None:
        """The node with that id."""
        type_name, number = parse_id(id, "id")
        if type_name not in LOOK_UPS:
            raise Refusal(f"it is the id of a {type_name}, which is not a node", ("id",))
        found: Node | None = await LOOK_UPS[type_name](info, number)
        return found
