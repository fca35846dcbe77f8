"""Connected places, and what was met there."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """A row a place, and a row an entry of it."""
    op.create_table(
        "places",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("added_by", sa.String, nullable=False),
        sa.Column("added_on", sa.String, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("wanted", sa.Boolean, nullable=False),
        sa.Column("ran_at", sa.String, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.UniqueConstraint("kind", "address"),
    )
    op.create_table(
        "entries",
        sa.Column("place", sa.Integer, sa.ForeignKey("places.number"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("stamp", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("modified", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
    )
