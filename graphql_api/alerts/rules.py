"""Rules of alerts: listing them, and making, changing, pausing and deleting them."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.alerts.rule_types import RULE, AlertRule, find_rule, look_ahead_on_rules, rule_of
from graphql_api.core.arguments import text_argument
from graphql_api.core.connections import After, Before, Connection, First, Last, page_request
from graphql_api.core.context import Info
from graphql_api.core.ids import number_of, subject_of_id
from graphql_api.core.mutations import mutation
from graphql_api.core.user_errors import UserError
from graphql_api.schedules.inputs import RecipientInput, recipients_of
from graphql_api.schedules.owned_requests import OWNED_KEY, owned_page, owned_query
from models import AlertKind, ScheduleState
from models import AlertRule as RuleTable
from resolvers.alerts.rule_drafts import CHECK_TIME, FEWEST, MOST, PERIODS, RuleDraft
from resolvers.alerts.rule_findings import RULE_KINDS, Band
from resolvers.alerts.rule_occurrences import MAX_ALERTS
from resolvers.alerts.rules import (
    create_rule,
    delete_rule,
    list_rules,
    pause_rule,
    resume_rule,
    rules_by_ids,
    update_rule,
)
from resolvers.calendar.periods import PeriodName
from resolvers.deliveries.recipients import MAX_RECIPIENTS
from resolvers.schedules.drafts import LONGEST_NAME

_WHO: Final = "For the owner and ADMIN."
_WHO_STOPS: Final = "For the owner, ADMIN, and the PRINCIPAL of its school."
_NAME: Final = f"What it is called, 1 to {LONGEST_NAME} characters."
_KIND: Final = f"What it looks for: {', '.join(RULE_KINDS)}."
_WITHIN: Final = (
    "The subject within which it looks. Bands and chronic absence are those of the trainees' marks within it, absences"
    " in a row those of its trainees over all their courses."
)
_PERIOD: Final = f"The days looked at, told from each check: {', '.join(PERIODS)}."
_BAND: Final = "BELOW_BAND: below which line of the policy."
_COUNT: Final = f"ABSENCES_IN_A_ROW: from how many on, {FEWEST} to {MOST}."
_RECIPIENTS: Final = (
    f"Whom to tell, each of what they may see at that moment; {MAX_RECIPIENTS} entries at most, no addresses without an"
    f" account. Of more than {MAX_ALERTS} new findings of one check a recipient gets one alert with their number."
)
_TIME: Final = "The time of day of the daily check, HH:MM in the zone of the school."


@strawberry.input(description="Which rules of a list; all that is given must hold.")
class AlertRuleFilter:
    """Which rules of a list."""

    states: list[ScheduleState] | None = strawberry.field(
        default=None, description="In one of these states; left out: all but the deleted ones."
    )
    kinds: list[AlertKind] | None = strawberry.field(default=None, description="Of these kinds.")
    school: strawberry.ID | None = strawberry.field(default=None, description="Of this school.")
    mine: bool = strawberry.field(default=False, description="Only the viewer's own.")


@strawberry.type
class AlertRuleQueries:
    """`alertRule` and `alertRules`."""

    @strawberry.field(description="A rule of alerts; null where it does not exist or the viewer may not see it.")
    async def alert_rule(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> AlertRule | None:
        """One rule."""
        return await find_rule(info, number_of(id, "id", RULE))

    @strawberry.field(
        description="Rules of alerts, newest first: the viewer's own; PRINCIPAL: those of their school; ADMIN: all."
    )
    async def alert_rules(
        self,
        info: Info,
        filter: Annotated[AlertRuleFilter | None, strawberry.argument(description="Which of them.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AlertRule]:
        """A page of rules."""
        query = owned_query(filter or AlertRuleFilter(), info.context.viewer.user_id)
        asked = page_request(first, after, last, before, OWNED_KEY)
        return await owned_page(
            info, RuleTable, query, asked, list_rules, look_ahead_on_rules, rule_of, lambda row: row.rule.id
        )


@strawberry.input(description="A rule of alerts: what it looks for, where, and whom it tells.")
class AlertRuleCreateInput:
    """A rule of alerts."""

    name: str = strawberry.field(description=_NAME)
    kind: AlertKind = strawberry.field(description=_KIND)
    within: strawberry.ID = strawberry.field(description=_WITHIN)
    period: PeriodName = strawberry.field(default=PeriodName.TERM_TO_DATE, description=_PERIOD)
    band: Band | None = strawberry.field(default=None, description=_BAND)
    count: int | None = strawberry.field(default=None, description=_COUNT)
    recipients: list[RecipientInput] | None = strawberry.field(
        default=None, description=f"{_RECIPIENTS} Left out: the viewer."
    )
    check_time: str = strawberry.field(default=CHECK_TIME, description=_TIME)

    def draft(self) -> RuleDraft:
        """What is asked for, not yet checked. Refuses ids of other types, naming the field."""
        return RuleDraft(
            name=text_argument(self.name, "name") or "",
            kind=self.kind,
            within=subject_of_id(self.within, "within")[1],
            period=self.period,
            band=self.band,
            count=self.count,
            recipients=recipients_of(self.recipients or []),
            check_time=text_argument(self.check_time, "checkTime") or "",
        )


def _changed(description: str) -> Any:
    return strawberry.field(default=None, description=f"{description} Left out: stays as it is.")


@strawberry.input(description="What to change in a rule of alerts. Its kind stays: make another rule for another kind.")
class AlertRuleUpdateInput:
    """What to change in a rule of alerts."""

    id: strawberry.ID = strawberry.field(description="The rule.")
    name: str | None = _changed(_NAME)
    within: strawberry.ID | None = _changed(_WITHIN)
    period: PeriodName | None = _changed(_PERIOD)
    band: Band | None = _changed(_BAND)
    count: int | None = _changed(_COUNT)
    recipients: list[RecipientInput] | None = _changed(f"{_RECIPIENTS} Empty: the owner.")
    check_time: str | None = _changed(_TIME)

    def changes(self) -> dict[str, Any]:
        """What is to change, named as in RuleDraft, not yet checked. Refuses ids of other types."""
        given: dict[str, Any] = {
            "name": text_argument(self.name, "name"),
            "within": None if self.within is None else subject_of_id(self.within, "within")[1],
            "period": self.period,
            "band": self.band,
            "count": self.count,
            "recipients": None if self.recipients is None else recipients_of(self.recipients),
            "check_time": text_argument(self.check_time, "checkTime"),
        }
        return {name: value for name, value in given.items() if value is not None}


@strawberry.type
class _RulePayload:
    rule: AlertRule | None = strawberry.field(default=None, description="The rule as it is now.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.type(description="The rule, or why there is none.")
class AlertRuleCreatePayload(_RulePayload):
    """The rule, or why there is none."""


@strawberry.type(description="The rule, or why it was not changed.")
class AlertRuleUpdatePayload(_RulePayload):
    """The rule, or why it was not changed."""


@strawberry.type(description="The rule, or why it was not paused.")
class AlertRulePausePayload(_RulePayload):
    """The rule, or why it was not paused."""


@strawberry.type(description="The rule, or why it was not resumed.")
class AlertRuleResumePayload(_RulePayload):
    """The rule, or why it was not resumed."""


@strawberry.type(description="The rule, or why it was not deleted.")
class AlertRuleDeletePayload(_RulePayload):
    """The rule, or why it was not deleted."""


@strawberry.input(description="Which rule.")
class AlertRuleInput:
    """Which rule."""

    id: strawberry.ID = strawberry.field(description="The rule.")


Payload = TypeVar("Payload", bound=_RulePayload)
Which = Annotated[AlertRuleInput, strawberry.argument(description="Which rule.")]


async def _done(info: Info, payload: type[Payload], change: Callable[[AsyncSession], Awaitable[RuleTable]]) -> Payload:
    context = info.context
    async with context.database.write() as session:
        rule = await change(session)
        row = (await rules_by_ids(session, context.viewer, [rule.id]))[rule.id]
    return payload(rule=rule_of(row))


def _number(input: Any) -> int:
    return number_of(input.id, "id", RULE)


@strawberry.type
class AlertRuleMutations:
    """`alertRuleCreate`, `alertRuleUpdate`, `alertRulePause`, `alertRuleResume`, `alertRuleDelete`."""

    @mutation(
        description="Makes a rule that works under the viewer's rights, as they are at each check: once a day, and"
        " after an import that touched its school. For everybody who reads reports."
    )
    async def alert_rule_create(
        self, info: Info, input: Annotated[AlertRuleCreateInput, strawberry.argument(description="What it looks for.")]
    ) -> AlertRuleCreatePayload:
        """Makes a rule."""
        context = info.context

        async def change(session: AsyncSession) -> RuleTable:
            domains = context.settings.mail_domains
            return await create_rule(session, context.viewer, input.draft(), domains=domains, now=context.now)

        return await _done(info, AlertRuleCreatePayload, change)

    @mutation(
        description="Changes a rule; the whole of it is checked anew. What is open and does not hold by the changed"
        f" rule ends at the next check. {_WHO}"
    )
    async def alert_rule_update(
        self, info: Info, input: Annotated[AlertRuleUpdateInput, strawberry.argument(description="What to change.")]
    ) -> AlertRuleUpdatePayload:
        """Changes a rule."""
        context = info.context

        async def change(session: AsyncSession) -> RuleTable:
            return await update_rule(
                session,
                context.viewer,
                _number(input),
                input.changes(),
                domains=context.settings.mail_domains,
                now=context.now,
            )

        return await _done(info, AlertRuleUpdatePayload, change)

    @mutation(description=f"Stops a rule from being checked until it is resumed; what is open stays open. {_WHO_STOPS}")
    async def alert_rule_pause(self, info: Info, input: Which) -> AlertRulePausePayload:
        """Pauses a rule."""
        viewer = info.context.viewer
        return await _done(info, AlertRulePausePayload, lambda session: pause_rule(session, viewer, _number(input)))

    @mutation(description=f"Has a paused rule checked again, from its next time of day on. {_WHO}")
    async def alert_rule_resume(self, info: Info, input: Which) -> AlertRuleResumePayload:
        """Resumes a rule."""
        viewer, now = info.context.viewer, info.context.now
        return await _done(
            info, AlertRuleResumePayload, lambda session: resume_rule(session, viewer, _number(input), now)
        )

    @mutation(description=f"Ends a rule for good, and all that is open of it. {_WHO_STOPS}")
    async def alert_rule_delete(self, info: Info, input: Which) -> AlertRuleDeletePayload:
        """Deletes a rule."""
        viewer, now = info.context.viewer, info.context.now
        return await _done(
            info, AlertRuleDeletePayload, lambda session: delete_rule(session, viewer, _number(input), now)
        )
