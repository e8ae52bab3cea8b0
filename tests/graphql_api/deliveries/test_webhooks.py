"""Webhooks through the API: made, changed, rotated, deleted, tested; each only by its owner."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import Webhook
from models.settings import Settings
from tests.support.college import ADMIN, HEAD, PRINCIPAL
from tests.support.house import House
from tests.support.receiver import Receiver

SERVICE = "service@ashby.example"
CREATE = """mutation($url: String!, $name: String! = "Board") { webhookCreate(input: {name: $name, url: $url}) {
    webhook { id name url active deleted liveSecrets } secret userErrors { field message code } } }"""
UPDATE = """mutation($input: WebhookUpdateInput!) { webhookUpdate(input: $input) {
    webhook { name url active } userErrors { field message code } } }"""
ROTATE = """mutation($id: ID!) { webhookSecretRotate(input: {webhook: $id}) {
    webhook { liveSecrets } secret userErrors { field message code } } }"""
DELETE = """mutation($id: ID!) { webhookDelete(input: {webhook: $id}) {
    webhook { active deleted liveSecrets } userErrors { field message code } } }"""
TEST = """mutation($id: ID!) { webhookTest(input: {webhook: $id}) {
    delivery { id state messageId channel } userErrors { field message code } } }"""
OWN = "{ webhooks { name url active liveSecrets } }"
NO_SUCH = [{"field": ["webhook"], "message": "there is no such webhook", "code": "NOT_FOUND"}]


async def made(house: House, url: str, email: str = HEAD) -> tuple[str, str]:
    """The id and secret of a new webhook."""
    answer = (await house.ask(email, CREATE, url=url)).whole["webhookCreate"]
    assert answer["userErrors"] == []
    return answer["webhook"]["id"], answer["secret"]


async def rows(house: House) -> list[Webhook]:
    async with house.database.read() as session:
        return list(await session.scalars(select(Webhook).order_by(Webhook.id)))


async def test_a_webhook_is_made_and_its_secret_shown_once(college: House) -> None:
    answer = (await college.ask(HEAD, CREATE, url="https://hooks.example/a?b=1", name=" Our  board ")).whole
    assert answer["webhookCreate"]["userErrors"] == []
    assert answer["webhookCreate"]["webhook"] | {"id": ""} == {
        "id": "",
        "name": "Our board",
        "url": "https://hooks.example/a?b=1",
        "active": True,
        "deleted": False,
        "liveSecrets": 1,
    }
    (row,) = await rows(college)
    assert row.secrets == [{"secret": answer["webhookCreate"]["secret"], "until": None}]
    assert answer["webhookCreate"]["secret"].startswith("whsec_")
    assert len(answer["webhookCreate"]["secret"]) == 50
    own = {"name": "Our board", "url": "https://hooks.example/a?b=1", "active": True, "liveSecrets": 1}
    assert (await college.ask(HEAD, OWN)).whole == {"webhooks": [own]}
    for other in (PRINCIPAL, ADMIN):
        assert (await college.ask(other, OWN)).whole == {"webhooks": []}


@pytest.mark.parametrize(
    ("arguments", "field", "message"),
    [
        ({"url": "https://10.0.0.1/"}, "url", "10.0.0.1 is a private address, which webhooks may not call"),
        ({"url": "ftp://hooks.example/"}, "url", "it must begin with https://"),
        ({"url": "https://hooks.example/", "name": " "}, "name", "give it a name of 1 to 100 characters"),
        ({"url": "https://hooks.example/", "name": "x" * 101}, "name", "give it a name of 1 to 100 characters"),
        ({"url": "https://hooks.example/", "name": "a\u202eb"}, "name", "give it a name of 1 to 100 characters"),
    ],
)
async def test_a_bad_webhook_is_refused_with_the_field_named(
    college: House, arguments: dict[str, Any], field: str, message: str
) -> None:
    answer = (await college.ask(HEAD, CREATE, **arguments)).whole["webhookCreate"]
    assert answer["userErrors"] == [{"field": [field], "message": message, "code": "INVALID"}]
    assert (answer["webhook"], answer["secret"]) == (None, None)
    assert await rows(college) == []


async def test_http_needs_an_opened_network(college: House, settings: Settings) -> None:
    await made(college, "http://hooks.internal:8080/")
    assert settings.webhook_networks == ()
    assert (await rows(college))[0].url == "http://hooks.internal:8080/"


async def test_there_are_twenty_at_most(college: House) -> None:
    for _ in range(20):
        await made(college, "https://hooks.example/")
    answer = (await college.ask(HEAD, CREATE, url="https://hooks.example/")).whole["webhookCreate"]
    message = "you have 20 webhooks, the most there may be"
    assert answer["userErrors"] == [{"field": None, "message": message, "code": "CONFLICT"}]
    assert len(await rows(college)) == 20
    await made(college, "https://hooks.example/", PRINCIPAL)


async def test_an_account_that_is_told_of_nothing_has_none(college: House) -> None:
    answer = (await college.ask(SERVICE, CREATE, url="https://hooks.example/")).whole["webhookCreate"]
    assert [error["code"] for error in answer["userErrors"]] == ["FORBIDDEN"]
    assert await rows(college) == []


async def test_a_webhook_is_changed(college: House) -> None:
    id_, _ = await made(college, "https://hooks.example/")
    given = {"webhook": id_, "name": "New", "url": "https://new.example/", "active": False}
    answer = (await college.ask(HEAD, UPDATE, input=given)).whole["webhookUpdate"]
    assert answer == {"webhook": {key: given[key] for key in ("name", "url", "active")}, "userErrors": []}
    answer = (await college.ask(HEAD, UPDATE, input={"webhook": id_, "url": "https://127.0.0.2:22/"})).whole
    assert [error["field"] for error in answer["webhookUpdate"]["userErrors"]] == [["url"]]
    assert [(row.name, row.url, row.active) for row in await rows(college)] == [("New", "https://new.example/", False)]


@pytest.mark.parametrize("other", [PRINCIPAL, ADMIN])
async def test_nobody_else_changes_it(college: House, other: str) -> None:
    id_, secret = await made(college, "https://hooks.example/")
    asked: list[tuple[str, dict[str, Any]]] = [
        (UPDATE, {"input": {"webhook": id_, "name": "Mine now"}}),
        (ROTATE, {"id": id_}),
        (DELETE, {"id": id_}),
        (TEST, {"id": id_}),
    ]
    for mutation, variables in asked:
        (answer,) = (await college.ask(other, mutation, **variables)).whole.values()
        assert answer["userErrors"] == NO_SUCH
    (row,) = await rows(college)
    assert (row.name, row.secrets, row.active) == ("Board", [{"secret": secret, "until": None}], True)
    assert (await college.counts())["job"] == 0


async def test_admin_sees_it_by_its_id_and_strangers_do_not(college: House) -> None:
    id_, _ = await made(college, "https://hooks.example/")
    query = "query($id: ID!) { node(id: $id) { ... on Webhook { name } } }"
    assert (await college.ask(ADMIN, query, id=id_)).whole == {"node": {"name": "Board"}}
    assert (await college.ask(PRINCIPAL, query, id=id_)).whole == {"node": None}


async def test_three_secrets_at_most_are_live(college: House) -> None:
    id_, first = await made(college, "https://hooks.example/")
    now = datetime.now(UTC)
    secrets = [first]
    for count in (2, 3):
        answer = (await college.ask(HEAD, ROTATE, now=now, id=id_)).whole["webhookSecretRotate"]
        assert answer["webhook"] == {"liveSecrets": count}
        secrets.append(answer["secret"])
    answer = (await college.ask(HEAD, ROTATE, now=now, id=id_)).whole["webhookSecretRotate"]
    assert [error["code"] for error in answer["userErrors"]] == ["CONFLICT"]
    (row,) = await rows(college)
    assert [one["secret"] for one in row.secrets] == secrets[::-1]
    later = now + timedelta(hours=24, seconds=1)
    answer = (await college.ask(HEAD, ROTATE, now=later, id=id_)).whole["webhookSecretRotate"]
    assert answer["webhook"] == {"liveSecrets": 2}
    (row,) = await rows(college)
    assert [one["secret"] for one in row.secrets] == [answer["secret"], secrets[2]]


async def test_a_deleted_webhook_loses_its_secrets_and_keeps_its_log(college: House, receiver: Receiver) -> None:
    id_, _ = await made(college, receiver.url)
    await college.ask(HEAD, TEST, id=id_)
    await college.work_off()
    answer = (await college.ask(HEAD, DELETE, id=id_)).whole["webhookDelete"]
    assert answer["webhook"] == {"active": False, "deleted": True, "liveSecrets": 0}
    (row,) = await rows(college)
    assert row.secrets == []
    assert (await college.ask(HEAD, OWN)).whole == {"webhooks": []}
    log = "query($id: ID!) { deliveries(filter: {webhook: $id}) { nodes { state webhook { deleted } } } }"
    nodes = (await college.ask(HEAD, log, id=id_)).whole["deliveries"]["nodes"]
    assert nodes == [{"state": "SUCCEEDED", "webhook": {"deleted": True}}]
    assert (await college.ask(HEAD, TEST, id=id_)).whole["webhookTest"]["userErrors"] == NO_SUCH


async def test_a_test_is_sent_signed(college: House, receiver: Receiver) -> None:
    id_, secret = await made(college, receiver.url)
    answer = (await college.ask(HEAD, TEST, id=id_)).whole["webhookTest"]
    assert (answer["delivery"]["state"], answer["delivery"]["channel"]) == ("QUEUED", "WEBHOOK")
    await college.work_off()
    (call,) = receiver.calls
    assert call.headers["webhook-id"] == answer["delivery"]["messageId"]
    body = call.verified(secret)
    assert (body["type"], body["data"]) == ("webhook.test", {"webhook": id_})


async def test_twenty_tests_at_most_are_under_way(college: House, receiver: Receiver) -> None:
    id_, _ = await made(college, receiver.url)
    other, _ = await made(college, receiver.url)
    for _ in range(20):
        assert (await college.ask(HEAD, TEST, id=id_)).whole["webhookTest"]["userErrors"] == []
    answer = (await college.ask(HEAD, TEST, id=id_)).whole["webhookTest"]
    message = "20 tests of it have not ended yet, the most there may be at a time"
    assert answer["userErrors"] == [{"field": ["webhook"], "message": message, "code": "CONFLICT"}]
    assert (await college.counts())["job"] == 20
    assert (await college.ask(HEAD, TEST, id=other)).whole["webhookTest"]["userErrors"] == []
    await college.work_off()
    assert (await college.ask(HEAD, TEST, id=id_)).whole["webhookTest"]["userErrors"] == []


async def test_one_that_is_off_is_not_tested(college: House, receiver: Receiver) -> None:
    id_, _ = await made(college, receiver.url)
    await college.ask(HEAD, UPDATE, input={"webhook": id_, "active": False})
    answer = (await college.ask(HEAD, TEST, id=id_)).whole["webhookTest"]
    assert [error["message"] for error in answer["userErrors"]] == ["it is switched off; switch it on first"]
    assert await college.work_off() == 0
    assert receiver.connections == 0
