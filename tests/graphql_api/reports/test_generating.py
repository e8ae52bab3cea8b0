"""reportGenerate and reportsGenerate: what they do, and what bad input gets."""

from datetime import UTC, datetime
from typing import Any

import pytest

from graphql_api.core.ids import global_id
from models import SubjectKind
from tests.support.college import ADMIN, HEAD, NOW, PRINCIPAL, TRAINEE
from tests.support.house import House

ONE = """mutation ($subject: ID!, $period: PeriodInput!) { reportGenerate(input: {subject: $subject, period: $period}) {
    report { id revision isLatest period { name from to } metrics { expected } subject { sourceId } data }
    unchanged userErrors { field message code } } }"""
MANY = """mutation ($input: ReportsGenerateInput!) { reportsGenerate(input: $input) {
    run { id state kind total done unchanged failed error requestedAt startedAt finishedAt }
    userErrors { field message code } } }"""
RUN = "query ($id: ID!) { run(id: $id) { state total done unchanged failed error } }"
NOTHING = {"report": 0, "run": 0, "export": 0, "job": 0}


async def id_of(house: House, field: str, source_id: str) -> str:
    found = (await house.ask(ADMIN, f'{{ {field}(sourceId: "{source_id}") {{ id }} }}')).whole[field]
    return str(found["id"])


async def test_a_report_is_generated_inside_the_request(college: House) -> None:
    group = await id_of(college, "classGroup", "P1")
    asked = {"subject": group, "period": {"month": "2026-03"}}
    made = (await college.ask(HEAD, ONE, now=NOW, **asked)).whole["reportGenerate"]
    assert made["userErrors"] == []
    report = made["report"]
    assert (made["unchanged"], report["revision"], report["isLatest"]) == (False, 1, True)
    assert report["period"] == {"name": "2026-03", "from": "2026-03-01", "to": "2026-03-31"}
    assert (report["metrics"], report["subject"]) == ({"expected": 6}, {"sourceId": "P1"})
    assert set(report["data"]) == {"version", "trend", "breakdown", "bands", "unrecorded"}
    again = (await college.ask(PRINCIPAL, ONE, now=NOW, **asked)).whole["reportGenerate"]
    assert again == {"report": report, "unchanged": True, "userErrors": []}
    assert await college.counts() == NOTHING | {"report": 1}


async def test_trainees_generate_their_own(college: House) -> None:
    trainee = await id_of(college, "trainee", "pam")
    asked = {"subject": trainee, "period": {"named": "THIS_WEEK"}}
    made = (await college.ask(TRAINEE, ONE, now=NOW, **asked)).whole["reportGenerate"]
    assert made["report"]["period"] == {"name": "2026-W11", "from": "2026-03-09", "to": "2026-03-15"}
    assert made["report"]["data"]["timeline"] == [
        {"day": "2026-03-09", "time": "09:00", "course": None, "status": "CANCELLED"}
    ]


PERIODS: list[tuple[dict[str, Any], tuple[str | None, str, str]]] = [
    ({"range": {"from": "2026-03-02", "to": "2026-03-02"}}, ("2026-03-02", "2026-03-02", "2026-03-02")),
    ({"month": "2026-02"}, ("2026-02", "2026-02-01", "2026-02-28")),
    ({"week": "2026-W11"}, ("2026-W11", "2026-03-09", "2026-03-15")),
    ({"named": "LAST_MONTH"}, ("2026-02", "2026-02-01", "2026-02-28")),
    ({"named": "THIS_TERM"}, ("Spring", "2026-01-05", "2026-03-27")),
    ({"named": "LAST_TERM"}, ("Autumn", "2025-09-01", "2025-12-19")),
    ({"range": {"from": "2021-03-02", "to": "2026-03-01"}}, (None, "2021-03-02", "2026-03-01")),
]


async def test_periods_are_days_of_the_school_of_the_subject(college: House) -> None:
    school = await id_of(college, "school", "A")
    for given, (name, first, last) in PERIODS:
        made = (await college.ask(PRINCIPAL, ONE, now=NOW, subject=school, period=given)).whole["reportGenerate"]
        assert made["report"]["period"] == {"name": name, "from": first, "to": last}
    # half past three in London is still the day before in New York
    now = datetime(2026, 3, 13, 3, 30, tzinfo=UTC)
    for source_id, day in (("A", "2026-03-13"), ("B", "2026-03-12")):
        asked = {"subject": await id_of(college, "school", source_id), "period": {"named": "TODAY"}}
        made = (await college.ask(ADMIN, ONE, now=now, **asked)).whole["reportGenerate"]
        assert made["report"]["period"]["from"] == day


NAMED: list[tuple[dict[str, Any], str, str, str | None]] = [
    ({"month": "2026-02"}, "2026-02-01", "2026-02-28", "2026-02"),
    ({"week": "2026-W01"}, "2025-12-29", "2026-01-04", "2026-W01"),
    ({"named": "YESTERDAY"}, "2026-03-12", "2026-03-12", "2026-03-12"),
    ({"range": {"from": "2026-02-02", "to": "2026-02-28"}}, "2026-02-02", "2026-02-28", None),
    ({"range": {"from": "2026-02-03", "to": "2026-02-09"}}, "2026-02-03", "2026-02-09", None),
    ({"range": {"from": "2026-02-01", "to": "2026-03-31"}}, "2026-02-01", "2026-03-31", None),
]


@pytest.mark.parametrize(("given", "first", "last", "name"), NAMED)
async def test_a_report_is_called_by_its_days_whoever_asked_first(
    college: House, given: dict[str, Any], first: str, last: str, name: str | None
) -> None:
    group = await id_of(college, "classGroup", "P1")
    for unchanged, period in ((False, {"range": {"from": first, "to": last}}), (True, given)):
        made = (await college.ask(PRINCIPAL, ONE, now=NOW, subject=group, period=period)).whole["reportGenerate"]
        assert made["unchanged"] is unchanged
        assert made["report"]["period"] == {"name": name, "from": first, "to": last}


IMPOSSIBLE: list[tuple[dict[str, Any], list[str], str]] = [
    (
        {"range": {"from": "2026-03-02", "to": "2026-03-01"}},
        ["period", "range", "to"],
        "2026-03-01 is before from (2026-03-02); it must be the same day or later",
    ),
    (
        {"range": {"from": "1026-03-02", "to": "2026-03-01"}},
        ["period", "range", "to"],
        "1026-03-02 to 2026-03-01 is longer than 5 years; ask for a shorter range",
    ),
    (
        {"range": {"from": "2021-03-02", "to": "2026-03-02"}},
        ["period", "range", "to"],
        "2021-03-02 to 2026-03-02 is longer than 5 years; ask for a shorter range",
    ),
    ({"month": "2026-13"}, ["period", "month"], "'2026-13' is not a month such as 2026-03"),
    ({"week": "2026-W54"}, ["period", "week"], "'2026-W54' is not an ISO week such as 2026-W11"),
    ({"named": "THIS_TERM"}, ["period", "named"], "there is no THIS_TERM today (2026-03-13)"),
    ({"named": "LAST_TERM"}, ["period", "named"], "there is no LAST_TERM today (2026-03-13)"),
    ({"term": global_id("Term", 1)}, ["period", "term"], "the subject's school has no such term"),
    ({"term": "x"}, ["period", "term"], "'x' is not an id; take one from a field `id`"),
    (
        {"term": global_id("Course", 1)},
        ["period", "term"],
        f"'{global_id('Course', 1)}' is the id of a Course, not of a Term",
    ),
]


async def test_an_impossible_period_is_told_and_nothing_is_written(college: House) -> None:
    # the school of Bryn has no terms
    school = await id_of(college, "school", "B")
    for given, field, message in IMPOSSIBLE:
        refused = [{"field": field, "message": message, "code": "INVALID"}]
        one = (await college.ask(ADMIN, ONE, now=NOW, subject=school, period=given)).whole["reportGenerate"]
        assert one == {"report": None, "unchanged": False, "userErrors": refused}
        many = await college.ask(ADMIN, MANY, now=NOW, input={"kind": "SCHOOL", "period": given, "subjects": [school]})
        assert many.whole["reportsGenerate"] == {"run": None, "userErrors": refused}
    assert await college.counts() == NOTHING


async def test_one_school_without_a_term_refuses_the_whole_run(college: House) -> None:
    asked = {"kind": "DEPARTMENT", "period": {"named": "THIS_TERM"}}
    payload = (await college.ask(ADMIN, MANY, now=NOW, input=asked)).whole["reportsGenerate"]
    message = "there is no THIS_TERM today (2026-03-13)"
    assert payload["userErrors"] == [{"field": ["period", "named"], "message": message, "code": "INVALID"}]
    assert await college.counts() == NOTHING
    payload = (await college.ask(PRINCIPAL, MANY, now=NOW, input=asked)).whole["reportsGenerate"]
    assert (payload["run"]["total"], payload["userErrors"]) == (2, [])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("nonsense", "'nonsense' is not an id; take one from a field `id`"),
        (global_id("Course", 10**6), "there is no such subject"),
        (
            global_id("Run", 1),
            f"'{global_id('Run', 1)}' is the id of a Run, not of a School or Department or Programme or ClassGroup or"
            " Course or Trainer or Trainee",
        ),
    ],
)
async def test_an_id_of_nothing_is_told(college: House, given: str, message: str) -> None:
    answer = await college.ask(ADMIN, ONE, now=NOW, subject=given, period={"month": "2026-03"})
    ((error),) = answer.whole["reportGenerate"]["userErrors"]
    assert (error["field"], error["message"]) == (["subject"], message)
    assert await college.counts() == NOTHING


async def test_a_run_from_asking_to_its_reports(college: House) -> None:
    asked = {"kind": "TRAINEE", "period": {"month": "2026-03"}}
    payload = (await college.ask(HEAD, MANY, now=NOW, input=asked)).whole["reportsGenerate"]
    assert payload["userErrors"] == []
    run = payload["run"]
    assert run == {
        "id": run["id"],
        "state": "QUEUED",
        "kind": "TRAINEE",
        "total": 4,
        "done": 0,
        "unchanged": 0,
        "failed": 0,
        "error": None,
        "requestedAt": "2026-03-13T12:00:00+00:00",
        "startedAt": None,
        "finishedAt": None,
    }
    assert await college.counts() == NOTHING | {"run": 1, "job": 1}
    assert await college.work_off() == 2  # and the e-mail that says so
    done = {"state": "SUCCEEDED", "total": 4, "done": 4, "unchanged": 0, "failed": 0, "error": None}
    assert (await college.ask(HEAD, RUN, id=run["id"])).whole["run"] == done
    query = "query ($run: ID!) { reports(filter: {run: $run}) { nodes { subject { sourceId } } } }"
    reports = (await college.ask(HEAD, query, run=run["id"])).whole["reports"]["nodes"]
    assert {report["subject"]["sourceId"] for report in reports} == {"pam", "quo", "rex", "tess"}


async def test_a_run_within_a_subject(college: House) -> None:
    programme = await id_of(college, "programme", "PNT")
    for kind, total in ((SubjectKind.CLASS_GROUP, 2), (SubjectKind.TRAINEE, 4), (SubjectKind.PROGRAMME, 1)):
        asked = {"kind": kind, "period": {"month": "2026-03"}, "within": programme}
        payload = (await college.ask(PRINCIPAL, MANY, now=NOW, input=asked)).whole["reportsGenerate"]
        assert (payload["run"]["total"], payload["userErrors"]) == (total, [])
    assert await college.work_off() == 6  # and an e-mail for each
    assert await college.counts() == {"report": 7, "run": 3, "export": 0, "job": 6}


async def test_what_a_run_cannot_cover_is_told(college: House) -> None:
    group, programme = await id_of(college, "classGroup", "P1"), await id_of(college, "programme", "PNT")
    month = {"month": "2026-03"}
    cases: list[tuple[dict[str, Any], list[str], str, str]] = [
        ({"kind": "COURSE", "subjects": []}, ["kind"], "there is no COURSE to report on", "EMPTY"),
        (
            {"kind": "COURSE", "subjects": [group]},
            ["subjects"],
            f"'{group}' is the id of a ClassGroup, not of a Course",
            "INVALID",
        ),
        ({"kind": "SCHOOL", "within": programme}, ["within"], "a PROGRAMME has no SCHOOL within it", "INVALID"),
        (
            {"kind": "CLASS_GROUP", "subjects": [group, global_id("ClassGroup", 10**6)]},
            ["subjects"],
            "1 of the subjects does not exist or is not of kind CLASS_GROUP",
            "NOT_FOUND",
        ),
        (
            {"kind": "CLASS_GROUP", "subjects": [group, *(global_id("ClassGroup", 10**6 + n) for n in range(2))]},
            ["subjects"],
            "2 of the subjects do not exist or are not of kind CLASS_GROUP",
            "NOT_FOUND",
        ),
        ({"kind": "COURSE", "within": "x"}, ["within"], "'x' is not an id; take one from a field `id`", "INVALID"),
    ]
    for given, field, message, code in cases:
        payload = (await college.ask(ADMIN, MANY, now=NOW, input={**given, "period": month})).whole["reportsGenerate"]
        assert payload == {"run": None, "userErrors": [{"field": field, "message": message, "code": code}]}
    assert await college.counts() == NOTHING


async def test_an_empty_school_has_reports_too(college: House) -> None:
    # Sculpture has neither groups nor sessions, ulf no enrolment
    for field, source_id in (("programme", "SCU"), ("trainee", "ulf")):
        asked = {"subject": await id_of(college, field, source_id), "period": {"month": "2026-03"}}
        report = (await college.ask(ADMIN, ONE, now=NOW, **asked)).whole["reportGenerate"]["report"]
        assert report["metrics"] == {"expected": 0}
        assert report["data"]["breakdown"] == {"rows": [], "other": None, "hidden": 0}
