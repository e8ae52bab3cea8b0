"""Parts: what is kept of marks and results so that reading does not walk them.

Whoever changes source data takes four steps in one transaction: `begin_touching`, which waits for its turn (see
part_lock.py); notes what it touched (temporary tables `touched_…`); `touch_kept`, while what is kept still
says what it was kept of; and `refresh_sums`, once rows have gone. Recomputing is one path: `refresh_sums` writes what
it finds, `verify_sums` compares it with what is stored. Order matters: coverage first (who was enrolled), then
sessions, then results (whose group and trainer follow from held sessions).
"""

from typing import Final

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from models import Session, SessionPart
from resolvers.metrics.dimensions import ATTENDED_MICROS, COUNTED_STATUS, COVERS, DIMENSION, LATE_MICROS
from resolvers.metrics.policies import RULES_SQL
from resolvers.metrics.result_sums import DEPENDENT_ASSESSMENTS, FRESH_RESULT_PART, RESULT_PART_COLUMNS
from resolvers.metrics.sums_lock import hold_sums

# rows from which on the planner should hear of them at once; of fewer, autovacuum tells it
_MANY: Final = 1_000
_TOUCHED: Final = (
    "touched_session (session_id int not null)",
    "touched_group (class_group_id int not null)",
    "touched_enrolment (trainee_id int not null, class_group_id int not null)",
    "touched_assessment (assessment_id int not null)",
    "touched_school (school_id int not null)",
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
_SCHOOLS_TOUCHED: Final = """
    insert into touched_school
    select school_id from session where id in (select session_id from touched_session)
    union
    select school_id from subject where id in (
        select class_group_id from touched_group union all select class_group_id from touched_enrolment
    )"""

# of the session, and so of the attendance of all whose times nobody noted
_LENGTH_MICROS: Final = (
    "(extract(epoch from greatest(coalesce(p.actual_ends_at, p.ends_at) - coalesce(p.actual_starts_at, p.starts_at),"
    " interval '0')) * 1000000)::bigint"
)
# its keys: programme and department are those of its group, the others its own
_KEYS: Final = tuple(DIMENSION.values())
_OWN_KEYS: Final = tuple(key for key in _KEYS if key in Session.__table__.columns)
_FRESH_SESSION: Final = f"""
    create temp table fresh_session on commit drop as
    select p.id as session_id, programme.department_id, class_group.programme_id,
        {", ".join(f"p.{key}" for key in _OWN_KEYS)}, p.day,
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

# {coverage}: the table as it is kept, or the one made anew
_FRESH_SESSION_PART: Final = f"""
    create temp table fresh_session_part on commit drop as
    with roster as (
        select p.session_id, sum(c.trainees) as enrolled
        from fresh_session p
        join (
            select class_group_id, course_id, starts_on, ends_on, count(*) as trainees from {{coverage}}
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
        where p.status = 'HELD' and exists (select from {{coverage}} c where c.trainee_id = m.trainee_id and {COVERS})
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
    select f.session_id, {", ".join(f"f.{key}" for key in _KEYS)},
        f.day, f.status, f.starts_at, f.began_at, f.ended_at, f.late_from, f.joint_id, f.punctual,
        case when f.status = 'HELD' then f.length_micros else 0 end as held_micros,
        coalesce(total.present, 0)::int as present, coalesce(total.late, 0)::int as late,
        coalesce(total.excused, 0)::int as excused, coalesce(total.absent, 0)::int as absent,
        (coalesce(roster.enrolled, 0) - coalesce(total.marked, 0))::int as unmarked,
        coalesce(total.late_timed, 0)::int as late_timed, coalesce(total.late_micros, 0)::bigint as late_micros,
        coalesce(total.attended_micros, 0)::bigint as attended_micros
    from fresh_session f left join roster using (session_id) left join total using (session_id)"""

_PART_COLUMNS: Final = tuple(column.name for column in SessionPart.__table__.columns)
_SESSION_COLUMNS: Final = ", ".join(_PART_COLUMNS)

_STORE_SESSION_PARTS: Final = f"""
    insert into session_part ({_SESSION_COLUMNS}) select {_SESSION_COLUMNS} from fresh_session_part order by day
    on conflict (session_id) do update
    set ({_SESSION_COLUMNS}) = row ({", ".join(f"excluded.{c}" for c in _PART_COLUMNS)})
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

_RESULT_COLUMNS: Final = ", ".join(RESULT_PART_COLUMNS)
_COVERAGE_COLUMNS: Final = "trainee_id, class_group_id, course_id, starts_on, ends_on"
_STORE_COVERAGE: Final = f"insert into coverage ({_COVERAGE_COLUMNS}) select {_COVERAGE_COLUMNS} from fresh_coverage"
_STORE_RESULT_PARTS: Final = (
    f"insert into result_part ({_RESULT_COLUMNS}) select {_RESULT_COLUMNS} from fresh_result_part"
)
_TEACHING_COLUMNS: Final = "class_group_id, course_id, trainer_id"


async def begin_touching(session: AsyncSession) -> None:
    """Holds the sums, and makes the temporary tables that note what a change touched; they go with the transaction."""
    await hold_sums(session)
    await _make_tables(session)


async def _make_tables(session: AsyncSession) -> None:
    for table in _TOUCHED:
        await session.execute(text(f"create temp table {table} on commit drop"))


async def touch_kept(session: AsyncSession) -> None:
    """Notes what follows from what is kept of everything touched so far: to be done before any row goes.

    With a trainee or a group their coverage goes, and with it the word which sessions they were enrolled for.
    """
    await session.execute(text(_SESSIONS_COVERED.format(coverage="coverage", condition=_PAIR_TOUCHED)))
    await session.execute(text(_SCHOOLS_TOUCHED))


async def refresh_sums(session: AsyncSession) -> None:
    """Recomputes the sums of everything touched, in the transaction that touched it, after `touch_kept`."""
    await session.execute(text(_FRESH_COVERAGE))
    await session.execute(
        text(
            "delete from coverage c using (select distinct trainee_id, class_group_id from touched_enrolment) t"
            " where (c.trainee_id, c.class_group_id) = (t.trainee_id, t.class_group_id)"
        )
    )
    await _store(session, "coverage", _STORE_COVERAGE)
    await session.execute(text(_SESSIONS_COVERED.format(coverage="fresh_coverage", condition="")))
    await _fresh_session_parts(session, "coverage")
    await _store(session, "session_part", _STORE_SESSION_PARTS)
    await session.execute(text("insert into touched_group select distinct class_group_id from fresh_session"))
    await session.execute(text(_DROP_TEACHING))
    await session.execute(text(f"insert into teaching ({_TEACHING_COLUMNS}) {_TAUGHT} on conflict do nothing"))
    await session.execute(text(DEPENDENT_ASSESSMENTS))
    await session.execute(text(FRESH_RESULT_PART.format(session_part="session_part")))
    await session.execute(
        text("delete from result_part where assessment_id in (select assessment_id from touched_assessment)")
    )
    await _store(session, "result_part", _STORE_RESULT_PARTS)


async def _store(session: AsyncSession, table: str, statement: str) -> None:
    written = await session.execute(text(statement))
    assert isinstance(written, CursorResult)
    if written.rowcount > _MANY:
        await session.execute(text(f"analyze {table}"))


async def _fresh_session_parts(session: AsyncSession, coverage: str) -> None:
    await session.execute(text("analyze touched_session"))
    await session.execute(text(_FRESH_SESSION))
    await session.execute(text("analyze fresh_session"))
    await session.execute(text(_FRESH_SESSION_PART.format(coverage=coverage)))


async def touch_school(session: AsyncSession, school_id: int) -> None:
    """Notes every session of a school: for a policy that derives LATE anew."""
    await session.execute(
        text("insert into touched_session select id from session where school_id = :school"), {"school": school_id}
    )


async def touched_schools(session: AsyncSession) -> list[int]:
    """The schools of which sessions, groups or enrolments were touched in this transaction."""
    if await session.scalar(text("select to_regclass('pg_temp.touched_school') is null")):
        return []
    return sorted(await session.scalars(text("select distinct school_id from touched_school")))


_EVERYTHING: Final = (
    "insert into touched_session select id from session",
    "insert into touched_group select id from class_group",
    "insert into touched_enrolment select distinct trainee_id, class_group_id from enrolment",
    "insert into touched_assessment select id from assessment",
)

# what is kept: its columns, and the statement that says what should be
KEPT: Final = {
    "coverage": (_COVERAGE_COLUMNS, f"select {_COVERAGE_COLUMNS} from fresh_coverage"),
    "session_part": (_SESSION_COLUMNS, f"select {_SESSION_COLUMNS} from fresh_session_part"),
    "teaching": (_TEACHING_COLUMNS, f"select distinct {_TEACHING_COLUMNS} from session"),
    "result_part": (_RESULT_COLUMNS, f"select {_RESULT_COLUMNS} from fresh_result_part"),
}
_STRAY_MARKS: Final = """
    select count(*) from mark m
    where not exists (select from session s where s.id = m.session_id and s.day = m.day and s.school_id = m.school_id)
        or not exists (select from trainee t where t.id = m.trainee_id)"""


async def count_differing(session: AsyncSession) -> dict[str, int]:
    """Makes everything that is kept anew, from source rows alone; how many stored rows differ, by table.

    What should be stays in the `fresh_…` tables until the transaction ends.
    """
    await _make_tables(session)
    for statement in _EVERYTHING:
        await session.execute(text(statement))
    await session.execute(text(_FRESH_COVERAGE))
    await session.execute(text("analyze fresh_coverage"))
    await _fresh_session_parts(session, "fresh_coverage")
    await session.execute(text("create index on fresh_session_part (class_group_id, course_id)"))
    await session.execute(text("analyze fresh_session_part"))
    await session.execute(text(FRESH_RESULT_PART.format(session_part="fresh_session_part")))
    differing = {}
    for table, (columns, should_be) in KEPT.items():
        stored = f"select {columns} from {table}"
        statement = (
            f"select count(*) from (({stored} except all {should_be}) union all ({should_be} except all {stored})) d"
        )
        differing[table] = int(await session.scalar(text(statement)) or 0)
    return differing


async def verify_sums(session: AsyncSession) -> dict[str, int]:
    """Recomputes every part from marks, results and enrolments; how many stored rows differ, by table (0: none).

    It changes nothing and holds nobody up. Where others write meanwhile it needs a snapshot, not to count them half.
    """
    await session.execute(text("set local statement_timeout = 0"))
    strays = int(await session.scalar(text(_STRAY_MARKS)) or 0)
    return {"mark": strays} | await count_differing(session)
