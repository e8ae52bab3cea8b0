"""Notes what an import touched, for metrics/parts.py: a statement per consequence, by the file that brings it."""

from collections.abc import Iterable
from typing import Final

from resolvers.bundle.wire import Wire

_CHANGED: Final = "r.act in ('i', 'u', 'd')"
_MOVED_GROUPS: Final = "r.act = 'u' and r.programme_id <> r.was_programme_id"
_MOVED_PROGRAMMES: Final = "r.act = 'u' and r.department_id <> r.was_department_id"

CONSEQUENCES: Final = {
    "programmes": (
        f"""
        insert into touched_session
        select s.id from row_programmes r
        join class_group g on g.programme_id = r.id join session s on s.class_group_id = g.id
        where {_MOVED_PROGRAMMES}""",
        f"""
        insert into touched_assessment
        select p.assessment_id from row_programmes r join result_part p on p.programme_id = r.id
        where {_MOVED_PROGRAMMES}""",
    ),
    "class_groups": (
        f"""
        insert into touched_session
        select s.id from row_class_groups r join session s on s.class_group_id = r.id where {_MOVED_GROUPS}""",
        f"""
        insert into touched_assessment
        select p.assessment_id from row_class_groups r join result_part p on p.class_group_id = r.id
        where {_MOVED_GROUPS}""",
    ),
    "courses": (
        """
        insert into touched_assessment
        select a.id from row_courses r join assessment a on a.course_id = r.id
        where r.act = 'u' and r.programme_id <> r.was_programme_id""",
    ),
    "enrolments": (
        f"""
        insert into touched_enrolment
        select distinct r.trainee_id, r.class_group_id from row_enrolments r where {_CHANGED}""",
    ),
    "sessions": (
        "insert into touched_session select r.id from row_sessions r where r.act in ('i', 'u')",
        f"insert into touched_group select distinct r.class_group_id from row_sessions r where {_CHANGED}"
        " and r.class_group_id is not null",
        "insert into touched_group select distinct r.was_class_group_id from row_sessions r where r.act in ('u', 'd')",
    ),
    "attendance": (f"insert into touched_session select distinct r.session_id from row_attendance r where {_CHANGED}",),
    "assessments": ("insert into touched_assessment select r.id from row_assessments r where r.act in ('i', 'u')",),
    "results": (f"insert into touched_assessment select distinct r.assessment_id from row_results r where {_CHANGED}",),
    "policies": (
        """
        insert into touched_session
        select s.id from row_policies r join session s on s.school_id = r.school_id
        where r.act in ('i', 'u') and r.late_after_minutes is distinct from r.was_late_after_minutes
            or r.act = 'd' and r.was_late_after_minutes is not null""",
    ),
}


async def touch(wire: Wire, files: Iterable[str]) -> None:
    """Fills the `touched_…` tables from the rows of those files; before the rows marked d are deleted."""
    for name in files:
        for statement in CONSEQUENCES.get(name, ()):
            await wire.run(statement)
