"""The connection below the session: an import speaks plain SQL and COPY, which the ORM would only be in the way of."""

from typing import Any

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession


class Wire:
    """Runs SQL in the transaction of a session. Without parameters a statement is sent as it stands, % and all."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.connection = connection

    async def run(self, sql: str, parameters: dict[str, Any] | None = None) -> int:
        """Runs a statement; how many rows it touched."""
        async with self.connection.cursor() as cursor:
            await cursor.execute(sql.encode(), parameters)
            return cursor.rowcount

    async def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Runs a query; its rows."""
        async with self.connection.cursor() as cursor:
            await cursor.execute(sql.encode(), parameters)
            return await cursor.fetchall()

    async def value(self, sql: str) -> Any:
        """Runs a query; the first column of its first row."""
        rows = await self.rows(sql)
        return rows[0][0]


async def wire_of(session: AsyncSession) -> Wire:
    """The wire below a session in whose transaction something has been executed."""
    raw = await (await session.connection()).get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    return Wire(driver)


def quoted(name: str) -> str:
    """A name of ours as an SQL identifier; some, such as "on", are also words of the language."""
    return f'"{name}"'
