"""Webhooks are called: known again, signed, given up in time, and none keeps the others waiting."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

import jobs.deliveries.delivering
from jobs.deliveries.delivering import (
    DELAYS,
    REST,
    enqueue_sending,
)
from jobs.deliveries.outcomes import Outcome
from jobs.deliveries.webhook_call import call_webhook
from models import Alert, Channel, Job, Webhook
from resolvers.alerts.words import described
from resolvers.core.problems import Refusal
from resolvers.deliveries.deliveries import PlannedDelivery, message_id, replay
from resolvers.deliveries.webhooks import rotate_secret
from tests.support.mailbox import Mailbox
from tests.support.office import PRINCIPAL, Office
from tests.support.receiver import Receiver, receiving
from tests.support.school import K


async def test_a_call_is_verified_and_known_again(office: Office, receiver: Receiver) -> None:
    hook, secret = await office.webhook(PRINCIPAL, receiver)
    report = office.reports[K.CLASS_GROUP, "G"]
    alert_id = await office.alert(PRINCIPAL, report=report, count=1)
    delivery_id = await office.call(PRINCIPAL, hook, alert_id)
    receiver.answers = [(500, ()), (503, ["retry-after: 3600"])]
    before = datetime.now(UTC)
    assert await office.work_off() == 1
    state = "QUEUED", 1, "It answered 500 (Internal Server Error)."
    assert await office.state(delivery_id) == state
    assert await office.jobs() == [state]
    waits = (await office.delivery(delivery_id)).next_attempt_at
    assert waits is not None
    assert timedelta(seconds=5) <= waits - before < timedelta(seconds=35)
    await office.next_attempts()
    why = "It answered 503 (Service Unavailable) and asked to wait 3,600 seconds."
    assert await office.state(delivery_id) == ("QUEUED", 2, why)
    waits = (await office.delivery(delivery_id)).next_attempt_at
    assert waits is not None
    assert timedelta(hours=1) <= waits - before < timedelta(hours=1, seconds=30)
    async with office.work.database.read() as session:
        due_at = await session.scalar(select(Job.due_at))
    assert due_at is not None
    assert abs(due_at - waits) < timedelta(seconds=5)
    await office.next_attempts()
    assert await office.state(delivery_id) == ("SUCCEEDED", 3, None)
    assert await office.attempts(delivery_id) == [(1, 500, state[2]), (2, 503, why), (3, 204, None)]
    assert len({call.body for call in receiver.calls}) == 1
    assert {call.headers["webhook-id"] for call in receiver.calls} == {message_id(await office.delivery(delivery_id))}
    for call in receiver.calls:
        body = call.verified(secret)
        assert body["type"] == "alert.report_ready"
        assert body["timestamp"] == "2026-03-31T12:00:00.000Z"
        assert sorted(body["data"]) == ["alert", "count", "number", "report", "url"]


async def test_a_receiver_may_change_over_to_the_new_secret(office: Office, receiver: Receiver) -> None:
    hook, old = await office.webhook(PRINCIPAL, receiver)
    viewer = await office.viewer(PRINCIPAL)
    async with office.work.database.write() as session:
        _, new = await rotate_secret(session, viewer, hook, now=datetime.now(UTC))
    await office.call(PRINCIPAL, hook, await office.alert(PRINCIPAL))
    await office.work_off()
    (call,) = receiver.calls
    assert call.verified(old) == call.verified(new)
    async with office.work.database.write() as session:
        _, newest = await rotate_secret(session, viewer, hook, now=datetime.now(UTC) - timedelta(hours=25))
        row = (await session.scalars(select(Webhook).where(Webhook.id == hook))).one()
        row.secrets = [
            one if one["secret"] != old else one | {"until": "2020-01-01T00:00:00+00:00"} for one in row.secrets
        ]
    await office.call(PRINCIPAL, hook, await office.alert(PRINCIPAL))
    await office.work_off()
    assert len(receiver.calls[1].headers["webhook-signature"].split(" ")) == 1
    receiver.calls[1].verified(newest)


async def test_it_is_given_up_after_ten_attempts_in_three_days(office: Office, receiver: Receiver) -> None:
    hook, _ = await office.webhook(PRINCIPAL, receiver)
    delivery_id = await office.call(PRINCIPAL, hook, await office.alert(PRINCIPAL))
    receiver.answers = [(500, ())] * 20
    await office.work_off()
    for _ in range(15):
        await office.next_attempts()
    assert await office.state(delivery_id) == ("FAILED", 10, "It answered 500 (Internal Server Error).")
    assert (len(receiver.calls), sum(DELAYS)) == (10, 272_105.0)
    found = await office.delivery(delivery_id)
    assert found.finished_at is not None
    assert found.next_attempt_at is None
    assert await office.jobs() == [("FAILED", 10, "It answered 500 (Internal Server Error).")]


async def test_a_webhook_that_is_gone_is_switched_off(office: Office, receiver: Receiver) -> None:
    hook, _ = await office.webhook(PRINCIPAL, receiver)
    first = await office.call(PRINCIPAL, hook, await office.alert(PRINCIPAL))
    second = await office.call(PRINCIPAL, hook, await office.alert(PRINCIPAL))
    receiver.answers = [(410, ())]
    await office.work_off()
    why = "It answered 410: it is gone for good, and the webhook has been switched off."
    assert await office.state(first) == ("FAILED", 1, why)
    assert await office.state(second) == ("FAILED", 1, "The webhook is switched off.")
    assert len(receiver.calls) == 1
    async with office.work.database.read() as session:
        assert await session.scalar(select(Webhook.active).where(Webhook.id == hook)) is False


async def test_the_owner_of_a_webhook_that_is_gone_is_told_once(office: Office, receiver: Receiver) -> None:
    hook, _ = await office.webhook(PRINCIPAL, receiver)
    principal = await office.viewer(PRINCIPAL)
    calls = [
        PlannedDelivery(f"test:{n}", Channel.WEBHOOK, principal.user_id, webhook_id=hook, content={"test": True})
        for n in (1, 2)
    ]
    first, _ = await office.plan(*calls)
    receiver.answers = [(410, ())]
    await office.work_off()
    async with office.work.database.read() as session:
        told = (await session.scalars(select(Alert))).one()
        words = (await described(session, principal, [told]))[told.id]
    assert (told.account_id, told.occurrence) == (principal.user_id, f"webhook:{hook}:off:{first}")
    assert words.title == "A webhook was switched off"
    assert words.lines == (
        "Webhook: Receiver",
        "Its receiver answered that it is gone for good (410). Switch it on when there is one again.",
    )


async def test_a_replay_is_the_same_message_in_a_new_series(office: Office, receiver: Receiver) -> None:
    hook, secret = await office.webhook(PRINCIPAL, receiver)
    delivery_id = await office.call(PRINCIPAL, hook, await office.alert(PRINCIPAL))
    await office.work_off()
    viewer = await office.viewer(PRINCIPAL)
    receiver.answers = [(500, ())]
    async with office.work.database.write() as session:
        await replay(session, viewer, delivery_id, datetime.now(UTC))
        await enqueue_sending(office.work.queue, session, [delivery_id])
    async with office.work.database.write() as session:
        with pytest.raises(Refusal) as refusal:
            await replay(session, viewer, delivery_id, datetime.now(UTC))
    assert refusal.value.message == "it has not ended yet: it is still being tried"
    await office.work_off()
    assert await office.state(delivery_id) == ("QUEUED", 2, "It answered 500 (Internal Server Error).")
    await office.next_attempts()
    assert [number for number, _, _ in await office.attempts(delivery_id)] == [1, 2, 3]
    assert await office.state(delivery_id) == ("SUCCEEDED", 3, None)
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
    assert len({call.body for call in receiver.calls}) == 1
    receiver.calls[2].verified(secret)


async def test_a_receiver_that_says_nothing_does_not_keep_the_others_waiting(
    office: Office, receiver: Receiver, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def impatient(url: str, *arguments: Any) -> Outcome:
        asked.append(url)
        return await call_webhook(url, *arguments, seconds=0.2)

    monkeypatch.setattr(jobs.deliveries.delivering, "call_webhook", impatient)
    async with receiving() as quick:
        receiver.silent = True
        slow, _ = await office.webhook(PRINCIPAL, receiver)
        good, _ = await office.webhook(PRINCIPAL, quick)
        alert_id = await office.alert(PRINCIPAL)
        first = await office.call(PRINCIPAL, slow, alert_id)
        account_id = (await office.viewer(PRINCIPAL)).user_id
        others = await office.plan(
            *(
                PlannedDelivery(f"more:{n:03}", Channel.WEBHOOK, account_id, webhook_id=slow, alert_id=alert_id)
                for n in range(50)
            )
        )
        mailed = await office.mail(PRINCIPAL, alert_id)
        called = await office.call(PRINCIPAL, good, alert_id)
        before = datetime.now(UTC)
        assert await office.work_off() == 3
    assert asked == [receiver.url, quick.url]
    assert await office.state(first) == ("QUEUED", 1, "It gave no answer within 0.2 seconds.")
    assert (await office.state(mailed))[0] == (await office.state(called))[0] == "SUCCEEDED"
    # those to the silent one have had no attempt, and wait a minute
    for other in (others[0], others[-1]):
        assert await office.state(other) == ("QUEUED", 0, None)
        waits = (await office.delivery(other)).next_attempt_at
        assert waits is not None
        assert REST <= waits - before < REST + timedelta(seconds=30)


async def test_a_slow_receiver_gets_the_next_message_later(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.deliveries.delivering, "SLOW", timedelta())
    monkeypatch.setattr(jobs.deliveries.delivering, "REST", timedelta(hours=1))
    monkeypatch.setattr(jobs.deliveries.delivering, "monotonic", iter(range(0, 10_000, 60)).__next__)
    hook, _ = await office.webhook(PRINCIPAL, receiver)
    first = await office.call(PRINCIPAL, hook, await office.alert(PRINCIPAL))
    second = await office.call(PRINCIPAL, hook, await office.alert(PRINCIPAL))
    before = datetime.now(UTC)
    assert await office.work_off() == 1
    assert await office.state(first) == ("SUCCEEDED", 1, None)
    waits = (await office.delivery(second)).next_attempt_at
    assert waits is not None
    assert timedelta(minutes=4) <= waits - before < timedelta(minutes=4, seconds=30)
    await office.next_attempts()
    assert await office.state(second) == ("SUCCEEDED", 1, None)


async def test_new_messages_do_not_have_an_earlier_one_wait_for_ever(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def impatient(url: str, *arguments: Any) -> Outcome:
        return await call_webhook(url, *arguments, seconds=0.2)

    monkeypatch.setattr(jobs.deliveries.delivering, "call_webhook", impatient)
    receiver.silent = True
    hook, _ = await office.webhook(PRINCIPAL, receiver)
    alert_id = await office.alert(PRINCIPAL)
    await office.call(PRINCIPAL, hook, alert_id)
    account_id = (await office.viewer(PRINCIPAL)).user_id

    async def another(key: str) -> int:
        planned = PlannedDelivery(key, Channel.WEBHOOK, account_id, webhook_id=hook, alert_id=alert_id)
        return (await office.plan(planned))[0]

    second = await another("second")
    assert await office.work_off() == 1
    waits = (await office.delivery(second)).next_attempt_at
    assert waits is not None
    await another("third")
    assert await office.work_off() == 1
    assert (await office.delivery(second)).next_attempt_at == waits


async def test_a_deleted_webhook_is_not_called(office: Office, receiver: Receiver) -> None:
    hook, _ = await office.webhook(PRINCIPAL, receiver)
    delivery_id = await office.call(PRINCIPAL, hook, await office.alert(PRINCIPAL))
    async with office.work.database.write() as session:
        await session.execute(update(Webhook).values(deleted=True, active=False, secrets=[]))
    await office.work_off()
    assert await office.state(delivery_id) == ("FAILED", 1, "The webhook has been deleted.")
    assert receiver.connections == 0
