"""graphql-transport-ws on a real server: frames, sign-in, limits, fresh rights for each event."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, update
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from graphql_api.http import websocket
from graphql_api.http.tokens import create_token
from models import Role, User
from models.database import Database
from models.settings import Settings
from tests.graphql_api.conftest import AddUser
from tests.support.tiny_schema import Stage

PROTOCOL = Subprotocol("graphql-transport-ws")


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


async def hear(socket: ClientConnection) -> Any:
    async with asyncio.timeout(10):
        return orjson.loads(await socket.recv())


async def closing(socket: ClientConnection) -> tuple[int, str]:
    with suppress(ConnectionClosed):
        async with asyncio.timeout(10):
            while True:
                await socket.recv()
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


async def ask(socket: ClientConnection, query: str, identity: str = "1", **rest: Any) -> None:
    await say(socket, type="subscribe", id=identity, payload={"query": query, **rest})


@asynccontextmanager
async def raw(address: str, **options: Any) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], compression=None, **options) as socket:
        yield socket


@pytest.fixture
def token(settings: Settings, ada: int) -> str:
    return create_token(settings, ada, datetime.now(UTC))


@asynccontextmanager
async def signed_in(address: str, token: str) -> AsyncIterator[ClientConnection]:
    async with raw(address) as socket:
        await say(socket, type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert await hear(socket) == {"type": "connection_ack"}
        yield socket


async def test_a_query_runs_over_the_socket(address: str, token: str) -> None:
    async with signed_in(address, token) as socket:
        await ask(socket, "query ($n: Int!) { echo(n: $n) me }", variables={"n": 3})
        answer = {"data": {"echo": 3, "me": "ada@example.org"}}
        assert await hear(socket) == {"id": "1", "type": "next", "payload": answer}
        assert await hear(socket) == {"id": "1", "type": "complete"}


async def test_the_token_may_come_in_the_header(address: str, token: str) -> None:
    async with raw(address, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        await say(socket, type="connection_init")
        assert await hear(socket) == {"type": "connection_ack"}


async def test_a_subscription_delivers_until_completed(address: str, token: str, stage: Stage) -> None:
    async with signed_in(address, token) as socket:
        await ask(socket, "subscription { news }")
        for item in ("one", "two"):
            stage.news.put_nowait(item)
            assert (await hear(socket))["payload"]["data"] == {"news": item}
        await say(socket, type="complete", id="1")
        async with asyncio.timeout(10):
            await stage.finished.wait()
        await say(socket, type="ping")
        assert await hear(socket) == {"type": "pong"}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": 5},
        {"Authorization": ["Bearer"]},
        {"authorization": None},
    ],
)
async def test_without_a_good_token_the_socket_closes(address: str, ada: int, payload: Any) -> None:
    async with raw(address) as socket:
        await say(socket, type="connection_init", payload=payload)
        assert await closing(socket) == (4403, "Forbidden")


async def test_nothing_runs_before_the_sign_in(address: str, token: str) -> None:
    async with raw(address) as socket:
        await ask(socket, "{ hello }")
        assert await closing(socket) == (4401, "Unauthorized")


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "5",
        '"x"',
        "[]",
        "{}",
        "{",
        "NaN",
        "[" * 5_000,
        b"\x00\x01",
        b'{"type": "ping"}',
        '{"type": null}',
        '{"type": ["subscribe"]}',
        '{"type": "start"}',
        '{"type": "connection_ack"}',
        '{"type": "connection_init", "payload": []}',
        '{"type": "ping", "payload": 1}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": null}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": null}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}}',
        '{"type": "complete"}',
        '{"type": "complete", "id": {}}',
    ],
)
async def test_an_odd_frame_closes_the_socket(address: str, token: str, frame: str | bytes) -> None:
    async with signed_in(address, token) as socket:
        await socket.send(frame)
        assert (await closing(socket))[0] == 4400


async def test_a_frame_of_64_kb_is_the_largest(address: str, token: str) -> None:
    async with signed_in(address, token) as socket:
        await socket.send('{"type": "ping"}'.ljust(65_536))
        assert await hear(socket) == {"type": "pong"}
        await socket.send('{"type": "ping"}'.ljust(65_537))
        assert (await closing(socket))[0] == 1009


async def test_saying_hello_twice_closes_the_socket(address: str, token: str) -> None:
    async with signed_in(address, token) as socket:
        await say(socket, type="connection_init")
        assert (await closing(socket))[0] == 4429


def test_the_sign_in_has_five_seconds(app: Any) -> None:
    view = next(route.app for route in app.routes if isinstance(getattr(route, "app", None), websocket.GraphQLSockets))
    assert view.connection_init_wait_timeout == timedelta(seconds=5)


async def test_a_late_sign_in_closes_the_socket(address: str, app: Any) -> None:
    view = next(route.app for route in app.routes if isinstance(getattr(route, "app", None), websocket.GraphQLSockets))
    view.connection_init_wait_timeout = timedelta(0)
    async with raw(address) as socket:
        assert (await closing(socket))[0] == 4408


async def test_only_the_newer_protocol_is_spoken(address: str, ada: int) -> None:
    async with connect(f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-ws")]) as socket:
        assert (await closing(socket))[0] == 4406


async def test_pages_of_other_origins_are_kept_out(address: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with raw(address, origin="https://elsewhere.example"):
            pass
    assert refusal.value.response.status_code == 403


async def test_twenty_operations_run_at_a_time(address: str, token: str, stage: Stage) -> None:
    async with signed_in(address, token) as socket:
        for n in range(20):
            await ask(socket, "subscription { news }", str(n))
        await ask(socket, "{ hello }", "21")
        refused = await hear(socket)
        assert (refused["id"], refused["type"]) == ("21", "error")
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        await say(socket, type="complete", id="0")
        await ask(socket, "{ hello }", "22")
        assert (await hear(socket))["payload"]["data"] == {"hello": "hello"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ hello", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("fragment F on Query { hello }", "BAD_USER_INPUT"),
        ("{ " + " ".join(f"a{n}: hello" for n in range(51)) + " }", "TOO_COMPLEX"),
        ("{ " + "hello " * 1_000 + "}", "TOO_COMPLEX"),
        ("{ people(first: 500) { nodes { friends(first: 500) { nodes { name } } } } }", "TOO_COMPLEX"),
    ],
)
async def test_an_operation_that_cannot_run_ends_alone(address: str, token: str, query: str, code: str) -> None:
    async with signed_in(address, token) as socket:
        await ask(socket, query)
        refused = await hear(socket)
        assert (refused["id"], refused["type"]) == ("1", "error")
        assert refused["payload"][0]["extensions"] == {"code": code}
        await ask(socket, "{ hello }", "1")
        assert (await hear(socket))["payload"]["data"] == {"hello": "hello"}


async def test_errors_are_masked_on_the_socket_too(address: str, token: str) -> None:
    async with signed_in(address, token) as socket:
        for query in ("{ fail }", "subscription { breaks }"):
            await ask(socket, query)
            answers = [await hear(socket)]
            while answers[-1]["type"] == "next":
                answers.append(await hear(socket))
            (error,) = answers[-2]["payload"]["errors"]
            assert error["extensions"]["code"] == "INTERNAL"
            assert error["message"].startswith("Something went wrong on our side.")
            assert "secret" not in str(answers)
            assert answers[-1] == {"id": "1", "type": "complete"}


async def test_each_operation_has_a_context_of_its_own(address: str, token: str, stage: Stage) -> None:
    async with signed_in(address, token) as socket:
        for _ in range(2):
            await ask(socket, "{ me }")
            assert [(await hear(socket))["type"] for _ in range(2)] == ["next", "complete"]
    first, second = stage.contexts
    assert first is not second
    assert first.now < second.now


async def test_rights_are_those_of_the_moment_of_the_event(
    address: str, token: str, stage: Stage, database: Database
) -> None:
    async with signed_in(address, token) as socket:
        await ask(socket, "subscription { mine }")
        stage.news.put_nowait("one")
        assert (await hear(socket))["payload"]["data"] == {"mine": "one for ADMIN"}
        async with database.write() as session:
            await session.execute(update(User).values(role=Role.TRAINER.value))
        stage.news.put_nowait("two")
        assert (await hear(socket))["payload"]["data"] == {"mine": "two for TRAINER"}


@pytest.mark.parametrize("query", ["subscription { news }", "subscription { mine }"])
async def test_a_removed_account_hears_nothing_more(
    address: str, token: str, stage: Stage, database: Database, query: str
) -> None:
    async with signed_in(address, token) as socket:
        await ask(socket, query)
        stage.news.put_nowait("one")
        assert (await hear(socket))["type"] == "next"
        async with database.write() as session:
            await session.execute(delete(User))
        stage.news.put_nowait("two")
        refused = await hear(socket)
        assert refused["payload"]["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
        assert refused["payload"]["data"] is None
        assert (await hear(socket))["type"] == "complete"
        await ask(socket, "{ hello }", "2")
        refused = await hear(socket)
        assert (refused["type"], refused["payload"][0]["extensions"]) == ("error", {"code": "UNAUTHENTICATED"})


async def test_an_expired_token_hears_nothing_more(
    address: str, settings: Settings, ada: int, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    expires_at = datetime.now(UTC) + timedelta(hours=settings.token_hours)
    token = create_token(settings, ada, datetime.now(UTC))
    async with signed_in(address, token) as socket:
        await ask(socket, "subscription { news }")
        stage.news.put_nowait("one")
        assert (await hear(socket))["type"] == "next"
        monkeypatch.setattr("graphql_api.core.context.utc_now", lambda: expires_at + timedelta(seconds=1))
        stage.news.put_nowait("two")
        refused = await hear(socket)
        assert refused["payload"]["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_forbidden_once_for_each_event(address: str, settings: Settings, add_user: AddUser) -> None:
    token = create_token(settings, await add_user("tom@example.org", Role.TRAINER, "Person 1"), datetime.now(UTC))
    async with signed_in(address, token) as socket:
        await ask(socket, "subscription { people { name email } }")
        first, second = (await hear(socket))["payload"], (await hear(socket))["payload"]
        assert [error["extensions"] for error in first["errors"]] == [{"code": "FORBIDDEN"}]
        assert second["data"] == {"people": {"name": "Person 1", "email": "p1@example.org"}}
        assert "errors" not in second
