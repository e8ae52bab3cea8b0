"""`alerts(after:)` of a real server, over WebSocket and SSE: replayed, then live, none missed, none twice."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
from graphql.execution.collect_fields import FieldDetails
from sqlalchemy import update
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import ClientConnection

from graphql_api.core.context import utc_now
from graphql_api.core.ids import global_id
from graphql_api.http.server import serve
from graphql_api.http.tokens import create_token
from graphql_api.http.websocket import GraphQLSockets
from jobs.alerts.feed import AlertFeed
from jobs.deliveries.alerting import tell
from models import AlertKind, User
from resolvers.alerts.alerts import NewAlert
from tests.graphql_api.http.test_websocket import ask, hear, say, signed_in
from tests.support.college import HEAD, NOW, PRINCIPAL
from tests.support.house import House
from tests.support.polling import until

STREAM = "subscription ($after: ID) { alerts(after: $after) { id number kind title body } }"


class Stage:
    """A real server, and the feed inside it."""

    def __init__(self, house: House, address: str, feed: AlertFeed) -> None:
        self.house = house
        self.address = address
        self.feed = feed

    async def token(self, email: str) -> str:
        return create_token(self.house.services.settings, (await self.house.viewer(email)).user_id, utc_now())

    @asynccontextmanager
    async def socket(self, email: str) -> AsyncIterator[ClientConnection]:
        async with signed_in(self.address, await self.token(email)) as socket:
            yield socket

    @asynccontextmanager
    async def events(self, email: str, **variables: Any) -> AsyncIterator[AsyncIterator[Any]]:
        """The answers of a subscription by server-sent events."""
        headers = {"Authorization": f"Bearer {await self.token(email)}", "Accept": "text/event-stream"}
        body = {"query": STREAM, "variables": variables}
        async with (
            httpx.AsyncClient(timeout=20) as client,
            client.stream("POST", f"http://{self.address}/graphql", json=body, headers=headers) as response,
        ):
            yield (orjson.loads(line[6:]) async for line in response.aiter_lines() if line.startswith("data: {"))

    async def tell(self, email: str, *occurrences: str) -> None:
        account = (await self.house.viewer(email)).user_id
        async with self.house.database.write() as session:
            news = [NewAlert(account, AlertKind.EXPORT_READY, occurrence) for occurrence in occurrences]
            await tell(self.house.work.queue, self.house.work.bus, session, news, NOW)

    async def listeners(self, count: int) -> None:
        """Until so many wait, with nothing left to look for."""

        async def so_many() -> bool:
            here = self.feed._all()
            return len(here) == count and all(one.waiter is not None and not one.behind for one in here)

        await until(so_many)


@pytest.fixture
async def stage(college: House) -> AsyncIterator[Stage]:
    (sockets,) = (route.app for route in college.app.routes if isinstance(route, WebSocketRoute))
    assert isinstance(sockets, GraphQLSockets)
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve(college.app, "127.0.0.1", 0, lambda host, port: ready.set_result(f"{host}:{port}"), stop=stop)
    )
    yield Stage(college, await ready, sockets.services.alerts)
    stop.set()
    await server


async def pushed(socket: ClientConnection) -> Any:
    message = await hear(socket)
    assert (message["type"], "errors" in message["payload"]) == ("next", False), message
    return message["payload"]["data"]["alerts"]


async def test_alerts_are_pushed_to_their_account_as_they_are_raised(stage: Stage) -> None:
    await stage.tell(HEAD, "x:0")
    async with stage.socket(HEAD) as head, stage.socket(PRINCIPAL) as principal:
        for socket in (head, principal):
            await ask(socket, STREAM)
        await stage.listeners(2)
        await stage.tell(PRINCIPAL, "x:1")
        await stage.tell(HEAD, "x:1", "x:2")
        await stage.tell(HEAD, "x:2")
        alert = await pushed(head)
        assert {name: alert[name] for name in ("number", "kind", "title", "body")} == {
            "number": 2, "kind": "EXPORT_READY", "title": "A file is ready", "body": [],
        }  # fmt: skip
        assert (await pushed(head))["number"] == 3
        assert (await pushed(principal))["number"] == 1
        await stage.tell(HEAD, "x:3")
        await stage.tell(PRINCIPAL, "x:3")
        assert [(await pushed(socket))["number"] for socket in (head, principal)] == [4, 2]


async def test_who_comes_back_with_the_last_one_seen_misses_none_and_sees_none_twice(stage: Stage) -> None:
    seen, last = [], None
    await stage.tell(HEAD, "x:0")
    async with stage.socket(HEAD) as socket:
        await ask(socket, STREAM)
        await stage.listeners(1)
        await stage.tell(HEAD, "x:1", "x:2")
        seen.append(await pushed(socket))
        last = seen[-1]["id"]  # and gone before the other was read
    for number in range(3):
        await stage.tell(HEAD, f"y:{number}", f"z:{number}")
        async with stage.socket(HEAD) as socket:
            await ask(socket, STREAM, variables={"after": last})
            for _ in range(2):
                seen.append(await pushed(socket))
                last = seen[-1]["id"]
    async with stage.events(HEAD, after=last) as events:
        seen.append((await anext(events))["data"]["alerts"])
        await stage.tell(HEAD, "live")
        seen.append((await anext(events))["data"]["alerts"])
    assert [alert["number"] for alert in seen] == list(range(2, 11))


async def test_server_sent_events_carry_alerts_and_leave_nothing_behind(stage: Stage) -> None:
    for _ in range(3):
        async with stage.events(HEAD) as events:
            await stage.listeners(1)
            await stage.tell(HEAD, f"x:{utc_now().timestamp()}")
            assert (await anext(events))["data"]["alerts"]["title"] == "A file is ready"
        await stage.listeners(0)


@pytest.mark.parametrize("given", ["x", global_id("Run", 1), global_id("Alert", 999), "theirs"])
async def test_an_alert_that_is_not_ones_own_is_no_place_to_begin(stage: Stage, given: str) -> None:
    await stage.tell(PRINCIPAL, "x:1")
    if given == "theirs":
        page = (await stage.house.ask(PRINCIPAL, "{ alerts { nodes { id } } }")).whole
        given = page["alerts"]["nodes"][0]["id"]
    async with stage.socket(HEAD) as socket:
        await ask(socket, STREAM, variables={"after": given})
        answer = await hear(socket)
        (error,) = answer["payload"] if answer["type"] == "error" else answer["payload"]["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}
        assert error["message"].startswith("after: ")
    assert stage.feed._listeners == {}


async def test_rights_are_those_of_the_moment_of_each_alert(stage: Stage) -> None:
    async with stage.socket(HEAD) as socket:
        await ask(socket, STREAM)
        await stage.listeners(1)
        await stage.tell(HEAD, "x:1")
        assert (await pushed(socket))["number"] == 1
        await stage.listeners(1)
        async with stage.house.database.write() as session:  # a new password: tokens of before are void
            later = utc_now().replace(year=utc_now().year + 1)
            await session.execute(update(User).where(User.email == HEAD).values(tokens_from=later))
        await stage.tell(HEAD, "x:2")
        message = await hear(socket)
        (error,) = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    await stage.listeners(0)


async def test_a_subscription_keeps_nothing_of_the_events_it_has_told(stage: Stage) -> None:
    def kept() -> int:
        gc.collect()
        return sum(isinstance(one, FieldDetails) for one in gc.get_objects())

    async with stage.socket(HEAD) as socket:
        await ask(socket, STREAM)
        await stage.listeners(1)
        for number in range(2):
            await stage.tell(HEAD, f"x:{number}")
            await pushed(socket)
        await stage.listeners(1)
        before = kept()
        for number in range(10):
            await stage.tell(HEAD, f"y:{number}")
            await pushed(socket)
        await stage.listeners(1)
        assert kept() == before


async def test_connecting_and_dropping_leaves_no_task_no_listener_and_no_connection(stage: Stage) -> None:
    async def cycle(polite: bool) -> None:
        async with stage.socket(HEAD) as socket:
            await ask(socket, STREAM)
            await stage.listeners(1)
            if polite:
                await say(socket, type="complete", id="1")
                await stage.listeners(0)
            else:
                socket.transport.abort()
        await stage.listeners(0)

    await cycle(polite=True)
    pool = stage.house.database.engine.pool

    async def left() -> set[str]:
        await asyncio.sleep(0)
        gc.collect()
        return {task.get_coro().__qualname__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]

    before = await left()
    for number in range(40):
        await cycle(polite=bool(number % 2))

    async def as_before() -> bool:
        return await left() <= before

    await until(as_before)
    assert dict(stage.house.work.bus._listeners) == {}
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
