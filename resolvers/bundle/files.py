"""The files of a source bundle: a declaration each, in the order in which they are read (parents before children)."""

from collections.abc import Mapping
from typing import Final

from models import MarkStatus, Role, SessionStatus, SubjectKind
from resolvers.access.roles import ROLES, TIES
from resolvers.bundle.cells import (
    COUNT,
    DATE,
    EMAIL,
    FLAG,
    INSTANT,
    LABEL,
    LOCALE,
    LONG_TEXT,
    MAXIMUM,
    MINUTES,
    SCORE,
    SHARE,
    SIGN_IN_EMAIL,
    ZONE,
    literal,
    words,
)
from resolvers.bundle.declaring import (
    NOT_STORED,
    Column,
    File,
    Rule,
    id_column,
    link,
    name_column,
    ordered,
    parent,
    subject_file,
)


def _ties() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            column,
            f"e.val_role in ({', '.join(literal(role) for role in roles)})"
            f" and e.val_{column} is null and e.cell_{column} is null",
            f"'is empty; a ' || e.val_role || ' is tied to a {column.removesuffix('_id')}'",
        )
        for column in TIES
        if (roles := [role for role, rights in ROLES.items() if rights.tie == column])
    )


FILES: Final[tuple[File, ...]] = (
    File(
        "schools",
        "school",
        table="school",
        kind=SubjectKind.SCHOOL,
        columns=(
            id_column(),
            name_column(),
            Column("timezone", ZONE, empty="coalesce(t.timezone, 'UTC')"),
            Column("locale", LOCALE),
        ),
        rules=(
            Rule(
                "timezone",
                "e.val_timezone <> e.was_timezone and exists (select from session s where s.school_id = e.target_id)",
                "'cannot change from ' || e.was_timezone || ' to ' || e.val_timezone || ': the school has sessions'",
            ),
        ),
    ),
    subject_file(
        "departments",
        SubjectKind.DEPARTMENT,
        parent("school_id", "schools", stored=NOT_STORED),
        name_column(),
        home="school_id",
    ),
    subject_file(
        "programmes",
        SubjectKind.PROGRAMME,
        parent("department_id", "departments"),
        name_column(),
        home="department_id",
        keeps=("department_id",),
    ),
    subject_file(
        "class_groups",
        SubjectKind.CLASS_GROUP,
        parent("programme_id", "programmes"),
        name_column(),
        home="programme_id",
        keeps=("programme_id",),
    ),
    subject_file(
        "courses",
        SubjectKind.COURSE,
        parent("programme_id", "programmes"),
        Column("code", LABEL),
        name_column(),
        home="programme_id",
        keeps=("programme_id",),
    ),
    subject_file(
        "trainers",
        SubjectKind.TRAINER,
        parent("department_id", "departments"),
        name_column(),
        Column("email", EMAIL),
        home="department_id",
    ),
    File(
        "trainees",
        "trainee",
        table="trainee",
        kind=SubjectKind.TRAINEE,
        columns=(
            id_column(),
            name_column(),
            Column("email", EMAIL),
            Column("school_id", refers="schools", stored=NOT_STORED),
        ),
        home=("school_id",),
        # "school_id (empty: that of the first enrolment)"; who is stored already has one
        school="coalesce(e.school_school_id, e.stored_school, e.x_first_school)",
        moves=True,
        joins="left join first_enrolment on first_enrolment.trainee_id = i.id",
        extras={"first_school": "first_enrolment.school_id", "enrolled": "first_enrolment.trainee_id is not null"},
        rules=(
            Rule(
                "school_id",
                "e.cell_school_id is null and coalesce(e.stored_school, e.x_first_school) is null",
                # of an enrolment in an unknown group the bad row is the enrolment's
                "case when not e.x_enrolled then 'is empty, and the trainee has no enrolment to take it from' end",
            ),
        ),
    ),
    File(
        "enrolments",
        "enrolment",
        table="enrolment",
        key=("trainee_id", "class_group_id", "course_id", "starts_on"),
        columns=(
            parent("trainee_id", "trainees"),
            parent("class_group_id", "class_groups"),
            link("course_id", "courses"),
            Column("starts_on", DATE),
            Column("ends_on", DATE),
        ),
        home=("class_group_id", "trainee_id", "course_id"),
        rules=(ordered("starts_on", "ends_on"),),
    ),
    File(
        "terms",
        "term",
        table="term",
        columns=(
            id_column(),
            parent("school_id", "schools"),
            name_column(),
            Column("starts_on", DATE),
            Column("ends_on", DATE),
        ),
        home=("school_id",),
        moves=True,
        rules=(ordered("starts_on", "ends_on"),),
    ),
    File(
        "holidays",
        "holiday",
        table="holiday",
        key=("school_id", "on"),
        columns=(
            parent("school_id", "schools"),
            Column("on", DATE, required=True),
            name_column(),
        ),
        home=("school_id",),
    ),
    File(
        "sessions",
        "session",
        table="session",
        columns=(
            id_column(),
            parent("course_id", "courses"),
            parent("class_group_id", "class_groups"),
            link("trainer_id", "trainers"),
            Column("starts_at", INSTANT, required=True),
            Column("ends_at", INSTANT, required=True),
            Column("status", words(SessionStatus, "session_status"), stored="flag"),
            Column("actual_starts_at", INSTANT),
            Column("actual_ends_at", INSTANT),
            Column("joint_id", LABEL),
        ),
        home=("class_group_id", "course_id", "trainer_id"),
        moves=True,
        joins="left join school z on z.id = f_class_group_id.school_id",
        extras={"zone": "z.timezone"},
        derived={"school_id": "e.school", "day": "(e.val_starts_at at time zone e.x_zone)::date"},
        rules=(ordered("starts_at", "ends_at"), ordered("actual_starts_at", "actual_ends_at")),
        keeps=("class_group_id", "day"),
    ),
    File(
        "attendance",
        "mark",
        table="mark",
        key=("session_id", "trainee_id"),
        columns=(
            parent("session_id", "sessions"),
            parent("trainee_id", "trainees"),
            Column("status", words(MarkStatus, "mark_status"), required=True),
            Column("arrived_at", INSTANT),
            Column("left_at", INSTANT),
            Column("reason", LONG_TEXT),
        ),
        home=("session_id", "trainee_id"),
        extras={"day": "f_session_id.day"},
        derived={"school_id": "e.school", "day": "e.x_day"},
        rules=(ordered("arrived_at", "left_at"),),
    ),
    File(
        "assessments",
        "assessment",
        table="assessment",
        columns=(
            id_column(),
            parent("course_id", "courses"),
            link("class_group_id", "class_groups"),
            link("trainer_id", "trainers"),
            name_column(),
            Column("kind", LABEL),
            Column("held_on", DATE),
            Column("max_score", MAXIMUM),
            Column("pass_score", SCORE),
        ),
        home=("class_group_id", "course_id", "trainer_id"),
        moves=True,
        derived={"school_id": "e.school"},
    ),
    File(
        "results",
        "result",
        table="result",
        key=("assessment_id", "trainee_id"),
        columns=(
            parent("assessment_id", "assessments"),
            parent("trainee_id", "trainees"),
            Column("score", SCORE),
        ),
        home=("assessment_id", "trainee_id"),
    ),
    File(
        "users",
        "user",
        table="account",
        columns=(
            id_column(),
            Column("email", SIGN_IN_EMAIL),
            name_column(),
            Column("role", words(Role), required=True),
            link("school_id", "schools"),
            link("department_id", "departments"),
            link("programme_id", "programmes"),
            link("trainer_id", "trainers"),
            link("trainee_id", "trainees"),
        ),
        home=("school_id", "department_id", "programme_id", "trainer_id", "trainee_id"),
        moves=True,
        stored_school="(select s.school_id from subject s where s.id ="
        " coalesce(t.school_id, t.department_id, t.programme_id, t.trainer_id, t.trainee_id))",
        rules=_ties(),
        keeps=("role",),
    ),
    File(
        "policies",
        "policy",
        table="policy",
        key=("school_id",),
        columns=(
            parent("school_id", "schools"),
            Column("present_weight", SHARE),
            Column("late_weight", SHARE),
            Column("excused_weight", SHARE),
            Column("absent_weight", SHARE),
            Column("excused_counts", FLAG),
            Column("late_after_minutes", MINUTES),
            Column("chronic_threshold", SHARE),
            Column("chronic_min_expected", COUNT),
            Column("watch_below", SHARE),
            Column("at_risk_below", SHARE),
        ),
        home=("school_id",),
        keeps=("late_after_minutes",),
    ),
)

FILE: Final[Mapping[str, File]] = {file.name: file for file in FILES}
