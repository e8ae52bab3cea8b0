"""Keyset paging: the same page whatever was inserted meanwhile, and no cost for far pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    SQLColumnExpression,
    UnaryExpression,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from resolvers.core.problems import Refusal

DEFAULT_PAGE: Final = 20
MAX_PAGE: Final = 500
MAX_COUNT: Final = 10_000

Row = TypeVar("Row")
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`first` rows after the key `after`, or, backwards, `last` rows before the key `before`."""

    first: int | None = None
    after: Key | None = None
    last: int | None = None
    before: Key | None = None

    @property
    def backwards(self) -> bool:
        """Whether the page is counted from the end."""
        return self.last is not None

    @property
    def size(self) -> int:
        """How many rows are asked for; refuses sizes outside 0 to 500."""
        name, size = ("last", self.last) if self.last is not None else ("first", self.first)
        if size is None:
            return DEFAULT_PAGE
        if not 0 <= size <= MAX_PAGE:
            raise Refusal(f"{size} is not a page size; it must be 0 to {MAX_PAGE}", (name,))
        return size

    def checked(self) -> "PageRequest":
        """Itself, or a Refusal when first and last are both given or a size is out of range."""
        if self.first is not None and self.last is not None:
            raise Refusal("give first or last, not both", ("last",))
        _ = self.size
        return self


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in order, and whether there are more on either side."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool


def cut(found: Sequence[Row], asked: PageRequest) -> Page[Row]:
    """A page from up to size + 1 rows found in the direction asked; the extra row tells that there are more."""
    more = len(found) > asked.size
    rows = list(found[: asked.size])
    if asked.backwards:
        return Page(rows[::-1], has_next=asked.before is not None, has_previous=more)
    return Page(rows, has_next=more, has_previous=asked.after is not None)


def beyond(
    keys: Sequence[SQLColumnExpression[Any]], asked: PageRequest, *, descending: bool = False
) -> list[ColumnElement[bool]]:
    """The conditions of rows between `after` and `before`, in a list ordered by these keys. Refusal: as `checked`."""
    asked.checked()
    bounds = ((asked.after, not descending), (asked.before, descending))
    return [_past(keys, bound, upwards) for bound, upwards in bounds if bound is not None]


def _past(keys: Sequence[SQLColumnExpression[Any]], bound: Key, upwards: bool) -> ColumnElement[bool]:
    if len(keys) > 1:
        own, other = tuple_(*keys), tuple_(*bound)
        return own > other if upwards else own < other
    # a cursor may hold any number, also one that the column cannot
    value = literal(bound[0], BigInteger) if isinstance(bound[0], int) else bound[0]
    return keys[0] > value if upwards else keys[0] < value


def in_order(
    keys: Sequence[SQLColumnExpression[Any]], asked: PageRequest, *, descending: bool = False
) -> list[UnaryExpression[Any]]:
    """How rows of a page are fetched: in the list's order, or backwards from its end."""
    down = descending is not asked.backwards
    return [key.desc() if down else key.asc() for key in keys]


async def count_up_to(session: AsyncSession, rows: Select[Any], most: int = MAX_COUNT) -> int | None:
    """How many rows a statement has: exact up to `most`, None beyond; it stops counting there."""
    count = int(await session.scalar(select(func.count()).select_from(rows.limit(most + 1).subquery())) or 0)
    return count if count <= most else None
