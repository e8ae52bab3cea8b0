"""Traces by OpenTelemetry: an operation over HTTP, the statements it sends, the jobs it leads to.

The library comes with the extra `telemetry` and is imported only where OpenTelemetry's own variables ask for traces;
they also say where these go, how many are kept and what the service is called.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, Final, Protocol

import structlog
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from graphql_api.observing.statements import LONGEST
from jobs.queue.claims import Claim
from jobs.work.task import WorkContext
from models.settings import traces_wanted

NAME: Final = "rollcall"
PARENT: Final = "traceparent"

log = structlog.get_logger("rollcall.traces")


class Spans(Protocol):
    """What the rest of a process uses of traces."""

    def operation(self, headers: Mapping[str, str]) -> AbstractContextManager[Callable[[str | None, str], None]]:
        """The span of one operation, a child of what the caller's headers say; to be told its name and its outcome."""

    def job(self, claim: Claim) -> AbstractContextManager[None]:
        """The span of one attempt at a job, a child of what asked for it."""


@contextmanager
def traced(work: WorkContext) -> Iterator[tuple[WorkContext, Spans | None]]:
    """The process with traces, where they are asked for; what is still to be sent is sent at the end."""
    provider = _provider() if traces_wanted() else None
    if provider is None:
        yield work, None
        return
    spans = spans_by(provider)
    watch_statements(work.database.engine, provider)
    work.queue.trace_of = current_parent
    try:
        yield replace(work, traced=spans.job), spans
    finally:
        provider.shutdown()


def spans_by(provider: Any) -> Spans:
    """The spans of a process, made by that provider."""
    from opentelemetry import propagate
    from opentelemetry.trace import SpanKind, Status, StatusCode

    tracer = provider.get_tracer(NAME)

    @contextmanager
    def span_of(name: str, parent: Any, kind: SpanKind, about: Mapping[str, Any] | None = None) -> Iterator[Any]:
        # what an error says may be a secret, or about somebody: its kind is told and the log has the rest
        quiet = {"record_exception": False, "set_status_on_exception": False}
        with tracer.start_as_current_span(name, parent, kind, about, **quiet) as span:
            try:
                yield span
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    class Made:
        @contextmanager
        def operation(self, headers: Mapping[str, str]) -> Iterator[Callable[[str | None, str], None]]:
            with span_of("graphql", propagate.extract(headers), SpanKind.SERVER) as span:

                def ended(name: str | None, outcome: str) -> None:
                    if name is not None:
                        span.update_name(f"graphql {name}")
                        span.set_attribute("graphql.operation.name", name)
                    span.set_attribute("rollcall.outcome", outcome)
                    if outcome in {"INTERNAL", "UNAVAILABLE"}:
                        span.set_status(Status(StatusCode.ERROR))

                yield ended

        @contextmanager
        def job(self, claim: Claim) -> Iterator[None]:
            parent = propagate.extract({PARENT: claim.trace} if claim.trace else {})
            about = {"rollcall.job.id": claim.id, "rollcall.job.attempt": claim.attempts}
            with span_of(f"job {claim.kind}", parent, SpanKind.CONSUMER, about):
                yield

    return Made()


def watch_statements(engine: AsyncEngine, provider: Any) -> None:
    """A span, without values, for each statement of what is traced; a sweep that finds nothing is no trace."""
    from opentelemetry.trace import SpanKind, Status, StatusCode, get_current_span

    tracer = provider.get_tracer(NAME)

    def begins(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        if get_current_span().is_recording():
            text = " ".join(statement.split())[:LONGEST]
            about = {"db.system.name": "postgresql", "db.query.text": text}
            context.rollcall_span = tracer.start_span(text.partition(" ")[0], kind=SpanKind.CLIENT, attributes=about)

    def ended(_connection: Any, _cursor: Any, _statement: Any, _values: Any, context: Any, _many: bool) -> None:
        if (span := getattr(context, "rollcall_span", None)) is not None:
            span.end()

    def failed(failure: ExceptionContext) -> None:
        if (span := getattr(failure.execution_context, "rollcall_span", None)) is not None:
            span.set_status(Status(StatusCode.ERROR))
            span.end()

    event.listen(engine.sync_engine, "before_cursor_execute", begins)
    event.listen(engine.sync_engine, "after_cursor_execute", ended)
    event.listen(engine.sync_engine, "handle_error", failed)


def current_parent() -> str | None:
    """What a job is to be a child of, as the header `traceparent` has it; None: nothing is traced."""
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    if not get_current_span().is_recording():
        return None
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get(PARENT)


def _provider() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        # others set these variables for a whole cluster: no reason not to work
        log.warning("no traces", reason="OTEL_ variables ask for them: pip install rollcall[telemetry]")
        return None
    # what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before our name
    said = Resource.create()
    name = said.attributes.get(SERVICE_NAME, "")
    unnamed = not isinstance(name, str) or name.startswith("unknown_service")
    provider = TracerProvider(resource=said.merge(Resource({SERVICE_NAME: NAME})) if unnamed else said)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
