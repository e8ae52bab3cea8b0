"""Local accounts: passwords kept as argon2id hashes, checked in the same time whether the account exists or not."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import User

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 1_000
# OWASP's recommendation for argon2id: 19 MiB, two passes
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class AccountError(ValueError):
    """An account that does not exist, or a password that will not do; the text is for the person asking."""


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know of an account."""

    user_id: int
    password_hash: str | None


async def account_by_email(session: AsyncSession, email: str) -> Account | None:
    """The account with that address, however it is typed, or None."""
    # PostgreSQL keeps no NUL, so no account has one in its address
    query = select(User.id, User.password_hash).where(User.email == email.replace("\0", " ").strip().lower())
    row = (await session.execute(query)).one_or_none()
    return Account(*row) if row else None


def password_fits(account: Account | None, password: str) -> bool:
    """Whether the password is the account's; False also for no account or one without a password.

    Takes the same work in each case, some 20 ms of processor time and 19 MiB: call it in a thread.
    """
    known = account.password_hash if account else None
    try:
        _HASHER.verify(known or _decoy(), _normal(password))
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return known is not None


def needs_rehash(account: Account) -> bool:
    """Whether the stored hash was made with older parameters than today's."""
    return account.password_hash is not None and _HASHER.check_needs_rehash(account.password_hash)


def hash_password(password: str) -> str:
    """The argon2id hash to store. Takes as long as checking: call it in a thread."""
    return _HASHER.hash(_normal(password))


async def replace_hash(session: AsyncSession, account: Account, password_hash: str) -> None:
    """Stores a newer hash of the same password; does nothing if the password was changed meanwhile."""
    await session.execute(
        update(User)
        .where(User.id == account.user_id, User.password_hash == account.password_hash)
        .values(password_hash=password_hash)
    )


async def set_password(session: AsyncSession, email: str, password: str, now: datetime) -> None:
    """Gives the account a password and ends every sign-in it has.

    AccountError: no such account, or a password that is too short, too long or not text.
    """
    check_password_rules(password)
    account = await account_by_email(session, email)
    if account is None:
        raise AccountError(f"There is no account with the e-mail address {email!r}.")
    await session.execute(
        update(User).where(User.id == account.user_id).values(password_hash=hash_password(password), tokens_from=now)
    )


def check_password_rules(password: str) -> None:
    """AccountError, a sentence, for a password that will not do."""
    try:
        _normal(password).encode()
    except UnicodeEncodeError:
        raise AccountError("A password must be text in UTF-8.") from None
    if len(password) < SHORTEST_PASSWORD:
        raise AccountError(f"A password needs at least {SHORTEST_PASSWORD} characters; this one has {len(password)}.")
    if len(password) > LONGEST_PASSWORD:
        raise AccountError(f"A password may have at most {LONGEST_PASSWORD:,} characters.")


def _normal(password: str) -> str:
    # the same letters typed on another system may be other code points
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _HASHER.hash("nobody's password")
