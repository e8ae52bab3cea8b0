"""After an import: the rules of alerts of the schools it touched are checked, not only the next morning."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.alerts.due_rules import queue_checks_of_schools
from jobs.queue.adding import Queue
from models import School
from resolvers.bundle import Imported
from resolvers.metrics.sums import touched_schools

# what findings depend on without any part being counted anew
_ALSO: Final = ("policies", "terms")


async def check_rules_touched(queue: Queue, session: AsyncSession, imported: Imported) -> list[int]:
    """Queues the checks in the transaction of the import; returns the jobs. Policies and terms: of all schools."""
    if any(imported.changed.get(name) for name in _ALSO):
        school_ids = list(await session.scalars(select(School.id)))
    else:
        school_ids = await touched_schools(session)
    return await queue_checks_of_schools(queue, session, school_ids)
