"""The fields that only some kinds of report have: what `data` says, as types. The figures are those of
tests/resolvers/reports, where they are checked against figures worked out by hand."""

from typing import Any

import pytest

from graphql_api.reports.types import REPORT_TYPE_NAMES
from models import SubjectKind
from resolvers.reports.sections.breakdown import SPLIT_METRICS
from tests.support.house import House

TREND = "attendanceRate absenceRate lateRate sessionCount expected averageScore passRate"
SPLIT = " ".join(metric.name for metric in SPLIT_METRICS)
BANDED = "expected marked present late excused absent attendanceRate absenceRate"
ROW = f"subjects {{ kind sourceId name }} metrics {{ {SPLIT} }}"
WHO = "{ kind sourceId name }"
BREAKDOWN = f"breakdown {{ rows {{ {ROW} }} other {{ {SPLIT} }} hidden }}"
POINTS = f"trend {{ period {{ name from to }} metrics {{ {TREND} }} }}"
BELOW = f"traineesBelow {{ trainee {WHO} band chronic metrics {{ {BANDED} }} }} traineesBelowHidden"
MET = f"{{ session day time course {WHO} classGroup {WHO} trainer {WHO} }}"
_TREE = f"{POINTS} {BREAKDOWN} best {{ subjects {{ name }} }} worst {{ subjects {{ name }} }}"
_TAUGHT = f"{POINTS} {BREAKDOWN} {BELOW} sessionsWithoutMarks {MET}"
FIELDS = {
    SubjectKind.SCHOOL: _TREE,
    SubjectKind.DEPARTMENT: _TREE,
    SubjectKind.PROGRAMME: _TREE,
    SubjectKind.CLASS_GROUP: _TAUGHT,
    SubjectKind.COURSE: _TAUGHT,
    SubjectKind.TRAINER: f"{BREAKDOWN} cancelledSessions {MET} punctualStarts {{ timed punctual }}",
    SubjectKind.TRAINEE: f"{BREAKDOWN} streaks {{ from to sessions }} timeline {{ day time course {WHO} status }}",
}


def as_data(report: dict[str, Any]) -> dict[str, Any]:
    """The typed fields in the shape of `data`."""
    shaped: dict[str, Any] = {"version": 1, "breakdown": report["breakdown"]}
    if "trend" in report:
        shaped["trend"] = [{**point["period"], "metrics": point["metrics"]} for point in report["trend"]]
    if "traineesBelow" in report:
        shaped["bands"] = {"trainees": report["traineesBelow"], "hidden": report["traineesBelowHidden"]}
    names = {
        "unrecorded": "sessionsWithoutMarks",
        "cancelled": "cancelledSessions",
        "starts": "punctualStarts",
        "streaks": "streaks",
        "timeline": "timeline",
    }
    return shaped | {section: report[name] for section, name in names.items() if name in report}


@pytest.mark.parametrize("email", ["admin", "arts", "building", "tara", "ann"])
@pytest.mark.parametrize("kind", SubjectKind)
async def test_typed_fields_say_what_data_says(house: House, email: str, kind: SubjectKind) -> None:
    query = f"""{{ reports(first: 8, filter: {{kinds: [{kind}]}}) {{
        nodes {{ data ... on {REPORT_TYPE_NAMES[kind]} {{ {FIELDS[kind]} }} }} }} }}"""
    reports = (await house.ask(f"{email}@school.example", query)).whole["reports"]["nodes"]
    assert [as_data(report) for report in reports] == [report["data"] for report in reports]
    assert email != "admin" or reports != []


async def test_one_report_alone_says_the_same(house: House) -> None:
    listed = (
        await house.ask("admin@school.example", "{ reports(filter: {kinds: [COURSE]}) { nodes { id data } } }")
    ).whole
    for report in listed["reports"]["nodes"]:
        query = "query ($id: ID!) { report(id: $id) { id data } node(id: $id) { id ... on CourseReport { data } } }"
        alone = (await house.ask("admin@school.example", query, id=report["id"])).whole
        assert alone == {"report": report, "node": report}


async def test_best_and_worst_children(house: House) -> None:
    query = """{ reports(filter: {kinds: [SCHOOL, DEPARTMENT]}, orderBy: {field: ATTENDANCE_RATE}) { nodes {
        subject { name }
        ... on SchoolReport { best { ...R } worst { ...R } } ... on DepartmentReport { best { ...R } worst { ...R } }
    } } } fragment R on ReportBreakdownRow { subjects { name } metrics { attendanceRate traineeCount } }"""

    def row(name: str, rate: float) -> dict[str, Any]:
        return {"subjects": [{"name": name}], "metrics": {"attendanceRate": rate, "traineeCount": None}}

    building, arts = row("Building", 1.0), row("Arts", 3.5 / 10)
    bricks, painting = row("Bricklaying", 1.0), row("Painting", 3.5 / 10)
    assert (await house.ask("principal@school.example", query)).whole["reports"]["nodes"] == [
        {"subject": {"name": "Building"}, "best": [bricks], "worst": [bricks]},
        {"subject": {"name": "School"}, "best": [building, arts], "worst": [arts, building]},
        {"subject": {"name": "Arts"}, "best": [painting], "worst": [painting]},
    ]


async def test_what_every_report_says_of_itself(house: House) -> None:
    query = """{ reports(filter: {kinds: [TRAINER]}, orderBy: {field: AVERAGE_SCORE, descending: false}) { nodes {
        __typename kind revision isLatest generatedAt period { name from to } subject { __typename sourceId }
        policy { lateWeight excusedCounts lateAfterMinutes chronicMinExpected atRiskBelow }
        metrics { asOf period { name } expected sessionCount contactHours longestAbsenceStreak } } } }"""
    nodes = (await house.ask("principal@school.example", query)).whole["reports"]["nodes"]
    assert [node["subject"] for node in nodes] == [
        {"__typename": "Trainer", "sourceId": "u"},
        {"__typename": "Trainer", "sourceId": "t"},
    ]
    assert nodes[1] == {
        "__typename": "TrainerReport",
        "kind": "TRAINER",
        "revision": 1,
        "isLatest": True,
        "generatedAt": "2026-03-31T12:00:00+00:00",
        "period": {"name": "2026-03", "from": "2026-03-01", "to": "2026-03-31"},
        "subject": {"__typename": "Trainer", "sourceId": "t"},
        "policy": {
            "lateWeight": "0.5",
            "excusedCounts": True,
            "lateAfterMinutes": None,
            "chronicMinExpected": 2,
            "atRiskBelow": "0.4",
        },
        "metrics": {
            "asOf": "2026-03-31T12:00:00+00:00",
            "period": {"name": "2026-03"},
            "expected": 7,
            "sessionCount": 4,
            "contactHours": 235 / 60,
            "longestAbsenceStreak": None,
        },
    }
