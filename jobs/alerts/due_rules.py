"""When rules of alerts are checked: once a day at their time, and when an import or a policy touched their school."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import BigInteger, DateTime, func, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.alerts.check_rules import KIND
from jobs.queue.adding import UNATTENDED, Queue
from jobs.work.task import WorkContext
from models import AlertRule, Job, ScheduleState, School, WorkState
from resolvers.alerts.rules import next_check
from resolvers.core.any_of import any_of

BATCH: Final = 500
_INSTANT: Final = DateTime(timezone=True)
_LOCK: Final = 5_303  # the advisory lock under which checks are queued
# written out: the partial index serves a state only where the planner can read it
_QUEUED: Final = Job.state == literal_column(f"'{WorkState.QUEUED}'")

log = structlog.stdlib.get_logger(__name__)


async def claim_due_rules(context: WorkContext, *, now: datetime | None = None, batch: int = BATCH) -> int:
    """Queues the checks of up to `batch` rules that are due and that no other scheduler holds; returns how many.

    Check and next time are one transaction. A rule that fell due several times meanwhile is checked once. Time is the
    database's; `now` replaces it in tests.
    """
    async with context.database.write() as session:
        time = func.now(type_=_INSTANT) if now is None else literal(now, _INSTANT)
        due = (
            select(AlertRule.id, AlertRule.check_time, School.timezone, time.label("now"))
            .join(School, School.id == AlertRule.school_id)
            .where(AlertRule.next_check_at.is_not(None), AlertRule.next_check_at <= time)
            .order_by(AlertRule.next_check_at, AlertRule.id)
            .limit(batch)
            .with_for_update(of=AlertRule, skip_locked=True)
        )
        following = {row.id: _following(row) for row in await session.execute(due)}
        if following:
            await _move_on(session, following)
            await queue_checks(context.queue, session, list(following))
    return len(following)


async def queue_checks(queue: Queue, session: AsyncSession, rule_ids: Collection[int]) -> list[int]:
    """Queues a check of each of these rules that has none waiting; returns the jobs.

    What is waiting cannot be begun before this transaction ends, so that it sees what this transaction wrote.
    """
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    rules = func.unnest(literal(sorted(rule_ids), ARRAY(BigInteger))).table_valued("id", name="rules").render_derived()
    waiting = (
        select(rules.c.id)
        .join(Job, Job.arguments == func.jsonb_build_object("rule_id", rules.c.id))
        .where(Job.kind == KIND, _QUEUED)
        .with_for_update(of=Job)
    )
    has_one = set(await session.scalars(waiting))
    arguments = [{"rule_id": rule_id} for rule_id in sorted(set(rule_ids) - has_one)]
    return await queue.enqueue_many(session, KIND, arguments, priority=UNATTENDED)


async def queue_checks_of_schools(queue: Queue, session: AsyncSession, school_ids: Sequence[int]) -> list[int]:
    """Queues a check of every active rule of these schools, in the transaction that changed them; returns the jobs."""
    if not school_ids:
        return []
    active = select(AlertRule.id).where(
        any_of(AlertRule.school_id, school_ids), AlertRule.state == ScheduleState.ACTIVE
    )
    rule_ids = list(await session.scalars(active))
    return await queue_checks(queue, session, rule_ids) if rule_ids else []


def _following(row: Any) -> datetime:
    try:
        return next_check(row.check_time, row.timezone, row.now)
    except Exception:  # one that is broken must not stop the others
        log.exception("rule_broken", rule_id=row.id)
        following: datetime = row.now + timedelta(days=1)
        return following


async def _move_on(session: AsyncSession, following: dict[int, datetime]) -> None:
    moved = (
        func.unnest(literal([*following], ARRAY(BigInteger)), literal([*following.values()], ARRAY(_INSTANT)))
        .table_valued("id", "following", name="moved")
        .render_derived()
    )
    await session.execute(
        update(AlertRule)
        .where(AlertRule.id == moved.c.id)
        .values(next_check_at=moved.c.following)
        .execution_options(synchronize_session=False)
    )
