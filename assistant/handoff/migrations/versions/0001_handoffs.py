"""Hand-offs and their moves."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TEXTS = (
    *("id", "kind", "cluster", "language", "company", "person", "email", "country", "product", "areas", "markets"),
    *("message", "question", "sources", "offered", "sought", "subject", "text", "consent"),
    *("stage", "outcome", "taken_by", "failure"),
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "handoffs",
        sa.Column("number", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in _TEXTS),
        sa.Column("made_at", sa.Float, nullable=False),
        sa.Column("moved_at", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.Float, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("handoffs_id", "handoffs", ["id"], unique=True)
    op.create_index("handoffs_email", "handoffs", ["email"])
    op.create_index("handoffs_waiting", "handoffs", ["stage", "next_at"])
    op.create_table(
        "moves",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("handoff", sa.Integer, sa.ForeignKey("handoffs.number", ondelete="CASCADE"), nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("moves_handoff", "moves", ["handoff"])
