"""Rollcall on a real port, with the two schools of schema/college.py, for a browser to come to."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graphql_api.http.server import serve
from graphql_api.http.tokens import create_token
from models.database import Database
from models.settings import load_settings
from resolvers.access.sign_in import set_password
from tests.browser.driving import free_port
from tests.support.college import COLLEGE
from tests.support.factories import begun_with
from tests.support.house import House, open_house
from tests.support.rendering_here import RenderingHere

PASSWORD = "correct horse"


@dataclass(frozen=True)
class Place:
    """Where Rollcall answers, and the port of a front end at other origins: 127.0.0.1 is listed, localhost is not."""

    house: House
    address: str
    site_port: int

    async def token(self, email: str) -> str:
        viewer = await self.house.viewer(email)
        return create_token(self.house.services.settings, viewer.user_id, datetime.now(UTC))

    async def give_password(self, email: str) -> None:
        async with self.house.database.write() as session:
            await set_password(session, email, PASSWORD, datetime.now(UTC))


@pytest.fixture
async def place(database_url: str, database: Database, tmp_path: Path) -> AsyncIterator[Place]:
    async with database.write() as session:
        await begun_with(session, COLLEGE, tmp_path / "college")
    port, site_port = free_port(), free_port()
    environ = {
        "ROLLCALL_DATA": str(tmp_path),
        "ROLLCALL_SECRET": "s" * 40,
        "ROLLCALL_PORT": str(port),
        "ROLLCALL_ORIGINS": f"http://127.0.0.1:{site_port}",
    }
    settings = load_settings(environ)
    stop, ready = asyncio.Event(), asyncio.Event()
    async with open_house(replace(settings, log="error"), database_url, RenderingHere()) as house:
        server = asyncio.create_task(serve(house.app, settings.host, port, lambda _host, _port: ready.set(), stop=stop))
        await ready.wait()
        yield Place(house, settings.url, site_port)
        stop.set()
        await server
