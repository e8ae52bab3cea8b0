"""GET /metrics: who may read it, what it counts, and that what clients choose cannot make it grow."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis
from sqlalchemy import func, text

from graphql_api.core.context import Services
from graphql_api.core.version import program_version
from graphql_api.observing.imports import noted
from graphql_api.observing.stored_state import KEPT_SECONDS, Backlog, StoredState
from jobs.queue.bus import Bus
from jobs.queue.presence import say_present
from models import Delivery, Job, WorkState
from models.database import Database
from resolvers.bundle import BundleError, Imported
from tests.graphql_api.conftest import app_on, bearer_of, client_of
from tests.support.tiny_schema import Stage

TOKEN = "m" * 32
READS = {"Authorization": f"Bearer {TOKEN}"}
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
async def watched(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A server whose measures may be read."""
    async with client_of(app_on(replace_settings(services))) as opened:
        yield opened


def replace_settings(services: Services, **further: Any) -> Services:
    settings = replace(services.settings, metrics_token=TOKEN)
    return Services(settings, services.database, services.queue, further.get("bus", services.bus), services.files)


async def samples(client: httpx.AsyncClient) -> Samples:
    """Every value of GET /metrics by its name and labels."""
    response = await client.get("/metrics", headers=READS)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def of(found: Samples, name: str) -> dict[tuple[str, ...], float]:
    """The values of one measure by the values of its labels."""
    return {tuple(value for _, value in labels): number for (known, labels), number in found.items() if known == name}


async def ask(client: httpx.AsyncClient, header: dict[str, str], query: str, **rest: Any) -> None:
    await client.post("/graphql", json={"query": query, **rest}, headers=header)


async def test_without_a_token_of_its_own_it_is_not_there(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    assert [(await client.get("/metrics", headers=header)).status_code for header in ({}, READS, bearer)] == [404] * 3


@pytest.mark.parametrize("header", ["", "Bearer", f"Bearer {TOKEN}m", f"Basic {TOKEN}", TOKEN, "Bearer \xe9"])
async def test_who_does_not_send_the_token_reads_nothing(watched: httpx.AsyncClient, header: str) -> None:
    response = await watched.get("/metrics", headers=[(b"Authorization", header.encode("latin-1"))])
    assert (response.status_code, response.headers["www-authenticate"]) == (401, 'Bearer realm="rollcall"')
    assert "rollcall_build" not in response.text


async def test_a_token_of_the_api_is_none(watched: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    assert (await watched.get("/metrics", headers=bearer)).status_code == 401


async def test_operations_are_counted_by_name_and_outcome(watched: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    await ask(watched, bearer, "query Greet { hello }")
    await ask(watched, bearer, "query Greet { hello }")
    await ask(watched, bearer, "{ hello }")
    await ask(watched, bearer, "query Refused { refuse }")
    await ask(watched, bearer, "query Broken { fail hello }")
    await ask(watched, bearer, 'mutation Shout { shout(text: "a") }')
    await ask(watched, bearer, "query Unknown { nothing }")
    await ask(watched, bearer, "query Greet { nothing }")
    await ask(watched, bearer, "query A { hello } query B { hello }", operationName="B")
    await ask(watched, bearer, "{ hello")
    await ask(watched, bearer, "query A { hello }", operationName="Made-Up")
    found = await samples(watched)
    assert of(found, "rollcall_operations_total") == {
        ("Greet", "ok"): 2,
        ("Greet", "BAD_USER_INPUT"): 1,
        ("-", "ok"): 1,
        ("-", "BAD_USER_INPUT"): 1,
        ("Refused", "BAD_USER_INPUT"): 1,
        ("Broken", "INTERNAL"): 1,
        ("Shout", "ok"): 1,
        ("B", "ok"): 1,
        ("other", "BAD_USER_INPUT"): 2,
    }
    assert of(found, "rollcall_operation_duration_seconds_count") == {
        ("Greet",): 3, ("-",): 2, ("Refused",): 1, ("Broken",): 1, ("Shout",): 1, ("B",): 1, ("other",): 2,
    }  # fmt: skip
    assert of(found, "rollcall_build_info") == {(program_version(),): 1}


async def test_names_of_operations_are_a_hundred_at_most(watched: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    await ask(watched, bearer, f"query {'L' * 65} {{ hello }}")
    for number in range(103):
        await ask(watched, bearer, f"query Name{number} {{ hello }}")
    await ask(watched, bearer, "query Name99 { hello }")
    counted = of(await samples(watched), "rollcall_operations_total")
    assert counted == {(f"Name{number}", "ok"): 1 + (number == 99) for number in range(100)} | {("other", "ok"): 4}


async def test_statements_and_connections_are_counted(watched: httpx.AsyncClient, database: Database) -> None:
    before = await samples(watched)
    async with database.read() as session:
        await session.execute(text("select 1"))
        after = await samples(watched)
    count = "rollcall_statement_duration_seconds_count"
    assert of(before, count) == {(): 1}  # its own
    # the one above; the second look had its answer kept
    assert of(after, count) == {(): 2}
    assert of(after, "rollcall_database_connections")[("in_use",)] == 1
    assert of(after, "rollcall_database_connections_most") == {(): 10}


async def test_who_listens_is_counted_until_they_leave(
    watched: httpx.AsyncClient, services: Services, ada: int, stage: Stage
) -> None:
    schema_app = watched._transport.app  # type: ignore[attr-defined]
    bearer = bearer_of(services.settings, ada)
    left = asyncio.Event()
    body = b'{"query": "subscription Listen { news }"}'
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body" and b"data" in message["body"]:
            heard.put_nowait(message["body"])

    headers = {"content-type": "application/json", "accept": "text/event-stream", "host": "rollcall.test"} | bearer
    scope = {
        "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 1), "server": ("rollcall.test", 80),
        "root_path": "", "asgi": {"version": "3.0", "spec_version": "2.4"},
    }  # fmt: skip
    listening = asyncio.create_task(schema_app(scope, receive, send))
    stage.news.put_nowait("first")
    async with asyncio.timeout(10):
        while b"first" not in await heard.get():
            pass
        assert of(await samples(watched), "rollcall_subscribers") == {(): 1}
        left.set()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await stage.finished.wait()
    found = await samples(watched)
    assert of(found, "rollcall_subscribers") == {(): 0}
    assert of(found, "rollcall_operation_duration_seconds_count") == {}


async def fill(database: Database) -> None:
    """Jobs and deliveries in every state, as the clock of the database has it."""
    past, future = func.now() - timedelta(minutes=1), func.now() + timedelta(hours=1)
    states = [
        ("export.make", WorkState.QUEUED, 0, func.now() - timedelta(hours=1)),
        ("export.make", WorkState.QUEUED, 0, past),
        ("export.make", WorkState.QUEUED, 10, future),
        ("export.make", WorkState.RUNNING, -1, past),
        ("export.make", WorkState.SUCCEEDED, 0, past),
        ("export.make", WorkState.CANCELLED, 0, past),
        ("rule.check", WorkState.FAILED, 10, past),
        ("rule.check", WorkState.QUEUED, 10, past),
    ]
    async with database.write() as session:
        for kind, state, priority, due in states:
            session.add(Job(kind=kind, arguments={}, state=state, priority=priority, due_at=due, created_at=past))
        for number, state in enumerate(WorkState):
            session.add(Delivery(key=str(number), channel="EMAIL", content={}, state=state, created_at=past))


async def test_the_backlog_is_told_by_kind_lane_and_state(watched: httpx.AsyncClient, database: Database) -> None:
    await fill(database)
    found = await samples(watched)
    assert of(found, "rollcall_jobs") == {
        ("export.make", "unattended", "later"): 1,
        ("export.make", "waited_for", "running"): 1,
        ("export.make", "waited_for", "waiting"): 2,
        ("rule.check", "unattended", "failed"): 1,
        ("rule.check", "unattended", "waiting"): 1,
    }
    oldest = of(found, "rollcall_jobs_oldest_waiting_seconds")
    assert {labels: seconds // 60 for labels, seconds in oldest.items()} == {
        ("export.make", "waited_for"): 60,
        ("rule.check", "unattended"): 1,
    }
    assert of(found, "rollcall_deliveries") == {
        ("EMAIL", "cancelled"): 1, ("EMAIL", "failed"): 1, ("EMAIL", "queued"): 1, ("EMAIL", "running"): 1,
    }  # fmt: skip
    assert of(found, "rollcall_database_up") == {(): 1}


async def test_the_rows_are_read_once_in_a_few_seconds(database: Database) -> None:
    now = 0.0
    state = StoredState(database, clock=lambda: now)
    assert [list(rows) for rows in await asyncio.gather(state.rows(), state.rows())] == [[], []]
    await fill(database)
    now = KEPT_SECONDS - 0.1
    assert await state.rows() == []
    now = KEPT_SECONDS
    assert len(await state.rows()) == 9
    assert (await state.rows())[0] == Backlog("delivery", "EMAIL", None, "cancelled", 1, None)


async def test_without_the_database_the_process_still_tells_of_itself(services: Services) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    async with client_of(app_on(replace_settings(replace_database(services, away)))) as client:
        found = await samples(client)
    await away.close()
    assert of(found, "rollcall_database_up") == {(): 0}
    assert of(found, "rollcall_jobs") == {}
    assert of(found, "rollcall_subscribers") == {(): 0}


def replace_database(services: Services, database: Database) -> Services:
    return Services(services.settings, database, services.queue, services.bus, services.files)


async def test_workers_and_the_last_import_of_each_outcome_are_told(services: Services, redis_url: str) -> None:
    bus = Bus(redis_url)
    assert isinstance(bus.redis, Redis)
    await say_present(bus.redis, "a worker")
    async with noted(bus.redis) as noting:
        noting.imported = Imported({"marks": 7, "sessions": 2}, {"marks": 1}, (), 0)
    with pytest.raises(BundleError):
        async with noted(bus.redis):
            raise BundleError([], 0)
    with pytest.raises(RuntimeError):
        async with noted(bus.redis):
            raise RuntimeError
    async with client_of(app_on(replace_settings(services, bus=bus))) as client:
        found = await samples(client)
    await bus.close()
    assert of(found, "rollcall_workers") == {(): 1}
    assert of(found, "rollcall_last_import_rows") == {("succeeded",): 9, ("refused",): 0, ("failed",): 0}
    ended = of(found, "rollcall_last_import_timestamp_seconds")
    now = datetime.now(UTC).timestamp()
    assert {outcome: 0 <= now - when < 60 for (outcome,), when in ended.items()} == {
        "succeeded": True, "refused": True, "failed": True,
    }  # fmt: skip
    assert set(of(found, "rollcall_last_import_duration_seconds")) == set(ended)
