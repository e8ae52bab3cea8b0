"""Which group and trainer a result belongs to: the statements by which sums.py keeps sums of results."""

from typing import Final

# The group or trainer an assessment lacks follows from enrolments and from which sessions of its course were held. A
# session that is gone, or of another course now, is known by its group: the assessment's, or the one results went to.
DEPENDENT_ASSESSMENTS: Final = """
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
# {session_part}: the table as it is kept, or the one made anew.
FRESH_RESULT_PART: Final = """
    create temp table fresh_result_part on commit drop as
    with due as (
        select a.* from assessment a
        where a.held_on is not null and a.id in (select assessment_id from touched_assessment)
    ),
    first_held as (
        select class_group_id, course_id, min(day) as day from {session_part}
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
        select sums.*, coalesce(sums.trainer_id, most.trainer_id) as taught_by
        from sums left join lateral (
            select p.trainer_id from {session_part} p join subject s on s.id = p.trainer_id
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
