"""Schedules that all fall due in the same second, which is the second in which every worker is killed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from models import Frequency, SubjectKind
from models.database import Database
from resolvers.calendar.periods import PeriodName
from resolvers.calendar.recurrence import Recurrence
from resolvers.deliveries.recipients import Recipient, RecipientType
from resolvers.schedules.drafts import ScheduleDraft
from resolvers.schedules.schedules import create_schedule
from tests.faults.stage import Stage

TRY_AGAIN_SECONDS: Final = 0.2
# of one made by the product: the others, and the moment at which all fall due
MULTIPLY: Final = """
insert into schedule (school_id, owner_id, name, state, kind, subjects, within, period, recurrence, not_on_holidays,
    only_in_terms, only_with_data, condition, formats, recipients, attach, catch_up, next_slot_at, created_at,
    updated_at)
select school_id, owner_id, name || ' ' || n, state, kind, subjects, within, period, recurrence, not_on_holidays,
    only_in_terms, only_with_data, condition, formats, recipients, attach, catch_up, %s, created_at, updated_at
from schedule, generate_series(2, %s) n
"""
FIRST: Final = "update schedule set next_slot_at = %s"


async def make_schedule(stage: Stage) -> None:
    """One schedule, whose own times are half a year away."""
    principal = stage.principal
    assert principal.school_id is not None
    far = (datetime.now(UTC).month + 5) % 12 + 1
    draft = ScheduleDraft(
        name="Together",
        kind=SubjectKind.SCHOOL,
        period=PeriodName.YESTERDAY,
        recurrence=Recurrence(Frequency.MONTHLY, "12:00", day=15, months=(far,)),
        recipients=(Recipient(RecipientType.USER, account=principal.user_id),),
        school_id=principal.school_id,
    )
    database = Database(stage.addresses.database_url)
    try:
        async with database.write() as session:
            await create_schedule(session, principal, draft, domains=(), now=datetime.now(UTC))
    finally:
        await database.close()


async def fall_due(database_url: str, count: int, ahead: timedelta) -> datetime:
    """Has so many schedules fall due that far from now, and says when; asks until the database has answered."""
    while True:
        due_at = (datetime.now(UTC) + ahead).replace(microsecond=0)
        try:
            await asyncio.to_thread(_write, database_url, count, due_at)
        except psycopg.OperationalError:
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        else:
            return due_at


def _write(database_url: str, count: int, due_at: datetime) -> None:
    with psycopg.connect(database_url) as connection:
        there = connection.execute("select count(*) from schedule").fetchone()
        if there == (1,):  # not yet accepted by an answer that was lost
            connection.execute(MULTIPLY, [due_at, count])
        connection.execute(FIRST, [due_at])
