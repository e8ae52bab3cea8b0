"""Rules of alerts as clients make them and look at them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

import resolvers.alerts.rules
from graphql_api.cli.data.importing import _import
from graphql_api.core.ids import global_id, subject_global_id
from jobs.alerts.check_rules import check_rule
from models import AlertRule, Job, Policy, RuleOccurrence, Term, User
from resolvers.metrics.policies import rules_in_force
from tests.support.bundles import bundle_of, write_bundle
from tests.support.college import (
    ADMIN,
    BUILDER,
    COORDINATOR,
    HEAD,
    NOW,
    OTHER_PRINCIPAL,
    PRINCIPAL,
    SERVICE,
    TRAINEE,
    TRAINER,
    id_of,
)
from tests.support.factories import subject_ids
from tests.support.house import House
from tests.support.statements import statements

CREATE = """mutation($input: AlertRuleCreateInput!) { alertRuleCreate(input: $input) { rule {
    id name state kind period band count checkTime owner nextCheckAt checkedAt error createdAt
    within { kind name } recipients { type user name role }
    openOccurrences { nodes { beganAt subject { name } } } }
    userErrors { field message code } } }"""
OPEN = """query($id: ID!, $first: Int, $after: String) { alertRule(id: $id) { error checkedAt
    openOccurrences(first: $first, after: $after) { nodes { beganAt session sessionAt subject { name } }
        pageInfo { hasNextPage endCursor } } } }"""
NEXT = "2026-03-14T07:00:00+00:00"


async def subject(house: House, source_id: str) -> str:
    async with house.database.read() as session:
        ids = await subject_ids(session)
    kind, _ = id_of(source_id)
    return subject_global_id(kind, ids[kind, source_id])


async def account(house: House, email: str) -> str:
    return global_id("User", (await house.viewer(email)).user_id)


async def rows(house: House) -> list[tuple[Any, ...]]:
    """Everything that there is of rules."""
    async with house.database.read() as session:
        found = await session.execute(select(*AlertRule.__table__.columns).order_by(AlertRule.id))
        return [tuple(row) for row in found]


async def create(house: House, email: str, source_id: str, /, **asked: Any) -> Any:
    given = {"name": "At risk", "kind": "BELOW_BAND", "within": await subject(house, source_id)} | asked
    if given["kind"] == "BELOW_BAND":
        given.setdefault("band", "AT_RISK")
    answer = await house.ask(email, CREATE, now=NOW, input=given)
    return answer.whole["alertRuleCreate"]


async def made(house: House, email: str, source_id: str, /, **asked: Any) -> str:
    created = await create(house, email, source_id, **asked)
    assert created["userErrors"] == []
    return str(created["rule"]["id"])


async def change(house: House, email: str, what: str, **given: Any) -> Any:
    """`what` is Update, Pause, Resume or Delete."""
    input_ = "AlertRuleUpdateInput" if what == "Update" else "AlertRuleInput"
    query = f"""mutation($input: {input_}!) {{ answer: alertRule{what}(input: $input) {{
        rule {{ name state nextCheckAt count checkTime }} userErrors {{ field code }} }} }}"""
    return (await house.ask(email, query, now=NOW, input=given)).whole["answer"]


async def check(house: House, now: datetime = NOW) -> None:
    """Checks every rule."""
    async with house.database.write() as session:
        for rule_id in list(await session.scalars(select(AlertRule.id).order_by(AlertRule.id))):
            await check_rule(house.work, session, rule_id, (), now=now)


async def count_from_one_mark(house: House) -> None:
    async with house.database.write() as session:
        for school in await session.scalars(select(User.school_id).where(User.school_id.is_not(None)).distinct()):
            session.add(Policy(school_id=school, chronic_min_expected=1))
    assert rules_in_force(None).chronic_min_expected == 10


async def test_a_rule_is_made_with_what_goes_without_saying(college: House) -> None:
    created = await create(college, HEAD, "ART")
    rule = created["rule"]
    assert rule.pop("id")
    assert rule == {
        "name": "At risk",
        "state": "ACTIVE",
        "kind": "BELOW_BAND",
        "period": "TERM_TO_DATE",
        "band": "AT_RISK",
        "count": None,
        "checkTime": "07:00",
        "owner": "Head",
        "nextCheckAt": NEXT,
        "checkedAt": None,
        "error": None,
        "createdAt": NOW.isoformat(),
        "within": {"kind": "DEPARTMENT", "name": "Arts"},
        "recipients": [{"type": "USER", "user": await account(college, HEAD), "name": "Head", "role": None}],
        "openOccurrences": {"nodes": []},
    }


@pytest.mark.parametrize("within", ["A", "ART", "PNT", "P1", "COL", "ada", "pam"])
async def test_within_any_kind_of_subject(college: House, within: str) -> None:
    for kind in ("CHRONIC_ABSENCE", "SESSIONS_WITHOUT_MARKS"):
        created = await create(college, PRINCIPAL, within, kind=kind)
        errors = [(one["field"], one["code"]) for one in created["userErrors"]]
        assert errors == ([(["within"], "INVALID")] if (within, kind[:8]) == ("pam", "SESSIONS") else [])


REFUSED: list[tuple[str, str, dict[str, Any], list[str] | None, str]] = [
    (HEAD, "ART", {"name": " "}, ["name"], "INVALID"),
    (HEAD, "ART", {"name": "x" * 201}, ["name"], "INVALID"),
    (HEAD, "ART", {"kind": "REPORT_READY"}, ["kind"], "INVALID"),
    (HEAD, "ART", {"period": "YESTERDAY"}, ["period"], "INVALID"),
    (HEAD, "ART", {"kind": "BELOW_BAND", "band": None}, ["band"], "INVALID"),
    (HEAD, "ART", {"kind": "CHRONIC_ABSENCE", "band": "WATCH"}, ["band"], "INVALID"),
    (HEAD, "ART", {"kind": "ABSENCES_IN_A_ROW"}, ["count"], "INVALID"),
    (HEAD, "ART", {"kind": "ABSENCES_IN_A_ROW", "count": 1}, ["count"], "INVALID"),
    (HEAD, "ART", {"kind": "ABSENCES_IN_A_ROW", "count": 101}, ["count"], "INVALID"),
    (HEAD, "ART", {"count": 3}, ["count"], "INVALID"),
    (HEAD, "ART", {"checkTime": "24:00"}, ["checkTime"], "INVALID"),
    (HEAD, "ART", {"checkTime": "7:00"}, ["checkTime"], "INVALID"),
    (HEAD, "BLD", {}, ["within"], "NOT_FOUND"),
    (HEAD, "bob", {}, ["within"], "NOT_FOUND"),  # whom they see, and whose figures they may not read
    (HEAD, "ART", {"within": "nonsense"}, ["within"], "INVALID"),
    (HEAD, "ART", {"recipients": [{"email": "somebody@elsewhere.example"}]}, ["recipients", "0", "email"], "INVALID"),
    (TRAINEE, "pam", {"recipients": [{"user": HEAD}]}, ["recipients", "0", "user"], "NOT_FOUND"),
    (HEAD, "ART", {"recipients": [{"user": OTHER_PRINCIPAL}]}, ["recipients", "0", "user"], "NOT_FOUND"),
    (SERVICE, "A", {}, None, "FORBIDDEN"),
]


@pytest.mark.parametrize(("email", "within", "asked", "field", "code"), REFUSED)
async def test_what_cannot_be_is_refused_naming_the_field(
    college: House, email: str, within: str, asked: dict[str, Any], field: list[str] | None, code: str
) -> None:
    for one in asked.get("recipients", []):
        if "user" in one:
            asked = {**asked, "recipients": [{"user": await account(college, one["user"])}]}
    created = await create(college, email, within, **asked)
    assert created["rule"] is None
    assert [(one["field"], one["code"]) for one in created["userErrors"]] == [(field, code)]
    assert await rows(college) == []


async def test_an_address_in_an_approved_domain_is_none_that_trainees_are_named_to(college: House) -> None:
    settings = replace(college.work.settings, mail_domains=("elsewhere.example",))
    house = replace(college, work=replace(college.work, settings=settings))
    refused = await create(house, HEAD, "ART", recipients=[{"email": "somebody@elsewhere.example"}])
    assert [(one["field"], one["code"]) for one in refused["userErrors"]] == [(["recipients"], "INVALID")]
    assert await rows(college) == []
    # one that belongs to an account stands for that account
    created = await create(house, HEAD, "ART", recipients=[{"email": TRAINER}])
    assert [one["name"] for one in created["rule"]["recipients"]] == ["Trainer"]


async def test_an_account_has_so_many_rules_at_most(college: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolvers.alerts.rules, "MAX_RULES", 1)
    rule = await made(college, HEAD, "ART")
    await made(college, PRINCIPAL, "ART")
    before = await rows(college)
    assert [one["code"] for one in (await create(college, HEAD, "ART"))["userErrors"]] == ["CONFLICT"]
    assert await rows(college) == before
    await change(college, HEAD, "Delete", id=rule)
    await made(college, HEAD, "ART")


async def test_changing_pausing_resuming_and_deleting(college: House) -> None:
    rule = await made(college, HEAD, "ART", kind="ABSENCES_IN_A_ROW", count=3)

    async def after(what: str, **given: Any) -> Any:
        answer = await change(college, HEAD, what, id=rule, **given)
        assert answer["userErrors"] == []
        return tuple(answer["rule"][name] for name in ("name", "state", "count", "checkTime", "nextCheckAt"))

    assert await after("Update", name="Row", count=4) == ("Row", "ACTIVE", 4, "07:00", NEXT)
    assert await after("Update", checkTime="13:30") == ("Row", "ACTIVE", 4, "13:30", "2026-03-13T13:30:00+00:00")
    assert await after("Pause") == ("Row", "PAUSED", 4, "13:30", None)
    assert await after("Update", checkTime="07:00") == ("Row", "PAUSED", 4, "07:00", None)
    assert await after("Resume") == ("Row", "ACTIVE", 4, "07:00", NEXT)
    assert await after("Delete") == ("Row", "DELETED", 4, "07:00", None)
    before = await rows(college)
    for what in ("Update", "Pause", "Resume", "Delete"):
        refused = await change(college, HEAD, what, id=rule)
        assert refused == {"rule": None, "userErrors": [{"field": ["id"], "code": "CONFLICT"}]}
    assert await rows(college) == before
    listed = "{ all: alertRules(filter: {states: [DELETED]}) { nodes { name } } alertRules { totalCount } }"
    assert (await college.ask(HEAD, listed)).whole == {
        "all": {"nodes": [{"name": "Row"}]},
        "alertRules": {"totalCount": 0},
    }


async def test_a_change_is_checked_as_a_whole_under_the_owners_rights(college: House) -> None:
    rule = await made(college, HEAD, "ART", kind="ABSENCES_IN_A_ROW", count=3)
    before = await rows(college)
    for given, field in (({"count": 1}, "count"), ({"band": "WATCH"}, "band"), ({"period": "TODAY"}, "period")):
        refused = await change(college, ADMIN, "Update", id=rule, **given)
        assert refused == {"rule": None, "userErrors": [{"field": [field], "code": "INVALID"}]}
    elsewhere = await change(college, ADMIN, "Update", id=rule, within=await subject(college, "BLD"))
    assert elsewhere == {"rule": None, "userErrors": [{"field": ["within"], "code": "NOT_FOUND"}]}
    assert await rows(college) == before


READ, STOP, CHANGE = {"alertRule"}, {"Pause"}, {"Update", "Resume"}
MAY = {
    HEAD: READ | STOP | CHANGE,
    ADMIN: READ | STOP | CHANGE,
    PRINCIPAL: READ | STOP,
    OTHER_PRINCIPAL: set[str](),
    COORDINATOR: set[str](),
    TRAINER: set[str](),
    TRAINEE: set[str](),
    SERVICE: set[str](),
}


@pytest.mark.parametrize("email", MAY)
async def test_who_may_do_what_with_a_rule(college: House, email: str) -> None:
    rule = await made(college, HEAD, "ART")
    query = """query($id: ID!) { alertRule(id: $id) { name } node(id: $id) { id }
        alertRules { totalCount nodes { name } } }"""
    seen = (await college.ask(email, query, id=rule)).whole
    may_read = "alertRule" in MAY[email]
    assert (seen["alertRule"] is not None, seen["node"] is not None) == (may_read, may_read)
    assert seen["alertRules"]["totalCount"] == int(may_read)
    before = await rows(college)
    for what in ("Resume", "Update", "Pause"):
        answer = await change(college, email, what, id=rule)
        if what in MAY[email]:
            assert answer["userErrors"] == []
        else:
            code = "FORBIDDEN" if may_read else "NOT_FOUND"
            assert answer == {"rule": None, "userErrors": [{"field": ["id"], "code": code}]}
            assert await rows(college) == before


async def test_open_occurrences_are_paged_and_only_of_whom_the_viewer_may_see(college: House) -> None:
    await count_from_one_mark(college)
    rule = await made(college, HEAD, "ART")
    await check(college)

    async def page(email: str, **asked: Any) -> tuple[list[str], bool, str | None]:
        found = (await college.ask(email, OPEN, id=rule, **asked)).whole["alertRule"]["openOccurrences"]
        info = found["pageInfo"]
        return [one["subject"]["name"] for one in found["nodes"]], info["hasNextPage"], info["endCursor"]

    assert (await page(HEAD))[:2] == (["Tess Teak", "Quo Quince"], False)
    names, more, cursor = await page(PRINCIPAL, first=1)
    assert (names, more) == (["Tess Teak"], True)
    assert (await page(PRINCIPAL, first=1, after=cursor))[:2] == (["Quo Quince"], False)
    moved = (await college.viewer(BUILDER)).department_id
    async with college.database.write() as session:
        await session.execute(update(User).where(User.email == HEAD).values(department_id=moved))
    assert (await page(HEAD))[:2] == (["Tess Teak"], False)  # she has moved to Building too
    await check(college)
    shown = (await college.ask(HEAD, OPEN, id=rule)).whole["alertRule"]
    assert shown["error"] == "Its subject is gone, or its figures are no longer the owner's to read."


async def test_sessions_without_marks_and_the_words_of_alerts(college: House) -> None:
    rule = await made(college, HEAD, "ART", kind="SESSIONS_WITHOUT_MARKS", name="Registers")
    async with college.database.write() as session:
        await (await session.connection()).exec_driver_sql("delete from mark where session_id = 3")
        await (await session.connection()).exec_driver_sql(
            "update session_part set present = 0, unmarked = 1 where session_id = 3"
        )
    await check(college)
    shown = (await college.ask(HEAD, OPEN, id=rule)).whole["alertRule"]["openOccurrences"]["nodes"]
    assert shown == [
        {
            "beganAt": NOW.isoformat(),
            "session": "s3",
            "sessionAt": datetime(2026, 3, 4, 9, tzinfo=UTC).isoformat(),
            "subject": {"name": "Painters Two"},
        }
    ]
    alerts = "{ alerts { nodes { kind title body subject { name } rule { id name } } } }"
    assert (await college.ask(HEAD, alerts)).whole["alerts"]["nodes"] == [
        {
            "kind": "SESSIONS_WITHOUT_MARKS",
            "title": "1 session has no marks",
            "body": ["Painters Two", "2026-03-04 09:00, Canvas", "Rule: Registers"],
            "subject": {"name": "Painters Two"},
            "rule": {"id": rule, "name": "Registers"},
        }
    ]


async def test_a_recipient_who_may_not_see_the_rule_is_not_told_its_name(college: House) -> None:
    await count_from_one_mark(college)
    recipients = [{"user": await account(college, TRAINER)}]
    await made(college, PRINCIPAL, "A", kind="CHRONIC_ABSENCE", recipients=recipients)
    await check(college)
    alerts = "{ alerts { nodes { title body rule { id } } } }"
    # nor of the subject that the figures are of
    missed = "Missed, excused or not: {}; chronic from 10.0% on), 5 January to 13 March 2026"
    assert (await college.ask(TRAINER, alerts)).whole["alerts"]["nodes"] == [
        {"title": "A trainee is chronically absent", "body": [name, missed.format(counts)], "rule": None}
        for name, counts in (("Tess Teak", "2 of 3 (66.7%"), ("Quo Quince", "1 of 2 (50.0%"))
    ]
    assert (await college.ask(PRINCIPAL, alerts)).whole["alerts"]["nodes"] == []


async def test_a_rule_that_looks_at_nothing_says_so_when_it_is_made_and_listed(college: House) -> None:
    await made(college, HEAD, "ART", period="THIS_MONTH")
    idle = await made(college, HEAD, "ART")
    await made(college, HEAD, "ART", kind="SESSIONS_WITHOUT_MARKS")
    async with college.database.write() as session:
        await session.execute(delete(Term))
    query = "{ alertRules { nodes { id notice } } }"
    sentence = "It goes by terms, and the school has none with a first and a last day."
    shown = (await college.ask(HEAD, query, now=NOW)).whole["alertRules"]["nodes"]
    assert [one["notice"] for one in shown] == [sentence, sentence, None]
    create = "mutation($input: AlertRuleCreateInput!) { alertRuleCreate(input: $input) { rule { notice } } }"
    given = {"name": "More", "kind": "CHRONIC_ABSENCE", "within": await subject(college, "ART")}
    answer = await college.ask(HEAD, create, now=NOW, input=given)
    assert answer.whole == {"alertRuleCreate": {"rule": {"notice": sentence}}}
    await check(college)
    alerts = "{ alerts { nodes { kind title body rule { id } } } }"
    told = (await college.ask(HEAD, alerts)).whole["alerts"]["nodes"]
    assert [one for one in told if one["rule"]["id"] == idle] == [
        {
            "kind": "RUN_FAILED",
            "title": "A rule does nothing",
            "body": ["Rule: At risk", sentence],
            "rule": {"id": idle},
        }
    ]


async def test_statements_do_not_grow_with_rules(college: House) -> None:
    await count_from_one_mark(college)
    query = """{ alertRules(first: 100) { totalCount nodes { name within { name } recipients { name }
        openOccurrences(first: 5) { nodes { subject { name } } } } } }"""

    async def counted() -> int:
        with statements(college.database) as seen:
            assert (await college.ask(PRINCIPAL, query)).errors == []
        return len(seen)

    for email, within in ((HEAD, "ART"), (PRINCIPAL, "A")):
        await made(college, email, within, kind="CHRONIC_ABSENCE")
    await check(college)
    few = await counted()
    for _ in range(5):
        for email, within in ((HEAD, "ART"), (PRINCIPAL, "A")):
            await made(college, email, within, kind="CHRONIC_ABSENCE")
    await check(college)
    assert await counted() == few
    async with college.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(RuleOccurrence)) == 6 * (2 + 3)
        assert await session.scalar(select(func.count()).select_from(Job).where(Job.kind == "rule.check")) == 0


async def test_an_import_has_rules_checked_at_once(college: House, tmp_path: Path) -> None:
    rule = await made(college, HEAD, "ART")
    write_bundle(bundle_of(attendance="session_id,trainee_id,status\ns3,rex,ABSENT"), tmp_path / "marks")
    for expected in (1, 0):  # again it changes nothing
        await _import(college.work, tmp_path / "marks")
        assert await college.work_off() == expected
    checked = (await college.ask(HEAD, OPEN, id=rule)).whole["alertRule"]
    assert checked["checkedAt"] is not None
    assert checked["error"] is None


async def test_a_policy_has_the_rules_of_its_school_checked_at_once(college: House) -> None:
    await count_from_one_mark(college)
    await made(college, HEAD, "ART")
    update_policy = """mutation($school: ID!, $watch: Decimal) {
        policyUpdate(input: {school: $school, watchBelow: $watch}) { userErrors { field } } }"""
    for school, watch, checks in (("A", "2", 0), ("A", "0.9", 1), ("A", "0.95", 1)):
        answer = await college.ask(PRINCIPAL, update_policy, school=await subject(college, school), watch=watch)
        assert answer.errors == []
        async with college.database.read() as session:
            queued = (await session.scalars(select(Job).where(Job.kind == "rule.check"))).all()
        assert len(queued) == checks
    assert await college.work_off() == 1
    nothing = "mutation($school: ID!) { policyUpdate(input: {school: $school}) { userErrors { field } } }"
    assert (await college.ask(PRINCIPAL, nothing, school=await subject(college, "A"))).errors == []
    assert await college.work_off() == 0
