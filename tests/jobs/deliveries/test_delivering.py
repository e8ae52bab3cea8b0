"""The task behind deliveries: attempts, retries, ends and repeats, with real receivers."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from jobs.deliveries.delivering import (
    CALL,
    MAIL,
    NO_MAIL_SERVER,
    UNRECORDED,
    enqueue_deliveries,
    enqueue_sending,
)
from jobs.work.task import WorkContext
from models import Alert, Channel, Delivery, Job, User
from resolvers.core.problems import Refusal
from resolvers.deliveries.deliveries import PlannedDelivery, message_id, replay
from tests.support.mailbox import Mailbox
from tests.support.office import PRINCIPAL, Office, open_office
from tests.support.receiver import Receiver, receiving
from tests.support.school import K
from tests.support.statements import statements

ARTS = "arts@school.example"


async def test_an_alert_is_mailed_once(office: Office, box: Mailbox) -> None:
    alert_id = await office.alert(PRINCIPAL, report=office.reports[K.CLASS_GROUP, "G"])
    delivery_id = await office.mail(PRINCIPAL, alert_id)
    assert await office.work_off() == 1
    assert await office.state(delivery_id) == ("SUCCEEDED", 1, None)
    assert await office.attempts(delivery_id) == [(1, 250, None)]
    (mail,) = box.mails
    delivery = await office.delivery(delivery_id)
    assert delivery.finished_at is not None
    assert mail["Message-ID"] == f"<{message_id(delivery)}@school.example>"
    assert (mail["To"], mail["Subject"]) == ("Principal <principal@school.example>", "A report is ready")
    assert await office.work_off() == 0


async def test_the_same_key_is_one_message(office: Office, box: Mailbox) -> None:
    account_id = (await office.viewer(PRINCIPAL)).user_id
    alert_id = await office.alert(PRINCIPAL)
    planned = [PlannedDelivery(f"alert:{n}", Channel.EMAIL, account_id, alert_id=alert_id) for n in (1, 2)]
    first = await office.plan(planned[0])
    second = await office.plan(*planned)
    assert [len(first), len(second)] == [1, 1]
    assert first != second
    assert await office.plan(*planned) == []
    await office.work_off()
    assert len(box.mails) == 2


async def test_a_later_delivery_waits_for_its_time(office: Office, box: Mailbox) -> None:
    account_id = (await office.viewer(PRINCIPAL)).user_id
    now = datetime.now(UTC)
    async with office.work.database.write() as session:
        planned = [PlannedDelivery("digest:1", Channel.EMAIL, account_id)]
        (delivery_id,) = await enqueue_deliveries(office.work.queue, session, planned, now, now + timedelta(hours=3))
    assert await office.work_off() == 0
    assert (await office.delivery(delivery_id)).next_attempt_at == now + timedelta(hours=3)
    assert box.mails == []


async def test_a_replay_waits_for_the_job_of_the_last_series(office: Office, box: Mailbox) -> None:
    delivery_id = await office.mail(PRINCIPAL, await office.alert(PRINCIPAL))
    await office.work_off()
    async with office.work.database.write() as session:
        await session.execute(update(Job).values(state="RUNNING"))
    viewer = await office.viewer(PRINCIPAL)
    async with office.work.database.write() as session:
        with pytest.raises(Refusal):
            await replay(session, viewer, delivery_id, datetime.now(UTC))
    assert await office.state(delivery_id) == ("SUCCEEDED", 1, None)
    assert len(box.mails) == 1


async def test_without_a_mail_server_it_fails_at_once_and_says_which_setting(
    context: WorkContext, tmp_path: Any
) -> None:
    office = await open_office(context, tmp_path, None)
    delivery_id = await office.mail(PRINCIPAL, await office.alert(PRINCIPAL))
    await office.work_off()
    assert await office.state(delivery_id) == ("FAILED", 1, NO_MAIL_SERVER)
    assert await office.attempts(delivery_id) == [(1, None, NO_MAIL_SERVER)]


async def test_mail_that_is_refused_for_now_is_sent_later_as_the_same_message(office: Office, box: Mailbox) -> None:
    delivery_id = await office.mail(PRINCIPAL, await office.alert(PRINCIPAL))
    box.recipient_answers = ["451 4.3.0 try later"]
    await office.work_off()
    assert await office.state(delivery_id) == (
        "QUEUED",
        1,
        "The mail server refused the recipient: 451 4.3.0 try later",
    )
    await office.next_attempts()
    assert await office.state(delivery_id) == ("SUCCEEDED", 2, None)
    assert [status for _, status, _ in await office.attempts(delivery_id)] == [451, 250]


async def test_mail_that_is_refused_for_good_ends_at_once(office: Office, box: Mailbox) -> None:
    delivery_id = await office.mail(PRINCIPAL, await office.alert(PRINCIPAL))
    box.recipient_answers = ["550 5.1.1 no such user"]
    await office.work_off()
    why = "The mail server refused the recipient: 550 5.1.1 no such user"
    assert await office.state(delivery_id) == ("FAILED", 1, why)
    assert box.mails == []


async def test_a_dead_mail_server_is_tried_again(office: Office, box: Mailbox) -> None:
    dead = await open_dead(office)
    delivery_id = await dead.mail(PRINCIPAL, await office.alert(PRINCIPAL))
    await dead.work_off()
    why = "The mail could not be handed over: nothing listens there."
    assert await office.state(delivery_id) == ("QUEUED", 1, why)
    await office.next_attempts()
    assert await office.state(delivery_id) == ("SUCCEEDED", 2, None)
    assert len(box.mails) == 1


async def open_dead(office: Office) -> Office:
    """The same office while its mail server is down."""
    async with receiving() as gone:
        port = gone.port
    server = office.work.settings.smtp
    assert server is not None
    settings = replace(office.work.settings, smtp=replace(server, port=port))
    return replace(office, work=replace(office.work, settings=settings))


async def test_a_worker_that_dies_in_the_middle_leaves_its_attempt_in_the_log(
    office: Office, receiver: Receiver
) -> None:
    hook, _ = await office.webhook(PRINCIPAL, receiver)
    delivery_id = await office.call(PRINCIPAL, hook, await office.alert(PRINCIPAL))
    receiver.silent = True
    working = asyncio.create_task(office.work_off())
    await receiver.called.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    receiver.silent = False
    assert (await office.state(delivery_id))[0] == "RUNNING"
    await office.work_off()
    assert await office.state(delivery_id) == ("SUCCEEDED", 2, None)
    assert await office.attempts(delivery_id) == [(1, None, UNRECORDED), (2, 204, None)]
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1


async def test_what_was_sent_by_a_worker_that_died_before_saying_so_is_not_sent_again(
    office: Office, box: Mailbox
) -> None:
    delivery_id = await office.mail(PRINCIPAL, await office.alert(PRINCIPAL))
    await office.work_off()
    async with office.work.database.write() as session:
        await enqueue_sending(office.work.queue, session, [delivery_id])
    await office.work_off()
    assert await office.state(delivery_id) == ("SUCCEEDED", 1, None)
    assert len(box.mails) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (update(User).where(User.email == ARTS).values(email=None), "The account has no e-mail address any more."),
        (
            update(User).where(User.email == ARTS).values(email="a\nb"),
            "The receiver's e-mail address is none that mail can be sent to.",
        ),
        (update(Delivery).values(account_id=None), "The account is gone."),
        (delete(Alert), None),
    ],
)
async def test_nobody_or_nothing_to_write_to(office: Office, box: Mailbox, change: Any, why: str | None) -> None:
    delivery_id = await office.mail(ARTS, await office.alert(ARTS))
    async with office.work.database.write() as session:
        await session.execute(change)
    await office.work_off()
    assert box.mails == []
    if why is None:  # the delivery has gone with the alert
        assert await office.jobs() == [("SUCCEEDED", 1, None)]
    else:
        assert await office.state(delivery_id) == ("FAILED", 1, why)


async def test_planning_takes_as_many_statements_for_many_as_for_one(office: Office) -> None:
    account_id = (await office.viewer(PRINCIPAL)).user_id
    alert_id = await office.alert(PRINCIPAL)

    def planned(count: int) -> list[PlannedDelivery]:
        return [PlannedDelivery(f"{count}:{n}", Channel.EMAIL, account_id, alert_id=alert_id) for n in range(count)]

    with statements(office.work.database) as for_one:
        await office.plan(*planned(1))
    with statements(office.work.database) as for_many:
        assert len(await office.plan(*planned(200))) == 200
    assert len(for_one) == len(for_many) == 3


def test_message_ids_have_no_character_that_needs_quoting() -> None:
    delivery = Delivery(id=7, created_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert message_id(delivery) == "msg_7_64beb26c36000"
    assert re.fullmatch(r"[a-z0-9_]+", message_id(delivery))


async def test_mails_and_calls_are_jobs_of_their_own_kinds(office: Office, receiver: Receiver) -> None:
    account_id, alert_id = (await office.viewer(PRINCIPAL)).user_id, await office.alert(PRINCIPAL)
    webhook_id, _ = await office.webhook(PRINCIPAL, receiver)
    mail = PlannedDelivery("mail", Channel.EMAIL, account_id, alert_id=alert_id)
    call = PlannedDelivery("call", Channel.WEBHOOK, account_id, webhook_id=webhook_id, alert_id=alert_id)
    await office.plan(call, mail)
    async with office.work.database.read() as session:
        rows = await session.execute(
            select(Delivery.key, Job.kind)
            .join(Job, Job.arguments == func.jsonb_build_object("delivery_id", Delivery.id))
            .where(Delivery.key.in_(("mail", "call")))
        )
        assert {row.key: row.kind for row in rows} == {"mail": MAIL, "call": CALL}
