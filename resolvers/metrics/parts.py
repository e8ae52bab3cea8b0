"""Parts: what is kept of marks and results so that reading does not walk them.

Whoever changes source data notes what it touched (temporary tables `touched_…`) and calls `refresh_parts` in the same
transaction. Recomputing is one path: `refresh_parts` writes what it finds, `verify_parts` compares it with what is
stored. Order matters: coverage first (who was enrolled), then sessions, then results (whose group and trainer follow
from held sessions).
"""

from typing import Final

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from resolvers.metrics.policies import RULES_SQL
from resolvers.metrics.spine import ATTENDED_MICROS, COUNTED_STATUS, COVERS, LATE_MICROS

# rows from which on the planner should hear of them at once; of fewer, autovacuum tells it
_MANY: Final = 1_000
_TOUCHED: Final = (
    "touched_session (session_id int not null)",
    "touched_group (class_group_id int not null)",
    "touched_enrolment (trainee_id int not null, class_group_id int not null)",
    "touched_assessment (assessment_id int not null)",
)

_FRESH_COVERAGE: Final = """
    create temp table fresh_coverage on commit drop as
    with pair as (select distinct trainee_id, class_group_id from touched_enrolment),
    days as (
        select e.trainee_id, e.class_group_id, e.course_id, range_agg(daterange(e.starts_on, e.ends_on, '[]')) as days
        from enrolment e join pair using (trainee_id, class_group_id)
        group by e.trainee_id, e.class_group_id, e.course_id
    ),
    whole as (select * from days where course_id is null),
    disjoint as (
        select trainee_id, class_group_id, course_id, days from whole
        union all
        select d.trainee_id, d.class_group_id, d.course_id, d.days - coalesce(whole.days, '{}')
        from days d left join whole using (trainee_id, class_group_id)
        where d.course_id is not null
    )
    select trainee_id, class_group_id, course_id, coalesce(lower(span), '-infinity') as starts_on,
        coalesce(upper(span) - 1, 'infinity') as ends_on
    from disjoint cross join lateral unnest(days) as span"""

# Many trainees share one span of days in a group: the spans first, then the sessions in them.
_SESSIONS_COVERED: Final = (
    """
    insert into touched_session
    select p.id from (
        select distinct class_group_id, course_id, starts_on, ends_on from {coverage} {condition}
    ) as c
    join session p on """
    + COVERS
)
_PAIR_TOUCHED: Final = (
    " where (trainee_id, class_group_id) in (select trainee_id, class_group_id from touched_enrolment)"
)

# of the session, and so of the attendance of all whose times nobody noted
_LENGTH_MICROS: Final = (
    "(extract(epoch from greatest(coalesce(p.actual_ends_at, p.ends_at) - coalesce(p.actual_starts_at, p.starts_at),"
    " interval '0')) * 1000000)::bigint"
)
_FRESH_SESSION: Final = f"""
    create temp table fresh_session on commit drop as
    select p.id as session_id, p.school_id, programme.department_id, class_group.programme_id, p.class_group_id,
        p.course_id, p.trainer_id, p.day,
        case when p.flag = 'CANCELLED' then p.flag
            when p.flag = 'HELD' or exists (select from mark where mark.session_id = p.id) then 'HELD'
            else 'SCHEDULED' end as status,
        p.starts_at, coalesce(p.actual_starts_at, p.starts_at) as began_at, coalesce(p.actual_ends_at, p.ends_at) as
        ended_at, p.starts_at + rules.late_after_minutes * interval '1 minute' as late_from, p.joint_id,
        p.actual_starts_at <= p.starts_at as punctual, {_LENGTH_MICROS} as length_micros
    from (select distinct session_id from touched_session) t
    join session p on p.id = t.session_id
    join class_group on class_group.id = p.class_group_id
    join programme on programme.id = class_group.programme_id
    join ({RULES_SQL}) rules on rules.school_id = p.school_id"""

_FRESH_SESSION_PART: Final = f"""
    create temp table fresh_session_part on commit drop as
    with roster as (
        select p.session_id, sum(c.trainees) as enrolled
        from fresh_session p
        join (
            select class_group_id, course_id, starts_on, ends_on, count(*) as trainees from coverage
            where class_group_id in (select class_group_id from fresh_session)
            group by class_group_id, course_id, starts_on, ends_on
        ) as c on {COVERS}
        where p.status = 'HELD' group by p.session_id
    ),
    counted as (
        select p.session_id, {COUNTED_STATUS} as status, m.arrived_at, {LATE_MICROS} as late_micros,
            case when m.arrived_at is null and m.left_at is null then p.length_micros
                else {ATTENDED_MICROS} end as attended_micros
        from fresh_session p
        join mark m on m.session_id = p.session_id
        where p.status = 'HELD' and exists (select from coverage c where c.trainee_id = m.trainee_id and {COVERS})
    ),
    total as (
        select session_id, count(*) as marked, count(*) filter (where status = 'PRESENT') as present,
            count(*) filter (where status = 'LATE') as late, count(*) filter (where status = 'EXCUSED') as excused,
            count(*) filter (where status = 'ABSENT') as absent,
            count(arrived_at) filter (where status = 'LATE') as late_timed,
            sum(late_micros) filter (where status = 'LATE') as late_micros,
            sum(attended_micros) filter (where status in ('PRESENT', 'LATE')) as attended_micros
        from counted group by session_id
    )
    select f.session_id, f.school_id, f.department_id, f.programme_id, f.class_group_id, f.course_id, f.trainer_id,
        f.day, f.status, f.starts_at, f.began_at, f.ended_at, f.late_from, f.joint_id, f.punctual,
        case when f.status = 'HELD' then f.length_micros else 0 end as held_micros,
        coalesce(total.present, 0)::int as present, coalesce(total.late, 0)::int as late,
        coalesce(total.excused, 0)::int as excused, coalesce(total.absent, 0)::int as absent,
        (coalesce(roster.enrolled, 0) - coalesce(total.marked, 0))::int as unmarked,
        coalesce(total.late_timed, 0)::int as late_timed, coalesce(total.late_micros, 0)::bigint as late_micros,
        coalesce(total.attended_micros, 0)::bigint as attended_micros
    from fresh_session f left join roster using (session_id) left join total using (session_id)"""

SESSION_PART_COLUMNS: Final = (
    "session_id", "school_id", "department_id", "programme_id", "class_group_id", "course_id", "trainer_id", "day",
    "status", "starts_at", "began_at", "ended_at", "late_from", "joint_id", "punctual", "held_micros", "present",
    "late", "excused", "absent", "unmarked", "late_timed", "late_micros", "attended_micros",
)  # fmt: skip
_SESSION_COLUMNS: Final = ", ".join(SESSION_PART_COLUMNS)

_STORE_SESSION_PARTS: Final = f"""
    insert into session_part ({_SESSION_COLUMNS}) select {_SESSION_COLUMNS} from fresh_session_part order by day
    on conflict (session_id) do update
    set ({_SESSION_COLUMNS}) = row ({", ".join(f"excluded.{c}" for c in SESSION_PART_COLUMNS)})
    where (session_part.*) is distinct from (excluded.*)"""

_TAUGHT: Final = """
    select distinct s.class_group_id, s.course_id, s.trainer_id from session s
    join (select distinct class_group_id from touched_group) t using (class_group_id)"""

_DROP_TEACHING: Final = f"""
    delete from teaching using touched_group t
    where t.class_group_id = teaching.class_group_id and not exists (
        select from ({_TAUGHT}) as taught
        where (taught.class_group_id, taught.course_id) = (teaching.class_group_id, teaching.course_id)
            and taught.trainer_id is not distinct from teaching.trainer_id
    )"""

# The group or trainer an assessment lacks follows from enrolments and from which sessions of its course were held. A
# session that is gone, or of another course now, is known by its group: the assessment's, or the one results went to.
_DEPENDENT_ASSESSMENTS: Final = """
    insert into touched_assessment
    with unsettled as (
        select id, course_id, class_group_id from assessment where class_group_id is null or trainer_id is null
    )
    select id from unsettled
    where course_id in (select course_id from fresh_session)
        or class_group_id in (select class_group_id from touched_group)
        or id in (
            select assessment_id from result_part where class_group_id in (select class_group_id from touched_group)
        )
    union
    select u.id from unsettled u join result r on r.assessment_id = u.id
    where r.trainee_id in (select trainee_id from touched_enrolment)"""

# Design section 4, "A result counts on held_on whatever the enrolment; its group is …".
_FRESH_RESULT_PART: Final = """
    create temp table fresh_result_part on commit drop as
    with due as (
        select a.* from assessment a
        where a.held_on is not null and a.id in (select assessment_id from touched_assessment)
    ),
    first_held as (
        select class_group_id, course_id, min(day) as day from session_part
        where status = 'HELD' and course_id in (select course_id from due where class_group_id is null)
        group by class_group_id, course_id
    ),
    guessed as (
        select distinct on (r.assessment_id, r.trainee_id) r.assessment_id, r.trainee_id, e.class_group_id
        from due a
        join result r on r.assessment_id = a.id and r.score is not null
        join enrolment e on e.trainee_id = r.trainee_id and (e.starts_on is null or e.starts_on <= a.held_on)
            and (e.course_id is null or e.course_id = a.course_id)
        join first_held h on h.class_group_id = e.class_group_id and h.course_id = a.course_id and h.day <= a.held_on
        join subject s on s.id = e.class_group_id
        where a.class_group_id is null
        order by r.assessment_id, r.trainee_id, e.starts_on desc nulls last, s.source_id
    ),
    sums as (
        select a.id as assessment_id, a.school_id, a.course_id, a.held_on, a.trainer_id,
            coalesce(a.class_group_id, g.class_group_id) as class_group_id, count(*) as results,
            coalesce(sum(r.score) filter (where a.max_score is not null), 0) as score,
            coalesce(sum(a.max_score), 0) as max_score,
            count(*) filter (where r.score >= a.pass_score) as passed, count(a.pass_score) as passable
        from due a
        join result r on r.assessment_id = a.id and r.score is not null
        left join guessed g on g.assessment_id = a.id and g.trainee_id = r.trainee_id
        group by a.id, a.school_id, a.course_id, a.held_on, a.trainer_id, coalesce(a.class_group_id, g.class_group_id)
    ),
    placed as (
        select sums.*,
            case when class_group_id is not null then coalesce(sums.trainer_id, most.trainer_id) end as taught_by
        from sums left join lateral (
            select p.trainer_id from session_part p join subject s on s.id = p.trainer_id
            where sums.trainer_id is null and p.class_group_id = sums.class_group_id
                and p.course_id = sums.course_id and p.status = 'HELD' and p.day <= sums.held_on
            group by p.trainer_id, s.source_id order by count(*) desc, s.source_id limit 1
        ) as most on true
    )
    select r.assessment_id, r.school_id, programme.department_id, programme.id as programme_id, r.class_group_id,
        r.course_id, r.taught_by as trainer_id, r.held_on as day, r.results::int as results, r.score, r.max_score,
        r.passed::int as passed, r.passable::int as passable
    from placed r
    join course on course.id = r.course_id
    left join class_group on class_group.id = r.class_group_id
    join programme on programme.id = coalesce(class_group.programme_id, course.programme_id)"""

RESULT_PART_COLUMNS: Final = (
    "assessment_id", "school_id", "department_id", "programme_id", "class_group_id", "course_id", "trainer_id",
    "day", "results", "score", "max_score", "passed", "passable",
)  # fmt: skip
_RESULT_COLUMNS: Final = ", ".join(RESULT_PART_COLUMNS)
_COVERAGE_COLUMNS: Final = "trainee_id, class_group_id, course_id, starts_on, ends_on"
_STORE_COVERAGE: Final = f"insert into coverage ({_COVERAGE_COLUMNS}) select {_COVERAGE_COLUMNS} from fresh_coverage"
_STORE_RESULT_PARTS: Final = (
    f"insert into result_part ({_RESULT_COLUMNS}) select {_RESULT_COLUMNS} from fresh_result_part"
)
_TEACHING_COLUMNS: Final = "class_group_id, course_id, trainer_id"


async def begin_touching(session: AsyncSession) -> None:
    """Makes the temporary tables that note what a change touched; they go with the transaction."""
    for table in _TOUCHED:
        await session.execute(text(f"create temp table {table} on commit drop"))


async def refresh_parts(session: AsyncSession) -> None:
    """Recomputes the parts of everything touched, in the transaction that touched it."""
    await session.execute(text(_SESSIONS_COVERED.format(coverage="coverage", condition=_PAIR_TOUCHED)))
    await session.execute(text(_FRESH_COVERAGE))
    await session.execute(
        text(
            "delete from coverage c using (select distinct trainee_id, class_group_id from touched_enrolment) t"
            " where (c.trainee_id, c.class_group_id) = (t.trainee_id, t.class_group_id)"
        )
    )
    await _store(session, "coverage", _STORE_COVERAGE)
    await session.execute(text(_SESSIONS_COVERED.format(coverage="fresh_coverage", condition="")))
    await _fresh_session_parts(session)
    await _store(session, "session_part", _STORE_SESSION_PARTS)
    await session.execute(text("insert into touched_group select distinct class_group_id from fresh_session"))
    await session.execute(text(_DROP_TEACHING))
    await session.execute(text(f"insert into teaching ({_TEACHING_COLUMNS}) {_TAUGHT} on conflict do nothing"))
    await session.execute(text(_DEPENDENT_ASSESSMENTS))
    await session.execute(text(_FRESH_RESULT_PART))
    await session.execute(
        text("delete from result_part where assessment_id in (select assessment_id from touched_assessment)")
    )
    await _store(session, "result_part", _STORE_RESULT_PARTS)


async def _store(session: AsyncSession, table: str, statement: str) -> None:
    written = await session.execute(text(statement))
    assert isinstance(written, CursorResult)
    if written.rowcount > _MANY:
        await session.execute(text(f"analyze {table}"))


async def _fresh_session_parts(session: AsyncSession) -> None:
    await session.execute(text("analyze touched_session"))
    await session.execute(text(_FRESH_SESSION))
    await session.execute(text("analyze fresh_session"))
    await session.execute(text(_FRESH_SESSION_PART))


async def touch_school(session: AsyncSession, school_id: int) -> None:
    """Notes every session of a school: for a policy that derives LATE anew."""
    await session.execute(
        text("insert into touched_session select id from session where school_id = :school"), {"school": school_id}
    )


_TOUCHED_SCHOOLS: Final = """
    select distinct s.school_id from subject s
    where s.id in (
        select class_group_id from touched_group union all select class_group_id from touched_enrolment
    )"""


async def touched_schools(session: AsyncSession) -> list[int]:
    """The schools whose parts were recomputed in this transaction."""
    if await session.scalar(text("select to_regclass('pg_temp.touched_group') is null")):
        return []
    return sorted(await session.scalars(text(_TOUCHED_SCHOOLS)))


_EVERYTHING: Final = (
    "insert into touched_session select id from session",
    "insert into touched_group select id from class_group",
    "insert into touched_enrolment select distinct trainee_id, class_group_id from enrolment",
    "insert into touched_assessment select id from assessment",
)

# what is kept, and the statement that says what should be
_KEPT: Final = {
    "coverage": (_COVERAGE_COLUMNS, f"select {_COVERAGE_COLUMNS} from fresh_coverage"),
    "session_part": (_SESSION_COLUMNS, f"select {_SESSION_COLUMNS} from fresh_session_part"),
    "teaching": (_TEACHING_COLUMNS, f"select distinct {_TEACHING_COLUMNS} from session"),
    "result_part": (_RESULT_COLUMNS, f"select {_RESULT_COLUMNS} from fresh_result_part"),
}
_STRAY_MARKS: Final = """
    select count(*) from mark m
    where not exists (select from session s where s.id = m.session_id and s.day = m.day and s.school_id = m.school_id)
        or not exists (select from trainee t where t.id = m.trainee_id)"""


async def verify_parts(session: AsyncSession) -> dict[str, int]:
    """Recomputes every part from marks, results and enrolments; how many stored rows differ, by table (0: none)."""
    await session.execute(text("set local statement_timeout = 0"))
    await begin_touching(session)
    for statement in _EVERYTHING:
        await session.execute(text(statement))
    await session.execute(text(_FRESH_COVERAGE))
    await _fresh_session_parts(session)
    await session.execute(text(_FRESH_RESULT_PART))
    differing = {"mark": int(await session.scalar(text(_STRAY_MARKS)) or 0)}
    for table, (columns, should_be) in _KEPT.items():
        stored = f"select {columns} from {table}"
        statement = (
            f"select count(*) from (({stored} except all {should_be}) union all ({should_be} except all {stored})) d"
        )
        differing[table] = int(await session.scalar(text(statement)) or 0)
    return differing
