"""What must hold between rows: each key once, no overlapping enrolments, no address of two users.

A query per conflict, of rows (n, column, why, other): n is the bad row, the later of the two; other the row it is in
conflict with, where that is in the file too. Bad rows are marked x in `row_<file>`, so that nothing is written of them.
"""

from typing import Final

from resolvers.bundle.cells import literal, shown
from resolvers.bundle.staging import Staged
from resolvers.bundle.wire import quoted

# the enrolments the bundle leaves as they are take part, as rows without a number
_OVERLAPS: Final = """
    with given as (
        select n, trainee_id, class_group_id, course_id, coalesce(starts_on, '-infinity') as first_day,
            coalesce(ends_on, 'infinity') as last_day
        from row_enrolments where act in ('i', 'u', 's')
    ),
    stored as (
        select null::int as n, e.trainee_id, e.class_group_id, e.course_id,
            coalesce(e.starts_on, '-infinity') as first_day, coalesce(e.ends_on, 'infinity') as last_day
        from enrolment e
        where (e.trainee_id, e.class_group_id) in (select trainee_id, class_group_id from given)
            and not exists (select from row_enrolments r where r.id = e.id and r.act <> 'x')
    )
    select g.n, '{column}', case when min(o.n) is not null then 'overlaps the enrolment'
            else 'overlaps the stored enrolment of ' || min(o.first_day) || ' to ' || min(o.last_day) end, min(o.n)
    from given g
    join (select * from given union all select * from stored) o
        on o.trainee_id = g.trainee_id and o.class_group_id = g.class_group_id
        and o.course_id is not distinct from g.course_id
        and o.first_day <= g.last_day and g.first_day <= o.last_day and (o.n is null or o.n < g.n)
    group by g.n order by g.n"""

_SAME_ADDRESS: Final = f"""
    with holder as (
        select n, email, null as source_id from row_users where act in ('i', 'u', 's') and email is not null
        union all
        select null, a.email, a.source_id from account a
        where not exists (select from row_users r where r.id = a.id and r.act <> 'x')
    ),
    ranked as (
        select n, email, first_value(n) over same as first, first_value(source_id) over same as first_id,
            row_number() over same as place
        from holder window same as (partition by email order by n nulls first)
    )
    select n, 'email', {shown("email")} || ' is already the address of ' || case when first is null
            then 'user ' || {shown("first_id")} else 'the user' end, first
    from ranked where place > 1 and n is not null order by n"""


def duplicates(staged: Staged) -> str:
    """SQL for the rows whose key an earlier row of the file has."""
    file = staged.file
    keys = [name for name in file.key if name in staged.columns]
    listed = ", ".join(map(quoted, keys))
    given = " and ".join(f"{quoted(name)} is not null" for name in keys if file.column(name).required)
    # required ones first and by =, so that the join can hash
    ordered = sorted(keys, key=lambda name: not file.column(name).required)
    same = " and ".join(
        f"i.{quoted(name)} {'=' if file.column(name).required else 'is not distinct from'} w.{quoted(name)}"
        for name in ordered
    )
    key = " || ', ' || ".join(f"coalesce({shown(f'i.{quoted(name)}')}, 'empty')" for name in keys)
    return f"""
    with twice as (
        select {listed}, min(n) as first from {staged.table} where {given} group by {listed} having count(*) > 1
    )
    select i.n, {literal(keys[-1])}, {key} || ' is given twice: it is', w.first
    from {staged.table} i join twice w on {same} where i.n > w.first order by i.n"""


def conflicts(staged: Staged) -> tuple[str, ...]:
    """SQL for the other conflicts of a file."""
    if staged.file.name == "enrolments":
        return (_OVERLAPS.format(column="starts_on" if "starts_on" in staged.columns else "trainee_id"),)
    if staged.file.name == "users":
        return (_SAME_ADDRESS,)
    return ()
