"""Sessions on the database: reading in autocommit, writing in one transaction with what follows its commit.

The application connects as the role `rollcall_app`, which owns nothing: the role is set when a connection opens.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
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
            await _connect(session)
            yield session

    @asynccontextmanager
    async def write(self, *, snapshot: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: commits at the end, rolls back on any error, then does what `after_commit` was given.

        `snapshot`: every statement sees the database as it was at the first one (REPEATABLE READ). Such a transaction
        may fail for another's sake; `in_snapshot` tries again.
        """
        async with AsyncSession(self._snapshot if snapshot else self.engine, expire_on_commit=False) as session:
            async with _Transaction(session):
                await _connect(session)
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
    """The same database for those who rather wait than be refused: at most so many of them have a session at once.

    A thousand who need a connection in the same moment would else find the pool empty for too long and fail. It may
    stand before another one; then a turn of both is needed.
    """

    def __init__(self, database: Database, at_once: int) -> None:
        self.engine = database.engine
        self._database = database
        self._turns = asyncio.Semaphore(at_once)
        self._holders: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """As `Database.read`, when its turn comes. RuntimeError where the task has a session of this database open."""
        async with self._turn(), self._database.read() as session:
            yield session

    @asynccontextmanager
    async def write(self, *, snapshot: bool = False) -> AsyncIterator[AsyncSession]:
        """As `Database.write`, when its turn comes. RuntimeError as for `read`."""
        async with self._turn(), self._database.write(snapshot=snapshot) as session:
            yield session

    async def given_back(self) -> None:
        """Waits until nobody has a session any more: those who were cut off need a moment to end theirs."""
        while self._holders:
            await finished(asyncio.ensure_future(asyncio.wait(self._holders)))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        task = asyncio.current_task()
        assert task is not None
        if task in self._holders:  # who holds a turn and waits for another could wait for ever
            raise RuntimeError("A session within a session: end the first one before you open the next.")
        async with self._turns:
            self._holders.add(task)
            try:
                yield
            finally:
                self._holders.discard(task)


async def finished(work: asyncio.Future[Done]) -> Done:
    """What the work comes to; whoever is cancelled meanwhile still waits for its end, and is cancelled then."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not work.cancelled():
            work.exception()  # nobody is left to hear of it
        raise cancelled
    return work.result()


# Whoever is cut off while a connection is on its way from or to the pool leaves it in neither hand, until the garbage
# collector finds it. So both ways are gone to their end; between them a statement may be cut off at any time.


async def _connect(session: AsyncSession) -> None:
    """Gives the session its connection, without being cut off."""
    await finished(asyncio.ensure_future(session.connection()))


class _Transaction(AbstractAsyncContextManager[None]):
    """The transaction of a session; it is ended, and the connection given back, without being cut off."""

    def __init__(self, session: AsyncSession) -> None:
        self.transaction = session.begin()

    async def __aenter__(self) -> None:
        await self.transaction.__aenter__()

    async def __aexit__(self, *raised: Any) -> None:
        await finished(asyncio.ensure_future(self.transaction.__aexit__(*raised)))


def got_in_the_way(error: DBAPIError) -> bool:
    """Whether a snapshot transaction failed only because another one committed first."""
    return isinstance(error.orig, SerializationFailure | UniqueViolation)


def after_commit(session: AsyncSession, follow: Callable[[], Awaitable[Any]]) -> None:
    """Has `follow` called once the session's transaction has committed; never if it rolls back."""
    session.info.setdefault(AFTER_COMMIT, []).append(follow)
