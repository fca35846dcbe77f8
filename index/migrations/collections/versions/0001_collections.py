"""The collections that were made on a Chroma server, or were going to be."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table("collections", sa.Column("generation", sa.String, primary_key=True))
