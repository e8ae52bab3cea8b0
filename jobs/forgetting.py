"""Forgetting: rows of work that ended long ago and that nothing needs any more, older than a setting says.

What is under way stays, and what something that stays refers to: an alert for as long as a message about it is kept, a
slot likewise, a run that stored reports name. Unread alerts stay, so that no count of them changes by itself; so do
those that are told once for ever, and the sessions a rule has told of, for else they would be told again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import CursorResult, DateTime, and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from jobs.work.task import WorkContext
from models import Alert, BaseReport, Delivery, Export, RuleOccurrence, Run, ScheduleSlot, WorkState
from models.base import Base
from models.database import Database
from models.settings import Settings
from resolvers.alerts.idle import IDLE
from resolvers.core.any_of import any_of

# so many rows are looked at together, and those of them that go are deleted in one transaction
AT_ONCE: Final = 500

_UNENDED: Final = (WorkState.QUEUED, WorkState.RUNNING)
Instant = ColumnElement[datetime]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Rows of one table that go: `goes` says which, given the moment before which they must have ended.

    `begun` is when a row was written; rows are looked at by their ids, in about the order of `begun`, up to the first
    batch without an old one. `days` is the setting, 0: they are kept for ever.
    """

    table: type[Base]
    id: InstrumentedAttribute[int]
    begun: InstrumentedAttribute[datetime]
    days: Callable[[Settings], int]
    goes: Callable[[Instant], ColumnElement[bool]]


def _delivery(before: Instant) -> ColumnElement[bool]:
    return Delivery.finished_at < before


def _alert(before: Instant) -> ColumnElement[bool]:
    about_it = or_(Delivery.alert_id == Alert.id, Delivery.key == Alert.digest)
    return and_(
        Alert.created_at < before,
        or_(Alert.read_at.is_not(None), ~Alert.in_app),
        ~Alert.data.has_key(IDLE),
        ~exists().where(about_it),
    )


def _occurrence(before: Instant) -> ColumnElement[bool]:
    # with a key it is of a session, of which a rule tells once for ever
    return and_(RuleOccurrence.ended_at < before, RuleOccurrence.key == "")


def _slot(before: Instant) -> ColumnElement[bool]:
    return and_(
        ScheduleSlot.finished_at < before,
        ~exists().where(Delivery.slot_id == ScheduleSlot.id),
        ~exists().where(Export.slot_id == ScheduleSlot.id, Export.state.in_(_UNENDED)),
    )


def _run(before: Instant) -> ColumnElement[bool]:
    return and_(
        Run.finished_at < before,
        ~exists().where(BaseReport.run_id == Run.id),
        ~exists().where(ScheduleSlot.run_id == Run.id, ScheduleSlot.finished_at.is_(None)),
    )


# What refers goes before what it refers to.
FORGOTTEN: Final = MappingProxyType({
    "deliveries": Forgotten(
        Delivery, Delivery.id, Delivery.created_at, lambda settings: settings.delivery_days, _delivery
    ),
    "alerts": Forgotten(Alert, Alert.id, Alert.created_at, lambda settings: settings.alert_days, _alert),
    "occurrences": Forgotten(
        RuleOccurrence, RuleOccurrence.id, RuleOccurrence.began_at, lambda settings: settings.alert_days, _occurrence
    ),
    "slots": Forgotten(
        ScheduleSlot, ScheduleSlot.id, ScheduleSlot.created_at, lambda settings: settings.run_days, _slot
    ),
    "runs": Forgotten(Run, Run.id, Run.requested_at, lambda settings: settings.run_days, _run),
})  # fmt: skip


async def forget(context: WorkContext, *, now: datetime | None = None) -> dict[str, int]:
    """Deletes what is older than the settings say; returns how many rows of each sort. Safe beside others who forget.

    `now` is in place of the clock of the database.
    """
    counts: dict[str, int] = {}
    for name, rows in FORGOTTEN.items():
        days = rows.days(context.settings)
        if days and (count := await _forget(context.database, rows, _moment(now) - timedelta(days=days))):
            counts[name] = count
    return counts


def _moment(now: datetime | None) -> Instant:
    instant = DateTime(timezone=True)
    return func.now(type_=instant) if now is None else literal(now, instant)


async def _forget(database: Database, rows: Forgotten, before: Instant) -> int:
    count, last = 0, 0
    while True:
        async with database.write() as session:
            batch = select(rows.id, (rows.begun < before).label("old")).where(rows.id > last).order_by(rows.id)
            found = (await session.execute(batch.limit(AT_ONCE))).all()
            old = [row.id for row in found if row.old]
            if not old:
                return count
            count += await _delete(session, rows, old, before)
        last = found[-1].id


async def _delete(session: AsyncSession, rows: Forgotten, old: list[int], before: Instant) -> int:
    going = select(rows.id).where(any_of(rows.id, old), rows.goes(before)).order_by(rows.id)
    ids = (await session.scalars(going.with_for_update(skip_locked=True))).all()
    if not ids:
        return 0
    if rows.table is ScheduleSlot:  # the files it made stay listed for who asked for them
        await session.execute(_unsynchronized(update(Export).where(any_of(Export.slot_id, ids)).values(slot_id=None)))
    result = await session.execute(_unsynchronized(delete(rows.table).where(any_of(rows.id, ids))))
    assert isinstance(result, CursorResult)
    return result.rowcount


def _unsynchronized(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)
