"""On which days a school teaches: what holds a schedule back that is not to run on holidays or outside terms."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Holiday, School, Term
from resolvers.calendar.recurrence import Recurrence, slots_after

# over how many slots that are held back the next one is looked for: more than a year of days
_MOST: Final = 400


@dataclass(frozen=True, slots=True)
class SchoolDays:
    """The zone of a school, its holidays by day, and its terms as first and last day."""

    zone: str
    holidays: Mapping[date, str | None] = field(default_factory=dict)
    terms: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Restraint:
    """What holds a schedule back."""

    not_on_holidays: bool = False
    only_in_terms: bool = False

    def reason(self, slot: datetime, school: SchoolDays) -> str | None:
        """Why nothing is run in this slot: a sentence; None when nothing holds it back."""
        if not (self.not_on_holidays or self.only_in_terms):
            return None
        day = slot.astimezone(ZoneInfo(school.zone)).date()
        if self.not_on_holidays and day in school.holidays:
            name = school.holidays[day]
            return f"{day} is a holiday ({name})." if name else f"{day} is a holiday."
        if self.only_in_terms and not any(first <= day <= last for first, last in school.terms):
            return f"{day} is in no term of the school."
        return None


async def school_days(session: AsyncSession, school_ids: Collection[int]) -> dict[int, SchoolDays]:
    """The days of these schools, by subject id; three statements."""
    ids = sorted(set(school_ids))
    if not ids:
        return {}
    zones = await session.execute(select(School.id, School.timezone).where(School.id.in_(ids)))
    holidays: dict[int, dict[date, str | None]] = {}
    for holiday in await session.scalars(select(Holiday).where(Holiday.school_id.in_(ids))):
        holidays.setdefault(holiday.school_id, {})[holiday.on] = holiday.name
    terms: dict[int, list[tuple[date, date]]] = {}
    dated = select(Term.school_id, Term.starts_on, Term.ends_on).where(
        Term.school_id.in_(ids), Term.starts_on.is_not(None), Term.ends_on.is_not(None)
    )
    for school_id, first, last in await session.execute(dated):
        assert first is not None
        assert last is not None
        terms.setdefault(school_id, []).append((first, last))
    return {row.id: SchoolDays(row.timezone, holidays.get(row.id, {}), tuple(terms.get(row.id, ()))) for row in zones}


def next_slots(
    recurrence: Recurrence, restraint: Restraint, school: SchoolDays, after: datetime, count: int
) -> list[datetime]:
    """The next times at which it will run, less those that are known to be held back.

    Fewer than `count` where the school has told no more terms.
    """

    told = max((last for _, last in school.terms), default=date.min)

    def running() -> Iterator[datetime]:
        for slot in islice(slots_after(recurrence, school.zone, after), _MOST):
            if restraint.only_in_terms and slot.astimezone(ZoneInfo(school.zone)).date() > told:
                return
            if restraint.reason(slot, school) is None:
                yield slot

    return list(islice(running(), count))
