-- Every trainee's report of one month, worked out and stored by a single statement written for just that.
-- Reads the tables Rollcall's own statements read (coverage, session_part, mark, result, assessment) and stores the
-- same rows: all metrics, breakdown by course, streaks, timeline, policy and a hash of the content.
with asked as (
    select subject.id as trainee_id, subject.school_id, school.timezone,
        coalesce(present_weight, 1) as present_weight, coalesce(late_weight, 1) as late_weight,
        coalesce(excused_weight, 0) as excused_weight, coalesce(absent_weight, 0) as absent_weight,
        coalesce(excused_counts, true) as excused_counts, late_after_minutes,
        coalesce(chronic_threshold, 0.10) as chronic_threshold,
        greatest(1, coalesce(chronic_min_expected, 10)) as chronic_min_expected,
        coalesce(watch_below, 0.88) as watch_below, coalesce(at_risk_below, 0.80) as at_risk_below,
        (%(now)s at time zone school.timezone)::date as today
    from subject join school on school.id = subject.school_id left join policy on policy.school_id = subject.school_id
    where subject.kind = 'TRAINEE'
),
slot as materialized (
    select c.trainee_id, p.course_id, p.session_id, p.day, p.starts_at, p.status, p.held_micros,
        case when m.status = 'PRESENT' and m.arrived_at > p.late_from then 'LATE' else m.status end as mark,
        m.arrived_at,
        (extract(epoch from greatest(m.arrived_at - p.starts_at, interval '0')) * 1000000)::bigint as late_micros,
        (extract(epoch from greatest(least(coalesce(m.left_at, p.ended_at), p.ended_at)
            - greatest(coalesce(m.arrived_at, p.began_at), p.began_at), interval '0')) * 1000000)::bigint
            as attended_micros
    from coverage c
    join session_part p on p.class_group_id = c.class_group_id and p.day between c.starts_on and c.ends_on
        and (c.course_id is null or c.course_id = p.course_id)
    left join mark m on m.session_id = p.session_id and m.trainee_id = c.trainee_id and p.status = 'HELD'
        and m.day between %(first)s and %(last)s
    where p.day between %(first)s and %(last)s
),
by_course as (
    select trainee_id, course_id,
        count(*) filter (where mark = 'PRESENT') as present, count(*) filter (where mark = 'LATE') as late,
        count(*) filter (where mark = 'EXCUSED') as excused, count(*) filter (where mark = 'ABSENT') as absent,
        count(*) filter (where status = 'HELD' and mark is null) as unmarked,
        count(*) filter (where status = 'HELD') as held, count(*) filter (where status = 'CANCELLED') as cancelled,
        count(*) as timetabled,
        count(*) filter (where status = 'SCHEDULED' and day < today) as unrecorded,
        count(distinct day) filter (where status = 'HELD') as held_days, count(mark) as complete,
        coalesce(sum(held_micros) filter (where mark in ('PRESENT', 'LATE')), 0)::bigint as length_micros,
        count(arrived_at) filter (where mark = 'LATE') as late_timed,
        coalesce(sum(late_micros) filter (where mark = 'LATE'), 0)::bigint as late_micros,
        coalesce(sum(attended_micros) filter (where mark in ('PRESENT', 'LATE')), 0)::bigint as attended_micros
    from slot join asked using (trainee_id)
    group by trainee_id, course_id
),
scores as (
    select r.trainee_id, s.course_id, count(*) as results,
        coalesce(sum(r.score) filter (where s.max_score is not null), 0) as score,
        coalesce(sum(s.max_score), 0) as max_score,
        count(*) filter (where r.score >= s.pass_score) as passed, count(s.pass_score) as passable
    from assessment s join result r on r.assessment_id = s.id and r.score is not null
    where s.held_on between %(first)s and %(last)s
    group by r.trainee_id, s.course_id
),
breakdown as (
    select trainee_id, jsonb_agg(jsonb_build_object('ids', jsonb_build_array(course_id), 'parts', parts)
        order by course_id) as rows
    from (
        select coalesce(b.trainee_id, s.trainee_id) as trainee_id, coalesce(b.course_id, s.course_id) as course_id,
            jsonb_strip_nulls(jsonb_build_object(
                'present', nullif(present, 0), 'late', nullif(late, 0), 'excused', nullif(excused, 0),
                'absent', nullif(absent, 0), 'unmarked', nullif(unmarked, 0), 'held', nullif(held, 0),
                'cancelled', nullif(cancelled, 0), 'timetabled', nullif(timetabled, 0),
                'unrecorded', nullif(unrecorded, 0), 'complete', nullif(complete, 0),
                'held_days', nullif(held_days, 0), 'length_count', nullif(present + late, 0),
                'length_micros', nullif(length_micros, 0), 'late_timed', nullif(late_timed, 0),
                'late_micros', nullif(late_micros, 0), 'attended_micros', nullif(attended_micros, 0),
                'results', nullif(results, 0), 'passed', nullif(passed, 0), 'passable', nullif(passable, 0),
                'score', case when score = 0 then null when score = trunc(score) then to_jsonb(score::bigint)
                    else to_jsonb(score::text) end,
                'max_score', case when max_score = 0 then null
                    when max_score = trunc(max_score) then to_jsonb(max_score::bigint)
                    else to_jsonb(max_score::text) end
            )) as parts
        from by_course b full join scores s on (s.trainee_id, s.course_id) = (b.trainee_id, b.course_id)
    ) as course
    group by trainee_id
),
marks_total as (
    select trainee_id, sum(present)::int as present, sum(late)::int as late, sum(excused)::int as excused,
        sum(absent)::int as absent, sum(unmarked)::int as unmarked, sum(held)::int as held,
        sum(cancelled)::int as cancelled, sum(timetabled)::int as timetabled, sum(unrecorded)::int as unrecorded,
        sum(complete)::int as complete, sum(length_micros) as length_micros, sum(late_timed)::int as late_timed,
        sum(late_micros) as late_micros, sum(attended_micros) as attended_micros
    from by_course group by trainee_id
),
scores_total as (
    select trainee_id, sum(results)::int as results, sum(score) as score, sum(max_score) as max_score,
        sum(passed)::int as passed, sum(passable)::int as passable
    from scores group by trainee_id
),
days_total as (
    select trainee_id, count(*) filter (where held) as held_days, count(*) filter (where attended) as attended_days,
        count(*) filter (where marked) as marked_days, count(*) filter (where firm) as firm_days
    from (
        select trainee_id, day, bool_or(status = 'HELD') as held, bool_or(mark in ('PRESENT', 'LATE')) as attended,
            bool_or(mark is not null) as marked, bool_or(mark in ('PRESENT', 'LATE', 'ABSENT')) as firm
        from slot group by trainee_id, day
    ) as daily
    group by trainee_id
),
streak as (
    select trainee_id, min(day) as first_day, max(day) as last_day, count(*) as sessions, island
    from (
        select trainee_id, mark, day, count(*) filter (where mark <> 'ABSENT')
            over (partition by trainee_id order by slot.starts_at, source_id) as island
        from slot join (select id as session_id, source_id from session) as s using (session_id)
        where mark in ('PRESENT', 'LATE', 'ABSENT')
    ) as firm
    where mark = 'ABSENT' group by trainee_id, island
),
streaks as (
    select trainee_id, max(sessions)::int as longest,
        jsonb_agg(jsonb_build_object('from', first_day, 'to', last_day, 'sessions', sessions)
            order by first_day, island) filter (where sessions > 1) as rows
    from streak group by trainee_id
),
timeline as (
    select trainee_id, jsonb_agg(jsonb_build_array(day, to_char(starts_at at time zone timezone, 'HH24:MI'), course_id,
        coalesce(mark::text, case when status = 'HELD' then 'UNMARKED' else status::text end))
        order by starts_at, session_id) as rows
    from slot join asked using (trainee_id) group by trainee_id
),
headcount as (
    select distinct trainee_id from coverage where starts_on <= %(last)s and ends_on >= %(first)s
),
figures as (
    select asked.*, coalesce(present, 0) as present, coalesce(late, 0) as late, coalesce(excused, 0) as excused,
        coalesce(absent, 0) as absent, coalesce(unmarked, 0) as unmarked, coalesce(held, 0) as held,
        coalesce(cancelled, 0) as cancelled, coalesce(timetabled, 0) as timetabled,
        coalesce(unrecorded, 0) as unrecorded, coalesce(complete, 0) as complete,
        coalesce(length_micros, 0)::float8 as length_micros, coalesce(late_timed, 0) as late_timed,
        coalesce(late_micros, 0)::float8 as late_micros, coalesce(attended_micros, 0)::float8 as attended_micros,
        coalesce(results, 0) as results, score::float8 as score, max_score::float8 as max_score, passed, passable,
        coalesce(held_days, 0) as held_days, coalesce(attended_days, 0) as attended_days,
        coalesce(case when excused_counts then marked_days else firm_days end, 0) as possible_days,
        coalesce(present + late + excused + absent, 0) as marked,
        coalesce(present + late + absent + case when excused_counts then excused else 0 end, 0) as expected,
        coalesce(present * present_weight + late * late_weight + absent * absent_weight
            + case when excused_counts then excused * excused_weight else 0 end, 0) as weighted,
        coalesce(longest, 0) as longest, (headcount.trainee_id is not null)::int as trainees,
        jsonb_build_object('version', 1, 'breakdown', coalesce(breakdown.rows, '[]'),
            'streaks', coalesce(streaks.rows, '[]'), 'timeline', coalesce(timeline.rows, '[]')) as data,
        jsonb_build_object('presentWeight', trim_scale(present_weight)::text,
            'lateWeight', trim_scale(late_weight)::text, 'excusedWeight', trim_scale(excused_weight)::text,
            'absentWeight', trim_scale(absent_weight)::text, 'excusedCounts', excused_counts,
            'lateAfterMinutes', trim_scale(late_after_minutes)::text,
            'chronicThreshold', trim_scale(chronic_threshold)::text, 'chronicMinExpected', chronic_min_expected,
            'watchBelow', trim_scale(watch_below)::text, 'atRiskBelow', trim_scale(at_risk_below)::text) as policy
    from asked
    left join marks_total using (trainee_id)
    left join scores_total using (trainee_id)
    left join days_total using (trainee_id)
    left join streaks using (trainee_id)
    left join breakdown using (trainee_id)
    left join timeline using (trainee_id)
    left join headcount using (trainee_id)
)
insert into report (
    kind, subject_id, school_id, period_name, period_from, period_to, revision, generated_at, policy, content_hash,
    data, expected, marked, present, late, excused, absent, unmarked, attendance_rate, absence_rate, excused_rate,
    late_rate, punctuality_rate, average_minutes_late, session_count, sessions_scheduled, sessions_cancelled,
    sessions_unrecorded, delivery_rate, average_session_minutes, contact_hours, average_attended_minutes,
    register_completeness, average_score, pass_rate, result_count, trainee_count, chronic_absence_rate, watch_count,
    at_risk_count, daily_attendance_rate, average_daily_attendance, longest_absence_streak
)
select 'TRAINEE', trainee_id, school_id, %(name)s, %(first)s, %(last)s, 1, %(now)s, policy,
    encode(sha256(convert_to(figures::text, 'UTF8')), 'hex'), data,
    expected, marked, present, late, excused, absent, unmarked,
    weighted::float8 / nullif(expected, 0), absent::float8 / nullif(expected, 0), excused::float8 / nullif(marked, 0),
    late::float8 / nullif(present + late, 0), present::float8 / nullif(present + late, 0),
    late_micros / 60000000 / nullif(late_timed, 0), held, timetabled, cancelled, unrecorded,
    held::float8 / nullif(held + cancelled, 0), length_micros / 60000000 / nullif(present + late, 0),
    length_micros / 3600000000, attended_micros / 60000000 / nullif(present + late, 0),
    complete::float8 / nullif(held, 0), score / nullif(max_score, 0), passed::float8 / nullif(passable, 0), results,
    trainees,
    case when marked >= chronic_min_expected
        then (absent + excused >= chronic_threshold * marked)::int::float8 end,
    (marked >= chronic_min_expected and expected > 0 and weighted < watch_below * expected
        and weighted >= at_risk_below * expected)::int,
    (marked >= chronic_min_expected and expected > 0 and weighted < at_risk_below * expected)::int,
    attended_days::float8 / nullif(possible_days, 0), attended_days::float8 / nullif(held_days, 0), longest
from figures
