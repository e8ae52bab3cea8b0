"""Task "rule.check": looks at one alert rule, opens and ends its occurrences, and tells its recipients what is new.

One transaction that holds the rule: what is told and that it has been told are written together, and two checks at once
follow one another. A rule that cannot be checked says so in `error`, and is checked again at its next time.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.alerts.ended import QueueAndBus
from jobs.deliveries.alerting import tell
from jobs.deliveries.delivering import enqueue_deliveries
from jobs.work.task import Task, Work
from models import Alert, AlertRule, Channel, ScheduleState
from resolvers.access.viewers import Viewer, viewer_by_id
from resolvers.alerts.idle import Idle, idle_alert, idle_rules
from resolvers.alerts.rule_drafts import watch_of
from resolvers.alerts.rule_findings import findings_of
from resolvers.alerts.rule_occurrences import Opened, news_of, note_findings
from resolvers.core.problems import Refusal
from resolvers.deliveries.deliveries import PlannedDelivery
from resolvers.deliveries.recipients import addressed, recipient_from_stored
from resolvers.schedules.drafts import may_own

KIND: Final = "rule.check"


async def run(work: Work, *, rule_id: int) -> None:
    """Checks the rule as things are now."""
    async with work.fenced() as session:
        await check_rule(work, session, rule_id, work.settings.mail_domains, now=datetime.now(UTC))


async def failed(work: Work, session: AsyncSession, reason: str, *, rule_id: int) -> None:
    """The rule says why it could not be checked."""
    await session.execute(update(AlertRule).where(AlertRule.id == rule_id).values(error=reason))


async def check_rule(
    reach: QueueAndBus, session: AsyncSession, rule_id: int, domains: Collection[str], *, now: datetime
) -> list[Alert]:
    """Checks an active rule as of `now` and returns the alerts raised. Not for a snapshot transaction."""
    # a school of tens of thousands of trainees takes longer than a person would wait
    await session.execute(text("set local statement_timeout = '5min'"))
    rule = await session.scalar(select(AlertRule).where(AlertRule.id == rule_id).with_for_update())
    if rule is None or rule.state != ScheduleState.ACTIVE:
        return []
    owner = await viewer_by_id(session, rule.owner_id)
    rule.checked_at = now
    if owner is None or not may_own(owner):
        rule.error = "The account the rule belongs to may no longer read figures."
        await _tell_owner(reach, session, rule, Idle.NOT_READABLE, now)
        return []
    try:
        findings = await findings_of(session, owner, watch_of(rule), now)
    except Refusal as refusal:
        rule.error = f"{refusal.message[:1].upper()}{refusal.message[1:]}."
        await _tell_owner(reach, session, rule, Idle.NOT_READABLE, now)
        return []
    idle = await idle_rules(session, [rule], now)
    if rule.id in idle:
        await _tell_owner(reach, session, rule, idle[rule.id], now)
    opened = await note_findings(session, rule.id, findings, now)
    return await _tell(reach, session, rule, owner, opened, domains, now)


async def _tell(
    reach: QueueAndBus,
    session: AsyncSession,
    rule: AlertRule,
    owner: Viewer,
    opened: list[Opened],
    domains: Collection[str],
    now: datetime,
) -> list[Alert]:
    found = await addressed(session, owner, [recipient_from_stored(one) for one in rule.recipients], domains)
    rule.error = " ".join(found.left_out) or None
    accounts = {account.user_id: account for account in found.accounts}
    if not (accounts or found.webhooks):
        await _tell_owner(reach, session, rule, Idle.NOBODY_TO_TELL, now)
    if found.webhooks:  # a webhook is told what its owner is told
        accounts[owner.user_id] = owner
    news = await news_of(session, rule, opened, list(accounts.values()))
    raised = await tell(reach.queue, reach.bus, session, news, now)
    calls = [
        # by the key that a preference for webhooks would plan it under: it is called once
        PlannedDelivery(
            f"alert:{alert.id}:webhook:{webhook_id}",
            Channel.WEBHOOK,
            owner.user_id,
            webhook_id=webhook_id,
            alert_id=alert.id,
        )
        for alert in raised
        if alert.account_id == owner.user_id
        for webhook_id in found.webhooks
    ]
    await enqueue_deliveries(reach.queue, session, calls, now)
    return raised


async def _tell_owner(reach: QueueAndBus, session: AsyncSession, rule: AlertRule, reason: Idle, now: datetime) -> None:
    """A watch that watches nothing says so, once for each reason: its silence would be taken for good news."""
    news = idle_alert(rule, reason)
    if news is not None:
        await tell(reach.queue, reach.bus, session, [news], now)


# the checks of a morning must not keep reports and mail waiting
TASK: Final = Task(kind=KIND, run=run, failed=failed, at_most=2)
