"""Changing a policy: what it does to live figures and parts, and what it refuses."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from models import Policy, SubjectKind
from models.database import Database
from resolvers.metrics.sums import verify_sums
from tests.graphql_api.subjects.test_scope import ids
from tests.support.asking import Ask
from tests.support.college import ADMIN, MARCH, PRINCIPAL
from tests.support.factories import RolledBack
from tests.support.statements import statements

POLICY = """presentWeight lateWeight excusedWeight absentWeight excusedCounts lateAfterMinutes chronicThreshold
    chronicMinExpected watchBelow atRiskBelow"""
UPDATE = f"""mutation ($input: PolicyUpdateInput!) {{ policyUpdate(input: $input) {{ policy {{ {POLICY} }}
    school {{ sourceId policy {{ {POLICY} }} metrics(period: {MARCH}) {{ present late attendanceRate }} }}
    userErrors {{ field message code }} }} }}"""
DEFAULT = {
    "presentWeight": "1",
    "lateWeight": "1",
    "excusedWeight": "0",
    "absentWeight": "0",
    "excusedCounts": True,
    "lateAfterMinutes": None,
    "chronicThreshold": "0.10",
    "chronicMinExpected": 10,
    "watchBelow": "0.88",
    "atRiskBelow": "0.80",
}


async def school_a(ask: Ask) -> str:
    return (await ids(ask))[SubjectKind.SCHOOL, "A"]


async def update(ask: Ask, email: str = PRINCIPAL, **changes: Any) -> Any:
    answer = await ask(email, UPDATE, input={"school": await school_a(ask), **changes})
    return answer.whole["policyUpdate"]


async def differing(database: Database) -> dict[str, int]:
    found: dict[str, int] = {}
    try:
        async with database.write() as session:
            found = await verify_sums(session)
            raise RolledBack
    except RolledBack:
        return found


async def test_weights_count_at_once_and_touch_no_part(ask_own: Ask, own_college: Database) -> None:
    with statements(own_college) as seen:
        changed = await update(ask_own, excusedWeight="0.333", lateWeight=0.5)
    assert not any("session_part" in statement and "insert" in statement for statement in seen)
    policy = DEFAULT | {"excusedWeight": "0.333", "lateWeight": "0.5"}
    rate = (5 + 0.5 + 0.333) / 10
    assert changed == {
        "policy": policy,
        "school": {
            "sourceId": "A",
            "policy": policy,
            "metrics": {"present": 5, "late": 1, "attendanceRate": rate},
        },
        "userErrors": [],
    }
    again = await update(ask_own, ADMIN, lateWeight=None, excusedCounts=False)
    assert again["policy"] == policy | {"lateWeight": "1", "excusedCounts": False}
    assert again["school"]["metrics"] == {"present": 5, "late": 1, "attendanceRate": 6 / 9}


async def test_late_after_minutes_counts_marks_anew(ask_own: Ask, own_college: Database) -> None:
    async with own_college.write() as session:
        await session.execute(_arrive("s1", "pam", "2026-03-02T09:05:30+00:00"))
    changed = await update(ask_own, lateAfterMinutes="5.5")
    assert changed["school"]["metrics"] == {"present": 5, "late": 1, "attendanceRate": 0.6}
    changed = await update(ask_own, lateAfterMinutes="5")
    assert changed["policy"]["lateAfterMinutes"] == "5"
    assert changed["school"]["metrics"] == {"present": 4, "late": 2, "attendanceRate": 0.6}
    assert set((await differing(own_college)).values()) == {0}
    changed = await update(ask_own, lateAfterMinutes=None)
    assert changed["school"]["metrics"] == {"present": 5, "late": 1, "attendanceRate": 0.6}
    assert set((await differing(own_college)).values()) == {0}


def _arrive(session: str, trainee: str, at: str) -> Any:
    return text(
        "update mark set arrived_at = :at where session_id = (select id from session where source_id = :session)"
        " and trainee_id = (select id from subject where kind = 'TRAINEE' and source_id = :trainee)"
    ).bindparams(at=datetime.fromisoformat(at), session=session, trainee=trainee)


async def test_figures_of_one_operation_follow_each_change(ask_own: Ask) -> None:
    query = f"""mutation ($school: ID!) {{
        one: policyUpdate(input: {{school: $school, lateWeight: 0}}) {{ school {{ ...Rate }} }}
        two: policyUpdate(input: {{school: $school, lateWeight: 1}}) {{ school {{ ...Rate }} }}
    }}
    fragment Rate on School {{ metrics(period: {MARCH}) {{ attendanceRate }} }}"""
    data = (await ask_own(PRINCIPAL, query, school=await school_a(ask_own))).whole
    rates = [data[name]["school"]["metrics"]["attendanceRate"] for name in ("one", "two")]
    assert rates == [0.5, 0.6]


REFUSED = [
    ({"presentWeight": "1.1"}, [("presentWeight", "it must be 0 to 1, not 1.1")]),
    ({"absentWeight": -0.5}, [("absentWeight", "it must be 0 to 1, not -0.5")]),
    ({"lateWeight": "NaN"}, [("lateWeight", "it must be a number")]),
    ({"lateWeight": "Infinity"}, [("lateWeight", "it must be a number")]),
    ({"excusedWeight": "0.1234567"}, [("excusedWeight", "it may have 6 decimal places at most")]),
    ({"excusedWeight": "1e-900000"}, [("excusedWeight", "it may have 6 decimal places at most")]),
    ({"excusedWeight": "1e900000"}, [("excusedWeight", "it must be 0 to 1, not 1E+900000")]),
    ({"chronicThreshold": "2"}, [("chronicThreshold", "it must be 0 to 1, not 2")]),
    ({"chronicMinExpected": 0}, [("chronicMinExpected", "it must be 1 to 1,000,000, not 0")]),
    ({"lateAfterMinutes": -1}, [("lateAfterMinutes", "it must be 0 to 1,440, not -1")]),
    ({"lateAfterMinutes": 1441}, [("lateAfterMinutes", "it must be 0 to 1,440, not 1441")]),
    ({"atRiskBelow": "0.9"}, [("atRiskBelow", "atRiskBelow (0.9) must not be above watchBelow (0.88)")]),
    ({"watchBelow": "0.5"}, [("watchBelow", "atRiskBelow (0.80) must not be above watchBelow (0.5)")]),
    (
        {"watchBelow": "7", "presentWeight": "3", "lateWeight": "0.5"},
        [("presentWeight", "it must be 0 to 1, not 3"), ("watchBelow", "it must be 0 to 1, not 7")],
    ),
]


@pytest.mark.parametrize(("changes", "problems"), REFUSED)
async def test_refusals_change_nothing(
    ask_own: Ask, own_college: Database, changes: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    refused = await update(ask_own, **changes)
    assert refused == {
        "policy": None,
        "school": None,
        "userErrors": [{"field": [field], "message": message, "code": "INVALID"} for field, message in problems],
    }
    async with own_college.read() as session:
        assert (await session.scalars(select(Policy))).all() == []


async def test_values_that_are_no_decimals(ask_own: Ask) -> None:
    for value in ("a half", "", "0,5"):
        answer = await ask_own(PRINCIPAL, UPDATE, input={"school": await school_a(ask_own), "presentWeight": value})
        assert (answer.data, [one.code for one in answer.errors]) == (None, ["BAD_USER_INPUT"])


async def test_an_id_that_is_no_school(ask_own: Ask) -> None:
    everything = await ids(ask_own)
    for id_, message in (
        ("x", "'x' is not an id; take one from a field `id`"),
        (
            everything[SubjectKind.COURSE, "COL"],
            f"'{everything[SubjectKind.COURSE, 'COL']}' is the id of a Course, not of a School",
        ),
    ):
        answer = await ask_own(PRINCIPAL, UPDATE, input={"school": id_})
        assert answer.whole["policyUpdate"]["userErrors"] == [
            {"field": ["school"], "message": message, "code": "INVALID"}
        ]


async def test_nothing_to_change(ask_own: Ask) -> None:
    changed = await update(ask_own)
    assert (changed["policy"], changed["userErrors"]) == (DEFAULT, [])
