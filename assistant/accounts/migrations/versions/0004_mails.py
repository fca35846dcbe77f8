"""Whether a mail tells a person what arrives for them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the column."""
    op.add_column("accounts", sa.Column("wants_mail", sa.Boolean, nullable=False, server_default=sa.false()))
