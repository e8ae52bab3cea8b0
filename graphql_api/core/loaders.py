"""Declaring dataloaders: each noun says how its rows are fetched, and an operation keeps one loader of each.

    latest = by_ids(latest_reports)          # once, in the room of the noun
    latest(info.context)[report_id]          # in a field: the loader of this operation

Each batch has a read session of its own.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.core.context import Context
from graphql_api.core.loading import Loader
from resolvers.access.viewers import Viewer

K = TypeVar("K")
V = TypeVar("V")
Row_co = TypeVar("Row_co", covariant=True)
Key = TypeVar("Key", bound=tuple[Any, ...])

Declared = Callable[[Context], Loader[K, V]]


class LookUp(Protocol[Row_co]):
    """Rows by their ids under the viewer's rights; those that are not theirs to see, or not there, are left out."""

    async def __call__(self, session: AsyncSession, viewer: Viewer, ids: list[int], /) -> Mapping[int, Row_co]: ...


def loader(fetch: Callable[[Context, list[K]], Awaitable[Mapping[K, V]]]) -> Declared[K, V]:
    """Declares a loader by what it fetches: the value of every key of a batch."""

    def of(context: Context) -> Loader[K, V]:
        known: Loader[K, V] | None = context.loaders.get(of)
        if known is None:
            known = context.loaders[of] = Loader(lambda keys: fetch(context, keys))
        return known

    return of


def by_ids(look_up: LookUp[V]) -> Declared[int, V | None]:
    """Declares the loader of rows by their ids; None where the viewer may not see one, or there is none."""

    async def fetch(context: Context, ids: list[int]) -> dict[int, V | None]:
        async with context.database.read() as session:
            rows = await look_up(session, context.viewer, ids)
        return {id_: rows.get(id_) for id_ in ids}

    return loader(fetch)


def about_ids(look_up: Callable[[AsyncSession, list[int]], Awaitable[Mapping[int, V]]]) -> Declared[int, V]:
    """Declares the loader of what each of these ids has, whoever asks: the fields that ask found the ids readable."""

    async def fetch(context: Context, ids: list[int]) -> Mapping[int, V]:
        async with context.database.read() as session:
            return await look_up(session, ids)

    return loader(fetch)


def by_keys(look_up: Callable[..., Awaitable[Mapping[int, V]]]) -> Declared[Key, V]:
    """Declares a loader of keys that end with an id: one statement for all that differ by nothing else.

    `look_up(session, viewer, ids, *what stands before the id)` gives the value of every id.
    """

    async def fetch(context: Context, keys: list[Key]) -> dict[Key, V]:
        values: dict[Key, V] = {}
        async with context.database.read() as session:
            for shared in dict.fromkeys(key[:-1] for key in keys):
                alike = {key[-1]: key for key in keys if key[:-1] == shared}
                found = await look_up(session, context.viewer, list(alike), *shared)
                values.update({alike[id_]: value for id_, value in found.items()})
        return values

    return loader(fetch)
