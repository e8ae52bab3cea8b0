"""What is pushed over graphql-transport-ws by a real server: reports that are ready, runs and exports getting on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import update
from websockets.asyncio.client import ClientConnection

from graphql_api import subscriptions
from graphql_api.core.context import utc_now
from graphql_api.core.ids import global_id
from graphql_api.http.server import serve
from graphql_api.http.tokens import create_token
from jobs.queue.topics import REPORTS, export_topic, run_topic
from models import BaseReport, Role, User
from resolvers.core.paging import Page
from resolvers.reports.look_ups import list_reports
from tests.graphql_api.http.test_websocket import ask, hear, signed_in
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
)
from tests.support.house import House
from tests.support.polling import until

READY = "subscription ($filter: ReportFilter) { reportReady(filter: $filter) { kind subject { sourceId } revision } }"
RUN = "subscription ($id: ID!) { runProgress(id: $id) { state done } }"
EXPORT = "subscription ($id: ID!) { exportProgress(id: $id) { state done reportCount downloadUrl } }"


class Ears:
    """Sockets of several people on a real server."""

    def __init__(self, house: House, address: str, stack: AsyncExitStack) -> None:
        self.house = house
        self._address = address
        self._stack = stack
        self.looks = 0

    async def socket(self, email: str) -> ClientConnection:
        viewer = await self.house.viewer(email)
        token = create_token(self.house.services.settings, viewer.user_id, utc_now())
        return await self._stack.enter_async_context(signed_in(self._address, token))

    async def listening(self, email: str, topic: str, query: str, **variables: Any) -> ClientConnection:
        """A socket of somebody, with the subscription in place."""
        before = self._listeners(topic)
        socket = await self.socket(email)
        await ask(socket, query, variables=variables)

        async def in_place() -> bool:
            return self._listeners(topic) > before

        await until(in_place)
        return socket

    async def looked(self, times: int) -> None:
        """Until subscriptions have looked so many times for reports to push, under the rights of that moment."""

        async def so_many() -> bool:
            return self.looks == times

        await until(so_many)

    def _listeners(self, topic: str) -> int:
        return len(self.house.work.bus._listeners.get(topic, ()))


@pytest.fixture
async def ears(college: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ears]:
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve(college.app, "127.0.0.1", 0, lambda host, port: ready.set_result(f"{host}:{port}"), stop=stop)
    )
    async with AsyncExitStack() as stack:
        heard = Ears(college, await ready, stack)

        async def counted(*arguments: Any) -> Page[BaseReport]:
            found = await list_reports(*arguments)
            heard.looks += 1
            return found

        monkeypatch.setattr(subscriptions, "list_reports", counted)
        yield heard
    stop.set()
    await server


async def generated(house: House, field: str, source_id: str, **period: str) -> str:
    """Generates the report of a subject, for March unless told; its id."""
    subject = (await house.ask(ADMIN, f'{{ {field}(sourceId: "{source_id}") {{ id }} }}')).whole[field]["id"]
    query = """mutation ($id: ID!, $period: PeriodInput!) { reportGenerate(input: {subject: $id, period: $period}) {
        report { id } } }"""
    answer = await house.ask(ADMIN, query, now=NOW, id=subject, period=period or {"month": "2026-03"})
    return str(answer.whole["reportGenerate"]["report"]["id"])


async def pushed(socket: ClientConnection, field: str) -> Any:
    """The next event, which is one without errors."""
    message = await hear(socket)
    assert (message["type"], "errors" in message["payload"]) == ("next", False), message
    return message["payload"]["data"][field]


def about(kind: str, source_id: str) -> dict[str, Any]:
    return {"kind": kind, "subject": {"sourceId": source_id}, "revision": 1}


async def all_are_admins(house: House) -> None:
    async with house.database.write() as session:
        await session.execute(update(User).values(role=Role.ADMIN))


async def test_a_report_is_pushed_to_those_who_may_read_it(ears: Ears) -> None:
    sockets = {
        email: await ears.listening(email, REPORTS, READY)
        for email in (ADMIN, PRINCIPAL, HEAD, COORDINATOR, TRAINER, TRAINEE, SERVICE, OTHER_PRINCIPAL, BUILDER)
    }
    for field, source_id in (("course", "COL"), ("course", "MOR"), ("trainer", "ada"), ("trainee", "pam")):
        await generated(ears.house, field, source_id)
    # unchanged, and so no news
    await generated(ears.house, "trainee", "pam")
    await generated(ears.house, "school", "B")
    college, mortar = about("COURSE", "COL"), about("COURSE", "MOR")
    ada, pam, bryn = about("TRAINER", "ada"), about("TRAINEE", "pam"), about("SCHOOL", "B")
    wanted = {
        ADMIN: [college, mortar, ada, pam, bryn],
        PRINCIPAL: [college, mortar, ada, pam],
        HEAD: [college, ada, pam],
        COORDINATOR: [college, pam],
        TRAINER: [college, ada, pam],
        TRAINEE: [pam],
        SERVICE: [],
        OTHER_PRINCIPAL: [bryn],
        BUILDER: [college, mortar, pam],
    }
    for email, socket in sockets.items():
        assert [await pushed(socket, "reportReady") for _ in wanted[email]] == wanted[email]
    # and nothing else: the next that each hears of is what all may read from now on
    await ears.looked(5 * len(sockets))
    await all_are_admins(ears.house)
    await generated(ears.house, "programme", "SCU")
    for socket in sockets.values():
        assert await pushed(socket, "reportReady") == about("PROGRAMME", "SCU")


async def test_only_reports_that_pass_the_filter_are_pushed(ears: Ears) -> None:
    subject = (await ears.house.ask(ADMIN, '{ trainee(sourceId: "quo") { id } }')).whole["trainee"]["id"]
    filters: list[dict[str, Any]] = [
        {"kinds": ["CLASS_GROUP", "SCHOOL"]},
        {"subjects": [subject]},
        {"within": {"from": "2026-03-01", "to": "2026-03-30"}},
        {"within": {"from": "2026-03-01", "to": "2026-03-31"}, "kinds": ["TRAINEE"]},
    ]
    sockets = [await ears.listening(ADMIN, REPORTS, READY, filter=given) for given in filters]
    last = await ears.listening(ADMIN, REPORTS, READY)
    for field, source_id in (("trainee", "pam"), ("trainee", "quo"), ("classGroup", "P1")):
        await generated(ears.house, field, source_id)
    # whoever was told too much hears of it before these, of which each filter lets one through
    for field, source_id in (("trainee", "quo"), ("classGroup", "P1")):
        await generated(ears.house, field, source_id, week="2026-W10")
    pam, quo, group = about("TRAINEE", "pam"), about("TRAINEE", "quo"), about("CLASS_GROUP", "P1")
    wanted = [[group, group], [quo, quo], [quo, group], [pam, quo, quo]]
    assert [await pushed(last, "reportReady") for _ in range(5)] == [pam, quo, group, quo, group]
    for socket, reports in zip(sockets, wanted, strict=True):
        assert [await pushed(socket, "reportReady") for _ in reports] == reports


async def test_rights_are_those_of_the_moment_of_the_event(ears: Ears) -> None:
    head = await ears.listening(HEAD, REPORTS, READY)
    await generated(ears.house, "course", "COL")
    assert await pushed(head, "reportReady") == about("COURSE", "COL")
    async with ears.house.database.write() as session:
        await session.execute(update(User).where(User.email == HEAD).values(role=Role.SERVICE))
    await generated(ears.house, "course", "CAN")
    await ears.looked(2)
    await all_are_admins(ears.house)
    await generated(ears.house, "course", "MOR")
    assert await pushed(head, "reportReady") == about("COURSE", "MOR")


async def test_the_content_of_a_pushed_report_is_that_of_its_reader(ears: Ears) -> None:
    query = """subscription { reportReady { id isLatest metrics { expected } subject { name reports { totalCount } }
        ... on TraineeReport { timeline { status course { name } } } } }"""
    trainee = await ears.listening(TRAINEE, REPORTS, query)
    report = await generated(ears.house, "trainee", "pam")
    assert await pushed(trainee, "reportReady") == {
        "id": report,
        "isLatest": True,
        "metrics": {"expected": 2},
        "subject": {"name": "Pam Pine", "reports": {"totalCount": None}},
        "timeline": [
            {"status": "PRESENT", "course": None},
            {"status": "PRESENT", "course": None},
            {"status": "CANCELLED", "course": None},
        ],
    }


async def test_a_filter_that_makes_no_sense_is_an_error_and_the_end(ears: Ears) -> None:
    socket = await ears.socket(ADMIN)
    await ask(socket, READY, variables={"filter": {"subjects": ["x"]}})
    answer = await hear(socket)
    (error,) = answer["payload"] if answer["type"] == "error" else answer["payload"]["errors"]
    assert (error["message"], error["extensions"]) == (
        "filter.subjects: 'x' is not an id; take one from a field `id`",
        {"code": "BAD_USER_INPUT"},
    )


async def test_a_run_is_watched_to_its_end(ears: Ears) -> None:
    house = ears.house
    query = """mutation { reportsGenerate(input: {kind: TRAINEE, period: {month: "2026-03"}}) { run { id } } }"""
    run = (await house.ask(HEAD, query, now=NOW)).whole["reportsGenerate"]["run"]["id"]
    socket = await ears.listening(HEAD, run_topic(1), RUN, id=run)
    ready = await ears.listening(HEAD, REPORTS, READY, filter={"run": run})
    assert await pushed(socket, "runProgress") == {"state": "QUEUED", "done": 0}
    await house.work_off()
    events = [await pushed(socket, "runProgress")]
    while events[-1]["state"] != "SUCCEEDED":
        events.append(await pushed(socket, "runProgress"))
    # each event is the run as it is by then: none goes back, and the last one says it all
    assert events[-1] == {"state": "SUCCEEDED", "done": 4}
    assert [event["done"] for event in events] == sorted(event["done"] for event in events)
    assert await hear(socket) == {"id": "1", "type": "complete"}
    reports = [(await pushed(ready, "reportReady"))["subject"]["sourceId"] for _ in range(4)]
    assert sorted(reports) == ["pam", "quo", "rex", "tess"]
    # a run that is over is told once
    await ask(socket, RUN, "2", variables={"id": run})
    assert await pushed(socket, "runProgress") == {"state": "SUCCEEDED", "done": 4}
    assert await hear(socket) == {"id": "2", "type": "complete"}


async def test_an_export_is_watched_to_its_end(ears: Ears) -> None:
    house = ears.house
    report = await generated(house, "course", "COL")
    query = """mutation ($id: ID!) { exportRequest(input: {report: $id, format: CSV}) { export { id } } }"""
    export = (await house.ask(HEAD, query, id=report)).whole["exportRequest"]["export"]["id"]
    socket = await ears.listening(HEAD, export_topic(1), EXPORT, id=export)
    waiting = {"state": "QUEUED", "done": 0, "reportCount": 1, "downloadUrl": None}
    assert await pushed(socket, "exportProgress") == waiting
    await house.work_off()
    event = await pushed(socket, "exportProgress")
    while event["state"] == "RUNNING":
        event = await pushed(socket, "exportProgress")
    assert (event["state"], event["done"], event["reportCount"]) == ("SUCCEEDED", 1, 1)
    assert (await house.get(event["downloadUrl"])).status_code == 200
    assert await hear(socket) == {"id": "1", "type": "complete"}


@pytest.mark.parametrize("email", [PRINCIPAL, TRAINER, SERVICE, OTHER_PRINCIPAL])
async def test_runs_and_exports_of_others_are_not_there(ears: Ears, email: str) -> None:
    house = ears.house
    query = """mutation { reportsGenerate(input: {kind: TRAINEE, period: {month: "2026-03"}}) { run { id } } }"""
    run = (await house.ask(HEAD, query, now=NOW)).whole["reportsGenerate"]["run"]["id"]
    report = await generated(house, "course", "COL")
    query = """mutation ($id: ID!) { exportRequest(input: {report: $id, format: CSV}) { export { id } } }"""
    export = (await house.ask(HEAD, query, id=report)).whole["exportRequest"]["export"]["id"]
    socket = await ears.socket(email)
    cases = ((RUN, run, "run"), (EXPORT, export, "export"), (RUN, global_id("Run", 99), "run"))
    for number, (subscription, given, noun) in enumerate(cases):
        await ask(socket, subscription, str(number), variables={"id": given})
        answer = await hear(socket)
        assert answer["payload"]["data"] is None
        (error,) = answer["payload"]["errors"]
        assert (error["message"], error["extensions"]) == (f"id: there is no such {noun}", {"code": "BAD_USER_INPUT"})
        assert await hear(socket) == {"id": str(number), "type": "complete"}
