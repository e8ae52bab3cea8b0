"""The two schools of tests/support/college.py, with webhooks on this machine and a mail server that is set."""

from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from models.database import Database
from models.settings import Settings
from tests.support.college import COLLEGE
from tests.support.factories import begun_with
from tests.support.house import House, open_house
from tests.support.receiver import Receiver, receiving
from tests.support.rendering_here import RenderingHere


@pytest.fixture
async def college(settings: Settings, database_url: str, database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with database.write() as session:
        await begun_with(session, COLLEGE, tmp_path / "college")
    open_to = replace(settings, webhook_networks=(ip_network("127.0.0.0/8"),))
    async with open_house(open_to, database_url, RenderingHere()) as house:
        yield house


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened
