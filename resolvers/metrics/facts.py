"""The facts behind the metrics: exact sums per asked (subject, period), one SQL statement per fact.

They are written in the pieces of dimensions.py. Some may be split further by keys of the session (`by`), which is
how breakdowns are made: the statement then tells the whole as well as its pieces. Lengths are microseconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from models import ResultPart, SubjectKind
from resolvers.metrics.dimensions import ASKED, COUNTED_STATUS, COVERS, DIMENSION, SLOTS
from resolvers.metrics.policies import RULES_SQL


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement that yields some sums: `sql(kind, by)` gives rows (n, *sums); no row means all zero.

    One that splits gives rows (n, whole, *by, *sums): `whole` are those of n, the others its pieces.
    """

    name: str
    sums: tuple[str, ...]
    sql: Callable[[SubjectKind, Sequence[str]], str]
    kinds: frozenset[SubjectKind] = frozenset(SubjectKind)
    splits: bool = False


# From `asked` a to the groups g, as they stand today, of the kinds that are made of groups. Any other kind with a key
# meets groups in its sessions, as a course and a trainer do.
_GROUPS_OF: Final = {
    SubjectKind.SCHOOL: "join subject g on g.school_id = a.subject_id and g.kind = 'CLASS_GROUP'",
    SubjectKind.DEPARTMENT: "join programme h on h.department_id = a.subject_id"
    " join class_group g on g.programme_id = h.id",
    SubjectKind.PROGRAMME: "join class_group g on g.programme_id = a.subject_id",
    SubjectKind.CLASS_GROUP: "join class_group g on g.id = a.subject_id",
}


def _whole(prefix: str, by: Sequence[str]) -> str:
    return f"grouping({prefix}{by[0]}) = 1" if by else "true"


def _groups(prefix: str, by: Sequence[str], n: str = "n", also: str = "") -> str:
    """The groups of the whole and of its pieces."""
    whole = f"{n}{also}"
    return f"grouping sets (({whole}), ({whole}{_columns(prefix, by)}))" if by else whole


def _columns(prefix: str, by: Sequence[str]) -> str:
    return "".join(f", {prefix}{column}" for column in by)


def _trainee_marks(by: Sequence[str]) -> str:
    return f"""
    with {SLOTS}
    select n, {_whole("", by)} as whole{_columns("", by)},
        count(*) filter (where mark = 'PRESENT') as present,
        count(*) filter (where mark = 'LATE') as late,
        count(*) filter (where mark = 'EXCUSED') as excused,
        count(*) filter (where mark = 'ABSENT') as absent,
        count(*) filter (where status = 'HELD' and mark is null) as unmarked,
        count(*) filter (where status = 'HELD') as held,
        count(*) filter (where status = 'CANCELLED') as cancelled,
        count(*) as timetabled,
        count(*) filter (where status = 'SCHEDULED' and day < today) as unrecorded,
        count(mark) as complete,
        count(distinct day) filter (where status = 'HELD') as held_days,
        count(*) filter (where mark in ('PRESENT', 'LATE')) as length_count,
        coalesce(sum(slot.held_micros) filter (where mark in ('PRESENT', 'LATE')), 0) as length_micros,
        count(arrived_at) filter (where mark = 'LATE') as late_timed,
        coalesce(sum(mark_late_micros) filter (where mark = 'LATE'), 0) as late_micros,
        coalesce(sum(mark_attended_micros) filter (where mark in ('PRESENT', 'LATE')), 0) as attended_micros
    from slot group by {_groups("", by)}"""


def _marks(kind: SubjectKind, by: Sequence[str]) -> str:
    if kind is SubjectKind.TRAINEE:
        return _trainee_marks(by)
    key = DIMENSION[kind]
    # "Sessions of one joint_id count once, as long as the longest", in the lengths of whatever meets groups.
    joins = kind not in _GROUPS_OF
    alone = " and p.joint_id is null" if joins else ""
    joint_with = (
        f""",
    joint as (
        select n{_columns("", by)}, count(*) as length_count, sum(longest) as length_micros
        from (
            select a.n{_columns("p.", by)}, max(p.held_micros) as longest
            from asked a join session_part p on p.{key} = a.subject_id and p.day between a.first_day and a.last_day
            where p.status = 'HELD' and p.joint_id is not null
            group by {_groups("p.", by, "a.n", ", p.joint_id")}
        ) as meeting
        group by n{_columns("", by)}
    )"""
        if joins
        else ""
    )
    same = "".join(f" and joint.{column} is not distinct from alone.{column}" for column in by)
    joint_join = f"left join joint on joint.n = alone.n{same}" if joins else ""
    length_count = "length_count + coalesce(joint.length_count, 0)" if joins else "length_count"
    length_micros = "length_micros + coalesce(joint.length_micros, 0)" if joins else "length_micros"
    if joins:
        length_count, length_micros = f"alone.{length_count}", f"alone.{length_micros}"
    return f"""
    with {ASKED}, alone as (
        select a.n, {_whole("p.", by)} as whole{_columns("p.", by)},
            coalesce(sum(p.present), 0) as present, coalesce(sum(p.late), 0) as late,
            coalesce(sum(p.excused), 0) as excused, coalesce(sum(p.absent), 0) as absent,
            coalesce(sum(p.unmarked), 0) as unmarked,
            count(*) filter (where p.status = 'HELD') as held,
            count(*) filter (where p.status = 'CANCELLED') as cancelled,
            count(*) as timetabled,
            count(*) filter (where p.status = 'SCHEDULED' and p.day < a.today) as unrecorded,
            count(*) filter (where p.status = 'HELD' and p.unmarked = 0) as complete,
            count(distinct p.day) filter (where p.status = 'HELD') as held_days,
            count(*) filter (where p.status = 'HELD'{alone}) as length_count,
            coalesce(sum(p.held_micros) filter (where p.status = 'HELD'{alone}), 0) as length_micros,
            coalesce(sum(p.late_timed), 0) as late_timed, coalesce(sum(p.late_micros), 0) as late_micros,
            coalesce(sum(p.attended_micros), 0) as attended_micros
        from asked a join session_part p on p.{key} = a.subject_id and p.day between a.first_day and a.last_day
        group by {_groups("p.", by, "a.n")}
    ){joint_with}
    select alone.n, whole{_columns("alone.", by)}, present, late, excused, absent, unmarked, held, cancelled,
        timetabled, unrecorded, complete, held_days, {length_count} as length_count,
        {length_micros} as length_micros, late_timed, late_micros, attended_micros
    from alone {joint_join}"""


def _results(kind: SubjectKind, by: Sequence[str]) -> str:
    if kind is SubjectKind.TRAINEE:
        return f"""
    with {ASKED}
    select a.n, {_whole("s.", by)} as whole{_columns("s.", by)}, count(*) as results,
        coalesce(sum(r.score) filter (where s.max_score is not null), 0) as score,
        coalesce(sum(s.max_score), 0) as max_score,
        count(*) filter (where r.score >= s.pass_score) as passed, count(s.pass_score) as passable
    from asked a
    join result r on r.trainee_id = a.subject_id and r.score is not null
    join assessment s on s.id = r.assessment_id and s.held_on between a.first_day and a.last_day
    group by {_groups("s.", by, "a.n")}"""
    return f"""
    with {ASKED}
    select a.n, {_whole("p.", by)} as whole{_columns("p.", by)}, sum(p.results) as results, sum(p.score) as score,
        sum(p.max_score) as max_score, sum(p.passed) as passed, sum(p.passable) as passable
    from asked a join result_part p on p.{DIMENSION[kind]} = a.subject_id and p.day between a.first_day and a.last_day
    group by {_groups("p.", by, "a.n")}"""


def _counted(kind: SubjectKind) -> str:
    """CTEs up to `counted`: asked ⋈ counted marks."""
    if kind is SubjectKind.TRAINEE:
        return f"""{SLOTS},
    counted as (select n, school_id, trainee_id, day, mark from slot where mark is not null)"""
    return f"""{ASKED},
    counted as (
        select a.n, p.school_id, m.trainee_id, p.day, {COUNTED_STATUS} as mark
        from asked a
        join session_part p on p.{DIMENSION[kind]} = a.subject_id and p.day between a.first_day and a.last_day
        join mark m on m.session_id = p.session_id
        join coverage c on c.trainee_id = m.trainee_id and {COVERS}
        where p.status = 'HELD'
    )"""


def trainees_sql(kind: SubjectKind) -> str:
    """CTEs up to `trainee`: per asked n and trainee their counted marks, days, bands. Thresholds compare exactly."""
    return f"""
    {_counted(kind)}, rules as ({RULES_SQL}),
    daily as (
        select n, school_id, trainee_id, day,
            count(*) filter (where mark = 'PRESENT') as present,
            count(*) filter (where mark = 'LATE') as late,
            count(*) filter (where mark = 'EXCUSED') as excused,
            count(*) filter (where mark = 'ABSENT') as absent
        from counted group by n, school_id, trainee_id, day
    ),
    person as (
        select n, school_id, trainee_id, sum(present) as present, sum(late) as late, sum(excused) as excused,
            sum(absent) as absent, count(*) filter (where present + late > 0) as attended_days,
            count(*) filter (where present + late + absent > 0) as firm_days, count(*) as marked_days
        from daily group by n, school_id, trainee_id
    ),
    weighed as (
        select person.*, present + late + excused + absent as marked,
            present + late + absent + case when excused_counts then excused else 0 end as expected,
            present * present_weight + late * late_weight + absent * absent_weight
                + case when excused_counts then excused * excused_weight else 0 end as weighted,
            case when excused_counts then marked_days else firm_days end as possible_days,
            chronic_threshold, chronic_min_expected, watch_below, at_risk_below
        from person join rules using (school_id)
    ),
    trainee as (
        select n, trainee_id, present, late, excused, absent, attended_days, possible_days, marked, expected, weighted,
            marked >= chronic_min_expected as eligible,
            marked >= chronic_min_expected and absent + excused >= chronic_threshold * marked as chronic,
            marked >= chronic_min_expected and expected > 0 and weighted < watch_below * expected
                and weighted >= at_risk_below * expected as watch,
            marked >= chronic_min_expected and expected > 0 and weighted < at_risk_below * expected as at_risk
        from weighed
    )"""


def _trainee_days(kind: SubjectKind, by: Sequence[str]) -> str:
    if by:
        raise ValueError("per-trainee figures are not split further")
    return f"""
    with {trainees_sql(kind)}
    select n, sum(attended_days) as attended_days, sum(possible_days) as possible_days,
        count(*) filter (where eligible) as eligible, count(*) filter (where chronic) as chronic,
        count(*) filter (where watch) as watch, count(*) filter (where at_risk) as at_risk
    from trainee group by n"""


def enrolled_sql(kind: SubjectKind) -> str:
    """From `asked` a to the coverage c of the trainees that are counted there, some of them several times."""
    if kind is SubjectKind.TRAINEE:
        coverage = "join coverage c on c.trainee_id = a.subject_id"
    elif kind in _GROUPS_OF:
        coverage = f"{_GROUPS_OF[kind]} join coverage c on c.class_group_id = g.id"
    else:
        return f"""from asked a
    join session_part p on p.{DIMENSION[kind]} = a.subject_id and p.day between a.first_day and a.last_day
        and p.status <> 'CANCELLED'
    join coverage c on {COVERS}"""
    return f"from asked a {coverage} and c.starts_on <= a.last_day and c.ends_on >= a.first_day"


def _headcount(kind: SubjectKind, by: Sequence[str]) -> str:
    if by:
        raise ValueError("the number of trainees is not split further")
    return f"""
    with {ASKED}
    select a.n, count(distinct c.trainee_id) as trainees
    {enrolled_sql(kind)}
    group by a.n"""


# CTEs up to `firm`: the marks of trainees that streaks are made of. Gaps and islands: between two marks that are not
# ABSENT, the absences share one running count of those.
FIRM_MARKS: Final = f"""
    {SLOTS},
    firm as (
        select n, mark, slot.day, slot.starts_at, session.course_id, count(*) filter (where mark <> 'ABSENT')
            over (partition by n order by slot.starts_at, source_id) as island
        from slot join session on session.id = slot.session_id
        where mark in ('PRESENT', 'LATE', 'ABSENT')
    )"""


def _streak(kind: SubjectKind, by: Sequence[str]) -> str:
    """Also `several`, the streaks of more than one absence as JSON: [{from, to, sessions}], null for none."""
    if by or kind is not SubjectKind.TRAINEE:
        raise ValueError("only a trainee has an absence streak")
    return f"""
    with {FIRM_MARKS}
    select n, max(absences) as streak,
        (json_agg(json_build_object('from', first_day, 'to', last_day, 'sessions', absences)
            order by first_day, island) filter (where absences > 1))::text as several
    from (
        select n, island, min(day) as first_day, max(day) as last_day, count(*) as absences
        from firm where mark = 'ABSENT' group by n, island
    ) as run
    group by n"""


# of a kind without its key in result_part there are none
_HAVE_RESULTS: Final = frozenset(
    kind for kind in SubjectKind if kind not in DIMENSION or DIMENSION[kind] in ResultPart.__table__.columns
)

FACTS: Final = (
    Fact(
        "marks",
        ("present", "late", "excused", "absent", "unmarked", "held", "cancelled", "timetabled", "unrecorded",
         "complete", "held_days", "length_count", "length_micros", "late_timed", "late_micros", "attended_micros"),
        _marks,
        splits=True,
    ),
    Fact("results", ("results", "score", "max_score", "passed", "passable"), _results, _HAVE_RESULTS, splits=True),
    Fact(
        "trainee_days",
        ("attended_days", "possible_days", "eligible", "chronic", "watch", "at_risk"),
        _trainee_days,
    ),
    Fact("headcount", ("trainees",), _headcount),
    Fact("streak", ("streak",), _streak, frozenset({SubjectKind.TRAINEE})),
)  # fmt: skip

FACT_OF_SUM: Final = {part: fact for fact in FACTS for part in fact.sums}
