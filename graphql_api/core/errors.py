"""The errors a client may read: a code from a closed list and a sentence that says what would be right."""

from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """`extensions.code` of a top-level error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    TOO_COMPLEX = "TOO_COMPLEX"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    INTERNAL = "INTERNAL"


HTTP_STATUS: dict[ErrorCode, int] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.BAD_USER_INPUT: 400,
    ErrorCode.TOO_COMPLEX: 400,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED: 400,
    ErrorCode.INTERNAL: 500,
}
"""The status of an answer that is nothing but this error."""


class UserFacingError(Exception):
    """An expected failure: the message reaches the client as it is, so it is a sentence for them."""

    code: ClassVar[ErrorCode]

    def __init__(self, message: str, *, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status or HTTP_STATUS[self.code]
        self.retry_after = retry_after


class UnauthenticatedError(UserFacingError):
    """Nobody is signed in, or the sign-in has ended."""

    code = ErrorCode.UNAUTHENTICATED


class ForbiddenError(UserFacingError):
    """The viewer's role may not read or do this."""

    code = ErrorCode.FORBIDDEN


class BadUserInputError(UserFacingError):
    """What was asked makes no sense as it stands; asking differently would."""

    code = ErrorCode.BAD_USER_INPUT


class MutationByGetError(BadUserInputError):
    """A mutation came by the method that must change nothing."""

    def __init__(self) -> None:
        super().__init__("GET is for queries and subscriptions; send a mutation by POST.", status=405)


class PersistedQueryError(BadUserInputError):
    """A hash stands for a query that is not kept here. Clients know the message, and send the query itself."""

    code = ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class TooComplexError(UserFacingError):
    """The operation asks for more than one answer may hold."""

    code = ErrorCode.TOO_COMPLEX


class RateLimitedError(UserFacingError):
    """Too many attempts in too short a time."""

    code = ErrorCode.RATE_LIMITED


class UnavailableError(UserFacingError):
    """Something Rollcall needs does not answer at the moment; the same request may work in a little while."""

    code = ErrorCode.UNAVAILABLE
