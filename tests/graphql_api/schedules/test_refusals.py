"""What is impossible is refused by field, and nothing is written."""

from typing import Any, Final

import pytest

from graphql_api.core.ids import global_id
from tests.graphql_api.schedules.requests import CREATE, DELETE, NOW, PRINCIPAL, made, refused
from tests.support.house import House
from tests.support.schedules import rows

SUBJECTS: Final = {"within": None, "school": None, "subjects": None}
IMPOSSIBLE: Final[tuple[tuple[dict[str, Any], str, str], ...]] = (
    (
        {"recurrence": {"frequency": "MONTHLY", "time": "07:30", "day": 31, "months": [2]}},
        "recurrence.day",
        "February never has a day 31; lastDay is its last one",
    ),
    (
        {"recurrence": {"frequency": "DAILY", "time": "07:30", "zone": "Europe/Atlantis"}},
        "recurrence.zone",
        "'Europe/Atlantis' is not a time zone such as Europe/London",
    ),
    (
        {"recurrence": {"frequency": "DAILY", "time": "25:00"}},
        "recurrence.time",
        "'25:00' is not a time of day such as 07:30",
    ),
    (
        {"recurrence": {"frequency": "DAILY", "time": "07:30\0"}},
        "recurrence.time",
        "a text cannot contain the character U+0000",
    ),
    ({"recipients": []}, "recipients", "name one recipient or more"),
    ({"recipients": [{"email": "a@partner.example"}] * 51}, "recipients", "there are 51 recipients, 50 at most;"),
    (
        {"recipients": [{"user": global_id("User", 2**31 - 1)}]},
        "recipients.0.user",
        "there is no such account that you may address",
    ),
    (
        {"recipients": [{"email": "a@partner.example"}, {"webhook": global_id("Webhook", 7)}]},
        "recipients.1.webhook",
        "there is no such webhook of yours",
    ),
    (
        {"recipients": [{"email": "a@elsewhere.example"}]},
        "recipients.0.email",
        "mail to elsewhere.example is not approved; approved domains: partner.example",
    ),
    ({"recipients": [{"email": "nobody"}]}, "recipients.0.email", "'nobody' is not an e-mail address"),
    ({"recipients": [{"email": "a@b@partner.example"}]}, "recipients.0.email", "is not an e-mail address"),
    (
        {"recipients": [{"email": "a@partner.example\nbcc: b"}]},
        "recipients.0.email",
        "is not an e-mail address",
    ),
    (
        {"recipients": [{"role": {"role": "TRAINER", "within": global_id("Department", 2**31 - 1)}}]},
        "recipients.0.role.within",
        "there is no such subject",
    ),
    ({"name": "  "}, "name", "a name has 1 to 200 characters, this one 0"),
    ({"name": "n" * 201}, "name", "a name has 1 to 200 characters, this one 201"),
    ({"name": "a\0b"}, "name", "a text cannot contain the character U+0000"),
    ({"within": None}, "subjects", "give exactly one of subjects, within and school"),
    ({"within": global_id("Department", 2**31 - 1)}, "within", "there is no such subject"),
    ({**SUBJECTS, "subjects": []}, "subjects", "give 1 to 500 subjects, or a rule with within or school"),
    (
        {**SUBJECTS, "subjects": [global_id("Course", 2**31 - 1)]},
        "subjects",
        "not all of them exist, are of kind COURSE, and have reports you may read",
    ),
    ({**SUBJECTS, "subjects": [global_id("Trainee", 1)]}, "subjects", "is the id of a Trainee, not of a Course"),
    (
        {**SUBJECTS, "school": global_id("School", 2**31 - 1)},
        "school",
        "there is no COURSE there whose reports you may read",
    ),
    ({"attach": True}, "attach", "there is nothing to attach without a format"),
    (
        {"condition": {"metric": "ATTENDANCE_RATE", "side": "BELOW", "value": 80.0}},
        "condition.value",
        "80 is no value of attendanceRate; it must be 0 to 1: it is a rate",
    ),
    (
        {"condition": {"metric": "LONGEST_ABSENCE_STREAK", "side": "ABOVE", "value": 3.0}},
        "condition.metric",
        "reports of a COURSE have no metric longestAbsenceStreak",
    ),
    (
        {"kind": "TRAINER", "recipients": [{"email": "a@partner.example"}]},
        "recipients",
        "figures of trainers go to accounts only, not to an address without one",
    ),
    ({"kind": "SCHOOL"}, "within", "a DEPARTMENT has no SCHOOL within it"),
)


@pytest.mark.parametrize(("changes", "field", "message"), IMPOSSIBLE, ids=lambda value: str(value)[:50])
async def test_what_is_impossible_is_refused_by_field(
    house: House, wanted: dict[str, Any], changes: dict[str, Any], field: str, message: str
) -> None:
    given = {name: value for name, value in {**wanted, **changes}.items() if value is not None}
    found, _, said = await refused(house, CREATE, input=given)
    assert (found, message in said) == (field, True), said


async def test_a_format_that_does_not_exist_is_refused_by_field(house: House, wanted: dict[str, Any]) -> None:
    answer = await house.ask(PRINCIPAL, CREATE, now=NOW, input={**wanted, "formats": ["PDF", "DOCX"]})
    (error,) = answer.errors
    assert error.code == "BAD_USER_INPUT"
    assert "formats[1]" in error.message
    assert "DOCX" in error.message
    assert await rows(house.database) == (0, 0, 0)


async def test_an_account_has_so_many_schedules_at_most(
    house: House, wanted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.schedules.schedules.MAX_SCHEDULES", 2)
    first = await made(house, wanted)
    await made(house, wanted)
    assert (await refused(house, CREATE, input=wanted))[1] == "CONFLICT"
    await house.ask(PRINCIPAL, DELETE, now=NOW, id=first["id"])
    await made(house, wanted)
