"""Puts every error of an operation into words for the client, and into the log for us.

Expected failures keep their sentence. GraphQL's own (syntax, validation, coercion) become BAD_USER_INPUT. A database or
broker that does not answer becomes UNAVAILABLE. Anything else is logged with its traceback and masked as INTERNAL.
"""

from collections.abc import Iterable
from typing import Any

import structlog
from graphql import GraphQLError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from sqlalchemy import exc as sql
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from graphql_api.core.errors import (
    BadUserInputError,
    ErrorCode,
    ForbiddenError,
    MutationByGetError,
    TooComplexError,
    UnavailableError,
    UserFacingError,
)
from graphql_api.operations.limits import MAX_TOKENS
from resolvers.core.problems import ProblemCode, Refusal

log = structlog.get_logger("rollcall.errors")

RETRY_SECONDS = 5
SUBSCRIBE_ELSEWHERE = (
    "Subscriptions are answered over WebSocket (graphql-transport-ws), or over HTTP with Accept: text/event-stream."
)
QUERY_CANCELED = "57014"
CONNECTION_ERRORS = (
    sql.TimeoutError,
    sql.OperationalError,
    sql.InterfaceError,
    ConnectionError,
    RedisConnectionError,
    RedisTimeoutError,
)


def expected(error: BaseException) -> UserFacingError | None:
    """The error as the client may read it, or None for one that nobody expected."""
    if isinstance(error, UserFacingError):
        return error
    if isinstance(error, TimeoutError) or _sql_state(error) == QUERY_CANCELED:
        return UnavailableError(
            "This took too long and was stopped. Ask for less at once, or try again later.", retry_after=RETRY_SECONDS
        )
    if isinstance(error, CONNECTION_ERRORS):
        return UnavailableError(
            "Rollcall is too busy, or cannot reach its database, at the moment. Try again in a few seconds.",
            retry_after=RETRY_SECONDS,
        )
    if isinstance(error, CannotGetOperationTypeError):
        name = error.operation_name
        return BadUserInputError(
            f'The document has no operation named "{name}".' if name else "The document has no operation."
        )
    if isinstance(error, InvalidOperationTypeError):
        # a mutation is refused to GET alone
        is_mutation = error.operation_type is OperationType.MUTATION
        return MutationByGetError() if is_mutation else BadUserInputError(SUBSCRIBE_ELSEWHERE)
    if isinstance(error, Refusal):
        return (ForbiddenError if error.code == ProblemCode.FORBIDDEN else BadUserInputError)(str(error))
    return None


def masked_message(request_id: str) -> str:
    """What a client reads about a fault of ours."""
    return f"Something went wrong on our side. If you ask for help, quote request id {request_id}."


def presented(errors: Iterable[GraphQLError], request_id: str, operation_name: str | None) -> list[GraphQLError]:
    """The same errors, each with a code and a sentence for the client; every one is logged."""
    kept: list[GraphQLError] = []
    for error in errors:
        cause = _cause(error)
        known = expected(cause) if cause is not None else _of_graphql(error)
        if known is None:
            assert cause is not None
            log.error("operation failed", operation=operation_name, path=error.path, exc_info=cause)
            kept.append(_rewritten(error, masked_message(request_id), ErrorCode.INTERNAL, requestId=request_id))
            continue
        _log_expected(known, operation_name, error.path, cause)
        kept.append(_rewritten(error, known.message, known.code))
    return kept


def error_entry(error: BaseException, request_id: str) -> tuple[UserFacingError | None, dict[str, Any]]:
    """An error outside any GraphQL operation: what it is, and its entry in `errors`. Logs it as `presented` does."""
    known = expected(error)
    if known is None:
        log.error("request failed", exc_info=error)
        extensions = {"code": ErrorCode.INTERNAL, "requestId": request_id}
        return None, {"message": masked_message(request_id), "extensions": extensions}
    _log_expected(known, None, None, error)
    return known, {"message": known.message, "extensions": {"code": known.code}}


def _log_expected(
    known: UserFacingError, operation_name: str | None, path: object, cause: BaseException | None
) -> None:
    if known.code == ErrorCode.UNAVAILABLE:
        reason = None if isinstance(cause, UserFacingError) else repr(cause)
        log.warning("unavailable", operation=operation_name, path=path, message=known.message, reason=reason)
    else:
        log.info("refused", code=known.code, operation=operation_name, path=path, message=known.message)


def _cause(error: GraphQLError) -> BaseException | None:
    """The exception behind a GraphQL error; None where GraphQL itself raised it about what the client sent."""
    if error.path is None and error.nodes and not isinstance(error.original_error, UserFacingError):
        return None  # a variable or a literal that cannot be coerced, in the words of its type
    original: BaseException | None = error.original_error
    while isinstance(original, GraphQLError):
        # A resolver's argument that cannot be coerced is the client's; a result that cannot be written is ours.
        if _about_arguments(original):
            return None
        if original.original_error is None:
            return original
        original = original.original_error
    return original


def _about_arguments(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name in {"get_argument_values", "experimental_get_argument_values"}:
            return True
        trace = trace.tb_next
    return False


def _of_graphql(error: GraphQLError) -> UserFacingError:
    if "Parsing aborted" in error.message and "tokens" in error.message:
        return TooComplexError(
            f"This document has more than {MAX_TOKENS:,} tokens, the most Rollcall reads. Ask for less."
        )
    if error.message == "Validation aborted.":
        return TooComplexError("This document repeats too many fields to be checked. Ask for each field once.")
    return BadUserInputError(error.message)


def _rewritten(error: GraphQLError, message: str, code: ErrorCode, **extensions: str) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": code, **extensions},
    )


def _sql_state(error: BaseException) -> str | None:
    original = getattr(error, "orig", None)
    return getattr(original, "sqlstate", None)
