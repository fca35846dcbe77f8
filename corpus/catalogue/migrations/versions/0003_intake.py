"""What is to be settled about a version before it is published, and fingerprints by which texts are known again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_OF_VERSION = (["document_id", "version"], ["versions.document_id", "versions.number"])


def upgrade() -> None:
    """Nothing is open about what is there already."""
    op.create_table(
        "concerns",
        sa.Column("document_id", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("matter", sa.String, primary_key=True),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("settled_by", sa.String),
        sa.Column("settled_at", sa.String),
        sa.Column("note", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(*_OF_VERSION),
    )
    op.create_table(
        "fingerprints",
        sa.Column("document_id", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("words", sa.String, nullable=False, index=True),
        sa.Column("sketch", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(*_OF_VERSION),
    )
