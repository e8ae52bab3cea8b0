"""The delivery log through the API: who sees what of it, what it costs, and sending again."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from jobs.deliveries.delivering import NO_MAIL_SERVER, enqueue_deliveries
from models import Channel, Delivery, Schedule, ScheduleSlot, Subject
from resolvers.core.global_ids import global_id_text
from resolvers.deliveries.deliveries import MAX_ATTEMPTS, PlannedDelivery
from tests.graphql_api.deliveries.test_webhooks import TEST, made
from tests.support.college import ADMIN, HEAD, PRINCIPAL
from tests.support.house import House
from tests.support.receiver import Receiver
from tests.support.statements import statements

TRAINER = "trainer@ashby.example"
LOG = """query($filter: DeliveryFilter, $first: Int) { deliveries(filter: $filter, first: $first) { totalCount
    nodes { id channel state messageId address attempts error nextAttemptAt finishedAt webhook { name }
            log { number status error milliseconds } } } }"""
REPLAY = """mutation($id: ID!) { deliveryReplay(input: {delivery: $id}) {
    delivery { state messageId attempts error finishedAt } userErrors { field message code } } }"""
NODE = "query($id: ID!) { node(id: $id) { ... on Delivery { state error } } }"


async def slot_mail(house: House, owner: str, to: str) -> str:
    """An e-mail to an account about a slot of somebody's schedule, sent as far as it goes: its id."""
    now = datetime.now(UTC)
    owner_id, to_id = (await house.viewer(owner)).user_id, (await house.viewer(to)).user_id
    async with house.database.write() as session:
        school_id = (await session.scalars(select(Subject.id).where(Subject.source_id == "A"))).one()
        schedule = Schedule(
            school_id=school_id,
            owner_id=owner_id,
            name="Reports",
            kind="COURSE",
            period={},
            recurrence={},
            recipients=[],
            created_at=now,
            updated_at=now,
        )
        session.add(schedule)
        await session.flush()
        slot = ScheduleSlot(schedule_id=schedule.id, slot_at=now, created_at=now)
        session.add(slot)
        await session.flush()
        planned = PlannedDelivery(f"slot:{slot.id}", Channel.EMAIL, to_id, slot_id=slot.id)
        (delivery_id,) = await enqueue_deliveries(house.work.queue, session, [planned], now)
    await house.work_off()
    return global_id_text("Delivery", delivery_id)


async def test_every_attempt_is_in_the_log(college: House, receiver: Receiver) -> None:
    hook, _ = await made(college, receiver.url)
    receiver.answers = [(500, ())]
    await college.ask(HEAD, TEST, id=hook)
    await college.work_off()
    (node,) = (await college.ask(HEAD, LOG)).whole["deliveries"]["nodes"]
    assert (node["state"], node["attempts"], node["webhook"]) == ("QUEUED", 1, {"name": "Board"})
    assert node["error"] == "It answered 500 (Internal Server Error)."
    assert node["nextAttemptAt"] is not None
    assert node["finishedAt"] is None
    (attempt,) = node["log"]
    assert (attempt["number"], attempt["status"], attempt["error"]) == (1, 500, node["error"])


async def test_the_owner_of_a_schedule_sees_how_its_mails_fare_and_strangers_nothing(college: House) -> None:
    id_ = await slot_mail(college, owner=HEAD, to=TRAINER)
    shown = {"node": {"state": "FAILED", "error": NO_MAIL_SERVER}}
    for email in (HEAD, TRAINER, ADMIN):
        assert (await college.ask(email, NODE, id=id_)).whole == shown
        assert [node["id"] for node in (await college.ask(email, LOG)).whole["deliveries"]["nodes"]] == [id_]
    assert (await college.ask(PRINCIPAL, NODE, id=id_)).whole == {"node": None}
    assert (await college.ask(PRINCIPAL, LOG)).whole["deliveries"] == {"totalCount": 0, "nodes": []}


async def test_the_list_is_filtered(college: House, receiver: Receiver) -> None:
    hook, _ = await made(college, receiver.url)
    other, _ = await made(college, receiver.url)
    for id_ in (hook, other):
        await college.ask(HEAD, TEST, id=id_)
    mail = await slot_mail(college, owner=HEAD, to=HEAD)
    async with college.database.read() as session:
        schedule = global_id_text("Schedule", (await session.scalars(select(Schedule.id))).one())

    async def found(**given: object) -> list[str]:
        nodes = (await college.ask(HEAD, LOG, filter=given)).whole["deliveries"]["nodes"]
        return [node["channel"] if node["id"] != mail else "the mail" for node in nodes]

    assert await found() == ["the mail", "WEBHOOK", "WEBHOOK"]
    assert await found(webhook=hook) == ["WEBHOOK"]
    assert await found(schedule=schedule) == ["the mail"]
    assert await found(channel="EMAIL") == ["the mail"]
    assert await found(states=["FAILED"]) == ["the mail"]
    assert await found(states=["SUCCEEDED", "FAILED"], channel="WEBHOOK") == ["WEBHOOK", "WEBHOOK"]
    answer = await college.ask(HEAD, LOG, filter={"webhook": schedule})
    assert [(error.code, error.path) for error in answer.errors] == [("BAD_USER_INPUT", ("deliveries",))]


async def test_pages_go_both_ways(college: House, receiver: Receiver) -> None:
    hook, _ = await made(college, receiver.url)
    ids = [(await college.ask(HEAD, TEST, id=hook)).whole["webhookTest"]["delivery"]["id"] for _ in range(5)]
    page = """query($first: Int, $after: String, $last: Int, $before: String) {
        deliveries(first: $first, after: $after, last: $last, before: $before) {
        edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    newest = ids[::-1]
    first = (await college.ask(HEAD, page, first=2)).whole["deliveries"]
    assert [edge["node"]["id"] for edge in first["edges"]] == newest[:2]
    second = (await college.ask(HEAD, page, first=2, after=first["pageInfo"]["endCursor"])).whole["deliveries"]
    assert [edge["node"]["id"] for edge in second["edges"]] == newest[2:4]
    assert second["pageInfo"]["hasNextPage"] is True
    back = (await college.ask(HEAD, page, last=2, before=second["pageInfo"]["startCursor"])).whole["deliveries"]
    assert [edge["node"]["id"] for edge in back["edges"]] == newest[:2]


async def test_the_log_takes_as_many_statements_for_many_as_for_one(college: House, receiver: Receiver) -> None:
    hook, _ = await made(college, receiver.url)
    for _ in range(12):
        await college.ask(HEAD, TEST, id=hook)
    await college.work_off()
    taken = []
    for first in (1, 12):
        with statements(college.database) as seen:
            nodes = (await college.ask(HEAD, LOG, first=first)).whole["deliveries"]["nodes"]
        assert len(nodes) == first
        taken.append(len(seen))
    # the viewer, the page, its count, the attempts, the webhooks
    assert taken == [5, 5]


async def test_a_replay_is_the_same_message(college: House, receiver: Receiver) -> None:
    hook, secret = await made(college, receiver.url)
    delivery = (await college.ask(HEAD, TEST, id=hook)).whole["webhookTest"]["delivery"]
    refused = (await college.ask(HEAD, REPLAY, id=delivery["id"])).whole["deliveryReplay"]
    assert refused["userErrors"] == [
        {"field": ["delivery"], "message": "it has not ended yet: it is still being tried", "code": "CONFLICT"}
    ]
    await college.work_off()
    answer = (await college.ask(HEAD, REPLAY, id=delivery["id"])).whole["deliveryReplay"]
    assert answer["delivery"] == {
        "state": "QUEUED",
        "messageId": delivery["messageId"],
        "attempts": 1,
        "error": None,
        "finishedAt": None,
    }
    await college.work_off()
    assert [call.headers["webhook-id"] for call in receiver.calls] == [delivery["messageId"]] * 2
    assert receiver.calls[0].verified(secret) == receiver.calls[1].verified(secret)


async def test_a_message_is_not_replayed_for_ever(college: House, receiver: Receiver) -> None:
    hook, _ = await made(college, receiver.url)
    delivery = (await college.ask(HEAD, TEST, id=hook)).whole["webhookTest"]["delivery"]
    await college.work_off()
    async with college.database.write() as session:
        await session.execute(update(Delivery).values(attempts=MAX_ATTEMPTS))
    answer = (await college.ask(HEAD, REPLAY, id=delivery["id"])).whole["deliveryReplay"]
    message = "it has been tried 100 times, the most there may be"
    assert answer["userErrors"] == [{"field": ["delivery"], "message": message, "code": "CONFLICT"}]
    assert await college.work_off() == 0
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("stranger", [PRINCIPAL, TRAINER])
async def test_a_stranger_replays_nothing(college: House, receiver: Receiver, stranger: str) -> None:
    hook, _ = await made(college, receiver.url)
    delivery = (await college.ask(HEAD, TEST, id=hook)).whole["webhookTest"]["delivery"]
    await college.work_off()
    answer = (await college.ask(stranger, REPLAY, id=delivery["id"])).whole["deliveryReplay"]
    assert answer["userErrors"] == [
        {"field": ["delivery"], "message": "there is no such delivery", "code": "NOT_FOUND"}
    ]
    assert await college.work_off() == 0
    async with college.database.read() as session:
        assert (await session.scalars(select(Delivery.state))).all() == ["SUCCEEDED"]


async def test_what_goes_to_a_webhook_that_is_off_is_not_replayed(college: House, receiver: Receiver) -> None:
    hook, _ = await made(college, receiver.url)
    receiver.answers = [(410, ())]
    delivery = (await college.ask(HEAD, TEST, id=hook)).whole["webhookTest"]["delivery"]
    await college.work_off()
    answer = (await college.ask(HEAD, REPLAY, id=delivery["id"])).whole["deliveryReplay"]
    assert [error["message"] for error in answer["userErrors"]] == ["its webhook is switched off"]
    assert await college.work_off() == 0
