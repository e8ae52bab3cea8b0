"""Alerts of runs and exports: raised when they end, shown under the rights of now, marked read, wanted or not."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from graphql_api.core.connections import cursor_of
from graphql_api.core.ids import global_id
from jobs.deliveries.alerting import tell
from models import Alert, AlertKind, Channel, Delivery, Job, User, Webhook
from resolvers.alerts.alerts import NewAlert
from resolvers.alerts.words import UNSEEN, described
from tests.support.college import ADMIN, COORDINATOR, HEAD, NOW, PRINCIPAL, TRAINER
from tests.support.house import House

ALERTS = """{ alerts { totalCount unreadCount nodes { number kind title body readAt
    run { state done } report { kind } subject { sourceId } export { state } schedule { id } } } }"""
MANY = """mutation ($input: ReportsGenerateInput!) { reportsGenerate(input: $input) { run { id }
    userErrors { message } } }"""
FILE = """mutation ($id: ID!) { exportRequest(input: {report: $id, format: CSV}) { export { id } } }"""
READ = """mutation ($input: AlertMarkReadInput!) { alertMarkRead(input: $input) {
    alerts { number readAt body } markedCount unreadCount userErrors { field message code } } }"""
WISH = """mutation ($input: AlertPreferenceSetInput!) { alertPreferenceSet(input: $input) {
    preference { kind inApp email webhook } userErrors { message } } }"""
NOTHING: dict[str, Any] = {"run": None, "report": None, "subject": None, "export": None, "schedule": None}


async def run(house: House, email: str, **asked: Any) -> str:
    """Asks for a run and has it done; its id."""
    asked = {"period": {"month": "2026-03"}, **asked}
    made = (await house.ask(email, MANY, now=NOW, input=asked)).whole["reportsGenerate"]
    assert made["userErrors"] == []
    await house.work_off()
    return str(made["run"]["id"])


async def alerts(house: House, email: str) -> list[Any]:
    answer = (await house.ask(email, ALERTS)).whole["alerts"]
    assert answer["totalCount"] == answer["unreadCount"] == len(answer["nodes"])
    return list(answer["nodes"])


async def subject(house: House, field: str, source_id: str) -> str:
    return str((await house.ask(ADMIN, f'{{ {field}(sourceId: "{source_id}") {{ id }} }}')).whole[field]["id"])


async def told(house: House, email: str, kind: AlertKind, *occurrences: str, **data: Any) -> None:
    """Alerts out of the blue."""
    viewer = await house.viewer(email)
    async with house.database.write() as session:
        news = [NewAlert(viewer.user_id, kind, occurrence, data) for occurrence in occurrences]
        await tell(house.work.queue, house.work.bus, session, news, NOW)


def shown(alert: dict[str, Any]) -> tuple[str, str, list[str]]:
    return alert["kind"], alert["title"], alert["body"]


async def test_who_asked_for_reports_is_told_when_they_are_there(college: House) -> None:
    await run(college, HEAD, kind="TRAINEE")
    (alert,) = await alerts(college, HEAD)
    assert alert == NOTHING | {
        "number": 1, "kind": "REPORT_READY", "title": "4 reports are ready", "body": [], "readAt": None,
        "run": {"state": "SUCCEEDED", "done": 4},
    }  # fmt: skip
    assert await alerts(college, PRINCIPAL) == await alerts(college, ADMIN) == []


async def test_of_one_report_the_alert_names_it_also_where_it_was_there_already(college: House) -> None:
    group = await subject(college, "classGroup", "P1")
    for _ in range(2):
        await run(college, HEAD, kind="CLASS_GROUP", subjects=[group])
    newer, older = await alerts(college, HEAD)
    wanted = NOTHING | {
        "kind": "REPORT_READY", "title": "A report is ready", "body": ["Painters One, 2026-03", "Painters One"],
        "readAt": None, "run": {"state": "SUCCEEDED", "done": 1}, "report": {"kind": "CLASS_GROUP"},
        "subject": {"sourceId": "P1"},
    }  # fmt: skip
    assert (newer, older) == (wanted | {"number": 2}, wanted | {"number": 1})


async def test_who_asked_for_a_file_is_told_when_it_is_there_and_when_it_cannot_be_made(college: House) -> None:
    group = await subject(college, "classGroup", "P1")
    await run(college, HEAD, kind="CLASS_GROUP", subjects=[group])
    report = (await college.ask(HEAD, "{ reports { nodes { id } } }")).whole["reports"]["nodes"][0]["id"]
    await college.ask(HEAD, FILE, id=report)
    await college.work_off()
    await college.ask(HEAD, FILE, id=report)
    async with college.database.write() as session:  # the head is none any more
        await session.execute(update(User).where(User.email == HEAD).values(department_id=None))
    await college.work_off()
    failed, ready, first = await alerts(college, HEAD)
    assert shown(ready) == ("EXPORT_READY", "A file is ready", ["CSV file"])
    assert shown(failed) == (
        "RUN_FAILED", "A file could not be made", ["CSV file", "The report is gone or no longer yours to read."]
    )  # fmt: skip
    assert (failed["export"], failed["report"], ready["export"]) == ({"state": "FAILED"}, None, {"state": "SUCCEEDED"})
    # and what they may not see any more has no name
    assert (shown(first), first["report"], first["subject"]) == (
        ("REPORT_READY", "A report is ready", []), None, None,
    )  # fmt: skip


async def test_a_run_that_reports_on_nobody_has_failed(college: House) -> None:
    group = await subject(college, "classGroup", "P1")
    asked = {"kind": "CLASS_GROUP", "subjects": [group], "period": {"month": "2026-03"}}
    await college.ask(HEAD, MANY, now=NOW, input=asked)
    async with college.database.write() as session:
        await session.execute(update(User).where(User.email == HEAD).values(department_id=None))
    await college.work_off()
    (alert,) = await alerts(college, HEAD)
    assert shown(alert) == (
        "RUN_FAILED", "Reports could not be generated", ["1 of 1 subject is gone or no longer yours to read."]
    )  # fmt: skip


async def test_what_was_cancelled_is_no_news(college: House) -> None:
    asked = {"kind": "TRAINEE", "period": {"month": "2026-03"}}
    made = (await college.ask(HEAD, MANY, now=NOW, input=asked)).whole["reportsGenerate"]["run"]["id"]
    cancel = "mutation ($id: ID!) { runCancel(input: {id: $id}) { run { state } userErrors { message } } }"
    answer = (await college.ask(HEAD, cancel, id=made)).whole["runCancel"]
    assert answer == {"run": {"state": "CANCELLED"}, "userErrors": []}
    await college.work_off()
    assert await alerts(college, HEAD) == []


async def test_names_follow_the_rights_of_now(college: House) -> None:
    trainer = await college.viewer(TRAINER)
    pam = int((await college.viewer("trainee@ashby.example")).trainee_id or 0)
    await told(college, TRAINER, AlertKind.CHRONIC_ABSENCE, "rule:1", subject=pam)
    (alert,) = await alerts(college, TRAINER)
    assert (shown(alert), alert["subject"]) == (
        ("CHRONIC_ABSENCE", "A trainee is chronically absent", ["Pam Pine"]), {"sourceId": "pam"},
    )  # fmt: skip
    async with college.database.write() as session:
        await session.execute(update(User).where(User.id == trainer.user_id).values(trainer_id=None))
    (alert,) = await alerts(college, TRAINER)
    assert (shown(alert), alert["subject"]) == (
        ("CHRONIC_ABSENCE", "A trainee is chronically absent", [UNSEEN]), None,
    )  # fmt: skip
    async with college.database.read() as session:
        rows = (await session.scalars(select(Alert))).all()
        seen = await described(session, trainer, rows)
        unseen = await described(session, await college.viewer(TRAINER), rows)
    assert seen[rows[0].id].path == f"/open/{global_id('Trainee', pam)}"
    assert unseen[rows[0].id].path is None


@pytest.mark.parametrize(
    ("kind", "data", "title"),
    [
        (AlertKind.REPORT_READY, {"count": 1200}, "1,200 reports are ready"),
        (AlertKind.RUN_FAILED, {"slot": 1}, "A schedule could not do its work"),
        (AlertKind.BELOW_BAND, {"band": "AT_RISK"}, "A trainee is at risk"),
        (AlertKind.BELOW_BAND, {"band": "WATCH", "count": 21}, "21 trainees are below the line to watch"),
        (AlertKind.CHRONIC_ABSENCE, {"count": 30}, "30 trainees are chronically absent"),
        (AlertKind.ABSENCES_IN_A_ROW, {"sessions": 5}, "A trainee was absent from 5 sessions in a row"),
        (AlertKind.ABSENCES_IN_A_ROW, {"sessions": 5, "count": 22}, "22 trainees were absent from 5 sessions in a row"),
        (AlertKind.SESSIONS_WITHOUT_MARKS, {"count": 1}, "1 session has no marks"),
        (AlertKind.SESSIONS_WITHOUT_MARKS, {"count": 3}, "3 sessions have no marks"),
    ],
)
async def test_titles_name_nobody(college: House, kind: AlertKind, data: dict[str, Any], title: str) -> None:
    await told(college, HEAD, kind, "x:1", **data)
    (alert,) = await alerts(college, HEAD)
    assert shown(alert) == (kind, title, [])


async def test_a_cursor_beyond_every_number_is_the_end_of_the_list(college: House) -> None:
    await told(college, HEAD, AlertKind.RUN_FAILED, "x")
    query = "query ($at: String) { beyond: alerts(after: $at) { nodes { number } } alerts(before: $at) { totalCount } }"
    answer = (await college.ask(HEAD, query, at=cursor_of((2**62,)))).whole
    assert answer == {"beyond": {"nodes": [{"number": 1}]}, "alerts": {"totalCount": 1}}


async def test_alerts_are_paged_and_found_by_id_by_their_account_only(college: House) -> None:
    await told(college, HEAD, AlertKind.EXPORT_READY, *(f"x:{n}" for n in range(5)))
    query = """query ($first: Int, $after: String) { alerts(first: $first, after: $after) {
        edges { cursor node { id number } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    page = (await college.ask(HEAD, query, first=2)).whole["alerts"]
    assert [edge["node"]["number"] for edge in page["edges"]] == [5, 4]
    rest = (await college.ask(HEAD, query, after=page["pageInfo"]["endCursor"])).whole["alerts"]
    assert [edge["node"]["number"] for edge in rest["edges"]] == [3, 2, 1]
    assert (page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    found = "query ($id: ID!) { node(id: $id) { ... on Alert { number title } } }"
    newest = page["edges"][0]["node"]["id"]
    assert (await college.ask(HEAD, found, id=newest)).whole == {"node": {"number": 5, "title": "A file is ready"}}
    for email in (ADMIN, PRINCIPAL, COORDINATOR):
        assert (await college.ask(email, found, id=newest)).whole == {"node": None}
    (problem,) = (await college.ask(HEAD, query, after="x")).errors
    assert (problem.code, problem.message) == (
        "BAD_USER_INPUT", "after: 'x' is not a cursor of this list; take one from its edges or pageInfo",
    )  # fmt: skip


async def ids(house: House, email: str) -> list[str]:
    """Ids of somebody's alerts, oldest first."""
    answer = (await house.ask(email, "{ alerts { nodes { id } } }")).whole["alerts"]["nodes"]
    return [node["id"] for node in answer[::-1]]


async def test_alerts_are_marked_read_one_by_one_or_all_up_to_one(college: House) -> None:
    await told(college, HEAD, AlertKind.EXPORT_READY, *(f"x:{n}" for n in range(5)))
    mine = await ids(college, HEAD)
    some = {"input": {"ids": [mine[1], mine[4]]}}
    answer = (await college.ask(HEAD, READ, now=NOW, **some)).whole["alertMarkRead"]
    at = NOW.isoformat()
    assert answer == {
        "alerts": [{"number": 5, "readAt": at, "body": []}, {"number": 2, "readAt": at, "body": []}],
        "markedCount": 2, "unreadCount": 3, "userErrors": [],
    }  # fmt: skip
    again = (await college.ask(HEAD, READ, now=datetime(2026, 4, 1, tzinfo=UTC), **some)).whole["alertMarkRead"]
    assert again == answer | {"markedCount": 0}
    up_to = (await college.ask(HEAD, READ, input={"upTo": mine[2]})).whole["alertMarkRead"]
    assert up_to == {"alerts": [], "markedCount": 2, "unreadCount": 1, "userErrors": []}
    unread = "{ alerts(unreadOnly: true) { totalCount unreadCount nodes { number } } }"
    assert (await college.ask(HEAD, unread)).whole["alerts"] == {
        "totalCount": 1, "unreadCount": 1, "nodes": [{"number": 4}],
    }  # fmt: skip


async def test_alerts_of_others_are_not_there_to_be_read(college: House) -> None:
    await told(college, HEAD, AlertKind.EXPORT_READY, "x:1")
    await told(college, PRINCIPAL, AlertKind.EXPORT_READY, "x:1")
    (mine,), (theirs,) = await ids(college, HEAD), await ids(college, PRINCIPAL)
    there_is_none = {"message": "there is no such alert", "code": "NOT_FOUND"}
    refused: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"ids": [mine, theirs]}, {"field": ["ids"], **there_is_none}),
        ({"upTo": theirs}, {"field": ["upTo"], **there_is_none}),
        ({"upTo": global_id("Alert", 99)}, {"field": ["upTo"], **there_is_none}),
        ({"ids": ["x"]}, {
            "field": ["ids"], "message": "'x' is not an id; take one from a field `id`", "code": "INVALID",
        }),
        ({"ids": [mine] * 501}, {
            "field": ["ids"], "message": "501 are too many at once; give 500 at most", "code": "INVALID",
        }),
    ]  # fmt: skip
    for given, problem in refused:
        answer = (await college.ask(HEAD, READ, input=given)).whole["alertMarkRead"]
        assert answer == {"alerts": [], "markedCount": None, "unreadCount": None, "userErrors": [problem]}
    async with college.database.read() as session:
        assert (await session.scalars(select(Alert.read_at))).all() == [None, None]


async def test_preferences_are_shown_and_changed_one_kind_at_a_time(college: House) -> None:
    query = "{ alertPreferences { kind inApp email webhook } }"
    before = {one["kind"]: one for one in (await college.ask(HEAD, query)).whole["alertPreferences"]}
    assert list(before) == [kind.value for kind in AlertKind]
    assert before["EXPORT_READY"] == {"kind": "EXPORT_READY", "inApp": True, "email": "NEVER", "webhook": True}
    changed = {"kind": "EXPORT_READY", "inApp": False, "email": "AT_ONCE"}
    answer = (await college.ask(HEAD, WISH, input=changed)).whole["alertPreferenceSet"]
    assert answer == {"preference": {**changed, "webhook": True}, "userErrors": []}
    after = {one["kind"]: one for one in (await college.ask(HEAD, query)).whole["alertPreferences"]}
    assert after == before | {"EXPORT_READY": answer["preference"]}
    assert (await college.ask(PRINCIPAL, query)).whole["alertPreferences"] == list(before.values())


async def deliveries(house: House) -> list[tuple[str, str, datetime]]:
    """(channel, key, due) of each delivery planned, and there is a job for each."""
    async with house.database.read() as session:
        rows = (await session.scalars(select(Delivery).order_by(Delivery.key))).all()
        jobs = (await session.scalars(select(Job).where(Job.kind.in_(("delivery.mail", "delivery.call"))))).all()
    assert {job.arguments["delivery_id"] for job in jobs} == {row.id for row in rows}
    assert len(jobs) == len(rows)
    return [(row.channel, row.key, row.next_attempt_at or NOW) for row in rows]


async def test_messages_follow_the_wishes_of_each_account(college: House) -> None:
    head, principal = await college.viewer(HEAD), await college.viewer(PRINCIPAL)
    async with college.database.write() as session:
        hooks = [
            Webhook(owner_id=head.user_id, name="W", url="https://x.example", secrets=[], created_at=NOW, **state)
            for state in ({}, {"active": False}, {"deleted": True})
        ]
        session.add_all(hooks)
        await session.flush()
        hook = hooks[0].id
    await college.ask(PRINCIPAL, WISH, input={"kind": "REPORT_READY", "email": "DAILY"})
    for email in (HEAD, PRINCIPAL):
        await told(college, email, AlertKind.REPORT_READY, "run:1")
        await told(college, email, AlertKind.REPORT_READY, "run:1", "run:2")
        await told(college, email, AlertKind.EXPORT_READY, "export:1")
    async with college.database.read() as session:
        rows = await session.scalars(select(Alert).where(Alert.account_id == head.user_id).order_by(Alert.number))
        first, second, export = (row.id for row in rows)
        digests = (await session.scalars(select(Alert.digest).where(Alert.account_id == principal.user_id))).all()
    digest = f"digest:{principal.user_id}:2026-03-14"
    assert sorted(digests, key=str) == [None, digest, digest]
    wanted = [
        (Channel.EMAIL, f"alert:{first}:email", NOW),
        (Channel.EMAIL, f"alert:{second}:email", NOW),
        *((Channel.WEBHOOK, f"alert:{one}:webhook:{hook}", NOW) for one in (first, second, export)),
        (Channel.EMAIL, digest, datetime(2026, 3, 14, 7, tzinfo=UTC)),
    ]
    assert await deliveries(college) == sorted(wanted, key=lambda one: one[1])


async def test_an_account_without_an_address_gets_no_mail(college: House) -> None:
    head = await college.viewer(HEAD)
    async with college.database.write() as session:
        await session.execute(update(User).where(User.id == head.user_id).values(email=None))
        news = [NewAlert(head.user_id, kind, f"x:{kind}") for kind in (AlertKind.REPORT_READY, AlertKind.BELOW_BAND)]
        assert len(await tell(college.work.queue, college.work.bus, session, news, NOW)) == 2
    assert await deliveries(college) == []
