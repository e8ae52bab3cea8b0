"""Traces: an operation, its statements, the job it led to; without values, and off unless they are asked for."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette

from graphql_api.app import create_app
from graphql_api.core.context import Services
from graphql_api.observing.traces import current_parent, spans_by, watch_statements
from jobs.queue.adding import Queue
from jobs.work.registry import open_work
from jobs.work.running import run_due
from jobs.work.task import Task, Work, by_kind
from models import Job
from models.database import Database
from models.settings import Settings, traces_wanted
from tests.graphql_api.conftest import client_of
from tests.support.tiny_schema import build_schema

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = int("0af7651916cd43dd8448eb211c80319c", 16)
SPAN = int("b7ad6b7169203331", 16)
Made = tuple[TracerProvider, InMemorySpanExporter]


@pytest.fixture
def made() -> Made:
    """A provider, and what it has made."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


def app_with(services: Services, provider: TracerProvider) -> Starlette:
    watch_statements(services.database.engine, provider)
    schema, spans = build_schema(), spans_by(provider)
    parts = (services.settings, services.database, services.queue, services.bus, services.files)
    return create_app(*parts, schema=schema, spans=spans)


async def traced_operation(services: Services, made: Made, bearer: dict[str, str], query: str) -> ReadableSpan:
    """The span of the operation, asked for with the header of a caller."""
    async with client_of(app_with(services, made[0])) as client:
        await client.post("/graphql", json={"query": query}, headers=bearer | {"traceparent": CALLER})
    (span,) = (span for span in made[1].get_finished_spans() if span.name.startswith("graphql"))
    return span


async def test_an_operation_is_a_child_of_its_caller(services: Services, made: Made, bearer: dict[str, str]) -> None:
    span = await traced_operation(services, made, bearer, "query Greet { hello }")
    assert span.context is not None
    assert span.parent is not None
    assert (span.context.trace_id, span.parent.span_id) == (TRACE, SPAN)
    assert (span.name, span.status.is_ok) == ("graphql Greet", True)
    assert span.attributes == {"graphql.operation.name": "Greet", "rollcall.outcome": "ok"}


@pytest.mark.parametrize(
    ("query", "outcome", "is_ok"),
    [
        ("query Q { refuse }", "BAD_USER_INPUT", True),
        ("query Q { fail }", "INTERNAL", False),
        ("query Q { busy }", "UNAVAILABLE", False),
    ],
)
async def test_an_outcome_is_told_and_our_own_faults_are_errors(
    services: Services, made: Made, bearer: dict[str, str], query: str, outcome: str, is_ok: bool
) -> None:
    span = await traced_operation(services, made, bearer, query)
    assert span.attributes is not None
    assert (span.attributes["rollcall.outcome"], span.status.is_ok) == (outcome, is_ok)
    assert "secret sauce" not in span.to_json()


async def test_what_is_refused_before_it_runs_tells_no_more_than_its_kind(
    services: Services, made: Made, bearer: dict[str, str]
) -> None:
    async with client_of(app_with(services, made[0])) as client:
        await client.post("/graphql", json={"query": "{ hello }", "operationName": "Secret"}, headers=bearer)
    (span,) = made[1].get_finished_spans()
    assert (span.name, span.status.description, span.events) == ("graphql", "BadUserInputError", ())


async def test_statements_of_a_trace_are_its_children_without_their_values(database: Database, made: Made) -> None:
    provider, exporter = made
    watch_statements(database.engine, provider)
    with provider.get_tracer("test").start_as_current_span("parent") as parent:
        async with database.read() as session:
            await session.execute(text("select\n  :value"), {"value": "whsec_1"})
            with pytest.raises(DBAPIError):
                await session.execute(text("select 1 / :nothing"), {"nothing": 0})
    first, second, _ = exporter.get_finished_spans()
    assert [span.parent for span in (first, second)] == [parent.get_span_context()] * 2
    assert first.attributes == {"db.system.name": "postgresql", "db.query.text": "select %(value)s"}
    assert (first.name, first.status.is_ok, second.status.is_ok) == ("select", True, False)
    assert "whsec_1" not in first.to_json()


async def test_a_statement_that_nothing_led_to_is_no_trace(database: Database, made: Made) -> None:
    watch_statements(database.engine, made[0])
    async with database.read() as session:
        await session.execute(text("select 1"))
    assert made[1].get_finished_spans() == ()


async def test_a_job_belongs_to_the_trace_that_asked_for_it(settings: Settings, database: Database, made: Made) -> None:
    provider, exporter = made

    async def fine(_work: Work) -> None:
        pass

    async def broken(_work: Work) -> None:
        raise RuntimeError("the secret sauce")

    tasks = by_kind(Task("fine", fine), Task("broken", broken, delays=()))
    async with open_work(settings, database, None, tasks) as work:
        work.queue.trace_of = current_parent
        with provider.get_tracer("test").start_as_current_span("asking") as asking:
            async with database.write() as session:
                await work.queue.enqueue(session, "fine", {})
                await work.queue.enqueue_many(session, "broken", [{}])
        async with database.write() as session:
            await work.queue.enqueue(session, "fine", {})
        exporter.clear()
        assert await run_due(replace(work, traced=spans_by(provider).job)) == 3
    spans = exporter.get_finished_spans()
    asked_by = asking.get_span_context()
    assert [(span.name, span.parent and span.parent.span_id, span.status.description) for span in spans] == [
        ("job fine", asked_by.span_id, None),
        ("job fine", None, None),
        ("job broken", asked_by.span_id, "RuntimeError"),
    ]
    assert not any("secret" in span.to_json() for span in spans)


async def test_without_traces_a_job_has_none(database: Database) -> None:
    async with database.write() as session:
        await Queue(None).enqueue(session, "count", {})
        assert await session.scalar(select(Job.trace)) is None


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "reports"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
        ({"OTEL_SDK_DISABLED": "TRUE", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
    ],
)
def test_variables_of_opentelemetry_decide(environ: dict[str, str], wanted: bool) -> None:
    assert traces_wanted(environ) is wanted


def test_nothing_of_it_is_imported_where_it_is_off() -> None:
    program = (
        "import sys, graphql_api.app, graphql_api.cli.running.serving, jobs.worker\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'opentelemetry', 'prometheus_client'}))"
    )
    root = Path(__file__).parents[3]
    run = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
