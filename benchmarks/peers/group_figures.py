"""The figures of the query in bare SQL: one statement, psycopg, orjson, and nothing between them."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
import psycopg
from psycopg.rows import dict_row

from benchmarks.stage import MONTH

STATEMENT: Final = b"""
    with chosen as (
        select s.id, s.name, s.sort_key, coalesce(present_weight, 1) as present_weight,
            coalesce(late_weight, 1) as late_weight, coalesce(excused_weight, 0) as excused_weight,
            coalesce(absent_weight, 0) as absent_weight, coalesce(excused_counts, true) as excused_counts
        from subject s left join policy on policy.school_id = s.school_id
        where s.kind = 'CLASS_GROUP' order by s.sort_key, s.id limit %(first)s
    ),
    marks as (
        select c.id, count(*) filter (where status = 'HELD') as held, sum(p.present) as present, sum(p.late) as late,
            sum(p.excused) as excused, sum(p.absent) as absent
        from chosen c join session_part p on p.class_group_id = c.id and p.day between %(from)s and %(to)s
        group by c.id
    ),
    results as (
        select c.id, sum(p.score) as score, sum(p.max_score) as max_score, sum(p.passed) as passed,
            sum(p.passable) as passable
        from chosen c join result_part p on p.class_group_id = c.id and p.day between %(from)s and %(to)s
        group by c.id
    ),
    sums as (
        select chosen.*, coalesce(held, 0) as held, coalesce(present, 0) as present, coalesce(late, 0) as late,
            coalesce(absent, 0) as absent, coalesce(excused, 0) as excused,
            coalesce(present + late + absent + case when excused_counts then excused else 0 end, 0) as expected,
            score, max_score, passed, passable
        from chosen left join marks using (id) left join results using (id)
    )
    select name, (present * present_weight + late * late_weight + absent * absent_weight
            + case when excused_counts then excused * excused_weight else 0 end)::float8 / nullif(expected, 0)
            as "attendanceRate",
        absent::float8 / nullif(expected, 0) as "absenceRate", late::float8 / nullif(present + late, 0) as "lateRate",
        held as "sessionCount", expected, score::float8 / nullif(max_score, 0)::float8 as "averageScore",
        passed::float8 / nullif(passable, 0) as "passRate"
    from sums order by sort_key, id"""


def answer(connection: psycopg.Connection[Any], first: int) -> bytes:
    """The same answer as the API gives, as JSON."""
    parameters = {"first": first, "from": MONTH.first, "to": MONTH.last}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(STATEMENT, parameters, prepare=True).fetchall()
    return orjson.dumps({"data": {"classGroups": {"nodes": [_node(row) for row in rows]}}})


def _node(row: Mapping[str, Any]) -> dict[str, Any]:
    metrics = dict(row)
    return {"name": metrics.pop("name"), "metrics": metrics}
