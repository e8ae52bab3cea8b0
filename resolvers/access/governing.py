"""Who may decide for a whole school: how it counts, how its files look."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Subject, SubjectKind
from resolvers.access.scope import visible
from resolvers.access.viewers import Viewer
from resolvers.core.problems import ProblemCode, Refusal


async def hold_governed(session: AsyncSession, viewer: Viewer, school_id: int, what: str) -> Refusal | None:
    """Locks the school until the transaction ends, so that two changes of `what` follow one another.

    Answers why the viewer may not change it, or None.
    """
    school = await session.scalar(
        select(Subject)
        .where(Subject.id == school_id, Subject.kind == SubjectKind.SCHOOL, visible(viewer, (SubjectKind.SCHOOL,)))
        .with_for_update(key_share=True)
    )
    if school is None:
        return Refusal("there is no such school", ("school",), ProblemCode.NOT_FOUND)
    if not viewer.rights.governs:
        message = f"only ADMIN and the school's PRINCIPAL change its {what}"
        return Refusal(message, ("school",), ProblemCode.FORBIDDEN)
    return None
