"""Accounts as an operator looks at them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Role, Subject, User
from resolvers.access.reach import addressable
from resolvers.access.sign_in import Account
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of


@dataclass(frozen=True, slots=True)
class RoleAccount:
    """The account that stands for its role."""

    email: str
    role: Role
    sign_in: Account


async def one_account_per_role(session: AsyncSession) -> list[RoleAccount]:
    """Of each role the account with an address that came first, in the order of the roles."""
    found = await session.scalars(
        select(User).distinct(User.role).where(User.email.is_not(None)).order_by(User.role, User.id)
    )
    accounts = [
        RoleAccount(user.email, Role(user.role), Account(user.id, user.password_hash))
        for user in found
        if user.email is not None
    ]
    return sorted(accounts, key=lambda account: list(Role).index(account.role))


async def account_names(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, str]:
    """The names of those of these accounts that the viewer could address themselves."""
    may = await addressable(session, viewer)
    rows = await session.execute(select(User.id, User.name).where(any_of(User.id, ids), may))
    return {row.id: row.name for row in rows}


async def is_empty(session: AsyncSession) -> bool:
    """Whether nothing has been imported yet: neither a subject nor an account."""
    return not await session.scalar(select(exists(select(Subject.id)) | exists(select(User.id))))
