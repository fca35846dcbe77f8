"""By which door an answer was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the column; so far there was the chat alone."""
    op.add_column("answers", sa.Column("door", sa.String, nullable=False, server_default="chat"))
