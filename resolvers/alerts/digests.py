"""The daily mail: which one an alert goes into, and when that one is sent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import School, Subject, User
from resolvers.core.any_of import any_of

SENT_AT: Final = time(7)
# What is raised later than this before sending goes into the next one: by the time one is written, every transaction
# that put an alert into it has ended.
CLOSES_BEFORE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Digest:
    """The daily mail of one account on one day of its school."""

    account_id: int
    day: date
    due_at: datetime

    @property
    def key(self) -> str:
        """Names it: on each of its alerts, and as the key of its delivery."""
        return f"digest:{self.account_id}:{self.day}"


def digest_of(account_id: int, zone: ZoneInfo, now: datetime) -> Digest:
    """The daily mail that takes up what is raised now: at seven in the morning, in that zone."""
    day = now.astimezone(zone).date()
    due = _sent_at(day, zone)
    if now >= due - CLOSES_BEFORE:
        day += timedelta(days=1)
        due = _sent_at(day, zone)
    return Digest(account_id, day, due)


def _sent_at(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, SENT_AT, zone).astimezone(UTC)


async def zones_of(session: AsyncSession, account_ids: Collection[int]) -> dict[int, ZoneInfo]:
    """The zone of each account's school; UTC for an account without one. One statement."""
    tie = func.coalesce(User.school_id, User.department_id, User.programme_id, User.trainer_id, User.trainee_id)
    rows = await session.execute(
        select(User.id, School.timezone)
        .outerjoin(Subject, Subject.id == tie)
        .outerjoin(School, School.id == Subject.school_id)
        .where(any_of(User.id, account_ids))
    )
    return {row.id: ZoneInfo(row.timezone or "UTC") for row in rows}
