"""Lists and histories are paged, and cost the same for many."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from graphql_api.core.ids import global_id
from models import Schedule, ScheduleSlot, SlotState
from tests.graphql_api.schedules.requests import ARTS, LIST, NOW, PRINCIPAL, RUN_NOW, SCHEDULE, made
from tests.support.house import House
from tests.support.statements import statements


async def test_lists_are_paged_and_filtered(house: House, wanted: dict[str, Any], people: dict[str, int]) -> None:
    for number in range(3):
        await made(house, wanted, name=f"P{number}")
    await made(
        house, wanted, ARTS, name="A", kind="CLASS_GROUP", recipients=[{"user": global_id("User", people["arts"])}]
    )

    async def listed(**variables: Any) -> Any:
        return (await house.ask(PRINCIPAL, LIST, now=NOW, **variables)).whole["schedules"]

    page = await listed(first=3)
    assert [node["name"] for node in page["nodes"]] == ["A", "P2", "P1"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (4, True)
    rest = await listed(first=3, after=page["pageInfo"]["endCursor"])
    assert ([node["name"] for node in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (["P0"], False)
    for filter_, names in (
        ({"mine": True}, ["P2", "P1", "P0"]),
        ({"kinds": ["CLASS_GROUP"]}, ["A"]),
        ({"states": ["PAUSED"]}, []),
    ):
        assert [node["name"] for node in (await listed(filter=filter_))["nodes"]] == names


async def test_history_is_paged_newest_first(house: House, wanted: dict[str, Any]) -> None:
    schedule = await made(house, wanted)
    async with house.database.write() as session:
        schedule_id = (await session.scalars(select(Schedule.id))).one()
        past = [
            {
                "schedule_id": schedule_id,
                "slot_at": NOW - timedelta(days=days),
                "state": SlotState.SKIPPED,
                "note": f"{days} days ago",
                "created_at": NOW,
            }
            for days in range(1, 4)
        ]
        await session.execute(insert(ScheduleSlot), past)
    query = """query Q($id: ID!, $after: String) { schedule(id: $id) { slots(first: 2, after: $after) {
        nodes { note state byHand run { id } } pageInfo { hasNextPage endCursor } } } }"""
    page = (await house.ask(PRINCIPAL, query, now=NOW, id=schedule["id"])).whole["schedule"]["slots"]
    assert [node["note"] for node in page["nodes"]] == ["1 days ago", "2 days ago"]
    cursor = page["pageInfo"]["endCursor"]
    rest = (await house.ask(PRINCIPAL, query, now=NOW, id=schedule["id"], after=cursor)).whole["schedule"]["slots"]
    assert rest["nodes"] == [{"note": "3 days ago", "state": "SKIPPED", "byHand": False, "run": None}]


async def test_statements_do_not_grow_with_schedules(house: House, wanted: dict[str, Any]) -> None:
    history = "slots(first: 5) { nodes { state run { state } } }"
    query = f"{{ schedules(first: 20) {{ totalCount nodes {{ {SCHEDULE} {history} }} }} }}"
    counts: list[int] = []
    for _ in range(2):
        for _ in range(1 if not counts else 9):
            schedule = await made(house, wanted)
            await house.ask(PRINCIPAL, RUN_NOW, now=NOW, id=schedule["id"])
        with statements(house.database) as seen:
            answer = await house.ask(PRINCIPAL, query, now=NOW)
        assert len(answer.whole["schedules"]["nodes"]) == (10 if counts else 1)
        counts.append(len([statement for statement in seen if "account.email" not in statement]))
    assert counts[0] == counts[1]
