"""Subjects side by side: values, differences to the first period and the first subject, and refusals."""

from typing import Any

import pytest

from graphql_api.core.ids import subject_global_id
from models import SubjectKind
from models.database import Database
from resolvers.metrics.compare import Change, change
from tests.graphql_api.subjects.test_scope import ids
from tests.support.asking import Ask
from tests.support.college import ADMIN, PRINCIPAL
from tests.support.statements import statements

CELLS = "period { name from } metric value difference relativeChange differenceToFirstSubject relativeToFirstSubject"
QUERY = f"""query ($subjects: [ID!]!, $periods: [PeriodInput!]!, $metrics: [MetricName!]!) {{
    compare(subjects: $subjects, periods: $periods, metrics: $metrics) {{
        asOf subjects {{ subject {{ sourceId }} cells {{ {CELLS} }} }} }} }}"""
TUESDAY, MONDAY = (
    {"range": {"from": "2026-03-03", "to": "2026-03-03"}},
    {"range": {"from": "2026-03-02", "to": "2026-03-02"}},
)


async def compared(ask: Ask, email: str = ADMIN, **arguments: Any) -> Any:
    return (await ask(email, QUERY, **arguments)).whole["compare"]


async def test_every_cell(ask: Ask) -> None:
    everything = await ids(ask)
    subjects = [everything[SubjectKind.CLASS_GROUP, "P1"], everything[SubjectKind.TRAINEE, "quo"]]
    found = await compared(
        ask, PRINCIPAL, subjects=subjects, periods=[MONDAY, TUESDAY], metrics=["ATTENDANCE_RATE", "LATE"]
    )
    assert found["asOf"] == "2026-03-13T12:00:00+00:00"
    cells = {
        row["subject"]["sourceId"]: [tuple(cell.values())[1:] for cell in row["cells"]] for row in found["subjects"]
    }
    third = 2 / 3
    assert cells == {
        "P1": [
            ("ATTENDANCE_RATE", third, 0.0, 0.0, 0.0, 0.0),
            ("LATE", 1.0, 0.0, 0.0, 0.0, 0.0),
            ("ATTENDANCE_RATE", 1 / 3, 1 / 3 - third, (1 / 3 - third) / third, 0.0, 0.0),
            ("LATE", 0.0, -1.0, -1.0, 0.0, None),
        ],
        "quo": [
            ("ATTENDANCE_RATE", 1.0, 0.0, 0.0, 1 - third, (1 - third) / third),
            ("LATE", 1.0, 0.0, 0.0, 0.0, 0.0),
            ("ATTENDANCE_RATE", 0.0, -1.0, -1.0, -1 / 3, -1.0),
            ("LATE", 0.0, -1.0, -1.0, 0.0, None),
        ],
    }
    assert [cell["period"]["from"] for cell in found["subjects"][0]["cells"]] == [
        "2026-03-02",
        "2026-03-02",
        "2026-03-03",
        "2026-03-03",
    ]


def test_change() -> None:
    assert change(3, 2) == Change(1.0, 0.5)
    assert change(0, 4) == Change(-4.0, -1.0)
    assert change(2, 0) == Change(2.0, None)
    assert change(0, 0) == Change(0.0, None)
    assert change(None, 1) == change(1, None) == change(None, None) == Change(None, None)


async def test_nothing_to_count_and_no_such_period(ask: Ask) -> None:
    everything = await ids(ask)
    found = await compared(
        ask,
        subjects=[everything[SubjectKind.SCHOOL, source_id] for source_id in ("A", "B")],
        periods=[{"month": "2020-01"}, {"named": "THIS_TERM"}],
        metrics=["ATTENDANCE_RATE"],
    )
    none = {
        "metric": "ATTENDANCE_RATE",
        "value": None,
        "difference": None,
        "relativeChange": None,
        "differenceToFirstSubject": None,
        "relativeToFirstSubject": None,
    }
    january = {"period": {"name": "2020-01", "from": "2020-01-01"}}
    rate = 6 / 10
    assert [row["cells"] for row in found["subjects"]] == [
        [
            january | none,
            {
                "period": {"name": "Spring", "from": "2026-01-05"},
                **none,
                "value": rate,
                "differenceToFirstSubject": 0.0,
                "relativeToFirstSubject": 0.0,
            },
        ],
        [january | none, {"period": None} | none],
    ]


async def test_the_whole_table_is_one_statement_for_each_fact(ask: Ask, college: Database) -> None:
    everything = await ids(ask)
    subjects = [id_ for (kind, _), id_ in everything.items() if kind is SubjectKind.CLASS_GROUP]
    counts = []
    for chosen, months in ((subjects[:1], 1), (subjects, 12)):
        with statements(college) as seen:
            await compared(
                ask,
                subjects=chosen,
                periods=[{"month": f"2026-{month:02}"} for month in range(1, months + 1)],
                metrics=["ATTENDANCE_RATE", "LATE", "AVERAGE_SCORE"],
            )
        counts.append(len(seen))
    assert counts[0] == counts[1]


async def test_a_subject_of_a_comparison_can_be_looked_into(ask: Ask) -> None:
    everything = await ids(ask)
    query = """query ($subjects: [ID!]!) {
        compare(subjects: $subjects, periods: [{month: "2026-03"}], metrics: [LATE]) { subjects { subject {
            name metrics(period: {month: "2026-03"}) { late }
            ... on ClassGroup { programme { name } } ... on Trainer { email } } } } }"""
    subjects = [everything[SubjectKind.CLASS_GROUP, "P1"], everything[SubjectKind.TRAINER, "ada"]]
    found = (await ask(ADMIN, query, subjects=subjects)).whole["compare"]["subjects"]
    assert [row["subject"] for row in found] == [
        {"name": "Painters One", "metrics": {"late": 1}, "programme": {"name": "Painting"}},
        {"name": "Ada Ash", "metrics": {"late": 1}, "email": "ada@ashby.example"},
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"subjects": []}, "subjects: give at least one"),
        ({"periods": []}, "periods: give at least one"),
        ({"metrics": []}, "metrics: give at least one"),
        ({"metrics": ["LATE", "LATE"]}, "metrics: give each only once"),
        ({"periods": [MONDAY, MONDAY]}, "periods: give each only once"),
        ({"subjects": ["x"]}, "subjects: 'x' is not an id; take one from a field `id`"),
        (
            {"periods": [{"month": f"2026-{month:02}"} for month in range(1, 13)] + [MONDAY]},
            "periods: give 12 at most, not 13",
        ),
        ({"periods": [{"month": "May"}]}, "period.month: 'May' is not a month such as 2026-03"),
    ],
)
async def test_refusals(ask: Ask, changes: dict[str, Any], sentence: str) -> None:
    everything = await ids(ask)
    asked = {"subjects": [everything[SubjectKind.SCHOOL, "A"]], "periods": [MONDAY], "metrics": ["LATE"]}
    answer = await ask(ADMIN, QUERY, **asked | changes)
    assert (answer.data, [(one.code, one.message) for one in answer.errors]) == (None, [("BAD_USER_INPUT", sentence)])


async def test_too_many_and_repeated_subjects(ask: Ask) -> None:
    school = (await ids(ask))[SubjectKind.SCHOOL, "A"]
    unknown = [subject_global_id(SubjectKind.COURSE, 10**6 + n) for n in range(51)]
    for subjects, sentence in (
        ([school, school], "subjects: give each only once"),
        (unknown, "subjects: give 50 at most, not 51"),
        ([school, *unknown[1:50]], "subjects.1: there is no such subject"),
    ):
        answer = await ask(ADMIN, QUERY, subjects=subjects, periods=[MONDAY], metrics=["LATE"])
        assert [(one.code, one.message) for one in answer.errors] == [("BAD_USER_INPUT", sentence)]


async def test_an_unknown_metric(ask: Ask) -> None:
    answer = await ask(ADMIN, "{ compare(subjects: [], periods: [], metrics: [HAPPINESS]) { asOf } }")
    assert [(one.code, one.message) for one in answer.errors] == [
        ("BAD_USER_INPUT", "Value 'HAPPINESS' does not exist in 'MetricName' enum.")
    ]
