"""Where a report comes from: the zone its days are of, and who had it made.

Whoever may read a report may read both: they stand on every file of it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import BaseReport, School, User
from resolvers.core.any_of import any_of


@dataclass(frozen=True, slots=True)
class Origin:
    """The IANA zone of the report's school, and the name of the account that had it generated.

    No name: nobody's account, or one that is gone.
    """

    time_zone: str
    generated_by: str | None


async def origins_of(session: AsyncSession, report_ids: Collection[int]) -> dict[int, Origin]:
    """The origins of reports that have been read under a viewer's rights, by report id; one statement."""
    rows = await session.execute(
        select(BaseReport.id, School.timezone, User.name)
        .join(School, School.id == BaseReport.school_id)
        .outerjoin(User, User.id == BaseReport.generated_by)
        .where(any_of(BaseReport.id, report_ids))
    )
    return {row.id: Origin(row.timezone, row.name) for row in rows}
