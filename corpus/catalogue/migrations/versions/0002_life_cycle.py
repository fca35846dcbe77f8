"""A stage for each version, owners, originals, comments, flags, a history of every act, tombstones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_OF_VERSION = (["document_id", "version"], ["versions.document_id", "versions.number"])


def upgrade() -> None:
    """Give each document's current version its stage; what came before it is superseded."""
    op.add_column("documents", sa.Column("owner", sa.String, nullable=False, server_default=""))
    op.add_column("versions", sa.Column("stage", sa.String, nullable=False, server_default="superseded"))
    op.add_column("versions", sa.Column("reviewed_by", sa.String))
    op.add_column("versions", sa.Column("self_reviewed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE versions SET stage = documents.stage FROM documents"
        " WHERE documents.id = versions.document_id AND documents.version = versions.number"
    )
    op.drop_column("documents", "stage")
    op.drop_column("documents", "version")
    for name, stages in (("one_stands", "'published', 'withdrawn'"), ("one_is_open", "'draft', 'in-review'")):
        which = sa.text(f"stage IN ({stages})")
        op.create_index(name, "versions", ["document_id"], unique=True, sqlite_where=which, postgresql_where=which)
    op.create_table(
        "originals",
        sa.Column("document_id", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String, nullable=False, index=True),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.ForeignKeyConstraint(*_OF_VERSION),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("document_id", sa.String, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(*_OF_VERSION),
    )
    op.create_table(
        "flags",
        sa.Column("document_id", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(*_OF_VERSION),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("document_id", sa.String, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("act", sa.String, nullable=False),
        sa.Column("before", sa.String),
        sa.Column("after", sa.String),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    _moves_become_history()
    op.create_table(
        "tombstones",
        sa.Column("document_id", sa.String, primary_key=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("digests", sa.Text, nullable=False),
        sa.Column("traces", sa.Text, nullable=False),
        sa.Column("finished", sa.Boolean, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )


def _moves_become_history() -> None:
    """A move from nowhere was a new document, one that changed no stage a new version."""
    op.execute(
        "INSERT INTO history (id, document_id, version, act, before, after, who, at, why)"
        " SELECT id, document_id, version,"
        " CASE WHEN from_stage IS NULL THEN 'added' WHEN from_stage = to_stage THEN 'revised' ELSE 'moved' END,"
        " CASE WHEN from_stage = to_stage THEN CAST(version - 1 AS TEXT) ELSE from_stage END,"
        " to_stage, who, at, why FROM moves"
    )
    op.drop_table("moves")
