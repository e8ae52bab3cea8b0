"""Everybody asks for what they may read, addresses whom they may, and has their own schedules."""

from typing import Any

from sqlalchemy import update

from graphql_api.core.ids import global_id
from models import Role, User, Webhook
from tests.graphql_api.schedules.requests import (
    ADMIN,
    ANN,
    ARTS,
    BUILDING,
    CREATE,
    DELETE,
    LIST,
    NOW,
    PAUSE,
    PRINCIPAL,
    RESUME,
    RUN_NOW,
    SERVICE,
    TARA,
    UPDATE,
    made,
    recipient,
    refused,
)
from tests.support.house import House
from tests.support.schedules import account_ids
from tests.support.school import Ids


async def test_everybody_asks_for_what_they_may_read_and_addresses_whom_they_may(
    house: House, wanted: dict[str, Any], ids: Ids, people: dict[str, int]
) -> None:
    async def asked(email: str, **changes: Any) -> tuple[str, str, str]:
        given = {name: value for name, value in {**wanted, **changes}.items() if value is not None}
        return await refused(house, CREATE, email, input=given)

    assert (await asked(SERVICE))[1] == "FORBIDDEN"
    assert (await asked(BUILDING))[:2] == ("within", "INVALID")
    own = {"within": None, "subjects": [global_id("Course", ids["COURSE", "C"])]}
    assert (await asked(TARA, **own))[:2] == ("recipients.0.user", "NOT_FOUND")
    assert (await asked(TARA, **own, recipients=[{"email": "a@partner.example"}]))[:2] == (
        "recipients.0.email",
        "FORBIDDEN",
    )
    trainers = {"role": {"role": "TRAINER", "within": global_id("ClassGroup", ids["CLASS_GROUP", "G"])}}
    assert (await asked(TARA, **own, recipients=[trainers]))[:2] == ("recipients.0.role", "FORBIDDEN")
    to_themselves = [{"user": global_id("User", people["tara"])}]
    other = {"within": None, "subjects": [global_id("Course", ids["COURSE", "E"])]}
    assert (await asked(TARA, **other, recipients=to_themselves))[:2] == ("subjects", "NOT_FOUND")
    allowed = {name: value for name, value in {**wanted, **own}.items() if value is not None}
    schedule = await made(house, allowed, TARA, recipients=to_themselves)
    assert (schedule["school"], schedule["subjects"], schedule["within"]) == (None, [{"name": "Colour"}], None)
    # an account of another school is not for a principal to address; for ADMIN it is
    async with house.database.write() as session:
        session.add(User(source_id="x", email="x@abroad.example", name="X", role=Role.ADMIN))
    stranger = [{"user": global_id("User", (await account_ids(house.database))["x"])}]
    assert (await asked(PRINCIPAL, recipients=stranger))[:2] == ("recipients.0.user", "NOT_FOUND")
    assert (await asked(PRINCIPAL, recipients=[{"email": "x@abroad.example"}]))[:2] == ("recipients.0.email", "INVALID")
    assert (await made(house, wanted, ADMIN, recipients=stranger))["recipients"][0]["name"] == "X"


async def test_who_sees_and_changes_whose(house: House, wanted: dict[str, Any], people: dict[str, int]) -> None:
    mine = [{"user": global_id("User", people["arts"])}]
    id_ = (await made(house, wanted, ARTS, recipients=mine))["id"]
    seen = {
        email: (await house.ask(email, "query Q($id: ID!) { schedule(id: $id) { name } }", id=id_)).whole["schedule"]
        for email in (ARTS, PRINCIPAL, ADMIN, BUILDING, TARA, ANN, SERVICE)
    }
    assert [email for email, found in seen.items() if found] == [ARTS, PRINCIPAL, ADMIN]
    assert [
        email for email in seen if (await house.ask(email, LIST, now=NOW)).whole["schedules"]["totalCount"] == 1
    ] == [ARTS, PRINCIPAL, ADMIN]
    change = {"id": id_, "name": "Other"}
    assert (await refused(house, UPDATE, PRINCIPAL, input=change))[:2] == ("id", "FORBIDDEN")
    assert (await refused(house, RESUME, PRINCIPAL, id=id_))[:2] == ("id", "FORBIDDEN")
    assert (await refused(house, RUN_NOW, PRINCIPAL, id=id_))[:2] == ("id", "FORBIDDEN")
    for query in (PAUSE, RESUME, DELETE, RUN_NOW):
        assert (await refused(house, query, BUILDING, id=id_))[:2] == ("id", "NOT_FOUND")
    paused = (await house.ask(PRINCIPAL, PAUSE, now=NOW, id=id_)).whole["done"]["schedule"]
    assert paused == {"state": "PAUSED", "nextSlots": []}
    # ADMIN changes it, and it goes on under the rights of its owner
    done = (await house.ask(ADMIN, UPDATE, now=NOW, input=change)).whole["done"]
    assert (done["userErrors"], done["schedule"]["name"], done["schedule"]["owner"]) == ([], "Other", "Head of Arts")
    resumed = (await house.ask(ARTS, RESUME, now=NOW, id=id_)).whole["done"]["schedule"]
    assert (resumed["state"], resumed["nextSlots"][0]) == ("ACTIVE", "2026-03-30T06:30:00+00:00")
    assert (await house.ask(PRINCIPAL, DELETE, now=NOW, id=id_)).whole["done"]["schedule"]["state"] == "DELETED"
    for query in (PAUSE, RESUME, DELETE, RUN_NOW):
        assert (await refused(house, query, ARTS, id=id_))[:2] == ("id", "CONFLICT")
    assert (await house.ask(ARTS, LIST, now=NOW)).whole["schedules"]["nodes"] == []
    deleted = (await house.ask(ARTS, LIST, now=NOW, filter={"states": ["DELETED"]})).whole
    assert deleted["schedules"]["nodes"] == [{"name": "Other"}]


async def test_a_webhook_is_the_owners_own(house: House, wanted: dict[str, Any], people: dict[str, int]) -> None:
    async with house.database.write() as session:
        hook = Webhook(owner_id=people["arts"], name="H", url="https://hook.example", secrets=[], created_at=NOW)
        session.add(hook)
        await session.flush()
        to = [{"webhook": global_id("Webhook", hook.id)}]
    assert (await refused(house, CREATE, input={**wanted, "recipients": to}))[:2] == (
        "recipients.0.webhook",
        "NOT_FOUND",
    )
    assert (await made(house, wanted, ARTS, recipients=to))["recipients"] == [
        recipient("WEBHOOK", webhook=to[0]["webhook"])
    ]
    async with house.database.write() as session:
        await session.execute(update(Webhook).values(deleted=True))
    assert (await refused(house, CREATE, ARTS, input={**wanted, "recipients": to}))[:2] == (
        "recipients.0.webhook",
        "NOT_FOUND",
    )
