"""What people follow by mail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TEXTS = ("id", "token", "email", "language", "document", "market", "topic", "consent", "failure")
_TIMES = ("asked_at", "confirmed_at", "told_until", "next_at")


def upgrade() -> None:
    """A row for each thing that a person follows."""
    op.create_table(
        "watches",
        sa.Column("number", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in _TEXTS),
        *(sa.Column(name, sa.Float, nullable=False) for name in _TIMES),
        sa.Column("attempts", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("watches_id", "watches", ["id"], unique=True)
    op.create_index("watches_token", "watches", ["token"], unique=True)
    op.create_index("watches_of_one", "watches", ["email", "document", "market", "topic"], unique=True)
    op.create_index("watches_due", "watches", ["next_at"])
