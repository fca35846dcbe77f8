"""Vectors of texts, for an installation that keeps them in a database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "vectors",
        sa.Column("model", sa.String, primary_key=True),
        sa.Column("engine", sa.String, primary_key=True),
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
