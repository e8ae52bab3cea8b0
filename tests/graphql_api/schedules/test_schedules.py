"""Schedules made, read, changed and run."""

from datetime import date
from typing import Any

from sqlalchemy import insert

from graphql_api.core.ids import global_id
from models import Holiday
from tests.graphql_api.schedules.requests import (
    ARTS,
    NOW,
    PAUSE,
    PRINCIPAL,
    RUN_NOW,
    SCHEDULE,
    UPDATE,
    made,
    recipient,
    refused,
)
from tests.support.house import House
from tests.support.schedules import rows
from tests.support.school import Ids


async def test_a_schedule_that_goes_by_terms_says_that_there_are_none(house: House, wanted: dict[str, Any]) -> None:
    for in_terms in (True, False):
        await made(house, wanted, onlyInTerms=in_terms)
    found = await house.ask(PRINCIPAL, "{ schedules { nodes { onlyInTerms notice nextSlots } } }", now=NOW)
    free, bound = found.whole["schedules"]["nodes"]
    sentence = "It goes by terms, and the school has none with a first and a last day."
    assert (bound["onlyInTerms"], bound["notice"], bound["nextSlots"]) == (True, sentence, [])
    assert (free["onlyInTerms"], free["notice"], len(free["nextSlots"])) == (False, None, 5)


async def test_a_schedule_is_made_and_read(house: House, wanted: dict[str, Any], people: dict[str, int]) -> None:
    full: dict[str, Any] = {
        "formats": ["PDF", "XLSX", "PDF"],
        "attach": True,
        "notOnHolidays": True,
        "onlyWithData": True,
        "catchUp": "ALL",
        "condition": {"metric": "ATTENDANCE_RATE", "side": "BELOW", "value": 0.8},
        "recipients": [
            {"user": global_id("User", people["arts"])},
            {"role": {"role": "TRAINER", "within": wanted["within"]}},
            {"email": "Head@Partner.Example"},
            {"email": "arts@school.example"},
        ],
    }
    schedule = await made(house, wanted, **full)
    id_ = schedule.pop("id")
    assert schedule == {
        "name": "Arts, weekly",
        "state": "ACTIVE",
        "kind": "COURSE",
        "period": "LAST_WEEK",
        "notOnHolidays": True,
        "onlyInTerms": False,
        "onlyWithData": True,
        "attach": True,
        "formats": ["PDF", "XLSX"],
        "catchUp": "ALL",
        "owner": "Principal",
        "recurrence": {
            "frequency": "WEEKLY",
            "time": "07:30",
            "weekdays": ["MONDAY"],
            "day": None,
            "lastDay": False,
            "nth": None,
            "weekday": None,
            "months": [],
            "zone": "Europe/London",
        },
        "condition": {"metric": "ATTENDANCE_RATE", "side": "BELOW", "value": 0.8},
        # the address of an account that may be addressed is that account
        "recipients": [
            recipient("USER", user=global_id("User", people["arts"]), name="Head of Arts"),
            recipient("ROLE", role="TRAINER"),
            recipient("EMAIL", email="head@partner.example"),
        ],
        "school": {"name": "School"},
        "within": {"name": "Arts"},
        "subjects": [],
        # 07:30 in summer time from the first on
        "nextSlots": [f"2026-{day}T06:30:00+00:00" for day in ("03-30", "04-06", "04-13", "04-20", "04-27")],
    }
    query = f"query Q($id: ID!) {{ schedule(id: $id) {{ {SCHEDULE} }} node(id: $id) {{ ... on Schedule {{ name }} }} }}"
    data = (await house.ask(PRINCIPAL, query, now=NOW, id=id_)).whole
    assert data == {"schedule": {"id": id_, **schedule}, "node": {"name": "Arts, weekly"}}
    assert await rows(house.database) == (1, 0, 0)


async def test_next_slots_leave_out_what_is_known_to_be_skipped(house: House, wanted: dict[str, Any], ids: Ids) -> None:
    async with house.database.write() as session:
        easter = {"school_id": ids["SCHOOL", "S"], "on": date(2026, 4, 6), "name": "Easter Monday"}
        await session.execute(insert(Holiday), [easter])
    schedule = await made(house, wanted, notOnHolidays=True)
    assert [slot[5:10] for slot in schedule["nextSlots"]] == ["03-30", "04-13", "04-20", "04-27", "05-04"]
    assert (await made(house, wanted, onlyInTerms=True))["nextSlots"] == []


async def test_a_change_checks_the_whole_and_keeps_the_rest(house: House, wanted: dict[str, Any], ids: Ids) -> None:
    schedule = await made(house, wanted, condition={"metric": "ABSENT", "side": "ABOVE", "value": 3.0})

    async def changed(**changes: Any) -> dict[str, Any]:
        done = (await house.ask(PRINCIPAL, UPDATE, now=NOW, input={"id": schedule["id"], **changes})).whole["done"]
        assert done["userErrors"] == []
        found: dict[str, Any] = done["schedule"]
        return found

    later = {"frequency": "DAILY", "time": "18:00"}
    after = await changed(recurrence=later, notOnHolidays=True)
    assert after["nextSlots"][0] == "2026-03-27T18:00:00+00:00"
    left = {name: value for name, value in after.items() if name not in ("recurrence", "nextSlots", "notOnHolidays")}
    assert left == {name: schedule[name] for name in left}
    assert (await changed(condition=None))["condition"] is None
    given = [global_id("Course", ids["COURSE", name]) for name in "FC"]
    named = await changed(subjects=given)
    assert (named["within"], named["subjects"]) == (None, [{"name": "Foundations"}, {"name": "Colour"}])
    field, _, _ = await refused(house, UPDATE, input={"id": schedule["id"], "kind": "CLASS_GROUP"})
    assert field == "subjects"
    field, _, _ = await refused(house, UPDATE, input={"id": schedule["id"], "formats": [], "attach": True})
    assert field == "attach"
    query = f"query Q($id: ID!) {{ schedule(id: $id) {{ {SCHEDULE} }} }}"
    assert (await house.ask(PRINCIPAL, query, now=NOW, id=schedule["id"])).whole["schedule"] == named


async def test_run_now_goes_all_the_way(house: House, wanted: dict[str, Any]) -> None:
    schedule = await made(house, wanted, period="THIS_MONTH", formats=["CSV"])
    await house.ask(PRINCIPAL, PAUSE, now=NOW, id=schedule["id"])
    done = (await house.ask(PRINCIPAL, RUN_NOW, now=NOW, id=schedule["id"])).whole["done"]
    assert done == {
        "slot": {"slotAt": "2026-03-27T12:00:00+00:00", "byHand": True, "state": "QUEUED"},
        "userErrors": [],
    }
    await house.work_off()
    query = """query Q($id: ID!) {
        schedule(id: $id) { state slots { nodes { id state note byHand run { state done } } } } }"""
    found = (await house.ask(PRINCIPAL, query, now=NOW, id=schedule["id"])).whole["schedule"]
    (slot,) = found["slots"]["nodes"]
    id_ = slot.pop("id")
    assert slot == {"state": "SUCCEEDED", "note": None, "byHand": True, "run": {"state": "SUCCEEDED", "done": 2}}
    assert found["state"] == "PAUSED"
    node = "query Q($id: ID!) { node(id: $id) { ... on ScheduleSlot { state } } }"
    assert (await house.ask(PRINCIPAL, node, id=id_)).whole == {"node": {"state": "SUCCEEDED"}}
    assert (await house.ask(ARTS, node, id=id_)).whole == {"node": None}
