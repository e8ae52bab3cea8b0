"""Deliveries: the e-mails and webhook calls of the viewer, every attempt at them, and sending one again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import strawberry

from graphql_api.core.connections import After, Before, Connection, First, Last, page_request
from graphql_api.core.context import Info
from graphql_api.core.ids import global_id, number_of
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, below, look_ahead, nodes_of, selected_names
from graphql_api.core.mutations import mutation
from graphql_api.core.nodes import LOOK_UPS, Node
from graphql_api.core.user_errors import UserError
from graphql_api.deliveries.loaders import attempts, webhooks
from graphql_api.deliveries.webhooks import WEBHOOK, Webhook, webhook_of
from jobs.deliveries.delivering import enqueue_sending
from models import Channel, WorkState
from models import Delivery as DeliveryRow
from resolvers.core.paging import Page
from resolvers.deliveries.deliveries import (
    MAX_LISTED,
    DeliveryQuery,
    count_deliveries,
    deliveries_by_ids,
    list_deliveries,
    message_id,
    replay,
)
from resolvers.deliveries.webhooks import plan_test

DELIVERY: Final = "Delivery"


@strawberry.type(description="One attempt at a delivery.")
class DeliveryAttempt:
    """One attempt at a delivery."""

    number: int = strawberry.field(description="Which one it is, from 1.")
    attempted_at: datetime = strawberry.field(description="When it was made.")
    milliseconds: int = strawberry.field(description="How long it took.")
    status: int | None = strawberry.field(description="The code of the answer, where there was one.")
    error: str | None = strawberry.field(description="Why it failed; null: it was taken.")


async def _prepare_log(info: Info, deliveries: Sequence[DeliveryRow], _arguments: Any, _nodes: Nodes) -> None:
    await attempts(info.context).load_many([delivery.id for delivery in deliveries])


def _log(self: Any, info: Info) -> Any:
    def read() -> list[DeliveryAttempt]:
        return [
            DeliveryAttempt(
                number=attempt.number,
                attempted_at=attempt.attempted_at,
                milliseconds=attempt.milliseconds,
                status=attempt.status,
                error=attempt.error,
            )
            for attempt in attempts(info.context)[self.row.id]
        ]

    return answer(info, read, lambda: _prepare_log(info, [self.row], {}, nodes_of(info)))


async def _prepare_webhook(info: Info, deliveries: Sequence[DeliveryRow], _arguments: Any, _nodes: Nodes) -> None:
    await webhooks(info.context).load_many([row.webhook_id for row in deliveries if row.webhook_id is not None])


def _webhook(self: Any, info: Info) -> Any:
    def read() -> Webhook | None:
        webhook_id = self.row.webhook_id
        row = None if webhook_id is None else webhooks(info.context)[webhook_id]
        return webhook_of(row, info.context.now) if row else None

    return answer(info, read, lambda: _prepare_webhook(info, [self.row], {}, nodes_of(info)))


@strawberry.type(
    description="One message to one receiver. It is sent at least once; the receiver knows a repeat by `messageId`."
)
class Delivery(Node):
    """One message to one receiver."""

    row: strawberry.Private[DeliveryRow]
    channel: Channel = strawberry.field(description="How it goes out.")
    state: WorkState = strawberry.field(description="How far it is; QUEUED: it waits for its next attempt.")
    message_id: str = strawberry.field(
        description="What the receiver knows it by: the header `webhook-id`, or the first part of an e-mail's"
        " `Message-ID`. The same at every attempt and replay."
    )
    address: str | None = strawberry.field(description="The address without an account that an e-mail goes to.")
    attempts: int = strawberry.field(description="How often it has been tried.")
    error: str | None = strawberry.field(description="Why the last attempt failed, or why it was given up.")
    created_at: datetime = strawberry.field(description="When it was written down.")
    next_attempt_at: datetime | None = strawberry.field(description="When it is tried next; null: now, or never again.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    log = strawberry.field(
        resolver=_log,
        graphql_type=list[DeliveryAttempt],
        description=f"Every attempt, in order; the last {MAX_LISTED}.",
        metadata={PREPARE: _prepare_log, "list_size": MAX_LISTED},
    )
    webhook = strawberry.field(
        resolver=_webhook,
        graphql_type=Webhook | None,
        description="The webhook that is called; null for an e-mail and for somebody else's.",
        metadata={PREPARE: _prepare_webhook},
    )


def delivery_of(row: DeliveryRow) -> Delivery:
    """The delivery as clients see it: not what it says."""
    return Delivery(
        id=global_id(DELIVERY, row.id),
        row=row,
        channel=Channel(row.channel),
        state=WorkState(row.state),
        message_id=message_id(row),
        address=row.address,
        attempts=row.attempts,
        error=row.error,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        finished_at=row.finished_at,
    )


async def find_delivery(info: Info, number: int) -> Delivery | None:
    """The delivery with that key, where the viewer may know of it."""
    async with info.context.database.read() as session:
        row = (await deliveries_by_ids(session, info.context.viewer, [number])).get(number)
    return delivery_of(row) if row else None


LOOK_UPS[DELIVERY] = find_delivery


@strawberry.input(description="Which deliveries; every given part must hold.")
class DeliveryFilter:
    """Which deliveries of a list."""

    webhook: strawberry.ID | None = strawberry.field(default=None, description="Only those to this webhook.")
    schedule: strawberry.ID | None = strawberry.field(default=None, description="Only those of this schedule.")
    channel: Channel | None = strawberry.field(default=None, description="Only those that go this way.")
    states: list[WorkState] | None = strawberry.field(default=None, description="Only those in one of these states.")

    def query(self) -> DeliveryQuery:
        """What is asked for. Refuses ids of other things."""
        return DeliveryQuery(
            webhook_id=None if self.webhook is None else number_of(self.webhook, "filter.webhook", WEBHOOK),
            schedule_id=None if self.schedule is None else number_of(self.schedule, "filter.schedule", "Schedule"),
            channel=self.channel,
            states=None if self.states is None else tuple(self.states),
        )


def _page(page: Page[DeliveryRow], total: int | None) -> Connection[Delivery]:
    return Connection(
        nodes=[delivery_of(row) for row in page.rows],
        total_count=total,
        keys=[(row.id,) for row in page.rows],
        page=page,
    )


@strawberry.type
class DeliveryQueries:
    """`deliveries`."""

    @strawberry.field(
        description="E-mails and webhook calls, newest first: the viewer's own, and those of their schedules to others;"
        " ADMIN: all."
    )
    async def deliveries(
        self,
        info: Info,
        filter: Annotated[DeliveryFilter | None, strawberry.argument(description="Which ones.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Delivery]:
        """A page of deliveries."""
        context = info.context
        query = filter.query() if filter else DeliveryQuery()
        asked = page_request(first, after, last, before, (int,))
        nodes = nodes_of(info)
        type_ = info._raw_info.schema.get_type("DeliveryConnection")
        assert type_ is not None
        async with context.database.read() as session:
            page = await list_deliveries(session, context.viewer, query, asked)
            counted = "totalCount" in selected_names(info, nodes, type_)
            total = await count_deliveries(session, context.viewer, query) if counted else None
        for way in (*below(info, nodes, type_, "nodes"), *below(info, nodes, type_, "edges", "node")):
            await look_ahead(info, DELIVERY, page.rows, way)
        return _page(page, total)


@strawberry.input(description="Which delivery.")
class DeliveryReplayInput:
    """Which delivery to send again."""

    delivery: strawberry.ID = strawberry.field(description="A delivery that has ended.")


@strawberry.input(description="Which webhook.")
class WebhookTestInput:
    """Which webhook to test."""

    webhook: strawberry.ID = strawberry.field(description="A webhook of the viewer's that is switched on.")


@strawberry.type(description="The delivery, or why there is none.")
class DeliveryPayload:
    """The delivery, or why there is none."""

    delivery: Delivery | None = strawberry.field(default=None, description="The delivery; its log tells how it fares.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.type
class DeliveryMutations:
    """`deliveryReplay`, `webhookTest`."""

    @mutation(
        description="Has an ended delivery sent again, as the same message: a receiver that had it already knows it by"
        " its `messageId`."
    )
    async def delivery_replay(
        self, info: Info, input: Annotated[DeliveryReplayInput, strawberry.argument(description="Which delivery.")]
    ) -> DeliveryPayload:
        """Sends a delivery again."""
        context = info.context
        number = number_of(input.delivery, "delivery", DELIVERY)
        async with context.database.write() as session:
            row = await replay(session, context.viewer, number, context.now)
            await enqueue_sending(context.queue, session, [row.id])
        return DeliveryPayload(delivery=delivery_of(row))

    @mutation(description="Has a message of type `webhook.test` sent to a webhook of the viewer's.")
    async def webhook_test(
        self, info: Info, input: Annotated[WebhookTestInput, strawberry.argument(description="Which webhook.")]
    ) -> DeliveryPayload:
        """Tests a webhook."""
        context = info.context
        number = number_of(input.webhook, "webhook", WEBHOOK)
        async with context.database.write() as session:
            delivery_id = await plan_test(session, context.viewer, number, now=context.now)
            await enqueue_sending(context.queue, session, [delivery_id])
        async with context.database.read() as session:
            row = (await deliveries_by_ids(session, context.viewer, [delivery_id]))[delivery_id]
        return DeliveryPayload(delivery=delivery_of(row))
