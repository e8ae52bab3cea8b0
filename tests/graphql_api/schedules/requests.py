"""Asking for schedules, on the school of tests/support/school.py."""

from datetime import UTC, datetime
from typing import Any, Final

from tests.support.house import House
from tests.support.schedules import rows

NOW: Final = datetime(2026, 3, 27, 12, tzinfo=UTC)  # a Friday; clocks go forward on Sunday
PRINCIPAL, ARTS, TARA, ANN = (f"{name}@school.example" for name in ("principal", "arts", "tara", "ann"))
ADMIN, SERVICE, BUILDING = (f"{name}@school.example" for name in ("admin", "service", "building"))

SCHEDULE: Final = """id name state kind period notOnHolidays onlyInTerms onlyWithData attach formats catchUp owner
    recurrence { frequency time weekdays day lastDay nth weekday months zone }
    condition { metric side value } recipients { type user name role email webhook }
    school { name } within { name } subjects { name } nextSlots"""
ERRORS: Final = "userErrors { field message code }"


def _whole(field: str, input_type: str) -> str:
    answer = f"schedule {{ {SCHEDULE} }} {ERRORS}"
    return f"mutation M($input: {input_type}!) {{ done: {field}(input: $input) {{ {answer} }} }}"


def _by_id(field: str, answer: str = "schedule { state nextSlots }") -> str:
    return f"mutation M($id: ID!) {{ done: {field}(input: {{id: $id}}) {{ {answer} {ERRORS} }} }}"


CREATE, UPDATE = _whole("scheduleCreate", "ScheduleCreateInput"), _whole("scheduleUpdate", "ScheduleUpdateInput")
PAUSE, RESUME, DELETE = _by_id("schedulePause"), _by_id("scheduleResume"), _by_id("scheduleDelete")
RUN_NOW: Final = _by_id("scheduleRunNow", "slot { slotAt byHand state }")
LIST: Final = """query Q($filter: ScheduleFilter, $first: Int, $after: String) {
    schedules(filter: $filter, first: $first, after: $after) {
        totalCount nodes { name } pageInfo { hasNextPage endCursor } } }"""


async def made(house: House, wanted: dict[str, Any], by: str = PRINCIPAL, **changes: Any) -> dict[str, Any]:
    """The schedule as it was answered."""
    done = (await house.ask(by, CREATE, now=NOW, input={**wanted, **changes})).whole["done"]
    assert done["userErrors"] == []
    schedule: dict[str, Any] = done["schedule"]
    return schedule


async def refused(house: House, query: str, by: str = PRINCIPAL, **variables: Any) -> tuple[str, str, str]:
    """Field, code and message of the one error; nothing was written."""
    before = await rows(house.database)
    done = (await house.ask(by, query, now=NOW, **variables)).whole["done"]
    assert await rows(house.database) == before
    assert done.get("schedule") is None
    ((field, message, code),) = [tuple(error.values()) for error in done["userErrors"]]
    return ".".join(field or ()), code, message


def recipient(type_: str, **given: Any) -> dict[str, Any]:
    """A recipient as it is answered."""
    return {"type": type_, **dict.fromkeys(("user", "name", "role", "email", "webhook")), **given}
