"""Sessions on the database: reading in autocommit, writing in one transaction with what follows its commit.

The application connects as the role `rollcall_app`, which owns nothing: the role is set when a connection opens.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from psycopg.errors import SerializationFailure, UniqueViolation
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

APP_ROLE: Final = "rollcall_app"
AFTER_COMMIT: Final = "after_commit"
SNAPSHOT_TRIES: Final = 5
# Over a network: a server that is gone without a word is noticed within 20 s, and not after the system's hours.
NOTICE_A_DEAD_PEER: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}
Done = TypeVar("Done")


def sqlalchemy_url(database_url: str) -> URL:
    """The URL for psycopg 3, whatever driver name it came with."""
    return make_url(database_url).set(drivername="postgresql+psycopg")


class Database:
    """The engine and the two ways to use it. Application code never commits: leaving `write()` does."""

    def __init__(self, database_url: str, *, pool_size: int = 10, statement_seconds: int = 30) -> None:
        options = (
            f"-c role={APP_ROLE} -c statement_timeout={statement_seconds}s"
            " -c idle_in_transaction_session_timeout=60s -c timezone=UTC -c jit=off"
            # statements over arrays of subjects are planned for the arrays at hand, with room to sort and hash
            " -c plan_cache_mode=force_custom_plan -c work_mem=32MB"
            # PostgreSQL's own 4 is for turning disks: it would read whole tables where an index is several times faster
            " -c random_page_cost=1.1"
            # a statement of a process that was killed ends, and with it the locks it holds
            " -c client_connection_check_interval=2s"
        )
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(database_url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=2,
            connect_args={"options": options} | NOTICE_A_DEAD_PEER,
            # errors are logged: the values of a statement are secrets, addresses and names
            hide_parameters=True,
        )
        self._snapshot = self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session in autocommit: each statement sees what is committed; nothing is begun and nothing to commit."""
        async with AsyncSession(self._reading, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self, *, snapshot: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: commits at the end, rolls back on any error, then does what `after_commit` was given.

        `snapshot`: every statement sees the database as it was at the first one (REPEATABLE READ). Such a transaction
        may fail for another's sake; `in_snapshot` tries again.
        """
        async with AsyncSession(self._snapshot if snapshot else self.engine, expire_on_commit=False) as session:
            async with session.begin():
                yield session
            for follow in session.info.pop(AFTER_COMMIT, []):
                await follow()

    async def in_snapshot(self, work: Callable[[AsyncSession], Awaitable[Done]]) -> Done:
        """Does the work in one snapshot transaction, anew when another transaction got in its way."""
        for _ in range(SNAPSHOT_TRIES - 1):
            try:
                async with self.write(snapshot=True) as session:
                    return await work(session)
            except DBAPIError as error:
                if not got_in_the_way(error):
                    raise
        async with self.write(snapshot=True) as session:
            return await work(session)

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()


class PatientDatabase(Database):
    """The same database for those who rather wait than be refused: at most so many of them read at once.

    A thousand who need a connection in the same moment would else find the pool empty for too long and fail.
    """

    def __init__(self, database: Database, at_once: int) -> None:
        self.engine = database.engine
        self._snapshot = database._snapshot
        self._reading = database._reading
        self._turns = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """As `Database.read`, when its turn comes; not to be opened within another one."""
        async with self._turns, super().read() as session:
            yield session


def got_in_the_way(error: DBAPIError) -> bool:
    """Whether a snapshot transaction failed only because another one committed first."""
    return isinstance(error.orig, SerializationFailure | UniqueViolation)


def after_commit(session: AsyncSession, follow: Callable[[], Awaitable[Any]]) -> None:
    """Has `follow` called once the session's transaction has committed; never if it rolls back."""
    session.info.setdefault(AFTER_COMMIT, []).append(follow)
