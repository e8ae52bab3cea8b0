"""The column `deleted`: what goes, what is refused because something still refers to it, what was never there."""

from pathlib import Path

import pytest

from models.database import Database
from resolvers.bundle import import_bundle
from resolvers.metrics.sums import touched_schools, verify_sums
from tests.support.bundle_case import VALID, Case, Files

KEYS = {
    "enrolments": "trainee_id,class_group_id,course_id,starts_on",
    "holidays": "school_id,on",
    "attendance": "session_id,trainee_id",
    "results": "assessment_id,trainee_id",
    "policies": "school_id",
}


@pytest.fixture
def case(database: Database, tmp_path: Path) -> Case:
    return Case(database, tmp_path)


def removal() -> Files:
    """The valid bundle with every row marked deleted, by its key alone."""
    files: Files = {}
    for name, text in VALID.items():
        header, *rows = text.splitlines()
        columns = KEYS.get(name, "id").split(",")
        places = [header.split(",").index(column) for column in columns]
        cells = [",".join(row.split(",")[place] for place in places) + ",true" for row in rows]
        files[name] = "\n".join([",".join([*columns, "deleted"]), *cells]) + "\n"
    return files


async def test_everything_goes_in_one_bundle(case: Case) -> None:
    await case.take(VALID)
    counts = {name: text.count("\n") - 1 for name, text in VALID.items()}
    assert (await case.take(removal())).changed == counts
    assert {table: rows for table, rows in (await case.everything()).items() if rows} == {}
    assert set((await case.take(removal())).changed.values()) == {0}


async def test_marks_results_and_enrolments_go_and_the_parts_follow(case: Case) -> None:
    await case.take(VALID)
    files = removal()
    done = await case.take({name: files[name] for name in ("attendance", "results", "enrolments")})
    assert done.changed == {"enrolments": 3, "attendance": 3, "results": 3}
    assert await case.rows("select count(*) from coverage") == [(0,)]
    assert await case.rows("select sum(present + late + absent + unmarked) from session_part") == [(0,)]
    async with case.database.write() as session:
        assert set((await verify_sums(session)).values()) == {0}


async def test_an_unmarked_trainee_goes_with_their_enrolment_and_the_register_is_complete(case: Case) -> None:
    """What is kept of who was enrolled goes with the trainee: their sessions are looked up before."""
    files = VALID | {
        "attendance": "session_id,trainee_id,status\nX1,S1,PRESENT\n",
        "results": "assessment_id,trainee_id\n",
    }
    await case.take(files)
    unmarked = "select unmarked from session_part join session on id = session_id where source_id = 'X1'"
    assert await case.rows(unmarked) == [(1,)]
    await case.take(
        {
            "trainees": "id,deleted\nS2,yes\n",
            "enrolments": "trainee_id,class_group_id,starts_on,deleted\nS2,GA,2026-01-05,yes\n",
        }
    )
    assert await case.rows(unmarked) == [(0,)]
    async with case.database.write() as session:
        assert set((await verify_sums(session)).values()) == {0}


async def test_the_school_of_a_group_that_goes_is_touched(case: Case) -> None:
    await case.take(VALID)
    async with case.database.write() as session:
        await import_bundle(
            session,
            case.bundle(
                {
                    "class_groups": "id,deleted\nGB,1\n",
                    "sessions": "id,deleted\nX3,1\n",
                    "enrolments": "trainee_id,class_group_id,course_id,starts_on,deleted\nS3,GB,CB,,1\n",
                    "attendance": "session_id,trainee_id,deleted\nX3,S3,1\n",
                }
            ),
        )
        schools = [school for (school,) in await case.rows("select id from subject where source_id = 'B'")]
        assert await touched_schools(session) == schools


async def test_an_unknown_key_is_nothing_to_do(case: Case) -> None:
    await case.take(VALID)
    done = await case.take(
        {
            "enrolments": "trainee_id,class_group_id,course_id,starts_on,deleted\nS9,GA,,,1\nS1,GA,CX,2026-01-05,1\n"
            "S1,GA,CA,2026-01-05,1\nS1,GA,,,1\n",
            "sessions": "id,deleted\nX9,1\n",
            "attendance": "session_id,trainee_id,status,deleted\nX9,S1,what,1\nX1,S9,,1\nX2,S1,,1\n",
            "users": "id,deleted\nU9,yes\n",
        }
    )
    assert done.changed == {"enrolments": 0, "sessions": 0, "attendance": 0, "users": 0}


REFUSED = [
    (
        "schools",
        "departments, trainees or other subjects and assessments and holidays and policies and sessions and terms and"
        " users",
    ),
    ("departments", "programmes and trainers and users"),
    ("programmes", "class groups and courses"),
    ("class_groups", "assessments and enrolments and sessions"),
    ("courses", "assessments and sessions"),
    ("trainers", "assessments and sessions"),
    ("trainees", "enrolments and results and users and marks"),
    ("sessions", "marks"),
    ("assessments", "results"),
]


@pytest.mark.parametrize(("name", "referring"), REFUSED)
async def test_refused_while_something_refers_to_it(case: Case, name: str, referring: str) -> None:
    await case.take(VALID)
    header, first = removal()[name].splitlines()[:2]
    problems = await case.refuse({name: f"{header}\n{first}\n"})
    assert len(problems) == 1
    place, _, words = problems[0].partition(": cannot be removed: ")
    assert place == f"{name}.csv:2 deleted"
    assert sorted(words.removesuffix(" refer to it").split(" and ")) == sorted(referring.split(" and "))


async def test_refused_while_a_report_or_a_run_refers_to_it(case: Case) -> None:
    await case.take(VALID)
    async with case.database.engine.begin() as connection:
        await connection.exec_driver_sql(
            "insert into run (state, kind, period, subjects, total, done, unchanged, failed, requested_at,"
            " period_as_of) select 'QUEUED', 'CLASS_GROUP', '{}', jsonb_build_array(id), 1, 0, 0, 0, now(), now()"
            " from subject where source_id = 'GA2'"
        )
    assert await case.refuse({"class_groups": "id,deleted\nGA2,1\n"}) == [
        "class_groups.csv:2 deleted: cannot be removed: runs refer to it"
    ]


async def test_refused_while_the_same_bundle_refers_to_it(case: Case) -> None:
    await case.take(VALID)
    assert await case.refuse(
        {
            "class_groups": "id,deleted\nGA2,1\n",
            "enrolments": "trainee_id,class_group_id,starts_on\nS1,GA2,2026-01-05\n",
        }
    ) == ["class_groups.csv:2 deleted: cannot be removed: enrolments refer to it"]


async def test_a_deleted_row_and_a_written_one_of_the_same_key(case: Case) -> None:
    await case.take(VALID)
    assert await case.refuse({"courses": "id,name,deleted\nCA2,,1\nCA2,Canvas,\n"}) == [
        'courses.csv:3 id: "CA2" is given twice: it is on line 2'
    ]


async def test_an_account_takes_its_runs_and_exports_along_and_its_reports_forget_it(case: Case) -> None:
    await case.take(VALID)
    async with case.database.engine.begin() as connection:
        for statement in _WORK_OF_AN_ACCOUNT:
            await connection.exec_driver_sql(statement)
    assert (await case.take({"users": "id,deleted\nU1,1\n"})).changed == {"users": 1}
    assert await case.rows("select count(*) from run") == [(0,)]
    assert await case.rows("select count(*) from export") == [(0,)]
    assert await case.rows("select run_id, generated_by from report") == [(None, None)]


async def test_an_account_is_kept_while_its_schedules_are(case: Case) -> None:
    await case.take(VALID)
    async with case.database.engine.begin() as connection:
        await connection.exec_driver_sql(_SCHEDULE)
    assert await case.refuse({"users": "id,deleted\nU1,1\n"}) == [
        "users.csv:2 deleted: cannot be removed: schedules refer to it"
    ]


_WORK_OF_AN_ACCOUNT = (
    "insert into run (state, kind, period, subjects, total, done, unchanged, failed, requested_by, requested_at,"
    " period_as_of) select 'SUCCEEDED', 'SCHOOL', '{}', '[]', 1, 1, 0, 0, id, now(), now() from account"
    " where source_id = 'U1'",
    "set role postgres",
    "insert into report (kind, subject_id, school_id, period_from, period_to, revision, generated_at, generated_by,"
    " run_id, policy, content_hash, data) select 'SCHOOL', s.id, s.id, '2026-03-01', '2026-03-31', 1, now(),"
    " r.requested_by, r.id, '{}', '', '{}' from run r, subject s where s.kind = 'SCHOOL' limit 1",
    "insert into export (report_id, report_ids, report_count, format, state, options, filters, matching, done, names,"
    " contacts, requested_by, requested_at, expires_at) select id, array[id], 1, 'CSV', 'SUCCEEDED', '{}', '[]', 1, 1,"
    " '[]', '[]', generated_by, now(), now() from report",
    "reset role",
)
_SCHEDULE = (
    "insert into schedule (school_id, owner_id, name, state, kind, period, recurrence, not_on_holidays, only_in_terms,"
    " only_with_data, formats, recipients, attach, catch_up, created_at, updated_at)"
    " select s.id, a.id, 'Mondays', 'ACTIVE', 'SCHOOL', '{}', '{}', false, false, false, '[]', '[]', false, 'LATEST',"
    " now(), now() from account a, subject s where a.source_id = 'U1' and s.kind = 'SCHOOL' limit 1"
)
