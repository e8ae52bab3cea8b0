"""`/graphql` over HTTP: one operation in, JSON out, or a stream of server-sent events for whoever accepts one.

Status codes follow GraphQL over HTTP. For `application/graphql-response+json` a request that never ran (syntax,
validation, variables) is 400; for `application/json` it is 200, as clients of that older type expect. In both, 401 is
nobody signed in, 503 something of ours that does not answer, and 4xx a body that is no request at all.

GET is for queries and subscriptions, so it changes nothing. No other site can have a browser send one in somebody's
name: it must bear a token in the header Authorization, which no browser adds by itself and no script of another origin
without a preflight. This is the custom header that other servers ask of a GET beside a cookie; a sign-in that browsers
send along would need one here too.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import orjson
from graphql import GraphQLError, get_operation_ast, parse
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from strawberry.http import process_result
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.utils.aio import aclosing
from structlog.contextvars import get_contextvars

from graphql_api.core.context import Context, Services
from graphql_api.core.errors import HTTP_STATUS, ErrorCode, MutationByGetError
from graphql_api.http.accept import EVENT_STREAM, GRAPHQL_JSON, preferred
from graphql_api.http.body import Operation, read_operation
from graphql_api.http.compression import compressed
from graphql_api.http.requests import request_id_of
from graphql_api.http.sign_in import signed_in_context
from graphql_api.operations.limits import MAX_TOKENS
from graphql_api.operations.masking import RETRY_SECONDS, error_entry, expected
from graphql_api.operations.running import OperationSchema

ONE_RESULT: Final = (OperationType.QUERY, OperationType.MUTATION)
NOTHING_CHANGED: Final = (OperationType.QUERY,)


class Events(SSETransport):
    """Server-sent events whose lines end in LF: some clients split them at nothing else, and would hear nothing."""

    def encode_event(self, event: str, data: str | None = None) -> str:
        """One event."""
        return super().encode_event(event, data).replace("\r\n", "\n")

    def encode_comment(self, comment: str) -> str:
        """A line that means nothing, so that the connection is seen to be alive."""
        return super().encode_comment(comment).replace("\r\n", "\n")


SSE: Final = Events()


def graphql_endpoint(schema: OperationSchema, services: Services) -> Callable[[Request], Awaitable[Response]]:
    """The handler of `GET /graphql` and `POST /graphql`."""

    async def answer(request: Request) -> Response:
        accepted = preferred(request.headers.get("accept"))
        # Before the body is read: whoever is not signed in has nothing parsed or validated.
        context = await signed_in_context(services, request.headers.get("authorization"), request_id_of(request))
        operation = await read_operation(request)
        by_post = request.method == "POST"
        if accepted == EVENT_STREAM and request.method != "HEAD":
            if not by_post:
                _refuse_mutation(operation)  # while there is a status line to say it in
            return _stream(schema, operation, context)
        allowed = ONE_RESULT if by_post else NOTHING_CHANGED
        if services.spans is None:
            result = await run_operation(schema, operation, context, allowed)
        else:
            with services.spans.operation(request.headers) as ended:
                result = await run_operation(schema, operation, context, allowed)
                ended(get_contextvars().get("operation"), _code(result.errors[0]) if result.errors else "ok")
        return await compressed(request, _response(result, accepted))

    return answer


async def run_operation(
    schema: OperationSchema, operation: Operation, context: Context, allowed: tuple[OperationType, ...] = ONE_RESULT
) -> ExecutionResult:
    """The result of an operation, its errors in words for the client. BadUserInputError: none of an allowed type."""
    try:
        return await schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
            operation_extensions=operation.extensions,
            allowed_operation_types=allowed,
        )
    except (CannotGetOperationTypeError, InvalidOperationTypeError) as error:
        refusal = expected(error)
        assert refusal is not None
        raise refusal from None


def answer_of(result: ExecutionResult) -> dict[str, Any]:
    """The JSON answer: no `data` where the operation never ran."""
    answer = dict(process_result(result))
    if _never_ran(result):
        del answer["data"]
    return answer


def _response(result: ExecutionResult, media: str) -> Response:
    status = _status(result, media)
    headers = {"Cache-Control": "no-store"}
    if status == HTTP_STATUS[ErrorCode.UNAVAILABLE]:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return Response(orjson.dumps(answer_of(result)), status, headers, f"{media}; charset=utf-8")


def _status(result: ExecutionResult, media: str) -> int:
    errors = result.errors or []
    empty = result.data is None or all(value is None for value in result.data.values())
    if empty and any(_code(error) == ErrorCode.UNAVAILABLE for error in errors):
        return HTTP_STATUS[ErrorCode.UNAVAILABLE]
    if media == GRAPHQL_JSON and _never_ran(result):
        return HTTP_STATUS[ErrorCode(_code(errors[0]))]
    return 200


def _never_ran(result: ExecutionResult) -> bool:
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or ())


def _code(error: GraphQLError) -> str:
    return str((error.extensions or {}).get("code"))


def _refuse_mutation(operation: Operation) -> None:
    with suppress(GraphQLError):  # what is no document is said where it runs
        found = get_operation_ast(parse(operation.query, max_tokens=MAX_TOKENS), operation.operation_name)
        if found and found.operation.value == OperationType.MUTATION.value:
            raise MutationByGetError


def _stream(schema: OperationSchema, operation: Operation, context: Context) -> Response:
    async def events() -> AsyncGenerator[str, None]:
        try:
            results = await schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
                operation_extensions=operation.extensions,
            )
            async with aclosing(results):
                async for result in results:
                    assert isinstance(result, ExecutionResult)
                    yield SSE.encode_next(answer_of(result), _text)  # type: ignore[arg-type]
        except Exception as error:  # the status line is gone: say it as an event
            _, entry = error_entry(error, context.request_id)
            yield SSE.encode_event("next", _text({"errors": [entry]}))
        yield SSE.encode_complete()

    beating = merge_stream_with_heartbeat(
        events,
        lambda: SSE.heartbeat_message(_text),
        interval=SSE.heartbeat_interval,
        send_initial_heartbeat=SSE.send_initial_heartbeat,
    )
    return StreamingResponse(beating(), headers=dict(SSE.headers))


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
