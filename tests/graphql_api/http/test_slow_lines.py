"""The lines of the log that say what an operation cost and what was slow, and nothing that is a secret."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict

from graphql_api.core.context import Services
from graphql_api.observing.statements import LONGEST, observe_statements
from models.database import Database
from tests.graphql_api.conftest import app_on, bearer_of, client_of

NEVER = 3600.0


def lines(logged: list[EventDict], event: str) -> list[dict[str, Any]]:
    """The lines about that, less when, how long and under which id."""
    passing = {"event", "ms", "log_level", "request_id"}
    return [
        {key: value for key, value in line.items() if key not in passing} for line in logged if line["event"] == event
    ]


async def logged_for(services: Services, user_id: int, slow_seconds: float, **operation: Any) -> list[EventDict]:
    settings = replace(services.settings, slow_seconds=slow_seconds)
    app = app_on(Services(settings, services.database, services.queue, services.bus, services.files))
    async with client_of(app) as client:
        with capture_logs(processors=[merge_contextvars]) as logged:
            await client.post("/graphql", json=operation, headers=bearer_of(settings, user_id))
    return logged


@pytest.mark.parametrize(
    ("operation", "name", "cost", "status"),
    [
        ({"query": "query Greet { hello }"}, "Greet", 1, 200),
        ({"query": "{ hello people(first: 3) { nodes { name } } }"}, "-", 8, 200),
        ({"query": "query A { hello } query B { hello me }", "operationName": "B"}, "B", 2, 200),
        ({"query": "query Fails { refuse }"}, "Fails", 1, 200),
        ({"query": f"query {'N' * 101} {{ hello }}"}, "N" * 100, 1, 200),
    ],
)
async def test_the_line_of_a_request_says_who_asked_for_what_and_its_cost(
    services: Services, ada: int, operation: dict[str, str], name: str, cost: int, status: int
) -> None:
    logged = await logged_for(services, ada, NEVER, **operation)
    about = {"viewer": ada, "role": "ADMIN", "operation": name, "cost": cost}
    assert lines(logged, "request") == [{"method": "POST", "path": "/graphql", "status": status, **about}]
    assert lines(logged, "slow operation") == lines(logged, "slow statement") == []


async def test_what_never_ran_has_no_name_and_no_cost(services: Services, ada: int) -> None:
    logged = await logged_for(services, ada, NEVER, query="query Hidden { nothing }")
    (line,) = lines(logged, "request")
    assert line == {"method": "POST", "path": "/graphql", "status": 200, "viewer": ada, "role": "ADMIN"}


async def test_a_slow_operation_is_a_line(services: Services, ada: int) -> None:
    services = replace_settings(services, statement_seconds=0.05)
    logged = await logged_for(services, ada, 0.04, query="query Waits { slow }")
    about = {"viewer": ada, "role": "ADMIN", "operation": "Waits", "cost": 1}
    assert lines(logged, "slow operation") == [{"outcome": "UNAVAILABLE", **about}]


def replace_settings(services: Services, **changed: Any) -> Services:
    settings = replace(services.settings, **changed)
    return Services(settings, services.database, services.queue, services.bus, services.files)


async def test_a_slow_statement_is_a_line_without_its_values(database: Database) -> None:
    observe_statements(database.engine, 0.5, clock=iter((10.0, 10.5, 20.0, 20.4375)).__next__)
    with capture_logs() as logged:
        async with database.read() as session:
            await session.execute(text("select 1,\n    :secret"), {"secret": "whsec_1"})
            await session.execute(text("select 2, :secret"), {"secret": "whsec_1"})
    assert logged == [
        {"event": "slow statement", "log_level": "warning", "ms": 500.0, "statement": "select 1, %(secret)s"}
    ]


async def test_a_statement_that_failed_may_be_the_slowest(database: Database) -> None:
    observe_statements(database.engine, 0.5, clock=iter((10.0, 40.0)).__next__)
    with capture_logs() as logged:
        async with database.read() as session:
            with pytest.raises(DBAPIError):
                await session.execute(text("select 1 / :nothing"), {"nothing": 0})
    assert logged == [
        {"event": "slow statement", "log_level": "warning", "ms": 30_000.0, "statement": "select 1 / %(nothing)s"}
    ]


async def test_a_long_statement_is_cut(database: Database) -> None:
    observe_statements(database.engine, 0)
    with capture_logs() as logged:
        async with database.read() as session:
            await session.execute(text(f"select {' + '.join(['1'] * LONGEST)}"))
    (line,) = lines(logged, "slow statement")
    assert line == {"statement": f"select {' + '.join(['1'] * LONGEST)}"[:LONGEST]}


async def test_every_statement_is_measured_once(database: Database) -> None:
    took: list[float] = []
    observe_statements(database.engine, NEVER, took.append)
    async with database.read() as session:
        await session.execute(text("select 1"))
        with pytest.raises(DBAPIError):
            await session.execute(text("select nothing"))
    async with database.write(snapshot=True) as session:
        await session.execute(text("select 1"))
    assert len(took) == 3
