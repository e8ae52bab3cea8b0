"""Telling accounts: the alerts and all that follows from them, in the transaction of what they tell of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from jobs.deliveries.delivering import enqueue_deliveries
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from jobs.queue.topics import publish_alerts
from models import Alert
from models.database import after_commit
from resolvers.alerts.alerts import NewAlert, raise_alerts
from resolvers.alerts.messages import messages_of


async def tell(queue: Queue, bus: Bus, session: AsyncSession, news: Sequence[NewAlert], now: datetime) -> list[Alert]:
    """Raises the alerts and plans their e-mails and webhook calls; returns those that are new.

    Whoever listens is woken after the commit. Safe to repeat: an occurrence is told once.
    """
    raised = await raise_alerts(session, news, now)
    if raised:
        messages = await messages_of(session, raised, now)
        await enqueue_deliveries(queue, session, messages.now, now)
        for due_at, mails in messages.later:
            await enqueue_deliveries(queue, session, mails, now, due_at)
        accounts = sorted({alert.account_id for alert in raised})
        after_commit(session, lambda: publish_alerts(bus, accounts))
    return raised
