"""Webhooks: the addresses of an account that are called, and the secrets the calls are signed with."""

import secrets
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models import Channel, Delivery, User, Webhook
from models.settings import Network
from resolvers.access.roles import Reach
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.deliveries.call_addresses import checked_url
from resolvers.deliveries.deliveries import PlannedDelivery, plan_deliveries

MAX_WEBHOOKS: Final = 20
MAX_SECRETS: Final = 3
MAX_TESTS: Final = 20
"""How many tests of a webhook may be under way: each is tried for days where nobody answers."""
OVERLAP: Final = timedelta(hours=24)
"""How long a replaced secret goes on signing."""
SECRET_BYTES: Final = 32
LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class WebhookChanges:
    """What to change; None stays as it is."""

    name: str | None = None
    url: str | None = None
    active: bool | None = None


def new_secret() -> str:
    """A secret as Standard Webhooks writes it: `whsec_` and 32 random bytes in base64."""
    return f"whsec_{b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def live_secrets(webhook: Webhook, now: datetime) -> list[str]:
    """The secrets a call is signed with at that moment, newest first."""
    return [one["secret"] for one in _live(webhook.secrets, now)]


def _live(kept: Sequence[Mapping[str, Any]], now: datetime) -> list[Mapping[str, Any]]:
    return [one for one in kept if one["until"] is None or datetime.fromisoformat(one["until"]) > now]


def _shown_to(viewer: Viewer) -> ColumnElement[bool]:
    return true() if viewer.sees_everything else Webhook.owner_id == viewer.user_id


async def webhooks_of(session: AsyncSession, viewer: Viewer) -> list[Webhook]:
    """The viewer's own webhooks, oldest first."""
    found = await session.scalars(
        select(Webhook).where(Webhook.owner_id == viewer.user_id, ~Webhook.deleted).order_by(Webhook.id)
    )
    return list(found)


async def webhooks_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, Webhook]:
    """Those of the webhooks the viewer may know of: their own; ADMIN all. Deleted ones too, for the log."""
    found = await session.scalars(select(Webhook).where(any_of(Webhook.id, ids), _shown_to(viewer)))
    return {webhook.id: webhook for webhook in found}


async def create_webhook(
    session: AsyncSession, viewer: Viewer, name: str, url: str, *, networks: Sequence[Network], now: datetime
) -> tuple[Webhook, str]:
    """A new webhook of the viewer and its secret. Refuses a 21st, and addresses that must not be called."""
    if viewer.account_id is None or viewer.rights.reach is Reach.NOBODY:
        raise Refusal("an account of your role has no webhooks: it is told of nothing", (), ProblemCode.FORBIDDEN)
    values = {"name": _name(name), "url": checked_url(url, networks)}
    # locked, so that two at once cannot both be the twentieth
    await session.execute(select(User.id).where(User.id == viewer.user_id).with_for_update(key_share=True))
    own = select(func.count()).where(Webhook.owner_id == viewer.user_id, ~Webhook.deleted)
    if (await session.scalar(own) or 0) >= MAX_WEBHOOKS:
        raise Refusal(f"you have {MAX_WEBHOOKS} webhooks, the most there may be", (), ProblemCode.CONFLICT)
    secret = new_secret()
    webhook = Webhook(
        **values, owner_id=viewer.user_id, secrets=[{"secret": secret, "until": None}], active=True, created_at=now
    )
    session.add(webhook)
    await session.flush()
    return webhook, secret


async def update_webhook(
    session: AsyncSession, viewer: Viewer, webhook_id: int, changes: WebhookChanges, *, networks: Sequence[Network]
) -> Webhook:
    """Changes the name, the address, or whether it is called."""
    webhook = await _own(session, viewer, webhook_id)
    if changes.name is not None:
        webhook.name = _name(changes.name)
    if changes.url is not None:
        webhook.url = checked_url(changes.url, networks)
    if changes.active is not None:
        webhook.active = changes.active
    await session.flush()
    return webhook


async def rotate_secret(
    session: AsyncSession, viewer: Viewer, webhook_id: int, *, now: datetime
) -> tuple[Webhook, str]:
    """A new secret; the old one signs along for 24 hours. Refuses while three are live."""
    webhook = await _own(session, viewer, webhook_id)
    live = _live(webhook.secrets, now)
    if len(live) >= MAX_SECRETS:
        frees = min(one["until"] for one in live if one["until"] is not None)
        raise Refusal(
            f"{MAX_SECRETS} secrets sign at present, the most there may be; one ends at {frees}",
            ("webhook",),
            ProblemCode.CONFLICT,
        )
    secret, until = new_secret(), (now + OVERLAP).isoformat()
    old = [{"secret": one["secret"], "until": one["until"] or until} for one in live]
    webhook.secrets = [{"secret": secret, "until": None}, *old]
    await session.flush()
    return webhook, secret


async def delete_webhook(session: AsyncSession, viewer: Viewer, webhook_id: int) -> Webhook:
    """Ends a webhook: it is not called any more, its secrets are gone, its log stays."""
    webhook = await _own(session, viewer, webhook_id)
    webhook.active, webhook.deleted, webhook.secrets = False, True, []
    await session.flush()
    return webhook


async def plan_test(session: AsyncSession, viewer: Viewer, webhook_id: int, *, now: datetime) -> int:
    """A message that tests the webhook: the id of its delivery; the caller queues the work."""
    webhook = await _own(session, viewer, webhook_id)
    if not webhook.active:
        raise Refusal("it is switched off; switch it on first", ("webhook",), ProblemCode.CONFLICT)
    under_way = select(func.count()).where(
        Delivery.webhook_id == webhook.id,
        Delivery.finished_at.is_(None),
        Delivery.alert_id.is_(None),
        Delivery.slot_id.is_(None),
    )
    if (await session.scalar(under_way) or 0) >= MAX_TESTS:
        message = f"{MAX_TESTS} tests of it have not ended yet, the most there may be at a time"
        raise Refusal(message, ("webhook",), ProblemCode.CONFLICT)
    planned = PlannedDelivery(
        key=f"test:{webhook.id}:{secrets.token_hex(8)}",
        channel=Channel.WEBHOOK,
        account_id=webhook.owner_id,
        webhook_id=webhook.id,
        content={"test": True},
    )
    (delivery_id,) = await plan_deliveries(session, [planned], now)
    return delivery_id


async def _own(session: AsyncSession, viewer: Viewer, webhook_id: int) -> Webhook:
    """The viewer's own webhook, locked. Others', ADMIN's reading apart, are nobody's to change."""
    webhook = await session.scalar(
        select(Webhook)
        .where(Webhook.id == webhook_id, Webhook.owner_id == viewer.user_id, ~Webhook.deleted)
        .with_for_update()
    )
    if webhook is None:
        raise Refusal("there is no such webhook", ("webhook",), ProblemCode.NOT_FOUND)
    return webhook


def _name(given: str) -> str:
    name = " ".join(given.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refusal(f"give it a name of 1 to {LONGEST_NAME} characters", ("name",))
    return name
