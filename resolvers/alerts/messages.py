"""Which messages follow from alerts: an e-mail at once or with the day's, and a call of each webhook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Alert, AlertKind, Channel, MailTiming, User, Webhook
from resolvers.alerts.digests import digest_of, zones_of
from resolvers.alerts.preferences import preferences_of
from resolvers.core.any_of import any_of
from resolvers.deliveries.deliveries import PlannedDelivery


@dataclass(frozen=True, slots=True)
class Messages:
    """What to send: now, and later (the daily mails), each group with the moment it is due."""

    now: tuple[PlannedDelivery, ...]
    later: tuple[tuple[datetime, tuple[PlannedDelivery, ...]], ...]


async def messages_of(session: AsyncSession, raised: Sequence[Alert], now: datetime) -> Messages:
    """The messages of alerts just raised, by the wishes of their accounts; at most four statements.

    `now` is the one they were raised with: it decides which day's mail they are in.
    """
    accounts = {alert.account_id for alert in raised}
    preferences = await preferences_of(session, accounts)
    # an account without an address gets no mail
    reachable = set(await session.scalars(select(User.id).where(any_of(User.id, accounts), User.email.is_not(None))))
    called = [alert for alert in raised if preferences.of(alert.account_id, AlertKind(alert.kind)).webhook]
    hooks: dict[int, list[int]] = {}
    if called:
        owners = {alert.account_id for alert in called}
        rows = await session.execute(
            select(Webhook.owner_id, Webhook.id)
            .where(any_of(Webhook.owner_id, owners), Webhook.active, ~Webhook.deleted)
            .order_by(Webhook.id)
        )
        for row in rows:
            hooks.setdefault(row.owner_id, []).append(row.id)
    soon = [
        PlannedDelivery(f"alert:{alert.id}:email", Channel.EMAIL, alert.account_id, alert_id=alert.id)
        for alert in raised
        if alert.account_id in reachable
        and preferences.of(alert.account_id, AlertKind(alert.kind)).email is MailTiming.AT_ONCE
    ]
    soon += [
        PlannedDelivery(
            f"alert:{alert.id}:webhook:{webhook_id}",
            Channel.WEBHOOK,
            alert.account_id,
            webhook_id=webhook_id,
            alert_id=alert.id,
        )
        for alert in called
        for webhook_id in hooks.get(alert.account_id, ())
    ]
    return Messages(tuple(soon), await _daily_mails(session, raised, reachable, now))


async def _daily_mails(
    session: AsyncSession, raised: Sequence[Alert], reachable: set[int], now: datetime
) -> tuple[tuple[datetime, tuple[PlannedDelivery, ...]], ...]:
    accounts = {alert.account_id for alert in raised if alert.digest is not None} & reachable
    if not accounts:
        return ()
    by_time: dict[datetime, list[PlannedDelivery]] = {}
    for account_id, zone in (await zones_of(session, accounts)).items():
        digest = digest_of(account_id, zone, now)
        by_time.setdefault(digest.due_at, []).append(PlannedDelivery(digest.key, Channel.EMAIL, account_id))
    return tuple((due_at, tuple(mails)) for due_at, mails in sorted(by_time.items()))
