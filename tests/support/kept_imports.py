"""Bundles that many tests begin with: imported once by each process, then put back as the rows that came of it."""

from typing import Any, Final, cast

from psycopg import AsyncConnection, AsyncCursor, sql
from sqlalchemy.ext.asyncio import AsyncSession

# what an import leaves: of each table its rows, of each sequence where it stands
Rows = dict[str, bytes]
Sequences = dict[str, int]

_KEPT: Final[dict[int, tuple[Rows, Sequences]]] = {}
_TABLES: Final = """select c.oid::regclass::text from pg_class c join pg_namespace s on s.oid = c.relnamespace
    where c.relkind = 'r' and c.relpersistence = 'p' and s.nspname = 'public' and c.relname <> 'alembic_version'"""
_SEQUENCES: Final = "select quote_ident(sequencename), last_value from pg_sequences where last_value is not null"


async def put_back(session: AsyncSession, bundle: object) -> bool:
    """Puts the rows of that very bundle into an empty database; False where they are not known, or it is not empty."""
    if id(bundle) not in _KEPT:
        return False
    cursor = await _cursor(session)
    await cursor.execute("select exists (select from subject)")
    if await cursor.fetchone() != (False,):
        return False
    rows, sequences = _KEPT[id(bundle)]
    # as the superuser that the test's connection is: only it may go past foreign keys and set a sequence
    await cursor.execute("set local role none; set local session_replication_role = replica")
    for table, content in rows.items():
        async with cursor.copy(_copy(table, "from stdin")) as copy:
            await copy.write(content)
    for name, last in sequences.items():
        await cursor.execute("select setval(%s, %s)", [name, last])
    await cursor.execute("set local session_replication_role = origin; set local role rollcall_app")
    return True


async def keep(session: AsyncSession, bundle: object) -> None:
    """Remembers what the database holds, into which that bundle alone was imported."""
    cursor = await _cursor(session)
    await cursor.execute("set local role none")
    rows: Rows = {}
    for table in await _column(cursor, _TABLES):
        async with cursor.copy(_copy(table, "to stdout")) as copy:
            content = b"".join([bytes(piece) async for piece in copy])
        rows[table] = content
    await cursor.execute(_SEQUENCES)
    sequences = dict(await cursor.fetchall())
    await cursor.execute("set local role rollcall_app")
    _KEPT[id(bundle)] = rows, sequences


def _copy(table: str, direction: str) -> sql.SQL:
    return sql.SQL(cast(Any, f"copy {table} {direction} (format binary)"))


async def _column(cursor: AsyncCursor[Any], statement: str) -> list[str]:
    await cursor.execute(cast(Any, statement))
    return [row[0] for row in await cursor.fetchall()]


async def _cursor(session: AsyncSession) -> AsyncCursor[Any]:
    connection = await (await session.connection()).get_raw_connection()
    driver = cast(AsyncConnection[Any], connection.driver_connection)
    return driver.cursor()
