"""Who is asking: an account's role and the subjects it is tied to, read fresh for every request."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Role, User
from resolvers.access.roles import ROLES, RoleRights
from resolvers.core.any_of import any_of


@dataclass(frozen=True, slots=True)
class Viewer:
    """A role and up to five ties (subject ids); roles.py and scope.py say what they let a viewer see."""

    user_id: int
    email: str | None
    name: str
    role: Role
    school_id: int | None = None
    department_id: int | None = None
    programme_id: int | None = None
    trainer_id: int | None = None
    trainee_id: int | None = None
    tokens_from: datetime | None = None

    @property
    def rights(self) -> RoleRights:
        """What the role means."""
        return ROLES[self.role]

    @property
    def sees_everything(self) -> bool:
        """Whether there is nothing that this viewer may not see."""
        return self.rights.sees_everything

    @property
    def ties(self) -> dict[str, int]:
        """The subjects the viewer is tied to by ties its role makes use of: column and id."""
        tied = ((tie, getattr(self, tie)) for tie in self.rights.ties)
        return {tie: subject_id for tie, subject_id in tied if subject_id is not None}

    @property
    def account_id(self) -> int | None:
        """The account, for a row that says who asked; None for SYSTEM."""
        return self.user_id or None


SYSTEM: Final = Viewer(user_id=0, email=None, name="Rollcall", role=Role.ADMIN)
"""Rollcall itself, which sees everything and has no account: the command line, where the operator is who asks."""


def viewer_of(user: User) -> Viewer:
    """The account of that row."""
    return Viewer(
        user_id=user.id,
        email=user.email,
        name=user.name,
        role=Role(user.role),
        school_id=user.school_id,
        department_id=user.department_id,
        programme_id=user.programme_id,
        trainer_id=user.trainer_id,
        trainee_id=user.trainee_id,
        tokens_from=user.tokens_from,
    )


async def viewer_by_id(session: AsyncSession, user_id: int) -> Viewer | None:
    """The account as it is now, or None when it is gone."""
    user = await session.scalar(select(User).where(User.id == user_id))
    return viewer_of(user) if user else None


async def viewers_by_ids(session: AsyncSession, user_ids: Collection[int]) -> dict[int, Viewer]:
    """The accounts as they are now, by id, less those that are gone; one statement."""
    users = await session.scalars(select(User).where(any_of(User.id, user_ids)))
    return {user.id: viewer_of(user) for user in users}


async def viewer_by_email(session: AsyncSession, email: str) -> Viewer | None:
    """The account with that address, however it is typed, or None."""
    user = await session.scalar(select(User).where(User.email == email.strip().lower()))
    return viewer_of(user) if user else None
