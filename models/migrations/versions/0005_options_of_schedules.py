"""What is chosen of the files of a schedule."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    options = sa.Column(
        "options", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
    )
    op.add_column("schedule", options)


def downgrade() -> None:
    op.drop_column("schedule", "options")
