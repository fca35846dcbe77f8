"""Browsers that an account is known by, and how many wrong attempts there were since somebody last signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "devices",
        sa.Column("token", sa.String, primary_key=True),
        sa.Column("name", sa.String, sa.ForeignKey("accounts.name"), nullable=False, index=True),
        sa.Column("used_at", sa.Float, nullable=False),
    )
    op.add_column("accounts", sa.Column("wrong_attempts", sa.Integer, nullable=False, server_default="0"))
    op.add_column("sessions", sa.Column("wrong_attempts", sa.Integer, nullable=False, server_default="0"))
