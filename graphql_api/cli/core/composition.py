"""The one place where the command line puts Rollcall together: settings, servers, schema, services, application."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from graphql_api.cli.core import interruption
from graphql_api.cli.core.console import say, waiting
from graphql_api.cli.core.failing import CommandFailed
from graphql_api.http.logging import configure_logging
from jobs.work.registry import open_work
from jobs.work.task import WorkContext
from models.database import Database
from models.embedded import Addresses, running_servers
from models.schema_version import known_revisions, stored_revision, trouble_with
from models.settings import Settings, load_settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from graphql_api.core.context import Services
    from graphql_api.observing.traces import Spans

Done = TypeVar("Done")
Command = Callable[[WorkContext], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything stands on: the settings of this process and the servers, which run."""

    settings: Settings
    addresses: Addresses


def settings_of_command(*, lasting: bool = False) -> Settings:
    """The settings, with logging set up by them. Commands that end soon say themselves what matters."""
    settings = load_settings()
    configure_logging("warning" if settings.log == "info" and not lasting else settings.log)
    return settings


@contextmanager
def servers(settings: Settings, *, told: bool = False) -> Iterator[Ground]:
    """Has PostgreSQL and Redis running, with the schema of this version.

    A terminal shows that they are being started, where they are; with `told` a line says so elsewhere.
    """

    def shown(names: Sequence[str]) -> AbstractContextManager[None]:
        return waiting(f"Starting {' and '.join(names)}", told=told)

    with running_servers(settings, shown=shown) as addresses:
        bring_up_to_date(addresses.database_url)
        yield Ground(settings, addresses)


def bring_up_to_date(database_url: str) -> str:
    """Migrates a database that is not at the newest schema, and says so; returns the revision it is at."""
    stored, newest = stored_revision(database_url), known_revisions()[-1]
    if stored == newest:
        return newest
    if trouble := trouble_with(stored):
        found, advice = trouble
        raise CommandFailed(f"The database has {found}. {advice}")
    say("Making the tables." if stored is None else f"Bringing the database's schema from {stored} to {newest}.")
    from models.migrate import migrate

    migrate(database_url)
    return newest


@asynccontextmanager
async def opened(ground: Ground, *, for_requests: bool = False, works: bool = False) -> AsyncIterator[WorkContext]:
    """Everything a process uses, closed at the end. Only statements for requests have a time limit.

    Only a process that `works` knows the kinds of job: to load them all takes a second.
    """
    settings = ground.settings
    database = Database(
        ground.addresses.database_url,
        pool_size=settings.pool_size,
        statement_seconds=settings.statement_seconds if for_requests else 0,
    )
    try:
        async with open_work(settings, database, ground.addresses.redis_url, None if works else {}) as work:
            yield work
    finally:
        await database.close()


def run_on(
    ground: Ground,
    command: Command[Done],
    *,
    for_requests: bool = False,
    works: bool = False,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> Done:
    """Runs one piece of asynchronous work on servers that run."""
    if not gc.isenabled():  # what was loaded stays for good; from here on things come and go
        gc.freeze()
        gc.enable()

    async def whole() -> Done:
        async with opened(ground, for_requests=for_requests, works=works) as work:
            return await command(work)

    return interruption.run(whole(), loop_factory=loop_factory)


def run(command: Command[Done], *, for_requests: bool = False, works: bool = False) -> Done:
    """Runs a command that ends soon: settings, servers, the work itself."""
    with servers(settings_of_command()) as ground:
        return run_on(ground, command, for_requests=for_requests, works=works)


def services_of(work: WorkContext) -> "Services":
    """What resolvers may use."""
    from graphql_api.core.context import Services

    return Services(work.settings, work.database, work.queue, work.bus, work.files)


def application(work: WorkContext, spans: "Spans | None" = None) -> "Starlette":
    """The web application."""
    from graphql_api.app import create_app

    return create_app(work.settings, work.database, work.queue, work.bus, work.files, spans=spans)
