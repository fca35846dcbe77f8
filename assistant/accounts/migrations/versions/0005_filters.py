"""Filters of the list of documents that a person keeps under a name."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "filters",
        sa.Column("account", sa.String, sa.ForeignKey("accounts.name"), primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("query", sa.String, nullable=False),
    )
