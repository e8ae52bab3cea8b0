"""The task behind a delivery: one attempt at a webhook call or (`mailing`) an e-mail, written down before and after.

At least once: the message is sent outside any transaction, and a worker that dies right after has it sent again. The
receiver knows it by its id, which is the same at every attempt and replay.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from time import monotonic
from typing import Any, Final

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.deliveries.email import Attachment, BadAddress, compose
from jobs.deliveries.mail_content import Draft, draft_of
from jobs.deliveries.mail_server import hand_over
from jobs.deliveries.outcomes import Outcome
from jobs.deliveries.webhook_call import call_webhook, signed_headers
from jobs.deliveries.webhook_content import body_of
from jobs.queue.adding import Queue
from jobs.queue.failures import PermanentFailure, TemporaryFailure
from jobs.work.task import Task, Work
from models import Channel, Delivery, DeliveryAttempt, Job, Webhook, WorkState
from models.settings import MailServer
from resolvers.core.any_of import any_of
from resolvers.deliveries.deliveries import PlannedDelivery, message_id, plan_deliveries
from resolvers.deliveries.webhooks import live_secrets

CALL: Final = "delivery.call"
MAIL: Final = "delivery.mail"
WEBHOOK_OFF: Final = "webhook.off"
# a lane for each, so that receivers of calls that never answer keep no mail waiting
KINDS: Final = {Channel.WEBHOOK: CALL, Channel.EMAIL: MAIL}
# after what a person waits for, before the reports of a night
PRIORITY: Final = 5
# as Standard Webhooks proposes: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h; three days
DELAYS: Final = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
SECONDS: Final = 180.0
UNRECORDED: Final = "It is not known how this attempt ended: the worker stopped in the middle of it."
WITHOUT_FILES: Final = "It goes on without its files."
NO_MAIL_SERVER: Final = "No mail is sent here: ROLLCALL_SMTP_URL is not set."
REST: Final = timedelta(minutes=1)
"""How long the other messages to a receiver wait that gave no answer, so that they do not fill the workers."""
SLOW: Final = timedelta(seconds=5)
"""From here on the others wait after an answer too: four times as long as it took."""

log = structlog.stdlib.get_logger(__name__)


async def enqueue_deliveries(
    queue: Queue,
    session: AsyncSession,
    planned: Sequence[PlannedDelivery],
    now: datetime,
    due_at: datetime | None = None,
) -> list[int]:
    """Writes down those that are new, and the work of sending them; returns their ids. `due_at` None: at once."""
    new = await plan_deliveries(session, planned, now, due_at)
    await enqueue_sending(queue, session, new, due_at=due_at)
    return new


async def enqueue_sending(
    queue: Queue, session: AsyncSession, delivery_ids: Sequence[int], *, due_at: datetime | None = None
) -> None:
    """Queues the sending of deliveries that are written down, a replay's too; few statements for any number."""
    if not delivery_ids:
        return
    rows = (await session.execute(select(Delivery.id, Delivery.channel).where(any_of(Delivery.id, delivery_ids)))).all()
    for channel, kind in KINDS.items():
        arguments = [{"delivery_id": row.id} for row in rows if row.channel == channel]
        await queue.enqueue_many(session, kind, arguments, priority=PRIORITY, due_at=due_at)


@dataclass(frozen=True, slots=True)
class _Call:
    """A webhook call that is ready to be made."""

    url: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail that is ready to be handed over."""

    server: MailServer
    message: EmailMessage
    has_files: bool


async def run(work: Work, *, delivery_id: int) -> None:
    """Makes one attempt."""
    await attempt(work, delivery_id)


async def attempt(work: Work, delivery_id: int) -> int:
    """Makes one attempt. What is to be said is read now, under the rights that its receiver has now.

    Returns how many bytes a mail had that the mail server refused for its size and that may go without its files: the
    caller sees to that (`mailing`). 0: all is said.
    """
    started = datetime.now(UTC)
    async with work.fenced() as session:
        delivery = await session.scalar(select(Delivery).where(Delivery.id == delivery_id).with_for_update())
        if delivery is None or delivery.finished_at is not None:
            return 0  # gone with its account, or done by a worker that died before it could say so
        number = await _begin(session, delivery, started)
    try:
        async with work.database.read() as session:
            ready = await _prepared(work, session, delivery, started)
    except PermanentFailure as failure:
        await _write_down(work, delivery, number, Outcome(error=failure.sentence, permanent=True), 0)
        raise
    begun = monotonic()
    outcome = await _sent(work, ready)
    lighter = outcome.too_large if isinstance(ready, _Letter) and ready.has_files else 0
    if lighter:
        outcome = replace(outcome, error=f"{outcome.error} {WITHOUT_FILES}")
    await _write_down(work, delivery, number, outcome, round((monotonic() - begun) * 1000), goes_on=lighter > 0)
    return lighter


async def failed(work: Work, session: AsyncSession, reason: str, *, delivery_id: int) -> None:
    """The delivery ends FAILED with the reason."""
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.finished_at.is_(None))
        .values(state=WorkState.FAILED, error=reason, next_attempt_at=None, finished_at=func.now())
    )


async def _begin(session: AsyncSession, delivery: Delivery, at: datetime) -> int:
    """Writes the attempt down before it is made: its number."""
    delivery.attempts += 1
    delivery.state, delivery.next_attempt_at = WorkState.RUNNING, None
    session.add(
        DeliveryAttempt(
            delivery_id=delivery.id, number=delivery.attempts, attempted_at=at, milliseconds=0, error=UNRECORDED
        )
    )
    await session.flush()
    return delivery.attempts


async def _prepared(work: Work, session: AsyncSession, delivery: Delivery, at: datetime) -> _Call | _Letter:
    """What is to be sent, whole. PermanentFailure: it cannot be sent at all."""
    if delivery.channel == Channel.WEBHOOK:
        return await _call_of(work, session, delivery, at)
    server = work.settings.smtp
    if server is None:
        raise PermanentFailure(NO_MAIL_SERVER)
    draft = await draft_of(session, delivery, work.settings)
    attached, missing = await _attachments(work, draft)
    if missing:
        draft = draft.noting(f"Left out, because they are not kept any more: {', '.join(missing)}.")
    mail = replace(draft.mail, attachments=attached)
    try:
        message = await asyncio.to_thread(
            compose, mail, message_id=message_id(delivery), sender=work.settings.mail_from, at=at
        )
    except BadAddress:
        raise PermanentFailure("The receiver's e-mail address is none that mail can be sent to.") from None
    return _Letter(server, message, bool(attached))


async def _call_of(work: Work, session: AsyncSession, delivery: Delivery, at: datetime) -> _Call:
    webhook = await session.scalar(select(Webhook).where(Webhook.id == delivery.webhook_id))
    if webhook is None or webhook.deleted:
        raise PermanentFailure("The webhook has been deleted.")
    if not webhook.active:
        raise PermanentFailure("The webhook is switched off.")
    body = await body_of(session, delivery, work.settings)
    return _Call(webhook.url, signed_headers(live_secrets(webhook, at), message_id(delivery), at, body), body)


async def _attachments(work: Work, draft: Draft) -> tuple[list[Attachment], list[str]]:
    """The files of a draft, and the names of those that are not there any more."""
    attached, missing = [], []
    for file in draft.files:
        name = file.file_name or f"export-{file.id}"
        try:
            content = b"".join([piece async for piece in work.files.stream(file.file_key or "")])
        except FileNotFoundError:
            missing.append(name)
        else:
            attached.append(Attachment(name, file.media_type or "application/octet-stream", content))
    return attached, missing


async def _sent(work: Work, ready: _Call | _Letter) -> Outcome:
    if isinstance(ready, _Call):
        return await call_webhook(ready.url, ready.headers, ready.body, work.settings.webhook_networks)
    return await hand_over(ready.server, ready.message, work.settings.mail_from)


async def _write_down(
    work: Work, delivery: Delivery, number: int, outcome: Outcome, milliseconds: int, *, goes_on: bool = False
) -> None:
    """How the attempt ended, and what follows. Raises what the queue is to know: try again, or not.

    `goes_on`: the next attempt follows at once, whatever the outcome.
    """
    delay = timedelta() if goes_on else None if outcome.permanent else _delay(work.claim.tried, outcome)
    async with work.fenced() as session:
        await session.execute(
            update(DeliveryAttempt)
            .where(DeliveryAttempt.delivery_id == delivery.id, DeliveryAttempt.number == number)
            .values(milliseconds=milliseconds, status=outcome.status, error=outcome.error)
        )
        values: dict[str, Any] = {"error": outcome.error}
        if outcome.error is not None and delay is not None:
            values |= {"state": WorkState.QUEUED, "next_attempt_at": func.now() + delay}
        else:
            state = WorkState.SUCCEEDED if outcome.error is None else WorkState.FAILED
            values |= {"state": state, "finished_at": func.now()}
        await session.execute(update(Delivery).where(Delivery.id == delivery.id).values(values))
        if delivery.channel == Channel.WEBHOOK and outcome.status == 410:
            await _switch_off(work, session, delivery)
    took = timedelta(milliseconds=milliseconds)
    if outcome.silent or took >= SLOW:
        await _let_rest(work, delivery, REST if outcome.silent else min(REST, took * 4))
    if outcome.error is None or goes_on:
        return
    if delay is None:
        raise PermanentFailure(outcome.error)
    raise TemporaryFailure(outcome.error, after=delay)


async def _switch_off(work: Work, session: AsyncSession, delivery: Delivery) -> None:
    """The webhook of a delivery that was answered 410; its owner is told, unless it was off already."""
    off = update(Webhook).where(Webhook.id == delivery.webhook_id, Webhook.active).values(active=False)
    if await session.scalar(off.returning(Webhook.id)) is not None:
        arguments = {"webhook_id": delivery.webhook_id, "delivery_id": delivery.id}
        await work.queue.enqueue(session, WEBHOOK_OFF, arguments, priority=PRIORITY)


def _delay(attempts: int, outcome: Outcome) -> timedelta | None:
    """How long to wait after that many attempts; None: that was the last."""
    if attempts > len(DELAYS):
        return None
    return max(timedelta(seconds=DELAYS[attempts - 1]), min(outcome.after, timedelta(days=1)))


async def _let_rest(work: Work, delivery: Delivery, rest: timedelta) -> None:
    """Later messages to a silent or slow receiver wait too: those to this webhook, or all for the mail server.

    Earlier ones do not: new messages that are tried at once would else have them wait for ever.
    """
    same = (
        Delivery.webhook_id == delivery.webhook_id
        if delivery.channel == Channel.WEBHOOK
        else Delivery.channel == Channel.EMAIL
    )
    until = func.now() + rest
    waiting = (
        select(Job.id, Delivery.id.label("delivery_id"))
        .join(Delivery, Job.arguments == func.jsonb_build_object("delivery_id", Delivery.id))
        .where(same, Delivery.state == WorkState.QUEUED, Delivery.id > delivery.id)
        .where(Job.kind == KINDS[Channel(delivery.channel)], Job.state == WorkState.QUEUED, Job.due_at < until)
        # whoever is at one of them goes on
        .with_for_update(skip_locked=True)
        .cte("waiting")
    )
    shown = update(Delivery).where(Delivery.id == waiting.c.delivery_id).values(next_attempt_at=until).cte("shown")
    async with work.database.write() as session:
        moved = update(Job).where(Job.id == waiting.c.id).values(due_at=until).add_cte(shown)
        await session.execute(moved.execution_options(synchronize_session=False))


TASK: Final = Task(kind=CALL, run=run, failed=failed, seconds=SECONDS, delays=DELAYS, at_most=1)
