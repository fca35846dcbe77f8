"""Keys by which programs ask."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "keys",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("token", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("scopes", sa.String, nullable=False),
        sa.Column("account", sa.String, sa.ForeignKey("accounts.name"), index=True),
        sa.Column("a_minute", sa.Integer, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("made_on", sa.String, nullable=False),
        sa.Column("used_on", sa.String),
        sa.Column("revoked_by", sa.String),
        sa.Column("revoked_on", sa.String),
    )
