"""What happens to a schedule's one slot: it falls due, accounts change, webhooks listen."""

from typing import Any

from sqlalchemy import update

from jobs.work.running import run_due
from jobs.work.task import WorkContext
from models import SubjectKind, User, Webhook
from resolvers.deliveries.recipients import Recipient, RecipientType
from tests.support.schedules import MADE_AT, fall_due, only_slot

K = SubjectKind
PARTNER = Recipient(RecipientType.EMAIL, address="head@partner.example")
READY, FAILED = "REPORT_READY", "RUN_FAILED"


async def change(work: WorkContext, account_id: int, **values: Any) -> None:
    """Changes an account, as an import does."""
    ties = dict.fromkeys(("school_id", "department_id", "programme_id", "trainer_id", "trainee_id"))
    async with work.database.write() as session:
        await session.execute(update(User).where(User.id == account_id).values({**ties, **values}))


async def sent(work: WorkContext) -> tuple[str, str | None]:
    """Lets the one schedule fall due and does all that follows; state and note of its slot."""
    assert await fall_due(work) == 1
    await run_due(work)
    return await only_slot(work.database)


async def webhook_of(work: WorkContext, account_id: int) -> int:
    async with work.database.write() as session:
        row = Webhook(owner_id=account_id, name="Hook", url="https://hook.example", secrets=[], created_at=MADE_AT)
        session.add(row)
        await session.flush()
        return row.id
