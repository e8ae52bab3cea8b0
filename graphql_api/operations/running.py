"""How an operation runs, whichever way it came in: the schema's own rules, on top of Strawberry's.

Tokens are counted while parsing, the load before validating, time while executing; documents that proved valid are
kept. Errors are put into words where they arise, so HTTP, SSE, WebSocket and the command line cannot differ. Each event
of a subscription runs with a context of its own.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from time import perf_counter
from typing import Any, Final

import strawberry
import structlog
from graphql import DocumentNode, Executor, GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType
from strawberry.utils.aio import aclosing

from graphql_api.core.context import Context
from graphql_api.core.errors import BadUserInputError, ErrorCode, UserFacingError
from graphql_api.observing.kept_names import NAMELESS
from graphql_api.operations.limits import MAX_TOKENS, check_load
from graphql_api.operations.masking import expected, presented

KEPT_DOCUMENTS: Final = 200
OK: Final = "ok"
LONGEST_LOGGED: Final = 100

slow_log = structlog.get_logger("rollcall.slow")


class OperationSchema(strawberry.Schema):
    """A Strawberry schema whose operations run by the rules of this module."""

    def __init__(
        self,
        query: type,
        mutation: type | None = None,
        subscription: type | None = None,
        types: Iterable[type] = (),
        extensions: Iterable[type[SchemaExtension]] = (),
        config: StrawberryConfig | None = None,
    ) -> None:
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=types,
            extensions=[OperationRules, *extensions],
            execution_context_class=EventExecutor,
            config=config,
        )
        self.valid_documents: OrderedDict[str, DocumentNode] = OrderedDict()

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Replaces the errors, in place, by what the client may read; Strawberry calls it once for each result."""
        context = execution_context.context if execution_context else None
        request_id = context.request_id if isinstance(context, Context) else "none"
        operation_name = execution_context.operation_name if execution_context else None
        errors[:] = presented(errors, request_id, operation_name)

    def keep_valid(self, query: str, document: DocumentNode) -> None:
        """Remembers a document that passed validation."""
        self.valid_documents[query] = document
        self.valid_documents.move_to_end(query)
        if len(self.valid_documents) > KEPT_DOCUMENTS:
            self.valid_documents.popitem(last=False)


class OperationRules(SchemaExtension):
    """Limits, the memory of valid documents, the deadline, and what is told of an operation once it is over."""

    # the most values its answer could have held; None: it never ran
    cost: int | None = None

    def on_operation(self) -> Iterator[None]:
        """Caps the tokens the parser reads; tells of the operation when it has ended."""
        self.execution_context.parse_options["max_tokens"] = MAX_TOKENS
        begun, outcome = perf_counter(), OK
        try:
            yield
            if errors := self.execution_context.pre_execution_errors:
                outcome = str((errors[0].extensions or {}).get("code", ErrorCode.INTERNAL))
        except Exception as error:
            known = expected(error)
            outcome = known.code if known is not None else ErrorCode.INTERNAL
            raise
        finally:
            self._tell(outcome, perf_counter() - begun)

    def _tell(self, outcome: str, seconds: float) -> None:
        operation = self.execution_context
        if not isinstance(operation.context, Context):
            return
        services, ran = operation.context.services, self.cost is not None
        # how long a subscription was open says nothing about us
        timed = not ran or operation.operation_type is not OperationType.SUBSCRIPTION
        if services.measures is not None:
            name = operation.operation_name
            services.measures.operation_ended(name, outcome, seconds if timed else None, ran=ran)
        if timed and seconds >= services.settings.slow_seconds:
            slow_log.warning("slow operation", ms=round(seconds * 1000, 1), outcome=outcome)

    def on_parse(self) -> Iterator[None]:
        """Takes a document that was valid before, instead of parsing it again."""
        operation = self.execution_context
        self.known = _schema(operation).valid_documents.get(operation.query or "")
        if self.known is not None:
            operation.graphql_document = self.known
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuses what is too much before looking at it closely; a known document needs no closer look."""
        operation = self.execution_context
        schema = _schema(operation)
        assert operation.graphql_document is not None
        load = None
        try:
            _refuse_unnamed(operation)
            load = check_load(schema._schema, operation.graphql_document, operation.variables, operation.operation_name)
        except UserFacingError as error:
            operation.pre_execution_errors = [GraphQLError(error.message, original_error=error)]
        else:
            if self.known is not None:
                operation.pre_execution_errors = []
        yield
        if load is not None and not operation.pre_execution_errors and operation.query:
            schema.keep_valid(operation.query, operation.graphql_document)
            self.cost = load.cost
            # every line from here on has them, that of the request included
            structlog.contextvars.bind_contextvars(
                operation=(operation.operation_name or NAMELESS)[:LONGEST_LOGGED], cost=load.cost
            )

    async def on_execute(self) -> AsyncIterator[None]:
        """Ends an operation that takes too long; of a subscription, only its start. Whichever way it ends, it has given
        every database connection back.
        """
        context = self.execution_context.context
        if not isinstance(context, Context):
            yield
            return
        try:
            async with asyncio.timeout(context.settings.statement_seconds):
                yield
        finally:
            await context.database.given_back()


class EventExecutor(StrawberryGraphQLCoreExecutionContext):
    """Runs each event of a subscription with a fresh context."""

    def cancellable_iterable(self, iterable: AsyncIterable[Any]) -> AsyncIterable[Any]:
        """The source events, each one preceded by a renewal of the context."""
        return super().cancellable_iterable(self._renewing(iterable))

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """The executor of one event. graphql-core lets them all share a memory that only grows: each gets its own."""
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}
        return executor

    async def _renewing(self, source: AsyncIterable[Any]) -> AsyncIterator[Any]:
        opened = self.context_value
        measures = opened.services.measures if isinstance(opened, Context) else None
        if measures is not None:
            measures.subscriber_came()
        try:
            async with aclosing(aiter(source)) as events:
                async for event in events:
                    if isinstance(opened, Context):
                        self.context_value = await opened.for_event()
                    yield event
        finally:
            if measures is not None:
                measures.subscriber_left()


def _refuse_unnamed(operation: ExecutionContext) -> None:
    """Of several operations Strawberry would run the first; the specification wants one named."""
    assert operation.graphql_document is not None
    kinds = [each.kind for each in operation.graphql_document.definitions]
    count = kinds.count("operation_definition")
    if count > 1 and not operation._provided_operation_name:
        raise BadUserInputError(f"This document has {count} operations: say which to run in operationName.")


def _schema(operation: ExecutionContext) -> OperationSchema:
    assert isinstance(operation.schema, OperationSchema)
    return operation.schema
