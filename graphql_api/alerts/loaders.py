"""What fields about alerts and their rules load together."""

from typing import NamedTuple

from graphql_api.core.context import Context
from graphql_api.core.loaders import Declared, by_ids, by_keys, loader
from models import Alert, AlertRule
from resolvers.alerts.idle import Idle
from resolvers.alerts.idle import idle_rules as reasons_of_idle_rules
from resolvers.alerts.rule_occurrences import OpenOccurrence
from resolvers.alerts.rule_occurrences import open_occurrences as page_of_open
from resolvers.alerts.rules import rules_by_ids
from resolvers.alerts.words import AlertWords, described
from resolvers.core.paging import Page, PageRequest


class OpenOfRule(NamedTuple):
    """Key of one page of what is open of a rule of alerts."""

    asked: PageRequest
    rule_id: int


@loader
async def alert_words(context: Context, alerts: list[Alert]) -> dict[Alert, AlertWords]:
    """What alerts say, names of what the viewer may see included."""
    async with context.database.read() as session:
        words = await described(session, context.viewer, alerts)
    return {alert: words[alert.id] for alert in alerts}


@loader
async def idle_rules(context: Context, rules: list[AlertRule]) -> dict[AlertRule, Idle | None]:
    """Why rules look at nothing; None: they do not."""
    async with context.database.read() as session:
        idle = await reasons_of_idle_rules(session, rules, context.now)
    return {rule: idle.get(rule.id) for rule in rules}


alert_rules = by_ids(rules_by_ids)
open_occurrences: Declared[OpenOfRule, Page[OpenOccurrence]] = by_keys(page_of_open)
