"""Recipients: whom a schedule or a rule of alerts is for, checked when asked and found when something is sent.

Stored as JSON: {"type": "USER", "account": id}, {"type": "ROLE", "role": "TRAINER", "within": subject id},
{"type": "EMAIL", "address": "a@b.example"} or {"type": "WEBHOOK", "webhook": id}.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Role, User, Webhook
from resolvers.access.reach import addressable
from resolvers.access.roles import TIES, Reach, addressed_by_role
from resolvers.access.viewers import Viewer, viewer_of
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.core.wording import counted
from resolvers.subjects.look_ups import ids_within

MAX_RECIPIENTS: Final = 50
MAX_ACCOUNTS: Final = 2_000
FIELD: Final = "recipients"
_ADDRESS: Final = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}", re.ASCII)


class RecipientType(StrEnum):
    """What a recipient is."""

    USER = "USER"
    ROLE = "ROLE"
    EMAIL = "EMAIL"
    WEBHOOK = "WEBHOOK"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One entry of a list of recipients: an account, the accounts of a role within a subject, an address, a webhook."""

    type: RecipientType
    account: int | None = None
    role: Role | None = None
    within: int | None = None
    address: str | None = None
    webhook: int | None = None

    def stored(self) -> dict[str, Any]:
        """As JSON; what is not given is left out."""
        given = {name: getattr(self, name) for name in ("type", "account", "role", "within", "address", "webhook")}
        return {name: str(value) if name in ("type", "role") else value for name, value in given.items() if value}


def recipient_from_stored(stored: Mapping[str, Any]) -> Recipient:
    """A recipient as it was stored."""
    values = dict(stored)
    values["type"] = RecipientType(values["type"])
    if "role" in values:
        values["role"] = Role(values["role"])
    return Recipient(**values)


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who a list of recipients stands for at the moment, each once; `left_out` says in sentences who is not there."""

    accounts: tuple[Viewer, ...] = ()
    addresses: tuple[str, ...] = ()
    webhooks: tuple[int, ...] = ()
    left_out: tuple[str, ...] = field(default=())


def domain_of(address: str) -> str:
    """The domain of an e-mail address."""
    return address.rpartition("@")[2]


async def checked_recipients(
    session: AsyncSession, owner: Viewer, asked: Sequence[Recipient], domains: Collection[str]
) -> tuple[Recipient, ...]:
    """The recipients, each once; refuses, naming the entry, whom the owner may not address.

    `domains` are those to which mail may go without an account. An address of an account that the owner may address
    becomes that account: it then gets what that account may see.
    """
    if not asked:
        raise Refusal("name one recipient or more", (FIELD,), ProblemCode.EMPTY)
    if len(asked) > MAX_RECIPIENTS:
        raise Refusal(f"there are {len(asked)} recipients, {MAX_RECIPIENTS} at most; address a role instead", (FIELD,))
    may = await addressable(session, owner)
    wanted = [one.account for one in asked if one.account is not None]
    addresses = [one.address.strip().lower() for one in asked if one.address is not None]
    rows = await session.execute(
        select(User.id, User.email).where(or_(User.id.in_(wanted), User.email.in_(addresses)), may)
    )
    found = {row.id: row.email for row in rows}
    by_address = {email: id_ for id_, email in found.items() if email}
    hooks = await _own_webhooks(session, owner, [one.webhook for one in asked if one.webhook is not None])
    checked: dict[Recipient, None] = {}
    for place, one in enumerate(asked):
        where = (FIELD, str(place))
        match one.type:
            case RecipientType.USER:
                if one.account not in found:
                    raise Refusal(
                        "there is no such account that you may address", (*where, "user"), ProblemCode.NOT_FOUND
                    )
                checked[one] = None
            case RecipientType.ROLE:
                await _check_role(session, owner, one, (*where, "role"))
                checked[one] = None
            case RecipientType.EMAIL:
                address = (one.address or "").strip().lower()
                if address in by_address:
                    checked[Recipient(RecipientType.USER, account=by_address[address])] = None
                else:
                    _check_address(owner, address, domains, (*where, "email"))
                    checked[Recipient(RecipientType.EMAIL, address=address)] = None
            case RecipientType.WEBHOOK:
                if one.webhook not in hooks:
                    raise Refusal("there is no such webhook of yours", (*where, "webhook"), ProblemCode.NOT_FOUND)
                checked[one] = None
    return tuple(checked)


async def addressed(
    session: AsyncSession, owner: Viewer, recipients: Iterable[Recipient], domains: Collection[str]
) -> Addressed:
    """Who the recipients are now, under the rights the owner has now. An account is named once, its address never."""
    entries = tuple(recipients)
    may, left_out = await addressable(session, owner), []
    chosen: list[ColumnElement[bool]] = [User.id.in_([one.account for one in entries if one.account is not None])]
    for one in entries:
        if one.type is RecipientType.ROLE:
            try:
                chosen.append(await _check_role(session, owner, one, (FIELD,)))
            except Refusal:
                left_out.append(f"{one.role} accounts were left out: the owner may no longer address them.")
    addresses = {one.address for one in entries if one.address is not None}
    # whose address belongs to an account gets what that account may see, of any owner who may write to addresses
    by_address = User.email.in_(sorted(addresses))
    wanted = or_(or_(*chosen) & may, by_address if owner.rights.writes else by_address & may)
    users = list(await session.scalars(select(User).where(wanted).order_by(User.id).limit(MAX_ACCOUNTS + 1)))
    if len(users) > MAX_ACCOUNTS:
        left_out.append(f"Only the first {MAX_ACCOUNTS:,} accounts were told: no more are told at a time.")
    users = users[:MAX_ACCOUNTS]
    known = {user.id for user in users}
    gone = sum(one.type is RecipientType.USER and one.account not in known for one in entries)
    if gone:
        left_out.append(f"{counted(gone, 'account is', 'accounts are')} gone or no longer for the owner to address.")
    outside = sorted(addresses - {user.email for user in users})
    approved = [address for address in outside if owner.rights.writes and domain_of(address) in domains]
    for address in outside:
        if address not in approved:
            left_out.append(f"{address} was left out: mail to {domain_of(address)} is not approved.")
    asked = [one.webhook for one in entries if one.webhook is not None]
    hooks = await _own_webhooks(session, owner, asked)
    if len(hooks) < len(set(asked)):
        missing = counted(len(set(asked)) - len(hooks), "webhook is", "webhooks are")
        left_out.append(f"{missing} switched off or deleted.")
    return Addressed(tuple(viewer_of(user) for user in users), tuple(approved), tuple(sorted(hooks)), tuple(left_out))


async def _own_webhooks(session: AsyncSession, owner: Viewer, asked: Sequence[int]) -> set[int]:
    if not asked or owner.rights.reach is Reach.NOBODY:
        return set()
    own = select(Webhook.id).where(
        Webhook.id.in_(asked), Webhook.owner_id == owner.user_id, Webhook.active, ~Webhook.deleted
    )
    return set(await session.scalars(own))


async def _check_role(
    session: AsyncSession, owner: Viewer, one: Recipient, where: tuple[str, ...]
) -> ColumnElement[bool]:
    """The accounts of that role in or below that subject, as a condition on `User`."""
    if not owner.rights.writes:
        raise Refusal("you may only address yourself and your own webhooks", where, ProblemCode.FORBIDDEN)
    ties = addressed_by_role()
    tie = ties.get(one.role) if one.role is not None else None
    if tie is None or one.within is None:
        known = ", ".join(ties)
        raise Refusal(f"{one.role} cannot be addressed within a subject; these can: {known}", (*where, "role"))
    try:
        ids = await ids_within(session, owner, one.within, TIES[tie])
    except Refusal as refusal:
        raise Refusal(refusal.message, (*where, "within"), refusal.code) from None
    condition: ColumnElement[bool] = (User.role == one.role) & getattr(User, tie).in_(ids)
    return condition


def _check_address(owner: Viewer, address: str, domains: Collection[str], where: tuple[str, ...]) -> None:
    if not owner.rights.writes:
        raise Refusal("you may only address yourself and your own webhooks", where, ProblemCode.FORBIDDEN)
    if not _ADDRESS.fullmatch(address):
        raise Refusal(f"{address[:80]!r} is not an e-mail address", where)
    if domain_of(address) not in domains:
        approved = ", ".join(sorted(domains)) or "none"
        raise Refusal(f"mail to {domain_of(address)} is not approved; approved domains: {approved}", where)
