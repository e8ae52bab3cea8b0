"""What fields about subjects and accounts load together."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.core.context import Context
from graphql_api.core.loaders import Declared, by_ids, by_keys, loader
from models import SubjectKind
from resolvers.access.accounts import account_names as names_of_accounts
from resolvers.access.viewers import Viewer
from resolvers.core.paging import MAX_COUNT, Page, PageRequest
from resolvers.subjects.look_ups import SubjectRow, children_of, count_children, subjects_by_ids


class SubjectRef(NamedTuple):
    """Key of a subject whose kind is known."""

    kind: SubjectKind
    id: int


class Children(NamedTuple):
    """Key of one page of a subject's children of one kind."""

    parent: SubjectKind
    child: SubjectKind
    asked: PageRequest
    parent_id: int


class ChildCount(NamedTuple):
    """Key of the number of a subject's children of one kind."""

    parent: SubjectKind
    child: SubjectKind
    parent_id: int


@loader
async def subjects(context: Context, refs: list[SubjectRef]) -> dict[SubjectRef, SubjectRow | None]:
    """Subjects of known kinds; None where there is none of that kind that the viewer may see."""
    async with context.database.read() as session:
        kinds = list(dict.fromkeys(ref.kind for ref in refs))
        rows = await subjects_by_ids(session, context.viewer, {ref.id for ref in refs}, kinds)
    return {ref: row if (row := rows.get(ref.id)) and row.kind is ref.kind else None for ref in refs}


async def _children(
    session: AsyncSession, viewer: Viewer, ids: list[int], parent: SubjectKind, child: SubjectKind, asked: PageRequest
) -> dict[int, Page[SubjectRow]]:
    return await children_of(session, viewer, parent, ids, child, asked)


async def _child_counts(
    session: AsyncSession, viewer: Viewer, ids: list[int], parent: SubjectKind, child: SubjectKind
) -> dict[int, int | None]:
    counts = await count_children(session, viewer, parent, ids, child)
    return {id_: count if count <= MAX_COUNT else None for id_, count in counts.items()}


children: Declared[Children, Page[SubjectRow]] = by_keys(_children)
child_counts: Declared[ChildCount, int | None] = by_keys(_child_counts)
any_subjects = by_ids(subjects_by_ids)
account_names = by_ids(names_of_accounts)
