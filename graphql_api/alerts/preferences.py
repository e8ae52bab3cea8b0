"""How the viewer wants to be told of each kind of alert."""

from typing import Annotated, Any

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.mutations import mutation
from graphql_api.core.user_errors import UserError
from models import AlertKind, MailTiming
from resolvers.alerts.preferences import Preference, preferences_of, set_preference


@strawberry.type(description="How the viewer wants to be told of one kind of alert.")
class AlertPreference:
    """How the viewer wants to be told of one kind of alert."""

    kind: AlertKind = strawberry.field(description="Of which kind.")
    in_app: bool = strawberry.field(description="Whether it is listed and pushed.")
    email: MailTiming = strawberry.field(description="When it is sent by e-mail.")
    webhook: bool = strawberry.field(description="Whether the viewer's webhooks are called.")


def preference_of(kind: AlertKind, preference: Preference) -> AlertPreference:
    """The preference as clients see it."""
    return AlertPreference(kind=kind, in_app=preference.in_app, email=preference.email, webhook=preference.webhook)


@strawberry.type
class AlertPreferenceQueries:
    """`alertPreferences`."""

    @strawberry.field(description="How the viewer wants to be told of each kind of alert, all kinds.")
    async def alert_preferences(self, info: Info) -> list[AlertPreference]:
        """The preferences, set or not."""
        account_id = info.context.viewer.user_id
        async with info.context.database.read() as session:
            preferences = await preferences_of(session, [account_id])
        return [preference_of(kind, preferences.of(account_id, kind)) for kind in AlertKind]


@strawberry.input(description="How to be told of one kind of alert from now on; what is not given stays.")
class AlertPreferenceSetInput:
    """How to be told of one kind of alert."""

    kind: AlertKind = strawberry.field(description="Of which kind.")
    in_app: bool | None = strawberry.field(default=None, description="Whether it is listed and pushed.")
    email: MailTiming | None = strawberry.field(default=None, description="When it is sent by e-mail.")
    webhook: bool | None = strawberry.field(default=None, description="Whether the viewer's webhooks are called.")


@strawberry.type(description="The preference as it is now, or why it was not changed.")
class AlertPreferenceSetPayload:
    """The preference as it is now, or why it was not changed."""

    preference: AlertPreference | None = strawberry.field(default=None, description="The preference.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.type
class AlertPreferenceMutations:
    """`alertPreferenceSet`."""

    @mutation(description="Changes how the viewer is told of one kind of alert. Alerts raised before stay as they are.")
    async def alert_preference_set(
        self, info: Info, input: Annotated[AlertPreferenceSetInput, strawberry.argument(description="The wish.")]
    ) -> AlertPreferenceSetPayload:
        """Changes a preference."""
        context: Any = info.context
        async with context.database.write() as session:
            changed = await set_preference(
                session,
                context.viewer,
                input.kind,
                in_app=input.in_app,
                email=input.email,
                webhook=input.webhook,
            )
        return AlertPreferenceSetPayload(preference=preference_of(input.kind, changed))
