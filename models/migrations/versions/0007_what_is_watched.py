"""Indexes for whoever counts, every few seconds, what failed and what is not sent."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_job_failed", "job", ["kind", "priority"], postgresql_where="state = 'FAILED'")
    op.create_index("ix_delivery_unsent", "delivery", ["channel", "state"], postgresql_where="state <> 'SUCCEEDED'")


def downgrade() -> None:
    op.drop_index("ix_delivery_unsent", "delivery")
    op.drop_index("ix_job_failed", "job")
