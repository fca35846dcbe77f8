"""The tables of the store of hand-offs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Float, ForeignKey, Integer, MetaData, String, Table, Text

MIGRATIONS = Path(__file__).parent / "migrations"

schema = MetaData()

handoffs = Table(
    "handoffs",
    schema,
    Column("number", Integer, primary_key=True),  # in the order of coming in; what staff call it by
    Column("id", String, nullable=False),  # goes with each sending, so that a second one can be told
    Column("kind", String, nullable=False),
    Column("cluster", String, nullable=False),
    Column("language", String, nullable=False),
    Column("company", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("email", String, nullable=False),  # folded, to be found again
    Column("country", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("areas", String, nullable=False),
    Column("markets", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("sources", Text, nullable=False),  # a line each
    Column("offered", Text, nullable=False),
    Column("sought", Text, nullable=False),
    Column("subject", Text, nullable=False),  # as it is sent
    Column("text", Text, nullable=False),  # as it is sent
    Column("consent", Text, nullable=False),  # as it was read
    Column("made_at", Float, nullable=False),  # and consented to
    Column("stage", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("taken_by", String, nullable=False),
    Column("moved_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Float, nullable=False),  # when it is to be sent, or sent again
    Column("failure", Text, nullable=False),  # of the last attempt
)
moves = Table(
    "moves",
    schema,
    Column("id", Integer, primary_key=True),
    Column("handoff", Integer, ForeignKey("handoffs.number"), nullable=False),
    Column("stage", String, nullable=False),
    Column("who", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Float, nullable=False),
)
