"""What is accepted with a warning: rows that are kept though something about them is not as it should be.

A query per oddity, of rows (n, column, why), over the file's rows once they are written.
"""

from typing import Final

from resolvers.bundle.cells import NAME, UNTIDY, shown
from resolvers.bundle.staging import Staged

_KEPT: Final = "r.act in ('i', 'u', 's')"

_ODDITIES: Final = {
    "schools": (
        f"""
        select r.n, 'timezone', 'is empty: days are counted in UTC' from row_schools r
        where r.act = 'i' and not exists (
            select from in_schools i where i.n = r.n and to_jsonb(i) ->> 'timezone' is not null
        ) and {_KEPT}""",
    ),
    "attendance": (
        f"""
        select r.n, 'session_id', 'session ' || {shown("s.source_id")} || ' is cancelled: the mark is not counted'
        from row_attendance r join session s on s.id = r.session_id
        where s.flag = 'CANCELLED' and {_KEPT}""",
        f"""
        select r.n, 'trainee_id', 'trainee ' || {shown("t.source_id")} || ' is not enrolled in class group '
            || {shown("g.source_id")} || ' on ' || r.day || ': the mark is not counted'
        from row_attendance r
        join session s on s.id = r.session_id
        left join subject t on t.id = r.trainee_id
        left join subject g on g.id = s.class_group_id
        where s.flag is distinct from 'CANCELLED' and {_KEPT} and not exists (
            select from enrolment e
            where e.trainee_id = r.trainee_id and e.class_group_id = s.class_group_id
                and (e.course_id is null or e.course_id = s.course_id)
                and (e.starts_on is null or e.starts_on <= r.day) and (e.ends_on is null or e.ends_on >= r.day)
        )""",
    ),
    "results": (
        f"""
        select r.n, 'score', trim_scale(r.score) || ' is over the maximum of ' || trim_scale(a.max_score)
        from row_results r join assessment a on a.id = r.assessment_id
        where r.score > a.max_score and {_KEPT}""",
    ),
}


def oddities(staged: Staged) -> tuple[str, ...]:
    """SQL for the oddities of a file."""
    return (*_names(staged), *_ODDITIES.get(staged.file.name, ()))


def _names(staged: Staged) -> tuple[str, ...]:
    given = [column.name for column in staged.file.columns if column.cell is NAME and column.name in staged.columns]
    return tuple(
        f"""
        select r.n, '{name}', 'holds line breaks or control characters: they become spaces'
        from row_{staged.file.name} r join {staged.table} i on i.n = r.n
        where i.{name} ~ {UNTIDY} and {_KEPT}"""
        for name in given
    )
