"""Files of many reports, and the house style of a school."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

GRANTS = "grant select, insert, update, delete on branding to rollcall_app;"
MEDIA_TYPES = {
    "CSV": "text/csv; charset=utf-8",
    "JSON": "application/json",
    "PDF": "application/pdf",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def upgrade() -> None:
    op.create_table(
        "branding",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=True),
        sa.Column("colour", sa.Text(), nullable=True),
        sa.Column("accent", sa.Text(), nullable=True),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["subject.id"], name=op.f("fk_branding_school_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_branding")),
    )
    op.alter_column("export", "report_id", nullable=True)
    op.add_column("export", sa.Column("report_ids", postgresql.ARRAY(sa.BigInteger()), nullable=True))
    op.add_column("export", sa.Column("report_count", sa.Integer(), nullable=True))
    op.add_column("export", sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("export", sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("export", sa.Column("matching", sa.Integer(), nullable=True))
    op.add_column("export", sa.Column("done", sa.Integer(), nullable=True))
    op.add_column("export", sa.Column("media_type", sa.Text(), nullable=True))
    op.add_column("export", sa.Column("contacts", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.execute("update export set report_ids = array[report_id], options = '{}', filters = '[]', contacts = '[]'")
    op.execute("update export set report_count = 1, matching = 1, done = (state = 'SUCCEEDED')::int")
    for name, media_type in MEDIA_TYPES.items():
        op.execute(f"update export set media_type = '{media_type}' where format = '{name}' and file_name is not null")
    for column in ("report_ids", "report_count", "options", "filters", "matching", "done", "contacts"):
        op.alter_column("export", column, nullable=False)
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("delete from export where report_id is null")
    for column in ("report_ids", "report_count", "options", "filters", "matching", "done", "media_type", "contacts"):
        op.drop_column("export", column)
    op.alter_column("export", "report_id", nullable=False)
    op.drop_table("branding")
