"""Schedules, alerts, rules, deliveries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

TABLES = (
    "delivery_attempt", "delivery", "webhook", "rule_occurrence", "alert_rule", "alert_preference", "alert_counter",
    "alert", "schedule_slot", "schedule",
)  # fmt: skip
GRANTS = f"""
grant select, insert, update, delete on {", ".join(TABLES)} to rollcall_app;
grant usage on all sequences in schema public to rollcall_app;
"""


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_alert_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_alert_account_id_number")),
        sa.UniqueConstraint("account_id", "occurrence", name=op.f("uq_alert_account_id_occurrence")),
    )
    op.create_index(op.f("ix_alert_created_at"), "alert", ["created_at"], unique=False)
    op.create_index(
        "ix_alert_unread", "alert", ["account_id", "number"], unique=False, postgresql_where="read_at is null"
    )
    op.create_table(
        "alert_counter",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_alert_counter_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_alert_counter")),
    )
    op.create_table(
        "alert_preference",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("webhook", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_alert_preference_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_alert_preference")),
    )
    op.create_table(
        "alert_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("within", sa.Integer(), nullable=False),
        sa.Column("period", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recipients", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("check_time", sa.Text(), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_alert_rule_owner_id")),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_alert_rule_school_id")),
        sa.ForeignKeyConstraint(["within"], ["subject.id"], name=op.f("fk_alert_rule_within")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_rule")),
    )
    op.create_index(
        op.f("ix_alert_rule_next_check_at_id"),
        "alert_rule",
        ["next_check_at", "id"],
        unique=False,
        postgresql_where="next_check_at is not null",
    )
    op.create_index(op.f("ix_alert_rule_owner_id_id"), "alert_rule", ["owner_id", "id"], unique=False)
    op.create_index(op.f("ix_alert_rule_school_id_id"), "alert_rule", ["school_id", "id"], unique=False)
    op.create_index(op.f("ix_alert_rule_within"), "alert_rule", ["within"], unique=False)
    op.create_table(
        "schedule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subjects", postgresql.JSONB(), nullable=True),
        sa.Column("within", sa.Integer(), nullable=True),
        sa.Column("period", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recurrence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("not_on_holidays", sa.Boolean(), nullable=False),
        sa.Column("only_in_terms", sa.Boolean(), nullable=False),
        sa.Column("only_with_data", sa.Boolean(), nullable=False),
        sa.Column("condition", postgresql.JSONB(), nullable=True),
        sa.Column("formats", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recipients", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attach", sa.Boolean(), nullable=False),
        sa.Column("catch_up", sa.Text(), nullable=False),
        sa.Column("next_slot_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_schedule_owner_id")),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_schedule_school_id")),
        sa.ForeignKeyConstraint(["within"], ["subject.id"], name=op.f("fk_schedule_within")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index(
        op.f("ix_schedule_next_slot_at_id"),
        "schedule",
        ["next_slot_at", "id"],
        unique=False,
        postgresql_where="next_slot_at is not null",
    )
    op.create_index(op.f("ix_schedule_owner_id_id"), "schedule", ["owner_id", "id"], unique=False)
    op.create_index(op.f("ix_schedule_school_id_id"), "schedule", ["school_id", "id"], unique=False)
    op.create_index(op.f("ix_schedule_within"), "schedule", ["within"], unique=False)
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secrets", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_webhook_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index(op.f("ix_webhook_owner_id_id"), "webhook", ["owner_id", "id"], unique=False)
    op.create_table(
        "rule_occurrence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rule.id"], name=op.f("fk_rule_occurrence_rule_id")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_rule_occurrence_subject_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_occurrence")),
    )
    op.create_index(op.f("ix_rule_occurrence_rule_id_key"), "rule_occurrence", ["rule_id", "key"], unique=False)
    op.create_index(op.f("ix_rule_occurrence_subject_id"), "rule_occurrence", ["subject_id"], unique=False)
    op.create_index(
        "uq_rule_occurrence_open",
        "rule_occurrence",
        ["rule_id", "subject_id", "key"],
        unique=True,
        postgresql_where="ended_at is null",
    )
    op.create_table(
        "schedule_slot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_schedule_slot_run_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_schedule_slot_schedule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_slot")),
        sa.UniqueConstraint("schedule_id", "slot_at", name=op.f("uq_schedule_slot_schedule_id_slot_at")),
    )
    op.create_index(
        op.f("ix_schedule_slot_run_id"),
        "schedule_slot",
        ["run_id"],
        unique=False,
        postgresql_where="run_id is not null",
    )
    op.create_index(
        "ix_schedule_slot_open", "schedule_slot", ["created_at"], unique=False, postgresql_where="finished_at is null"
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("webhook_id", sa.BigInteger(), nullable=True),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column("slot_id", sa.BigInteger(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_delivery_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_delivery_alert_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["slot_id"], ["schedule_slot.id"], name=op.f("fk_delivery_slot_id")),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_delivery_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    op.create_index(op.f("ix_delivery_account_id_id"), "delivery", ["account_id", "id"], unique=False)
    op.create_index(
        op.f("ix_delivery_alert_id"), "delivery", ["alert_id"], unique=False, postgresql_where="alert_id is not null"
    )
    op.create_index(
        op.f("ix_delivery_slot_id"), "delivery", ["slot_id"], unique=False, postgresql_where="slot_id is not null"
    )
    op.create_index(
        op.f("ix_delivery_webhook_id_id"),
        "delivery",
        ["webhook_id", "id"],
        unique=False,
        postgresql_where="webhook_id is not null",
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_attempt_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_delivery_attempt_delivery_id_number")),
    )
    op.add_column("export", sa.Column("slot_id", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_export_slot_id_requested_by"),
        "export",
        ["slot_id", "requested_by"],
        unique=False,
        postgresql_where="slot_id is not null",
    )
    op.drop_constraint(op.f("fk_export_requested_by"), "export", type_="foreignkey")
    op.create_foreign_key(op.f("fk_export_slot_id"), "export", "schedule_slot", ["slot_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_export_requested_by"), "export", "account", ["requested_by"], ["id"], ondelete="CASCADE"
    )
    op.drop_constraint(op.f("fk_report_generated_by"), "report", type_="foreignkey")
    op.drop_constraint(op.f("fk_report_run_id"), "report", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_report_generated_by"), "report", "account", ["generated_by"], ["id"], ondelete="SET NULL"
    )
    op.create_foreign_key(op.f("fk_report_run_id"), "report", "run", ["run_id"], ["id"], ondelete="SET NULL")
    op.add_column("run", sa.Column("period_as_of", sa.DateTime(timezone=True), nullable=True))
    op.execute("update run set period_as_of = requested_at")
    op.alter_column("run", "period_as_of", nullable=False)
    op.drop_constraint(op.f("fk_run_requested_by"), "run", type_="foreignkey")
    op.create_foreign_key(op.f("fk_run_requested_by"), "run", "account", ["requested_by"], ["id"], ondelete="CASCADE")
    op.add_column("job", sa.Column("deaths", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        op.f("ix_job_arguments"),
        "job",
        ["arguments"],
        unique=False,
        postgresql_using="hash",
        postgresql_where="state in ('QUEUED', 'RUNNING')",
    )
    op.execute(GRANTS)


def downgrade() -> None:
    op.drop_index(op.f("ix_job_arguments"), "job")
    op.drop_column("job", "deaths")
    op.drop_constraint(op.f("fk_export_slot_id"), "export", type_="foreignkey")
    op.drop_column("export", "slot_id")
    op.drop_column("run", "period_as_of")
    for table in TABLES:
        op.drop_table(table)
    for table, column, referred in (
        ("export", "requested_by", "account"),
        ("run", "requested_by", "account"),
        ("report", "generated_by", "account"),
        ("report", "run_id", "run"),
    ):
        op.drop_constraint(op.f(f"fk_{table}_{column}"), table, type_="foreignkey")
        op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, referred, [column], ["id"])
