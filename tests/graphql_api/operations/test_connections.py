"""How many database connections an operation takes: a few at a time, and none when it has ended."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from graphql_api.core.context import CONNECTIONS_PER_OPERATION
from models.database import Database
from models.settings import Settings
from tests.support.asking import asking
from tests.support.college import ADMIN, MARCH

RANKING = f"ranking(kind: TRAINEE, metric: EXPECTED, period: {MARCH}) {{ rank subject {{ name }} }}"
FOURTEEN = "{" + " ".join(f"r{n}: {RANKING}" for n in range(14)) + "}"
DEEP = f"""{{
  schools(first: 2) {{ totalCount nodes {{
    name metrics(period: {MARCH}) {{ attendanceRate }}
    departments(first: 3) {{ nodes {{ metrics(period: {MARCH}) {{ attendanceRate }} programmes(first: 3) {{ nodes {{
      name courses(first: 3) {{ totalCount nodes {{ name programme {{ name }} }} }}
    }} }} }} }}
  }} }}
  {RANKING}
  reports {{ totalCount nodes {{ id }} }}
}}"""
REFUSED = "{ refused: " + RANKING.replace(MARCH, '{month: "2026-13"}') + FOURTEEN[1:]


class Taken:
    """The connections of a pool that are with somebody, and the most there ever were."""

    def __init__(self, database: Database) -> None:
        pool = database.engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        self.pool = pool
        self.most = 0
        event.listen(pool, "checkout", self._note)

    @property
    def now(self) -> int:
        return self.pool.checkedout()

    def _note(self, *_: object) -> None:
        self.most = max(self.most, self.now)


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    """Without the garbage collector, which would find what was left behind."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
async def few(college_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """The college by no more connections than one operation may have, and no waiting for them."""
    database = Database(college_url, pool_size=CONNECTIONS_PER_OPERATION)
    monkeypatch.setattr(database.engine.sync_engine.pool, "_timeout", 0.01)
    yield database
    await database.close()


@pytest.mark.parametrize("operation", [FOURTEEN, DEEP])
async def test_an_operation_takes_a_few_connections_at_a_time(
    few: Database, settings: Settings, operation: str
) -> None:
    taken = Taken(few)
    answer = (await asking(few, settings)(ADMIN, operation)).whole
    assert (taken.now, taken.most) == (0, CONNECTIONS_PER_OPERATION)
    if operation is FOURTEEN:
        assert len(answer) == 14
        assert all(places == answer["r0"] for places in answer.values())
        assert answer["r0"] != []


async def test_where_there_is_one_connection_one_is_enough(college_url: str, settings: Settings) -> None:
    database = Database(college_url, pool_size=1)
    taken = Taken(database)
    alone = asking(database, replace(settings, pool_size=1))
    answers = [await alone(ADMIN, FOURTEEN), await alone(ADMIN, DEEP)]
    await database.close()
    assert [len(answer.whole) for answer in answers] == [14, 3]
    assert (taken.now, taken.most) == (0, 1)


async def test_a_field_that_is_refused_leaves_no_connection_behind(college: Database, settings: Settings) -> None:
    taken, ask = Taken(college), asking(college, settings)
    for _ in range(5):
        answer = await ask(ADMIN, REFUSED)
        assert answer.data is None
        assert [(error.code, error.path) for error in answer.errors] == [("BAD_USER_INPUT", ("refused",))]
        assert taken.now == 0


async def test_an_operation_that_is_cut_off_leaves_no_connection_behind(college: Database, settings: Settings) -> None:
    taken, ask = Taken(college), asking(college, settings)
    kept = []
    for turns in range(0, 200, 20):
        task = asyncio.ensure_future(ask(ADMIN, DEEP))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            kept.append(error)
        assert (turns, taken.now) == (turns, 0)
