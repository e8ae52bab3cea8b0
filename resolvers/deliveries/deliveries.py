"""Deliveries: planning messages once each, looking at how they fare, and sending one again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, any_, exists, func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import Channel, Delivery, DeliveryAttempt, Job, Schedule, ScheduleSlot, Webhook, WorkState
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of
from resolvers.core.paging import Page, PageRequest, beyond, count_up_to, cut, in_order
from resolvers.core.problems import ProblemCode, Refusal

MAX_LISTED: Final = 50
"""How many attempts are listed of one delivery, and deliveries of one slot: the newest."""
MAX_ATTEMPTS: Final = 100
"""From how many attempts on a delivery is not sent again: nobody is to be flooded by replays."""
REFUSED_BYTES: Final = "refusedBytes"
"""In the content of an e-mail: how large it was when the mail server refused it for that. It goes without its files."""
_UNENDED: Final = (WorkState.QUEUED, WorkState.RUNNING)


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """A message to be sent once. `key` names it: planned again under the same key, it is the same message.

    An e-mail goes to `account_id`, or to `address` on behalf of the account that owns the schedule; a webhook call goes
    to `webhook_id`, and `account_id` is its owner. What it is about: `alert_id`; else `slot_id`, with `content`
    {"reports": [ids], "exports": [ids]}; else the alerts whose `digest` is this key; or {"test": true}.
    """

    key: str
    channel: Channel
    account_id: int | None = None
    address: str | None = None
    webhook_id: int | None = None
    alert_id: int | None = None
    slot_id: int | None = None
    content: Mapping[str, Any] = field(default_factory=dict)


async def plan_deliveries(
    session: AsyncSession, planned: Sequence[PlannedDelivery], now: datetime, due_at: datetime | None = None
) -> list[int]:
    """Writes down those that are new and returns their ids, in order; one statement for any number.

    The caller queues the work in the same transaction: jobs/deliveries/delivering.py enqueue_deliveries.
    """
    if not planned:
        return []
    rows = [
        {
            "key": one.key,
            "channel": one.channel,
            "account_id": one.account_id,
            "address": one.address,
            "webhook_id": one.webhook_id,
            "alert_id": one.alert_id,
            "slot_id": one.slot_id,
            "content": dict(one.content),
            "state": WorkState.QUEUED,
            "attempts": 0,
            "created_at": now,
            "next_attempt_at": due_at or now,
        }
        # by key, so that two that plan the same ones cannot wait for each other
        for one in sorted(planned, key=lambda one: one.key)
    ]
    new = await session.scalars(
        insert(Delivery).on_conflict_do_nothing(index_elements=[Delivery.key]).returning(Delivery.id), rows
    )
    return sorted(new)


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """Which deliveries of a list; every given part must hold."""

    webhook_id: int | None = None
    schedule_id: int | None = None
    slot_id: int | None = None
    states: tuple[WorkState, ...] | None = None
    channel: Channel | None = None


def _shown_to(viewer: Viewer) -> ColumnElement[bool]:
    """Their own (to their account or their webhooks), and those of slots of their schedules; ADMIN: all."""
    if viewer.sees_everything:
        return true()
    own_slots = (
        select(ScheduleSlot.id)
        .join(Schedule, Schedule.id == ScheduleSlot.schedule_id)
        .where(Schedule.owner_id == viewer.user_id)
    )
    own_webhooks = select(Webhook.id).where(Webhook.owner_id == viewer.user_id)
    seen = aliased(Delivery, flat=True)
    # a union and no OR: each part is read by its index, however many deliveries of others there are
    return Delivery.id.in_(
        union_all(
            select(seen.id).where(seen.account_id == viewer.user_id),
            select(seen.id).where(seen.webhook_id.in_(own_webhooks)),
            select(seen.id).where(seen.slot_id.in_(own_slots)),
        )
    )


def _conditions(viewer: Viewer, query: DeliveryQuery) -> list[ColumnElement[bool]]:
    conditions = [_shown_to(viewer)]
    if query.webhook_id is not None:
        conditions.append(Delivery.webhook_id == query.webhook_id)
    if query.slot_id is not None:
        conditions.append(Delivery.slot_id == query.slot_id)
    if query.schedule_id is not None:
        slots = select(ScheduleSlot.id).where(ScheduleSlot.schedule_id == query.schedule_id)
        conditions.append(Delivery.slot_id.in_(slots))
    if query.states is not None:
        conditions.append(Delivery.state.in_(query.states))
    if query.channel is not None:
        conditions.append(Delivery.channel == query.channel)
    return conditions


async def list_deliveries(
    session: AsyncSession, viewer: Viewer, query: DeliveryQuery, asked: PageRequest
) -> Page[Delivery]:
    """One page of deliveries, newest first; keys are (id,)."""
    keys = (Delivery.id,)
    rows = select(Delivery).where(*_conditions(viewer, query), *beyond(keys, asked, descending=True))
    found = await session.scalars(rows.order_by(*in_order(keys, asked, descending=True)).limit(asked.size + 1))
    return cut(found.all(), asked)


async def count_deliveries(session: AsyncSession, viewer: Viewer, query: DeliveryQuery) -> int | None:
    """How many deliveries the whole list has; exact up to 10,000, None beyond."""
    return await count_up_to(session, select(Delivery.id).where(*_conditions(viewer, query)))


async def deliveries_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, Delivery]:
    """Those of the deliveries that the viewer may know of, by id."""
    found = await session.scalars(select(Delivery).where(any_of(Delivery.id, ids), _shown_to(viewer)))
    return {delivery.id: delivery for delivery in found}


async def deliveries_of_slots(
    session: AsyncSession, viewer: Viewer, slot_ids: Collection[int]
) -> dict[int, list[Delivery]]:
    """The newest deliveries of each of these slots that the viewer may know of, newest first; one statement."""
    place = func.row_number().over(partition_by=Delivery.slot_id, order_by=Delivery.id.desc()).label("place")
    slots: Any = literal(sorted(set(slot_ids)), ARRAY(BigInteger))
    ranked = select(Delivery.id, place).where(Delivery.slot_id == any_(slots), _shown_to(viewer)).subquery("ranked")
    found = await session.scalars(
        select(Delivery)
        .join(ranked, ranked.c.id == Delivery.id)
        .where(ranked.c.place <= MAX_LISTED)
        .order_by(Delivery.id.desc())
    )
    deliveries: dict[int, list[Delivery]] = {id_: [] for id_ in slot_ids}
    for delivery in found:
        assert delivery.slot_id is not None
        deliveries[delivery.slot_id].append(delivery)
    return deliveries


async def attempts_of(session: AsyncSession, delivery_ids: Collection[int]) -> dict[int, list[DeliveryAttempt]]:
    """The newest attempts of each of these deliveries, in order; one statement. The caller has looked up who asks."""
    newest_first = DeliveryAttempt.number.desc()
    place = func.row_number().over(partition_by=DeliveryAttempt.delivery_id, order_by=newest_first).label("place")
    ranked = (
        select(DeliveryAttempt.id, place).where(any_of(DeliveryAttempt.delivery_id, delivery_ids)).subquery("ranked")
    )
    found = await session.scalars(
        select(DeliveryAttempt)
        .join(ranked, ranked.c.id == DeliveryAttempt.id)
        .where(ranked.c.place <= MAX_LISTED)
        .order_by(DeliveryAttempt.delivery_id, DeliveryAttempt.number)
    )
    attempts: dict[int, list[DeliveryAttempt]] = {id_: [] for id_ in delivery_ids}
    for attempt in found:
        attempts[attempt.delivery_id].append(attempt)
    return attempts


async def replay(session: AsyncSession, viewer: Viewer, delivery_id: int, now: datetime) -> Delivery:
    """Has an ended delivery tried anew, as the same message; the caller queues the work in the same transaction.

    Refuses what the viewer may not know of, what has not ended yet, what has been tried too often, and what goes to a
    webhook that is off.
    """
    found = await session.scalar(
        select(Delivery).where(Delivery.id == delivery_id, _shown_to(viewer)).with_for_update(of=Delivery)
    )
    if found is None:
        raise Refusal("there is no such delivery", ("delivery",), ProblemCode.NOT_FOUND)
    # the job of the last series ends a moment after its delivery, and must not end the new series too
    working = exists().where(Job.arguments == {"delivery_id": delivery_id}, Job.state.in_(_UNENDED))
    if found.finished_at is None or await session.scalar(select(working)):
        raise Refusal("it has not ended yet: it is still being tried", ("delivery",), ProblemCode.CONFLICT)
    if found.attempts >= MAX_ATTEMPTS:
        message = f"it has been tried {found.attempts} times, the most there may be"
        raise Refusal(message, ("delivery",), ProblemCode.CONFLICT)
    if found.webhook_id is not None:
        webhook = (await session.scalars(select(Webhook).where(Webhook.id == found.webhook_id))).one()
        if webhook.deleted or not webhook.active:
            what = "has been deleted" if webhook.deleted else "is switched off"
            raise Refusal(f"its webhook {what}", ("delivery",), ProblemCode.CONFLICT)
    found.state, found.error, found.finished_at, found.next_attempt_at = WorkState.QUEUED, None, None, now
    # the mail server may take more by now
    found.content = {name: value for name, value in found.content.items() if name != REFUSED_BYTES}
    await session.flush()
    return found


def message_id(delivery: Delivery) -> str:
    """What a receiver knows the message by: the same at every attempt and replay, and never that of another message.

    The moment is part of it, because the numbers of a database that was made anew begin again.
    """
    return f"msg_{delivery.id}_{round(delivery.created_at.timestamp() * 1_000_000):x}"
