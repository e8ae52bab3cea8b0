"""Whoever recomputes sums waits for whoever else does, and then counts what the other has written."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models import Subject
from models.database import Database
from resolvers.bundle import import_bundle
from resolvers.core.problems import ProblemCode
from resolvers.metrics.sums import verify_sums
from resolvers.metrics.sums_repairs import repair_sums
from resolvers.schools import policy_update
from resolvers.schools.policy_update import update_policy
from tests.support.bundle_case import VALID, Case
from tests.support.factories import ADMIN
from tests.support.polling import until

ROOT = Path(__file__).parents[3]
# ten past, and twenty past: late by the rule of ten minutes that VALID has, in time by one of fifteen or of thirty
MARKS = "session_id,trainee_id,status,arrived_at\n"
FIRST = MARKS + "X1,S1,PRESENT,2026-01-12T09:14:00Z\n"
SECOND = MARKS + "X1,S2,PRESENT,2026-01-12T09:20:00Z\n"
WAITING = text("select exists (select from pg_locks where locktype = 'advisory' and not granted)")
PARTS = (
    "select present, late, absent, unmarked from session_part join session on id = session_id where source_id = 'X1'"
)
Writer = Callable[[Case, AsyncSession], Awaitable[object]]


async def import_first(case: Case, session: AsyncSession) -> None:
    await import_bundle(session, case.bundle({"attendance": FIRST}))


async def import_second(case: Case, session: AsyncSession) -> None:
    await import_bundle(session, case.bundle({"attendance": SECOND}))


async def change_policy(case: Case, session: AsyncSession) -> None:
    school = await session.scalar(select(Subject.id).where(Subject.kind == "SCHOOL", Subject.source_id == "A"))
    assert school is not None
    done = await update_policy(session, ADMIN, school, {"late_after_minutes": Decimal(15)})
    assert done.problems == ()


async def repair(case: Case, session: AsyncSession) -> None:
    await repair_sums(session)


WRITERS: dict[str, Writer] = {
    "importing.py": import_first,
    "policy_update.py": change_policy,
    "verifying.py": repair,
}


@pytest.fixture
async def case(database: Database, tmp_path: Path) -> Case:
    """VALID without marks: X1 is held, S1 and S2 are enrolled for it."""
    case = Case(database, tmp_path)
    await case.take(VALID | {"attendance": "session_id,trainee_id\n"})
    return case


async def _in_turn(case: Case, first: Writer, second: Writer) -> None:
    """Does both, the second begun when the first has done everything but commit."""

    async def follow() -> None:
        async with case.database.write() as session:
            await second(case, session)

    async def over_or_waiting() -> bool:
        async with case.database.read() as session:
            return following.done() or bool(await session.scalar(WAITING))

    async with case.database.write() as session:
        await first(case, session)
        following = asyncio.create_task(follow())
        await until(over_or_waiting)
        assert not following.done()
    await following


async def _differing(case: Case) -> set[int]:
    async with case.database.write(snapshot=True) as session:
        return set((await verify_sums(session)).values())


@pytest.mark.parametrize("follower", WRITERS)
async def test_an_import_that_is_not_committed_is_waited_for(case: Case, follower: str) -> None:
    await _in_turn(case, import_second, WRITERS[follower])
    figures = {"importing.py": (0, 2, 0, 0), "policy_update.py": (0, 1, 0, 1), "verifying.py": (0, 1, 0, 1)}
    assert await case.rows(PARTS) == [figures[follower]]
    assert await _differing(case) == {0}


@pytest.mark.parametrize("holder", WRITERS)
async def test_an_import_waits_for_whoever_was_first(case: Case, holder: str) -> None:
    await _in_turn(case, WRITERS[holder], import_second)
    figures = {"importing.py": (0, 2, 0, 0), "policy_update.py": (0, 1, 0, 1), "verifying.py": (0, 1, 0, 1)}
    assert await case.rows(PARTS) == [figures[holder]]
    assert await _differing(case) == {0}


async def test_marks_are_counted_by_the_rule_that_stands_after_both(case: Case) -> None:
    await _in_turn(case, import_first, change_policy)
    assert await case.rows(PARTS) == [(1, 0, 0, 1)]
    assert await _differing(case) == {0}


def test_every_writer_of_parts_is_among_these() -> None:
    """Another one belongs into WRITERS."""
    tasks = ("await refresh_sums(", "await repair_sums(")
    calling = {
        path.name
        for room in ("resolvers", "jobs", "graphql_api")
        for path in (ROOT / room).rglob("*.py")
        if "node_modules" not in path.parts and any(task in path.read_text(encoding="utf-8") for task in tasks)
    }
    assert calling == set(WRITERS)


@pytest.mark.parametrize("writer", WRITERS)
async def test_a_snapshot_would_be_older_than_its_turn(case: Case, writer: str) -> None:
    before = await case.everything()
    with pytest.raises(RuntimeError, match="parts are recomputed in READ COMMITTED, not in REPEATABLE READ"):
        async with case.database.write(snapshot=True) as session:
            await WRITERS[writer](case, session)
    assert await case.everything() == before


async def test_a_person_is_told_that_an_import_takes_long(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_update, "PATIENCE_SECONDS", 0.05)
    ((school,),) = await case.rows("select id from subject where kind = 'SCHOOL' and source_id = 'A'")
    async with case.database.write() as importing:
        await import_second(case, importing)
        async with case.database.write() as session:
            done = await update_policy(session, ADMIN, school, {"late_after_minutes": Decimal(15)})
            # weights change no part, and so wait for nothing
            weights = await update_policy(session, ADMIN, school, {"late_weight": Decimal("0.25")})
    assert [(problem.message, problem.code) for problem in done.problems] == [
        (
            "source data is being imported: nothing has been changed, try again when that has ended",
            ProblemCode.CONFLICT,
        )
    ]
    assert weights.problems == ()
    assert await case.rows("select late_weight, late_after_minutes from policy") == [(Decimal("0.25"), Decimal(10))]


async def test_a_bundle_and_a_change_of_weights_do_not_block_one_another(case: Case) -> None:
    """The bundle wants the school's row that the change holds, and holds the policies that the change wants."""
    ((school,),) = await case.rows("select id from subject where kind = 'SCHOOL' and source_id = 'A'")
    files = {"schools": "id,name\nA,Ashford\n", "policies": "school_id,late_after_minutes\nA,20\n"}

    async def rename() -> None:
        async with case.database.write() as session:
            await import_bundle(session, case.bundle(files))

    async def over_or_waiting() -> bool:
        async with case.database.read() as session:
            waiting = text("select exists (select from pg_locks where locktype = 'relation' and not granted)")
            return renaming.done() or bool(await session.scalar(waiting))

    async with case.database.write() as session:
        done = await update_policy(session, ADMIN, school, {"late_weight": Decimal("0.25")})
        renaming = asyncio.create_task(rename())
        await until(over_or_waiting)
    await renaming
    assert done.problems == ()
    assert await case.rows("select late_weight, late_after_minutes from policy") == [(Decimal("0.25"), Decimal(20))]
    assert await _differing(case) == {0}
