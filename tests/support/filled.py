"""A database that is filled once, for all tests that only read it or whose additions disturb no other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg import sql

from models.database import Database
from models.embedded import Addresses

Fill = Callable[[Database], Awaitable[object]]


@contextmanager
def filled_database(servers: Addresses, template: str, fill: Fill) -> Iterator[str]:
    """The superuser's URL of a migrated database that `fill` has put something into."""
    name = f"filled_{uuid4().hex}"
    url = servers.database_url.replace("@/rollcall?", f"@/{name}?")
    with psycopg.connect(servers.database_url.replace("@/rollcall?", "@/postgres?"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        asyncio.run(_filled(url, fill))
        yield url
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


async def _filled(url: str, fill: Fill) -> None:
    database = Database(url)
    try:
        await fill(database)
    finally:
        await database.close()
