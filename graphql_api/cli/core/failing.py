"""Expected failures of commands, each put into one sentence for whoever typed it."""

import redis.exceptions
from psycopg import errors as postgres
from sqlalchemy import exc as sql

from models.embedded import ServerStartError
from models.settings import SettingsError
from resolvers.access.sign_in import AccountError
from resolvers.core.problems import Refusal


class CommandFailed(Exception):  # noqa: N818  expected, and a sentence rather than an error of ours
    """The command cannot do what was asked; the text says why, and what to do."""


_SAY_THEMSELVES = (CommandFailed, SettingsError, ServerStartError, Refusal, AccountError)


def sentence_of(error: Exception) -> str | None:
    """What to tell the person at the terminal, or None for an error nobody expected."""
    # a command that fails takes its time; one that does not need not know GraphQL
    from graphql_api.core.errors import UserFacingError
    from graphql_api.http.server import AddressTakenError

    if isinstance(error, _SAY_THEMSELVES):
        return _whole(str(error))
    if isinstance(error, UserFacingError):
        return _whole(error.message)
    if isinstance(error, AddressTakenError):
        return f"{error} Stop what runs there, or set ROLLCALL_PORT or ROLLCALL_HOST."
    cause = error.orig if isinstance(error, sql.DBAPIError) else error
    if isinstance(cause, postgres.InsufficientPrivilege):
        return f"The database refuses: {_first_line(cause)}. `rollcall migrate` must run as the owner of its tables."
    if isinstance(cause, postgres.OperationalError):
        return f"PostgreSQL does not answer: {_first_line(cause)}. See DATABASE_URL, or ask `rollcall doctor`."
    if isinstance(cause, redis.exceptions.ConnectionError | redis.exceptions.TimeoutError):
        return f"Redis does not answer: {_first_line(cause)}. See REDIS_URL, or ask `rollcall doctor`."
    if isinstance(cause, OSError) and cause.filename is not None:
        return f"{cause.filename}: {cause.strerror}."
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _whole(text: str) -> str:
    """The text as a sentence: refusals are written to stand behind the name of a field."""
    return text if text.endswith((".", "!", "?")) or "\n" in text else f"{text}."
