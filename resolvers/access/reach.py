"""Who may be reached: which accounts an account may address, and so knows by name."""

from typing import Final

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models import Subject, SubjectKind, User
from resolvers.access.roles import ROLES, TIES, Reach
from resolvers.access.scope import visible
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of

# accounts that are somebody's subject
_ROLES_OF_PEOPLE: Final = tuple(role for role, rights in ROLES.items() if rights.of_people)
_PEOPLE: Final = (SubjectKind.TRAINER, SubjectKind.TRAINEE)


async def addressable(session: AsyncSession, owner: Viewer) -> ColumnElement[bool]:
    """The condition on `User` under which this account may address another, or itself.

    Of trainers and trainees only those it may see: to be addressed by number is to be named.
    """
    reach = owner.rights.reach
    if reach is Reach.ANYBODY:
        return true()
    if reach is Reach.NOBODY:
        return false()
    own = User.id == owner.user_id
    if reach is Reach.THEMSELVES:
        return own
    tied = select(Subject.school_id).where(any_of(Subject.id, list(owner.ties.values()))).distinct()
    schools = list(await session.scalars(tied))
    if not schools:
        return own
    there = select(Subject.id).where(Subject.school_id.in_(schools))
    seen = select(Subject.id).where(visible(owner, _PEOPLE))
    known = or_(User.role.not_in(_ROLES_OF_PEOPLE), User.trainer_id.in_(seen), User.trainee_id.in_(seen))
    return or_(own, and_(known, or_(*(getattr(User, tie).in_(there) for tie in TIES))))
