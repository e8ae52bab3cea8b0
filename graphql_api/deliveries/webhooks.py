"""Webhooks: the viewer's own addresses that are called when something is ready or needs attention."""

from datetime import datetime
from typing import Annotated, Any, Final

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.ids import global_id, number_of
from graphql_api.core.mutations import mutation
from graphql_api.core.nodes import LOOK_UPS, Node
from graphql_api.core.user_errors import UserError
from models import Webhook as WebhookRow
from resolvers.deliveries.webhooks import (
    MAX_WEBHOOKS,
    WebhookChanges,
    create_webhook,
    delete_webhook,
    live_secrets,
    rotate_secret,
    update_webhook,
    webhooks_by_ids,
    webhooks_of,
)

WEBHOOK: Final = "Webhook"


@strawberry.type(
    description="An address of an account that is called after Standard Webhooks: with the headers `webhook-id` (the"
    " same at every attempt), `webhook-timestamp` and `webhook-signature`."
)
class Webhook(Node):
    """An address of an account that is called."""

    name: str = strawberry.field(description="What its owner calls it.")
    url: str = strawberry.field(description="The address that is called.")
    active: bool = strawberry.field(
        description="Whether it is called. An answer of 410 (gone) switches it off, and so does its owner."
    )
    deleted: bool = strawberry.field(description="Whether it has been deleted; its log stays.")
    live_secrets: int = strawberry.field(description="How many secrets calls are signed with at present, 1 to 3.")
    created_at: datetime = strawberry.field(description="When it was made.")


def webhook_of(row: WebhookRow, now: datetime) -> Webhook:
    """The webhook as clients see it: never a secret."""
    return Webhook(
        id=global_id(WEBHOOK, row.id),
        name=row.name,
        url=row.url,
        active=row.active,
        deleted=row.deleted,
        live_secrets=len(live_secrets(row, now)),
        created_at=row.created_at,
    )


async def find_webhook(info: Info, number: int) -> Webhook | None:
    """The webhook with that key, for its owner and for ADMIN."""
    async with info.context.database.read() as session:
        row = (await webhooks_by_ids(session, info.context.viewer, [number])).get(number)
    return webhook_of(row, info.context.now) if row else None


LOOK_UPS[WEBHOOK] = find_webhook


@strawberry.type
class WebhookQueries:
    """`webhooks`."""

    @strawberry.field(
        description=f"The viewer's own webhooks, oldest first; {MAX_WEBHOOKS} at most.",
        metadata={"list_size": MAX_WEBHOOKS},
    )
    async def webhooks(self, info: Info) -> list[Webhook]:
        """The viewer's own webhooks."""
        async with info.context.database.read() as session:
            rows = await webhooks_of(session, info.context.viewer)
        return [webhook_of(row, info.context.now) for row in rows]


@strawberry.input(description="A new webhook.")
class WebhookCreateInput:
    """A new webhook."""

    name: str = strawberry.field(description="What to call it, 1 to 100 characters.")
    url: str = strawberry.field(
        description="The address to call: https://, on the internet, port 80, 443, or 1024 and higher."
    )


@strawberry.input(description="What to change in a webhook. Left out: stays as it is.")
class WebhookUpdateInput:
    """What to change in a webhook."""

    webhook: strawberry.ID = strawberry.field(description="The webhook.")
    name: str | None = strawberry.field(default=None, description="What to call it.")
    url: str | None = strawberry.field(default=None, description="The address to call.")
    active: bool | None = strawberry.field(default=None, description="Whether to call it.")


@strawberry.input(description="Which webhook.")
class WebhookSecretRotateInput:
    """Which webhook gets a new secret."""

    webhook: strawberry.ID = strawberry.field(description="The webhook.")


@strawberry.input(description="Which webhook.")
class WebhookDeleteInput:
    """Which webhook to delete."""

    webhook: strawberry.ID = strawberry.field(description="The webhook.")


@strawberry.type(description="The webhook, or why there is none.")
class WebhookPayload:
    """The webhook, or why there is none."""

    webhook: Webhook | None = strawberry.field(default=None, description="The webhook as it is now.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.type(description="The webhook and its new secret, or why there is none.")
class WebhookSecretPayload:
    """The webhook and its new secret, or why there is none."""

    webhook: Webhook | None = strawberry.field(default=None, description="The webhook as it is now.")
    secret: str | None = strawberry.field(
        default=None, description="What its calls are signed with (`whsec_…`). Shown this once: keep it."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


def _argument(description: str) -> Any:
    return strawberry.argument(description=description)


@strawberry.type
class WebhookMutations:
    """`webhookCreate`, `webhookUpdate`, `webhookSecretRotate`, `webhookDelete`."""

    @mutation(description=f"Makes a webhook of the viewer's; {MAX_WEBHOOKS} at most.")
    async def webhook_create(
        self, info: Info, input: Annotated[WebhookCreateInput, _argument("The webhook.")]
    ) -> WebhookSecretPayload:
        """Makes a webhook."""
        context = info.context
        networks = context.settings.webhook_networks
        async with context.database.write() as session:
            row, secret = await create_webhook(
                session, context.viewer, input.name, input.url, networks=networks, now=context.now
            )
        return WebhookSecretPayload(webhook=webhook_of(row, context.now), secret=secret)

    @mutation(description="Changes the name or address of a webhook, or switches it on or off.")
    async def webhook_update(
        self, info: Info, input: Annotated[WebhookUpdateInput, _argument("What to change.")]
    ) -> WebhookPayload:
        """Changes a webhook."""
        context = info.context
        networks = context.settings.webhook_networks
        changes = WebhookChanges(input.name, input.url, input.active)
        number = number_of(input.webhook, "webhook", WEBHOOK)
        async with context.database.write() as session:
            row = await update_webhook(session, context.viewer, number, changes, networks=networks)
        return WebhookPayload(webhook=webhook_of(row, context.now))

    @mutation(
        description="Gives a webhook a new secret. Calls are signed with the old one too for 24 hours, so that the"
        " receiver can change over without missing any; three secrets at most are live at a time."
    )
    async def webhook_secret_rotate(
        self, info: Info, input: Annotated[WebhookSecretRotateInput, _argument("Which webhook.")]
    ) -> WebhookSecretPayload:
        """Gives a webhook a new secret."""
        context = info.context
        number = number_of(input.webhook, "webhook", WEBHOOK)
        async with context.database.write() as session:
            row, secret = await rotate_secret(session, context.viewer, number, now=context.now)
        return WebhookSecretPayload(webhook=webhook_of(row, context.now), secret=secret)

    @mutation(description="Deletes a webhook: it is not called any more; its delivery log stays.")
    async def webhook_delete(
        self, info: Info, input: Annotated[WebhookDeleteInput, _argument("Which webhook.")]
    ) -> WebhookPayload:
        """Deletes a webhook."""
        context = info.context
        number = number_of(input.webhook, "webhook", WEBHOOK)
        async with context.database.write() as session:
            row = await delete_webhook(session, context.viewer, number)
        return WebhookPayload(webhook=webhook_of(row, context.now))
