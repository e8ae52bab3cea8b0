"""A database large enough that the planner has a choice: four schools, made of series in plain SQL in some seconds.

No product code takes part, so sizes and spread are ours to say. On each level child n belongs to parent (n - 1) /
(children of each). The ids of a kind are a range from the number in FIRST_ID on; trainees, the most, come first, so
that no merge join gets away with reading the first pages of a table.
"""

from typing import Any, Final

from models import Base, SubjectKind
from models.database import Database
from models.session import SessionPart

FIRST_ID: Final = {
    SubjectKind.TRAINEE: 1,
    SubjectKind.TRAINER: 8001,
    SubjectKind.COURSE: 9001,
    SubjectKind.CLASS_GROUP: 10001,
    SubjectKind.PROGRAMME: 11001,
    SubjectKind.DEPARTMENT: 12001,
    SubjectKind.SCHOOL: 13001,
}

_SUBJECTS: Final = """
insert into subject (id, kind, school_id, source_id, name, sort_key)
select id, kind, 13001 + school, kind || id, 'Name ' || md5(id::text), 'name ' || md5(id::text) from (
    select 13000 + n as id, 'SCHOOL' as kind, n - 1 as school from generate_series(1, 4) n
    union all select 12000 + n, 'DEPARTMENT', (n - 1) / 5 from generate_series(1, 20) n
    union all select 11000 + n, 'PROGRAMME', (n - 1) / 15 from generate_series(1, 60) n
    union all select 10000 + n, 'CLASS_GROUP', (n - 1) / 90 from generate_series(1, 360) n
    union all select 9000 + n, 'COURSE', (n - 1) / 150 from generate_series(1, 600) n
    union all select 8000 + n, 'TRAINER', (n - 1) / 75 from generate_series(1, 300) n
    union all select n, 'TRAINEE', (n - 1) / 1800 from generate_series(1, 7200) n
) as everybody;
insert into school (id, timezone) select 13000 + n, 'Europe/Berlin' from generate_series(1, 4) n;
insert into department (id) select 12000 + n from generate_series(1, 20) n;
insert into programme (id, department_id) select 11000 + n, 12001 + (n - 1) / 3 from generate_series(1, 60) n;
insert into class_group (id, programme_id) select 10000 + n, 11001 + (n - 1) / 6 from generate_series(1, 360) n;
insert into course (id, programme_id) select 9000 + n, 11001 + (n - 1) / 10 from generate_series(1, 600) n;
insert into trainer (id, department_id) select 8000 + n, 12001 + (n - 1) / 15 from generate_series(1, 300) n;
insert into trainee (id) select n from generate_series(1, 7200) n;
insert into term (source_id, school_id, name, starts_on, ends_on)
select 'term' || school || '/' || n, 13000 + school, 'Term', date '2025-09-01' + 60 * n, date '2025-09-01' + 60 * n + 59
from generate_series(1, 4) school, generate_series(0, 3) n;
insert into account (id, source_id, email, name, role, trainee_id)
select n, 'user' || n, 'trainee' || n || '@example.edu', 'Trainee', 'TRAINEE', n from generate_series(1, 7200) n;
"""
_ENROLMENTS: Final = """
insert into enrolment (trainee_id, class_group_id, starts_on)
select n, 10001 + (n - 1) / 20, date '2025-09-01' from generate_series(1, 7200) n;
insert into enrolment (trainee_id, class_group_id, course_id, starts_on)
select n, 10001 + (n + 40) % 7200 / 20, 9001 + (n + 40) % 7200 / 12, date '2025-09-01'
from generate_series(1, 7200, 10) n;
insert into coverage (trainee_id, class_group_id, course_id, starts_on, ends_on)
select trainee_id, class_group_id, course_id, starts_on, 'infinity' from enrolment;
insert into teaching (class_group_id, course_id, trainer_id)
select g + 10000, 9001 + (g - 1) / 6 * 10 + c, 8001 + (g - 1) / 18 * 15 + (g + c) % 15
from generate_series(1, 360) g, generate_series(0, 9) c;
"""
_SESSIONS: Final = """
insert into session (id, source_id, school_id, class_group_id, course_id, trainer_id, day, starts_at, ends_at)
select (g - 1) * 120 + d, 'session' || g || '/' || d, 13001 + (g - 1) / 90, 10000 + g, 9001 + (g - 1) / 6 * 10 + d % 10,
    8001 + (g - 1) / 18 * 15 + (g + d % 10) % 15, day, day + time '10:00', day + time '11:00'
from generate_series(1, 360) g, generate_series(1, 120) d, lateral (select date '2025-09-01' + 2 * d as day) as on_day;
insert into mark (session_id, trainee_id, school_id, day, status)
select (g - 1) * 120 + d, (g - 1) * 20 + t, 13001 + (g - 1) / 90, date '2025-09-01' + 2 * d, 'PRESENT'
from generate_series(1, 360) g, generate_series(1, 120) d, generate_series(1, 3) t;
insert into assessment (id, source_id, school_id, course_id, class_group_id, name, held_on, max_score)
select (g - 1) * 20 + a, 'assessment' || g || '/' || a, 13001 + (g - 1) / 90, 9001 + (g - 1) / 6 * 10 + a % 10,
    10000 + g, 'Test', date '2025-09-01' + 12 * a, 100
from generate_series(1, 360) g, generate_series(1, 20) a;
insert into result (assessment_id, trainee_id, score)
select (g - 1) * 20 + a, (g - 1) * 20 + t, 50
from generate_series(1, 360) g, generate_series(1, 20) a, generate_series(1, 5) t;
"""
_PARTS: Final = """
insert into session_part (session_id, school_id, department_id, programme_id, class_group_id, course_id, trainer_id,
    day, status, starts_at, began_at, ended_at, {sums})
select s.id, s.school_id, p.department_id, g.programme_id, s.class_group_id, s.course_id, s.trainer_id, s.day, 'HELD',
    s.starts_at, s.starts_at, s.ends_at, {zeros}
from session s join class_group g on g.id = s.class_group_id join programme p on p.id = g.programme_id;
insert into result_part (assessment_id, school_id, department_id, programme_id, class_group_id, course_id, day,
    results, score, max_score, passed, passable)
select a.id, a.school_id, p.department_id, g.programme_id, a.class_group_id, a.course_id, a.held_on, 5, 250, 500, 0, 0
from assessment a join class_group g on g.id = a.class_group_id join programme p on p.id = g.programme_id;
"""
_WORK: Final = """
insert into run (id, state, kind, period, subjects, total, done, unchanged, failed, requested_by, requested_at,
    period_as_of)
select n, 'SUCCEEDED', 'TRAINEE', '{}', '[]', 0, 0, 0, 0, 1 + n % 100, timestamptz '2026-01-01' + n * interval '1 min',
    timestamptz '2026-01-01' + n * interval '1 min'
from generate_series(1, 5000) n;
insert into report (id, kind, subject_id, school_id, period_from, period_to, revision, generated_at, run_id, policy,
    content_hash, data, attendance_rate, chronic_absence_rate, average_score)
select row_number() over (), s.kind, s.id, s.school_id, day, day + 30, revision,
    timestamptz '2026-01-01' + (s.id * 7919 % 100000 + revision) * interval '1 min', 1 + s.id % 5000, '{}',
    md5(s.id::text), '{"version": 1}', s.id % 101 / 100.0, nullif(s.id % 37, 0) / 100.0, nullif(s.id % 53, 0) / 100.0
from subject s, lateral (select date '2025-09-01' + 31 * m as day from generate_series(0, 3) m) as months,
    generate_series(1, 2) revision
where revision = 1 or s.id % 5 = 0;
insert into export (id, report_id, report_ids, report_count, format, state, options, filters, matching, done, names,
    contacts, requested_by, requested_at, expires_at)
select n, n, array[n], 1, 'CSV', 'SUCCEEDED', '{}', '[]', 1, 1, '[]',
    '[]', 1 + n % 100, timestamptz '2026-01-01', timestamptz '2026-01-08'
from generate_series(1, 10000) n;
insert into job (id, kind, arguments, state, priority, attempts, fence, due_at, leased_until, created_at)
select n, 'kind', '{}', case when n > 19900 then 'QUEUED' when n > 19800 then 'RUNNING' else 'SUCCEEDED' end, n % 2,
    0, 0, due, case when n between 19801 and 19900 then due end, due
from generate_series(1, 20000) n, lateral (select timestamptz '2026-01-01' + n * interval '1 min' as due) as at;
"""


async def populate(database: Database) -> None:
    """Fills a migrated, empty database, and has the planner know what is in it."""
    sums = [column.name for column in SessionPart.__table__.columns if column.name.endswith("_micros")]
    sums += ["present", "late", "excused", "absent", "unmarked", "late_timed"]
    parts = _PARTS.format(sums=", ".join(sums), zeros=", ".join("0" for _ in sums))
    tables = [f'"{table}"' for table in Base.metadata.tables]
    async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute("set statement_timeout = 0")  # a busy machine may take long
        for script in (_SUBJECTS, _ENROLMENTS, _SESSIONS, parts, _WORK, f"vacuum analyze {', '.join(tables)}"):
            await driver.execute(script)
