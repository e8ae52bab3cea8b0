"""Relay connections over keyset pages: a cursor is the key of its row."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar

import orjson
import strawberry

from resolvers.core.paging import DEFAULT_PAGE, MAX_COUNT, MAX_PAGE, Key, Page, PageRequest
from resolvers.core.problems import Refusal

Item = TypeVar("Item")

First = Annotated[
    int | None,
    strawberry.argument(description=f"How many items, {DEFAULT_PAGE} unless told, {MAX_PAGE} at most."),
]
After = Annotated[str | None, strawberry.argument(description="Begin after the item with this cursor.")]
Last = Annotated[
    int | None,
    strawberry.argument(description=f"How many items, counted from the end; {MAX_PAGE} at most. Not with `first`."),
]
Before = Annotated[str | None, strawberry.argument(description="End before the item with this cursor.")]

_LONGEST: Final = 4_000


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether more items follow.")
    has_previous_page: bool = strawberry.field(description="Whether more items come before.")
    start_cursor: str | None = strawberry.field(description="The first item's cursor; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The last item's cursor; null on an empty page.")


@strawberry.type(description="An item of a list, with its cursor.")
class Edge(Generic[Item]):
    """An item of a list, with its cursor."""

    cursor: str = strawberry.field(description="Where the item lies: give it as `after` or `before`.")
    node: Item = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[Item]):
    """One page of a list; `keys` are those of the nodes."""

    nodes: list[Item] = strawberry.field(description="The items of this page.")
    total_count: int | None = strawberry.field(
        default=None,
        description=f"How many items the whole list has: exact to {MAX_COUNT:,}, null beyond. Counted only when asked.",
    )
    keys: strawberry.Private[Sequence[Key]]
    page: strawberry.Private[Page[Any]]

    @strawberry.field(description="The items of this page, each with its cursor.")
    def edges(self) -> list[Edge[Item]]:
        """The items with their cursors."""
        return [Edge(cursor=cursor_of(key), node=node) for key, node in zip(self.keys, self.nodes, strict=True)]

    @strawberry.field(description="Where this page lies in the list.")
    def page_info(self) -> PageInfo:
        """Where the page lies."""
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=cursor_of(self.keys[0]) if self.keys else None,
            end_cursor=cursor_of(self.keys[-1]) if self.keys else None,
        )


def cursor_of(key: Key) -> str:
    """The key as clients see it."""
    return urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def page_request(
    first: int | None, after: str | None, last: int | None, before: str | None, key_types: Sequence[type]
) -> PageRequest:
    """What the four arguments ask for; a key has values of these types. Refuses, naming the argument."""
    return PageRequest(
        first=first,
        after=_key(after, "after", key_types),
        last=last,
        before=_key(before, "before", key_types),
    ).checked()


def _key(cursor: str | None, argument: str, key_types: Sequence[type]) -> Key | None:
    if cursor is None:
        return None
    try:
        if len(cursor) > _LONGEST:
            raise ValueError(cursor)
        values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list):
            raise ValueError(values)
        return tuple(_value(value, wanted) for value, wanted in zip(values, key_types, strict=True))
    except ValueError:
        shown = repr(cursor if len(cursor) <= 60 else f"{cursor[:60]}…")
        raise Refusal(
            f"{shown} is not a cursor of this list; take one from its edges or pageInfo", (argument,)
        ) from None


def _value(value: object, wanted: type) -> object:
    if wanted is datetime and isinstance(value, str):
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError(value)
        return instant
    if wanted is date and isinstance(value, str):
        return date.fromisoformat(value)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted or (isinstance(value, str) and "\0" in value):
        raise ValueError(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return value
