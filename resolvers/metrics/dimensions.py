"""The pieces every fact is written in: what is asked, the key columns of the dimensions, and when a mark counts.

`asked` is a relation (n, subject_id, first_day, last_day, today), whose days lie between :earliest and :latest. A kind
of subject is a key column of the dimensions to join it on; a trainee's sessions are those their coverage matches, the
relation `slot`. Lengths are microseconds.
"""

from collections.abc import Mapping
from typing import Final

from models.vocabulary import SubjectKind

ASKED: Final = (
    "asked as (select * from unnest(cast(:n as int[]), cast(:subject as int[]), cast(:first as date[]),"
    " cast(:last as date[]), cast(:today as date[])) as a (n, subject_id, first_day, last_day, today))"
)

# the column of session_part and result_part that holds a kind's key; a trainee has none: their facts go by coverage
DIMENSION: Final[Mapping[SubjectKind, str]] = {
    kind: f"{kind.lower()}_id" for kind in SubjectKind if kind is not SubjectKind.TRAINEE
}

# c: coverage, p: session_part, m: mark. An enrolment covers its days, for its group and, where given, its course.
_COVERS_COURSE: Final = "c.class_group_id = p.class_group_id and (c.course_id is null or c.course_id = p.course_id)"
COVERS: Final = f"{_COVERS_COURSE} and p.day between c.starts_on and c.ends_on"
# PRESENT with an arrival later than the policy allows counts as LATE; recorded statuses are never softened.
COUNTED_STATUS: Final = "case when m.status = 'PRESENT' and m.arrived_at > p.late_from then 'LATE' else m.status end"
LATE_MICROS: Final = (
    "case when m.arrived_at > p.starts_at then (extract(epoch from m.arrived_at - p.starts_at) * 1000000)::bigint"
    " else 0 end"
)
ATTENDED_MICROS: Final = (
    "(extract(epoch from greatest(least(coalesce(m.left_at, p.ended_at), p.ended_at)"
    " - greatest(coalesce(m.arrived_at, p.began_at), p.began_at), interval '0')) * 1000000)::bigint"
)

# A trainee's sessions are those they were enrolled for that day, marked or not. Their marks come by (trainee, day):
# materialized, or for some numbers of trainees the planner reads every mark of every session instead. The constant days
# are there for the index on (group, day): by days that differ from row to row the planner reads all of a group's.
_SLOT: Final = f"""
    own as materialized (
        select a.n, m.session_id, m.status, m.arrived_at, m.left_at
        from asked a join mark m on m.trainee_id = a.subject_id and m.day between a.first_day and a.last_day
    ),
    covered as (
        select a.n, a.today, c.trainee_id, p.*
        from asked a
        join coverage c on c.trainee_id = a.subject_id and c.starts_on <= a.last_day and c.ends_on >= a.first_day
        join session_part p on {_COVERS_COURSE}
            and p.day between :earliest and :latest
            and p.day between greatest(a.first_day, c.starts_on) and least(a.last_day, c.ends_on)
    ),
    slot as (
        select p.n, p.today, p.trainee_id, p.session_id, p.school_id, p.class_group_id, p.course_id, p.day, p.status,
            p.starts_at, p.held_micros, {COUNTED_STATUS} as mark, m.arrived_at, {LATE_MICROS} as mark_late_micros,
            {ATTENDED_MICROS} as mark_attended_micros
        from covered p
        left join own m on m.n = p.n and m.session_id = p.session_id and p.status = 'HELD'
    )"""
# Begins a statement over `slot` alone: the CTEs up to it, or the table of that name that KEEP_SLOTS has made.
SLOTS: Final = "/* slots */"
KEEP_SLOTS: Final = f"create temp table slot on commit drop as with {ASKED}, {_SLOT} select * from slot"


def with_slots(sql: str, *, kept: bool) -> str:
    """The statement with its relation `slot` put in."""
    return sql.replace(SLOTS, "slot as (table slot)" if kept else f"{ASKED}, {_SLOT}")
