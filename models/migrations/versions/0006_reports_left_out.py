"""Which reports a file lacks since they could not be written."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # with a default, since workers of before may still write exports
    left_out = sa.Column("left_out", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False)
    op.add_column("export", left_out)


def downgrade() -> None:
    op.drop_column("export", "left_out")
