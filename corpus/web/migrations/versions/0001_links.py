"""What web addresses answered."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """A row an address."""
    op.create_table(
        "links",
        sa.Column("url", sa.String, primary_key=True),
        sa.Column("status", sa.Integer),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
    )
