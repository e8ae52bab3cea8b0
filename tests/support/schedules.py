"""Schedules for tests of the clock and of what follows, on the school of tests/support/school.py."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select

from jobs.schedules.scheduler import claim_due
from jobs.work.task import WorkContext
from models import Alert, Delivery, Export, Frequency, Job, Schedule, ScheduleSlot, Subject, SubjectKind, User
from models.database import Database
from resolvers.access.viewers import viewer_by_email
from resolvers.calendar.periods import PeriodName
from resolvers.calendar.recurrence import Recurrence
from resolvers.deliveries.recipients import Recipient, RecipientType
from resolvers.schedules.drafts import ScheduleDraft
from resolvers.schedules.schedules import create_schedule
from tests.support.school import Ids

DAILY: Final = Recurrence(Frequency.DAILY, "07:30")
# a day before the slot that most tests look at, and that slot: 07:30 in London is 06:30 in March's last days
MADE_AT: Final = datetime(2026, 3, 30, 12, tzinfo=UTC)
SLOT_AT: Final = datetime(2026, 3, 31, 6, 30, tzinfo=UTC)
PRINCIPAL: Final = "principal@school.example"
DOMAINS: Final = ("partner.example",)


def user(account_id: int) -> Recipient:
    return Recipient(RecipientType.USER, account=account_id)


def draft_for(ids: Ids, *recipients: Recipient, **changes: Any) -> ScheduleDraft:
    """Every course of the school, over the month of the slot, every day at 07:30."""
    values: dict[str, Any] = {
        "name": "Courses",
        "kind": SubjectKind.COURSE,
        "school_id": ids["SCHOOL", "S"],
        "period": PeriodName.THIS_MONTH,
        "recurrence": DAILY,
        "recipients": recipients,
        **changes,
    }
    return ScheduleDraft(**values)


async def account_ids(database: Database) -> dict[str, int]:
    """The number of every account by the part of its address before @."""
    async with database.read() as session:
        rows = await session.execute(select(User.id, User.email).where(User.email.is_not(None)))
        return {row.email.split("@")[0]: row.id for row in rows if row.email}


async def make_schedule(
    database: Database, draft: ScheduleDraft, *, owner: str = PRINCIPAL, now: datetime = MADE_AT
) -> int:
    """A schedule of that account; its number."""
    async with database.write() as session:
        viewer = await viewer_by_email(session, owner)
        assert viewer is not None
        return (await create_schedule(session, viewer, draft, domains=DOMAINS, now=now)).id


async def fall_due(work: WorkContext, now: datetime = SLOT_AT) -> int:
    """What a scheduler does at that moment; how many slots are to be run."""
    return (await claim_due(work, now=now)).slots


async def slots(database: Database) -> list[tuple[str, str, str | None]]:
    """(moment in UTC, state, note) of every slot, in order."""
    async with database.read() as session:
        rows = await session.scalars(select(ScheduleSlot).order_by(ScheduleSlot.slot_at, ScheduleSlot.id))
        return [(f"{row.slot_at.astimezone(UTC):%m-%d %H:%M}", row.state, row.note) for row in rows]


async def only_slot(database: Database) -> tuple[str, str | None]:
    """State and note of the one slot there is."""
    ((_, state, note),) = await slots(database)
    return state, note


async def alerts(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    """(account, kind, data less its ids) of every alert, by account."""
    async with database.read() as session:
        rows = await session.execute(
            select(User.email, Alert.kind, Alert.data).join(User, User.id == Alert.account_id).order_by(User.email)
        )
        return [
            (email.split("@")[0], kind, {name: value for name, value in data.items() if name not in _IDS})
            for email, kind, data in rows
        ]


_IDS: Final = ("slot", "schedule", "run", "report", "reports")


async def deliveries(database: Database) -> list[Delivery]:
    """Every message that is not about an alert, by key."""
    async with database.read() as session:
        found = await session.scalars(select(Delivery).where(Delivery.slot_id.is_not(None)).order_by(Delivery.key))
        return list(found)


async def files(database: Database) -> Counter[str]:
    """How many files were asked for, by account."""
    async with database.read() as session:
        found = await session.execute(select(User.email).join(Export, Export.requested_by == User.id))
        return Counter(row.email.split("@")[0] for row in found if row.email)


async def rows(database: Database) -> tuple[int, int, int]:
    """How many schedules, slots and jobs there are."""
    async with database.read() as session:
        counts = [len((await session.scalars(select(table.id))).all()) for table in (Schedule, ScheduleSlot, Job)]
        return counts[0], counts[1], counts[2]


async def ids_of(database: Database) -> Ids:
    """Our id of every subject by kind and institution's id."""
    async with database.read() as session:
        found = await session.execute(select(Subject.kind, Subject.source_id, Subject.id))
        return {(row.kind, row.source_id): row.id for row in found}
