"""The journal: answers, the documents they rested on, kept wordings, feedback, gaps."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "gaps",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("vector", sa.LargeBinary),
        sa.Column("model", sa.String),
        sa.Column("assignee", sa.String, nullable=False),
        sa.Column("document_id", sa.String, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("closed_by", sa.String, nullable=False),
        sa.Column("closed_on", sa.String),
        sa.Column("closed_after", sa.Integer, nullable=False),
        sa.Column("reopened_on", sa.String),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "answers",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("day", sa.String, nullable=False, index=True),
        sa.Column("session", sa.String, index=True),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("home", sa.String, nullable=False),
        sa.Column("markets", sa.String, nullable=False),
        sa.Column("areas", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("claims", sa.Integer, nullable=False),
        sa.Column("dropped", sa.Integer, nullable=False),
        sa.Column("by_model", sa.Boolean, nullable=False),
        sa.Column("notice", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("gap_id", sa.Integer, sa.ForeignKey("gaps.id", ondelete="SET NULL"), index=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rested",
        _of_an_answer(),
        sa.Column("document_id", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("facts_as_of", sa.String, nullable=False),
    )
    op.create_table(
        "questions",
        _of_an_answer(),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("consent", sa.Boolean),
        sa.Column("vector", sa.LargeBinary),
        sa.Column("model", sa.String),
    )
    op.create_table(
        "feedback",
        _of_an_answer(),
        sa.Column("day", sa.String, nullable=False, index=True),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("replied_by", sa.String, nullable=False),
        sa.Column("replied_on", sa.String),
    )
    op.create_table(
        "notes",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )


def _of_an_answer() -> sa.Column[int]:
    return sa.Column("answer", sa.Integer, sa.ForeignKey("answers.number", ondelete="CASCADE"), primary_key=True)
