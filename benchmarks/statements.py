"""How many SQL statements something takes; that the number does not grow with the subjects is what counts."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from benchmarks.serving import administrator
from benchmarks.stage import MONTH, NOW, Stage
from graphql_api.cli.core.composition import Ground, opened, services_of
from graphql_api.core.context import Context, current_viewer
from graphql_api.http.body import Operation
from graphql_api.http.endpoint import run_operation
from graphql_api.schema import build_schema
from models.database import Database
from models.embedded import Addresses
from resolvers.access.viewers import SYSTEM
from resolvers.reports.generation import generate


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements sent while the block lasts; BEGIN and COMMIT are not among them."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def statements_of_query(stage: Stage, database: str, query: str, variables: dict[str, Any]) -> int:
    """Of one request, the look-up of who asks included."""
    return asyncio.run(_of_query(stage, database, Operation(query, variables, None, None)))


async def _of_query(stage: Stage, database: str, operation: Operation) -> int:
    user_id = await administrator(stage, database)
    ground = Ground(stage.settings, Addresses(stage.url(database), stage.addresses.redis_url))
    async with opened(ground, for_requests=True) as work:
        services = services_of(work)
        with counted(work.database) as sent:
            viewer = await current_viewer(services, user_id, None, NOW)
            result = await run_operation(build_schema(), operation, Context(services, viewer, NOW, "bench"))
    assert not result.errors, result.errors
    return len(sent)


async def statements_of_chunk(application: Database, subject_ids: Collection[int]) -> int:
    """Of generating the reports of these subjects in one transaction, which is then rolled back."""
    with counted(application) as sent:
        async with application.write(snapshot=True) as session:
            await generate(session, SYSTEM, subject_ids, MONTH, now=NOW)
            await session.rollback()
    return len(sent)
