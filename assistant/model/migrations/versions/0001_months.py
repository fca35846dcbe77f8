"""What was spent in each month."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "months",
        sa.Column("month", sa.String, primary_key=True),
        sa.Column("counted", sa.Float, nullable=False),
        sa.Column("estimated", sa.Float, nullable=False),
    )
