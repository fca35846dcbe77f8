"""The tables of the journal's store, for the two modules that read and write them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

MIGRATIONS = Path(__file__).parent / "migrations"

schema = MetaData()

gaps = Table(
    "gaps",
    schema,
    Column("id", Integer, primary_key=True),
    Column("wording", Text, nullable=False),  # by staff; empty until they have put the gap into words
    Column("language", String, nullable=False),  # of the wording
    Column("vector", LargeBinary),  # of the wording
    Column("model", String),  # that made the vector
    Column("assignee", String, nullable=False),
    Column("document_id", String, nullable=False),  # that answers it; empty for none
    Column("note", Text, nullable=False),
    Column("closed_by", String, nullable=False),
    Column("closed_on", String),
    Column("closed_after", Integer, nullable=False),  # the newest answer then: later ones open it again
    Column("reopened_on", String),
)
answers = Table(
    "answers",
    schema,
    Column("number", Integer, primary_key=True),  # in the order of answering
    Column("id", String, nullable=False),  # not to be guessed: it is all that shows a feedback again
    Column("day", String, nullable=False),
    Column("session", String),  # a pseudonym, until it is forgotten
    Column("language", String, nullable=False),
    Column("home", String, nullable=False),
    Column("markets", String, nullable=False),
    Column("areas", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("door", String, nullable=False),
    Column("claims", Integer, nullable=False),
    Column("dropped", Integer, nullable=False),
    Column("by_model", Boolean, nullable=False),
    Column("notice", Boolean, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("gap_id", Integer, ForeignKey("gaps.id")),
)
rested = Table(
    "rested",
    schema,
    Column("answer", Integer, ForeignKey("answers.number"), primary_key=True),
    Column("document_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("facts_as_of", String, nullable=False),
)
questions = Table(
    "questions",
    schema,
    Column("answer", Integer, ForeignKey("answers.number"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("consent", Boolean),
    Column("vector", LargeBinary),
    Column("model", String),
)
feedback = Table(
    "feedback",
    schema,
    Column("answer", Integer, ForeignKey("answers.number"), primary_key=True),
    Column("day", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("comment", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("replied_by", String, nullable=False),
    Column("replied_on", String),
)
notes = Table(
    "notes",
    schema,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)
