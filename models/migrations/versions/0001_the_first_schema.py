"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

MARK_STATUS = postgresql.ENUM("PRESENT", "LATE", "EXCUSED", "ABSENT", name="mark_status", create_type=False)
SESSION_STATUS = postgresql.ENUM("SCHEDULED", "HELD", "CANCELLED", name="session_status", create_type=False)
# The application's role: owns nothing, cannot change the schema, and cannot edit a stored report.
APP_ROLE = """
do $$ begin
    if not exists (select from pg_roles where rolname = 'rollcall_app') then create role rollcall_app nologin; end if;
end $$;
grant rollcall_app to current_user;
"""
GRANTS = """
grant usage on schema public to rollcall_app;
grant select, insert, update, delete on all tables in schema public to rollcall_app;
revoke update, delete on report from rollcall_app;
revoke insert, update, delete on alembic_version from rollcall_app;
grant usage on all sequences in schema public to rollcall_app;
do $$ begin
    -- so that an import can have its tables analyzed; before PostgreSQL 17 only an owner can, and autovacuum does
    if current_setting('server_version_num')::int >= 170000 then
        execute 'grant maintain on all tables in schema public to rollcall_app';
    end if;
end $$;
"""


def upgrade() -> None:
    op.execute(APP_ROLE)
    MARK_STATUS.create(op.get_bind())
    SESSION_STATUS.create(op.get_bind())
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        op.f("ix_job_priority_due_at_id"),
        "job",
        ["priority", "due_at", "id"],
        unique=False,
        postgresql_where="state in ('QUEUED', 'RUNNING')",
    )
    op.create_table(
        "mark",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("trainee_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", MARK_STATUS, nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", "trainee_id", name=op.f("pk_mark")),
    )
    op.create_index(op.f("ix_mark_trainee_id_day"), "mark", ["trainee_id", "day"], unique=False)
    op.create_table(
        "subject",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint(
            "kind in ('SCHOOL', 'DEPARTMENT', 'PROGRAMME', 'CLASS_GROUP', 'COURSE', 'TRAINER', 'TRAINEE')",
            name=op.f("ck_subject_kind"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_subject_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("kind", "source_id", name=op.f("uq_subject_kind_source_id")),
    )
    op.create_index(op.f("ix_subject_kind_sort_key_id"), "subject", ["kind", "sort_key", "id"], unique=False)
    op.create_index(
        op.f("ix_subject_school_id_kind_sort_key_id"), "subject", ["school_id", "kind", "sort_key", "id"], unique=False
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.Text(collation="C"), nullable=False),
        sa.Column("email", sa.Text(collation="C"), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.Column("trainee_id", sa.Integer(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("tokens_from", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role in ('ADMIN', 'PRINCIPAL', 'DEPARTMENT_HEAD', 'PROGRAMME_COORDINATOR', 'TRAINER', 'TRAINEE', 'SERVICE')",
            name=op.f("ck_account_role"),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["subject.id"], name=op.f("fk_account_department_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["subject.id"], name=op.f("fk_account_programme_id")),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_account_school_id")),
        sa.ForeignKeyConstraint(["trainee_id"], ["subject.id"], name=op.f("fk_account_trainee_id")),
        sa.ForeignKeyConstraint(["trainer_id"], ["subject.id"], name=op.f("fk_account_trainer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("source_id", name=op.f("uq_account_source_id")),
    )
    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.Text(collation="C"), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("class_group_id", sa.Integer(), nullable=True),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("max_score", sa.Numeric(), nullable=True),
        sa.Column("pass_score", sa.Numeric(), nullable=True),
        sa.ForeignKeyConstraint(["class_group_id"], ["subject.id"], name=op.f("fk_assessment_class_group_id")),
        sa.ForeignKeyConstraint(["course_id"], ["subject.id"], name=op.f("fk_assessment_course_id")),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_assessment_school_id")),
        sa.ForeignKeyConstraint(["trainer_id"], ["subject.id"], name=op.f("fk_assessment_trainer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("source_id", name=op.f("uq_assessment_source_id")),
    )
    op.create_index(
        op.f("ix_assessment_class_group_id"),
        "assessment",
        ["class_group_id"],
        unique=False,
        postgresql_where="class_group_id is not null",
    )
    op.create_index(op.f("ix_assessment_course_id"), "assessment", ["course_id"], unique=False)
    op.create_index(op.f("ix_assessment_school_id"), "assessment", ["school_id"], unique=False)
    op.create_index(
        op.f("ix_assessment_trainer_id"),
        "assessment",
        ["trainer_id"],
        unique=False,
        postgresql_where="trainer_id is not null",
    )
    op.create_table(
        "class_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["subject.id"], name=op.f("fk_class_group_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["programme_id"], ["subject.id"], name=op.f("fk_class_group_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_group")),
    )
    op.create_index(op.f("ix_class_group_programme_id"), "class_group", ["programme_id"], unique=False)
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["subject.id"], name=op.f("fk_course_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["programme_id"], ["subject.id"], name=op.f("fk_course_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
    )
    op.create_index(op.f("ix_course_programme_id"), "course", ["programme_id"], unique=False)
    op.create_table(
        "coverage",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("trainee_id", sa.Integer(), nullable=False),
        sa.Column("class_group_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["class_group_id"], ["subject.id"], name=op.f("fk_coverage_class_group_id")),
        sa.ForeignKeyConstraint(["course_id"], ["subject.id"], name=op.f("fk_coverage_course_id")),
        sa.ForeignKeyConstraint(["trainee_id"], ["subject.id"], name=op.f("fk_coverage_trainee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
    )
    op.create_index(op.f("ix_coverage_class_group_id"), "coverage", ["class_group_id"], unique=False)
    op.create_index(
        op.f("ix_coverage_course_id"), "coverage", ["course_id"], unique=False, postgresql_where="course_id is not null"
    )
    op.create_index(
        op.f("ix_coverage_trainee_id_class_group_id"), "coverage", ["trainee_id", "class_group_id"], unique=False
    )
    op.create_table(
        "department",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["subject.id"], name=op.f("fk_department_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("trainee_id", sa.Integer(), nullable=False),
        sa.Column("class_group_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["class_group_id"], ["subject.id"], name=op.f("fk_enrolment_class_group_id")),
        sa.ForeignKeyConstraint(["course_id"], ["subject.id"], name=op.f("fk_enrolment_course_id")),
        sa.ForeignKeyConstraint(["trainee_id"], ["subject.id"], name=op.f("fk_enrolment_trainee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint(
            "trainee_id",
            "class_group_id",
            "course_id",
            "starts_on",
            name=op.f("uq_enrolment_trainee_id_class_group_id_course_id_starts_on"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_enrolment_class_group_id"), "enrolment", ["class_group_id"], unique=False)
    op.create_index(
        op.f("ix_enrolment_course_id"),
        "enrolment",
        ["course_id"],
        unique=False,
        postgresql_where="course_id is not null",
    )
    op.create_table(
        "holiday",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_holiday_school_id")),
        sa.PrimaryKeyConstraint("school_id", "on", name=op.f("pk_holiday")),
    )
    op.create_table(
        "policy",
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("present_weight", sa.Numeric(), nullable=True),
        sa.Column("late_weight", sa.Numeric(), nullable=True),
        sa.Column("excused_weight", sa.Numeric(), nullable=True),
        sa.Column("absent_weight", sa.Numeric(), nullable=True),
        sa.Column("excused_counts", sa.Boolean(), nullable=True),
        sa.Column("late_after_minutes", sa.Numeric(), nullable=True),
        sa.Column("chronic_threshold", sa.Numeric(), nullable=True),
        sa.Column("chronic_min_expected", sa.Integer(), nullable=True),
        sa.Column("watch_below", sa.Numeric(), nullable=True),
        sa.Column("at_risk_below", sa.Numeric(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_policy_school_id")),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_policy")),
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["subject.id"], name=op.f("fk_programme_department_id")),
        sa.ForeignKeyConstraint(["id"], ["subject.id"], name=op.f("fk_programme_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_index(op.f("ix_programme_department_id"), "programme", ["department_id"], unique=False)
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["subject.id"], name=op.f("fk_school_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.Text(collation="C"), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_group_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actual_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actual_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flag", SESSION_STATUS, nullable=True),
        sa.Column("joint_id", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(["class_group_id"], ["subject.id"], name=op.f("fk_session_class_group_id")),
        sa.ForeignKeyConstraint(["course_id"], ["subject.id"], name=op.f("fk_session_course_id")),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_session_school_id")),
        sa.ForeignKeyConstraint(["trainer_id"], ["subject.id"], name=op.f("fk_session_trainer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("source_id", name=op.f("uq_session_source_id")),
    )
    op.create_index(op.f("ix_session_class_group_id_day"), "session", ["class_group_id", "day"], unique=False)
    op.create_index(
        op.f("ix_session_course_id_class_group_id_day"), "session", ["course_id", "class_group_id", "day"], unique=False
    )
    op.create_index(op.f("ix_session_school_id"), "session", ["school_id"], unique=False)
    op.create_index(
        op.f("ix_session_trainer_id_class_group_id_day"),
        "session",
        ["trainer_id", "class_group_id", "day"],
        unique=False,
    )
    op.create_table(
        "teaching",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("class_group_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["class_group_id"], ["subject.id"], name=op.f("fk_teaching_class_group_id")),
        sa.ForeignKeyConstraint(["course_id"], ["subject.id"], name=op.f("fk_teaching_course_id")),
        sa.ForeignKeyConstraint(["trainer_id"], ["subject.id"], name=op.f("fk_teaching_trainer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teaching")),
        sa.UniqueConstraint(
            "class_group_id",
            "course_id",
            "trainer_id",
            name=op.f("uq_teaching_class_group_id_course_id_trainer_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_teaching_course_id"), "teaching", ["course_id"], unique=False)
    op.create_index(op.f("ix_teaching_trainer_id"), "teaching", ["trainer_id"], unique=False)
    op.create_table(
        "term",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.Text(collation="C"), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_term_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
        sa.UniqueConstraint("source_id", name=op.f("uq_term_source_id")),
    )
    op.create_index(op.f("ix_term_school_id"), "term", ["school_id"], unique=False)
    op.create_table(
        "trainee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["subject.id"], name=op.f("fk_trainee_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainee")),
    )
    op.create_table(
        "trainer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["subject.id"], name=op.f("fk_trainer_department_id")),
        sa.ForeignKeyConstraint(["id"], ["subject.id"], name=op.f("fk_trainer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainer")),
    )
    op.create_index(op.f("ix_trainer_department_id"), "trainer", ["department_id"], unique=False)
    op.create_table(
        "result",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("trainee_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Numeric(), nullable=True),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_result_assessment_id")),
        sa.ForeignKeyConstraint(["trainee_id"], ["subject.id"], name=op.f("fk_result_trainee_id")),
        sa.PrimaryKeyConstraint("assessment_id", "trainee_id", name=op.f("pk_result")),
    )
    op.create_index(op.f("ix_result_trainee_id"), "result", ["trainee_id"], unique=False)
    op.create_table(
        "result_part",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("class_group_id", sa.Integer(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("score", sa.Numeric(), nullable=False),
        sa.Column("max_score", sa.Numeric(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("passable", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_result_part_assessment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_part")),
        sa.UniqueConstraint(
            "assessment_id",
            "class_group_id",
            "trainer_id",
            name=op.f("uq_result_part_assessment_id_class_group_id_trainer_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_result_part_class_group_id_day"), "result_part", ["class_group_id", "day"], unique=False)
    op.create_index(op.f("ix_result_part_course_id_day"), "result_part", ["course_id", "day"], unique=False)
    op.create_index(op.f("ix_result_part_department_id_day"), "result_part", ["department_id", "day"], unique=False)
    op.create_index(op.f("ix_result_part_programme_id_day"), "result_part", ["programme_id", "day"], unique=False)
    op.create_index(op.f("ix_result_part_school_id_day"), "result_part", ["school_id", "day"], unique=False)
    op.create_index(op.f("ix_result_part_trainer_id_day"), "result_part", ["trainer_id", "day"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("subjects", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("period_to", sa.Date(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["requested_by"], ["account.id"], name=op.f("fk_run_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index(op.f("ix_run_requested_by_id"), "run", ["requested_by", "id"], unique=False)
    op.create_table(
        "session_part",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("class_group_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", SESSION_STATUS, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joint_id", sa.Text(collation="C"), nullable=True),
        sa.Column("punctual", sa.Boolean(), nullable=True),
        sa.Column("held_micros", sa.BigInteger(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("excused", sa.Integer(), nullable=False),
        sa.Column("absent", sa.Integer(), nullable=False),
        sa.Column("unmarked", sa.Integer(), nullable=False),
        sa.Column("late_timed", sa.Integer(), nullable=False),
        sa.Column("late_micros", sa.BigInteger(), nullable=False),
        sa.Column("attended_micros", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_session_part_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_part")),
    )
    op.create_index(op.f("ix_session_part_class_group_id_day"), "session_part", ["class_group_id", "day"], unique=False)
    op.create_index(op.f("ix_session_part_course_id_day"), "session_part", ["course_id", "day"], unique=False)
    op.create_index(op.f("ix_session_part_department_id_day"), "session_part", ["department_id", "day"], unique=False)
    op.create_index(op.f("ix_session_part_programme_id_day"), "session_part", ["programme_id", "day"], unique=False)
    op.create_index(op.f("ix_session_part_school_id_day"), "session_part", ["school_id", "day"], unique=False)
    op.create_index(op.f("ix_session_part_trainer_id_day"), "session_part", ["trainer_id", "day"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("period_name", sa.Text(), nullable=True),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generated_by", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("policy", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("marked", sa.Integer(), nullable=True),
        sa.Column("present", sa.Integer(), nullable=True),
        sa.Column("late", sa.Integer(), nullable=True),
        sa.Column("excused", sa.Integer(), nullable=True),
        sa.Column("absent", sa.Integer(), nullable=True),
        sa.Column("unmarked", sa.Integer(), nullable=True),
        sa.Column("attendance_rate", sa.Double(), nullable=True),
        sa.Column("absence_rate", sa.Double(), nullable=True),
        sa.Column("excused_rate", sa.Double(), nullable=True),
        sa.Column("late_rate", sa.Double(), nullable=True),
        sa.Column("punctuality_rate", sa.Double(), nullable=True),
        sa.Column("average_minutes_late", sa.Double(), nullable=True),
        sa.Column("session_count", sa.Integer(), nullable=True),
        sa.Column("sessions_scheduled", sa.Integer(), nullable=True),
        sa.Column("sessions_cancelled", sa.Integer(), nullable=True),
        sa.Column("sessions_unrecorded", sa.Integer(), nullable=True),
        sa.Column("delivery_rate", sa.Double(), nullable=True),
        sa.Column("average_session_minutes", sa.Double(), nullable=True),
        sa.Column("contact_hours", sa.Double(), nullable=True),
        sa.Column("average_attended_minutes", sa.Double(), nullable=True),
        sa.Column("register_completeness", sa.Double(), nullable=True),
        sa.Column("average_score", sa.Double(), nullable=True),
        sa.Column("pass_rate", sa.Double(), nullable=True),
        sa.Column("result_count", sa.Integer(), nullable=True),
        sa.Column("trainee_count", sa.Integer(), nullable=True),
        sa.Column("chronic_absence_rate", sa.Double(), nullable=True),
        sa.Column("watch_count", sa.Integer(), nullable=True),
        sa.Column("at_risk_count", sa.Integer(), nullable=True),
        sa.Column("daily_attendance_rate", sa.Double(), nullable=True),
        sa.Column("average_daily_attendance", sa.Double(), nullable=True),
        sa.Column("longest_absence_streak", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["generated_by"], ["account.id"], name=op.f("fk_report_generated_by")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_report_run_id")),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_report_school_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_report_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint(
            "subject_id",
            "period_from",
            "period_to",
            "revision",
            name=op.f("uq_report_subject_id_period_from_period_to_revision"),
        ),
    )
    op.create_index(
        "ix_report_by_attendance", "report", [sa.literal_column("coalesce(attendance_rate, -1)"), "id"], unique=False
    )
    op.create_index(
        "ix_report_by_chronic_absence",
        "report",
        [sa.literal_column("coalesce(chronic_absence_rate, -1)"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_report_by_score", "report", [sa.literal_column("coalesce(average_score, -1)"), "id"], unique=False
    )
    op.create_index(op.f("ix_report_generated_at_id"), "report", ["generated_at", "id"], unique=False)
    op.create_index(op.f("ix_report_kind_generated_at_id"), "report", ["kind", "generated_at", "id"], unique=False)
    op.create_index(op.f("ix_report_period_from_id"), "report", ["period_from", "id"], unique=False)
    op.create_index(op.f("ix_report_run_id"), "report", ["run_id"], unique=False, postgresql_where="run_id is not null")
    op.create_index(
        op.f("ix_report_school_id_generated_at_id"), "report", ["school_id", "generated_at", "id"], unique=False
    )
    op.create_table(
        "export",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("byte_size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_export_report_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["account.id"], name=op.f("fk_export_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    op.create_index(op.f("ix_export_expires_at"), "export", ["expires_at"], unique=False)
    op.create_index(op.f("ix_export_report_id"), "export", ["report_id"], unique=False)
    op.create_index(op.f("ix_export_requested_by_id"), "export", ["requested_by", "id"], unique=False)
    op.execute(GRANTS)


def downgrade() -> None:
    op.drop_index(op.f("ix_export_requested_by_id"), table_name="export")
    op.drop_index(op.f("ix_export_report_id"), table_name="export")
    op.drop_index(op.f("ix_export_expires_at"), table_name="export")
    op.drop_table("export")
    op.drop_index(op.f("ix_report_school_id_generated_at_id"), table_name="report")
    op.drop_index(op.f("ix_report_run_id"), table_name="report", postgresql_where="run_id is not null")
    op.drop_index(op.f("ix_report_period_from_id"), table_name="report")
    op.drop_index(op.f("ix_report_kind_generated_at_id"), table_name="report")
    op.drop_index(op.f("ix_report_generated_at_id"), table_name="report")
    op.drop_index("ix_report_by_score", table_name="report")
    op.drop_index("ix_report_by_chronic_absence", table_name="report")
    op.drop_index("ix_report_by_attendance", table_name="report")
    op.drop_table("report")
    op.drop_index(op.f("ix_session_part_trainer_id_day"), table_name="session_part")
    op.drop_index(op.f("ix_session_part_school_id_day"), table_name="session_part")
    op.drop_index(op.f("ix_session_part_programme_id_day"), table_name="session_part")
    op.drop_index(op.f("ix_session_part_department_id_day"), table_name="session_part")
    op.drop_index(op.f("ix_session_part_course_id_day"), table_name="session_part")
    op.drop_index(op.f("ix_session_part_class_group_id_day"), table_name="session_part")
    op.drop_table("session_part")
    op.drop_index(op.f("ix_run_requested_by_id"), table_name="run")
    op.drop_table("run")
    op.drop_index(op.f("ix_result_part_trainer_id_day"), table_name="result_part")
    op.drop_index(op.f("ix_result_part_school_id_day"), table_name="result_part")
    op.drop_index(op.f("ix_result_part_programme_id_day"), table_name="result_part")
    op.drop_index(op.f("ix_result_part_department_id_day"), table_name="result_part")
    op.drop_index(op.f("ix_result_part_course_id_day"), table_name="result_part")
    op.drop_index(op.f("ix_result_part_class_group_id_day"), table_name="result_part")
    op.drop_table("result_part")
    op.drop_index(op.f("ix_result_trainee_id"), table_name="result")
    op.drop_table("result")
    op.drop_index(op.f("ix_trainer_department_id"), table_name="trainer")
    op.drop_table("trainer")
    op.drop_table("trainee")
    op.drop_index(op.f("ix_term_school_id"), table_name="term")
    op.drop_table("term")
    op.drop_index(op.f("ix_teaching_trainer_id"), table_name="teaching")
    op.drop_index(op.f("ix_teaching_course_id"), table_name="teaching")
    op.drop_table("teaching")
    op.drop_index(op.f("ix_session_trainer_id_class_group_id_day"), table_name="session")
    op.drop_index(op.f("ix_session_school_id"), table_name="session")
    op.drop_index(op.f("ix_session_course_id_class_group_id_day"), table_name="session")
    op.drop_index(op.f("ix_session_class_group_id_day"), table_name="session")
    op.drop_table("session")
    op.drop_table("school")
    op.drop_index(op.f("ix_programme_department_id"), table_name="programme")
    op.drop_table("programme")
    op.drop_table("policy")
    op.drop_table("holiday")
    op.drop_index(op.f("ix_enrolment_course_id"), table_name="enrolment", postgresql_where="course_id is not null")
    op.drop_index(op.f("ix_enrolment_class_group_id"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_table("department")
    op.drop_index(op.f("ix_coverage_trainee_id_class_group_id"), table_name="coverage")
    op.drop_index(op.f("ix_coverage_course_id"), table_name="coverage", postgresql_where="course_id is not null")
    op.drop_index(op.f("ix_coverage_class_group_id"), table_name="coverage")
    op.drop_table("coverage")
    op.drop_index(op.f("ix_course_programme_id"), table_name="course")
    op.drop_table("course")
    op.drop_index(op.f("ix_class_group_programme_id"), table_name="class_group")
    op.drop_table("class_group")
    op.drop_index(op.f("ix_assessment_trainer_id"), table_name="assessment", postgresql_where="trainer_id is not null")
    op.drop_index(op.f("ix_assessment_school_id"), table_name="assessment")
    op.drop_index(op.f("ix_assessment_course_id"), table_name="assessment")
    op.drop_index(
        op.f("ix_assessment_class_group_id"), table_name="assessment", postgresql_where="class_group_id is not null"
    )
    op.drop_table("assessment")
    op.drop_table("account")
    op.drop_index(op.f("ix_subject_school_id_kind_sort_key_id"), table_name="subject")
    op.drop_index(op.f("ix_subject_kind_sort_key_id"), table_name="subject")
    op.drop_table("subject")
    op.drop_index(op.f("ix_mark_trainee_id_day"), table_name="mark")
    op.drop_table("mark")
    op.drop_index(
        op.f("ix_job_priority_due_at_id"), table_name="job", postgresql_where="state in ('QUEUED', 'RUNNING')"
    )
    op.drop_table("job")
    SESSION_STATUS.drop(op.get_bind())
    MARK_STATUS.drop(op.get_bind())
