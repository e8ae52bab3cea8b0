"""Whatever is wrong with what is kept, a repair says how much it was and leaves nothing to find."""

from pathlib import Path

import pytest
from sqlalchemy import text

from models.database import Database
from resolvers.metrics.sums import verify_sums
from resolvers.metrics.sums_repairs import Mended, repair_sums
from tests.support.bundle_case import VALID, Case

NOTHING = {"mark": 0, "coverage": 0, "session_part": 0, "teaching": 0, "result_part": 0}
_OF_X1 = "(select id from session where source_id = 'X1')"
# what is done to the valid bundle, and what verify finds of it
DAMAGE: list[tuple[str, dict[str, int]]] = [
    ("select", {}),
    ("delete from coverage", {"coverage": 3}),
    ("insert into coverage (trainee_id, class_group_id, course_id, starts_on, ends_on)"
     " select trainee_id, class_group_id, course_id, starts_on, ends_on from coverage where course_id is not null",
     {"coverage": 1}),
    ("update coverage set ends_on = starts_on where ends_on = 'infinity'", {"coverage": 4}),
    ("delete from session_part", {"session_part": 3}),
    ("update session_part set unmarked = 7, trainer_id = null", {"session_part": 6}),
    ("delete from teaching", {"teaching": 2}),
    ("update teaching set trainer_id = null where trainer_id is not null", {"teaching": 2}),
    ("delete from result_part", {"result_part": 1}),
    ("update result_part set trainer_id = null, score = 1", {"result_part": 2}),
    (f"update mark set day = '2026-01-13', school_id = 0 where session_id = {_OF_X1}", {"mark": 2}),
    ("delete from coverage; delete from session_part; delete from teaching; delete from result_part",
     {"coverage": 3, "session_part": 3, "teaching": 2, "result_part": 1}),
]  # fmt: skip


@pytest.fixture
async def case(database: Database, tmp_path: Path) -> Case:
    case = Case(database, tmp_path)
    await case.take(VALID)
    return case


async def damage(case: Case, statements: str) -> None:
    async with case.database.write() as session:
        for statement in statements.split("; "):
            await session.execute(text(statement))


async def found(case: Case) -> dict[str, int]:
    async with case.database.write(snapshot=True) as session:
        return await verify_sums(session)


async def repaired(case: Case) -> Mended:
    async with case.database.write() as session:
        return await repair_sums(session)


KEPT = (
    "select trainee_id, class_group_id, course_id, starts_on::text, ends_on::text from coverage order by 1, 2, 3, 4",
    "select * from session_part order by session_id",
    "select class_group_id, course_id, trainer_id from teaching order by 1, 2, 3",
    "select assessment_id, class_group_id, trainer_id, results, score from result_part order by 1",
    "select * from mark order by session_id, trainee_id",
)


@pytest.mark.parametrize(("statements", "differing"), DAMAGE)
async def test_what_verify_finds_is_mended(case: Case, statements: str, differing: dict[str, int]) -> None:
    before = [await case.rows(query) for query in KEPT]
    await damage(case, statements)
    assert await found(case) == NOTHING | differing
    assert await repaired(case) == Mended(NOTHING | differing, marks_removed=0)
    assert await found(case) == NOTHING
    assert [await case.rows(query) for query in KEPT] == before


async def test_marks_of_what_is_gone_are_removed_and_held_no_session(case: Case) -> None:
    before = await case.rows("select * from mark order by session_id, trainee_id")
    await damage(
        case,
        "insert into mark (session_id, trainee_id, school_id, day, status) select id, 0, school_id, day, 'LATE'"
        " from session where source_id = 'X2'; insert into mark (session_id, trainee_id, school_id, day, status)"
        " select 0, id, school_id, '2026-01-12', 'LATE' from subject where kind = 'TRAINEE'",
    )
    await damage(case, "update session_part set status = 'HELD' where status = 'SCHEDULED'")
    assert await repaired(case) == Mended(NOTHING | {"mark": 4, "session_part": 2}, marks_removed=4)
    assert await found(case) == NOTHING
    assert await case.rows("select * from mark order by session_id, trainee_id") == before
