"""Which guarded things a viewer may read of at least one subject: the conditions of scope.py, tried out."""

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Subject, SubjectKind
from resolvers.access.scope import visible
from resolvers.access.viewers import Viewer

Condition = Callable[[Viewer], ColumnElement[bool]]


async def readable_somewhere(
    session: AsyncSession, viewer: Viewer, guards: Sequence[tuple[SubjectKind, Condition]]
) -> list[bool]:
    """Whether each condition holds for at least one subject of its kind that the viewer may see; one statement."""
    if not guards:
        return []
    found = await session.execute(
        select(
            *(
                exists(select(Subject.id).where(Subject.kind == kind, visible(viewer, (kind,)), condition(viewer)))
                for kind, condition in guards
            )
        )
    )
    return [bool(value) for value in found.one()]
