"""The application on the tiny schema and a real database, in process (`client`) and on a real port (`address`)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from graphql_api.app import create_app
from graphql_api.core.context import Services
from graphql_api.http.server import serve
from graphql_api.http.tokens import create_token
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from models import Role, User
from models.database import Database
from models.settings import Settings, load_settings
from tests.support.tiny_schema import Stage, build_schema

AddUser = Callable[..., Awaitable[int]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(load_settings({"ROLLCALL_DATA": str(tmp_path)}), secret="s" * 40)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def services(settings: Settings, database: Database, stage: Stage) -> Services:
    return Services(settings, database, Queue(None), Bus(None), stage)


@pytest.fixture
def app(services: Services) -> Starlette:
    return app_on(services)


def app_on(services: Services) -> Starlette:
    return create_app(
        services.settings, services.database, services.queue, services.bus, services.files, schema=build_schema()
    )


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as opened:
        yield opened


def client_of(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://rollcall.test")


@pytest.fixture
def add_user(database: Database) -> AddUser:
    async def add(email: str, role: Role = Role.ADMIN, name: str = "Ada") -> int:
        async with database.write() as session:
            user = User(source_id=email, email=email, name=name, role=role.value)
            session.add(user)
            await session.flush()
            return user.id

    return add


@pytest.fixture
async def ada(add_user: AddUser) -> int:
    """The id of an ADMIN, ada@example.org."""
    return await add_user("ada@example.org")


@pytest.fixture
def bearer(settings: Settings, ada: int) -> dict[str, str]:
    """The header that signs Ada in."""
    return bearer_of(settings, ada)


def bearer_of(settings: Settings, user_id: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_token(settings, user_id, datetime.now(UTC))}"}


@pytest.fixture
async def address(app: Starlette) -> AsyncIterator[str]:
    """host:port of a uvicorn that serves the application while the test runs."""
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve(app, "127.0.0.1", 0, lambda host, port: ready.set_result(f"{host}:{port}"), stop=stop)
    )
    yield await ready
    stop.set()
    await server
