"""The backup that docs/packaging.md describes: dumped, restored elsewhere, and all is there. Redis is no part of it."""

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select

from models import BaseReport
from models.embedded import Addresses
from models.embedded.postgres import _programs
from resolvers.metrics.sums import verify_sums
from tests.graphql_api.exports.test_downloads import ASK, LOOK, make
from tests.support.college import BUILDER
from tests.support.house import House, open_house
from tests.support.rendering_here import RenderingHere


@pytest.fixture
def elsewhere(servers: Addresses) -> Iterator[str]:
    """The URL of an empty database."""
    name = f"test_{uuid4().hex}"

    def url(database: str) -> str:
        return servers.database_url.replace("@/rollcall?", f"@/{database}?")

    with psycopg.connect(url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
        yield url(name)
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def run(program: str | Path, *arguments: str | Path) -> None:
    subprocess.run([program, *arguments], check=True, capture_output=True, text=True)


async def kept(url: str) -> int:
    """How many sums are kept, which says that there was something to verify."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        row = await (await connection.execute("select count(*) from session_part")).fetchone()
    assert row is not None
    return int(row[0])


async def reports(house: House) -> dict[int, str]:
    """What every stored report says, by its id."""
    async with house.database.read() as session:
        rows = await session.execute(select(BaseReport.id, BaseReport.content_hash).order_by(BaseReport.id))
        return {number: str(content) for number, content in rows}


async def test_what_was_backed_up_is_all_there_elsewhere(
    college: House, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    made = await make(college, "COURSE", "COL", BUILDER)
    content = (await made.answer()).content
    asked = await college.ask(BUILDER, ASK, report=made.report, format="JSON")
    waiting = asked.whole["exportRequest"]["export"]["id"]  # for a worker, when the backup is made
    before, counts = await reports(college), await college.counts()

    dump, files = tmp_path / "rollcall.dump", tmp_path / "files.tar"
    run(_programs() / "pg_dump", "--format", "custom", "--file", dump, database_url)
    run("tar", "-C", college.work.settings.data, "-cf", files, "files")
    data = tmp_path / "restored"
    data.mkdir()
    run(_programs() / "pg_restore", "--no-owner", "--exit-on-error", "--dbname", elsewhere, dump)
    run("tar", "-C", data, "-xf", files)

    settings = replace(college.work.settings, data=data)
    async with open_house(settings, elsewhere, RenderingHere()) as restored:
        assert len(before) == 1
        assert await reports(restored) == before
        assert await restored.counts() == counts
        export = (await restored.ask(BUILDER, LOOK, id=made.export)).whole["export"]
        response = await restored.get(export["downloadUrl"])
        assert (response.status_code, response.content) == (200, content)
        assert hashlib.sha256(response.content).hexdigest() == export["sha256"]
        assert await restored.work_off() == 1
        assert (await restored.ask(BUILDER, LOOK, id=waiting)).whole["export"]["state"] == "SUCCEEDED"
        async with restored.database.write(snapshot=True) as session:
            differing = await verify_sums(session)
        assert set(differing.values()) == {0}
    assert await kept(elsewhere) == await kept(database_url) != 0
