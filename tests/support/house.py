"""A whole Rollcall for a test: a database with something in it, the work of a worker, and the application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import func, select
from starlette.applications import Starlette

from graphql_api.app import create_app
from graphql_api.core.context import Context, Services, utc_now
from graphql_api.schema import build_schema
from jobs.rendering.parent import Renderer
from jobs.work.registry import open_work
from jobs.work.running import run_due
from jobs.work.task import WorkContext
from models import BaseReport, Export, Job, Run
from models.database import Database
from models.settings import Settings
from resolvers.access.viewers import Viewer, viewer_by_email
from tests.support.asking import Answer, Problem


@dataclass(frozen=True, slots=True)
class House:
    """What a process of Rollcall has, with `work` subject_rules for its worker."""

    work: WorkContext
    app: Starlette

    @property
    def database(self) -> Database:
        return self.work.database

    @property
    def services(self) -> Services:
        work = self.work
        return Services(work.settings, work.database, work.queue, work.bus, work.files)

    async def viewer(self, email: str) -> Viewer:
        """The account with that address."""
        async with self.database.read() as session:
            viewer = await viewer_by_email(session, email)
        assert viewer is not None
        return viewer

    async def ask(self, email: str, query: str, *, now: datetime | None = None, **variables: Any) -> Answer:
        """Runs an operation in process as somebody, now unless told."""
        context = Context(self.services, await self.viewer(email), now or utc_now(), "request")
        result = await build_schema().execute(query, variable_values=variables, context_value=context)
        errors = [
            Problem(str((error.extensions or {})["code"]), error.message, tuple(error.path) if error.path else None)
            for error in result.errors or []
        ]
        return Answer(result.data, errors)

    async def get(self, url: str) -> httpx.Response:
        """What the application answers to GET, without a sign-in."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
            return await client.get(url)

    async def work_off(self) -> int:
        """Does all work that is due."""
        return await run_due(self.work)

    async def counts(self) -> dict[str, int]:
        """How many rows there are of all that may be asked for."""
        async with self.database.read() as session:
            return {
                table.__tablename__: await session.scalar(select(func.count()).select_from(table)) or 0
                for table in (BaseReport, Run, Export, Job)
            }


@asynccontextmanager
async def open_house(settings: Settings, url: str, renderer: Renderer | None = None) -> AsyncIterator[House]:
    """Rollcall on the database with that URL; with `renderer` in place of its own."""
    database = Database(url)
    try:
        async with house_on(settings, database, renderer) as house:
            yield house
    finally:
        await database.close()


@asynccontextmanager
async def house_on(settings: Settings, database: Database, renderer: Renderer | None = None) -> AsyncIterator[House]:
    """Rollcall on a database, without Redis."""
    async with open_work(settings, database, None) as opened:
        work = replace(opened, renderer=renderer or opened.renderer)
        yield House(work, create_app(settings, database, work.queue, work.bus, work.files))
