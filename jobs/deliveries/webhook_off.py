"""Task "webhook.off": tells the owner that their webhook was switched off, since whoever reads it answered 410."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select

from jobs.deliveries.alerting import tell
from jobs.deliveries.delivering import WEBHOOK_OFF
from jobs.work.task import Task, Work
from models import AlertKind, Webhook
from resolvers.alerts.alerts import NewAlert


async def run(work: Work, *, webhook_id: int, delivery_id: int) -> None:
    """Tells the owner, once for the delivery that found it gone."""
    async with work.fenced() as session:
        owner = await session.scalar(select(Webhook.owner_id).where(Webhook.id == webhook_id))
        if owner is not None:
            occurrence = f"webhook:{webhook_id}:off:{delivery_id}"
            news = NewAlert(owner, AlertKind.RUN_FAILED, occurrence, {"webhook": webhook_id})
            await tell(work.queue, work.bus, session, [news], datetime.now(UTC))


TASK: Final = Task(kind=WEBHOOK_OFF, run=run)
