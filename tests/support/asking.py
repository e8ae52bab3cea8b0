"""Running operations in process, as the endpoint does, without HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql_api.core.context import Context, Services
from graphql_api.schema import build_schema
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from models.database import Database
from models.settings import Settings
from resolvers.access.viewers import Viewer, viewer_by_email
from tests.support.college import NOW


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of an answer."""

    code: str
    message: str
    path: tuple[str | int, ...] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answered."""

    data: Any
    errors: list[Problem]

    @property
    def whole(self) -> Any:
        """The data of an answer without errors."""
        assert self.errors == []
        return self.data


Ask = Callable[..., Awaitable[Answer]]


async def run(
    database: Database, settings: Settings, viewer: Viewer, query: str, variables: dict[str, Any], now: datetime
) -> Answer:
    """Runs an operation as a viewer, at a moment."""
    context = Context(Services(settings, database, Queue(None), Bus(None), None), viewer, now, "request")
    result = await build_schema().execute(query, variable_values=variables, context_value=context)
    errors = [
        Problem(str((error.extensions or {})["code"]), error.message, tuple(error.path) if error.path else None)
        for error in result.errors or []
    ]
    return Answer(result.data, errors)


def asking(database: Database, settings: Settings) -> Ask:
    """A function that runs an operation as the account with an e-mail address."""

    async def ask(email: str, query: str, *, now: datetime = NOW, **variables: Any) -> Answer:
        async with database.read() as session:
            viewer = await viewer_by_email(session, email)
        assert viewer is not None
        return await run(database, settings, viewer, query, variables, now)

    return ask
