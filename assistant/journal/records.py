"""What the journal gives back: answers, feedback, erasures and what is held, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from assistant.answers import Outcome


class Door(StrEnum):
    """By what an answer was asked for."""

    CHAT = "chat"
    EMBED = "embed"  # the chat on another site
    API = "api"
    MCP = "mcp"


class Rating(StrEnum):
    """What a person says of an answer."""

    HELPFUL = "helpful"
    WRONG = "wrong"
    OUTDATED = "outdated"
    WRONG_SOURCE = "wrong-source"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class Feedback:
    """A verdict on an answer, and what became of it: `reply` is empty until staff have answered."""

    answer_id: str
    day: date
    verdict: Rating
    comment: str
    reply: str
    replied_by: str
    replied_on: date | None
    question: str  # empty where its wording is not kept
    outcome: Outcome
    language: str
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Rested:
    """A version of a document that the statements of an answer rested on."""

    document_id: str
    version: int
    facts_as_of: str


@dataclass(frozen=True)
class Remembered:
    """An answer as the journal keeps it."""

    day: date
    language: str
    home: str
    markets: frozenset[str]
    areas: frozenset[str]
    outcome: Outcome
    door: Door
    claims: int
    dropped: int
    by_model: bool
    notice: bool
    seconds: float
    rested: tuple[Rested, ...]


@dataclass(frozen=True)
class SessionErasure:
    """What was erased, by kind, and the id under which it is marked as erased."""

    day: date
    erased: Mapping[str, int]
    id: str = ""


@dataclass(frozen=True)
class Holding:
    """How much there is of a kind of thing, and for how many days it is kept."""

    kind: str
    what: str
    days: int
    count: int
    oldest: date | None


def remembered_from_row(row: Row[Any], used: tuple[Rested, ...]) -> Remembered:
    """An answer from its row, with the versions that it rested on."""
    return Remembered(
        day=date.fromisoformat(row.day),
        language=row.language,
        home=row.home,
        markets=frozenset(row.markets.split()),
        areas=frozenset(row.areas.split()),
        outcome=Outcome(row.outcome),
        door=Door(row.door),
        claims=row.claims,
        dropped=row.dropped,
        by_model=row.by_model,
        notice=row.notice,
        seconds=row.seconds,
        rested=used,
    )


def feedback_from_row(row: Row[Any], used: tuple[Rested, ...]) -> Feedback:
    """A feedback from its row, joined with its answer and the question's wording where that is kept."""
    return Feedback(
        answer_id=row.id,
        day=date.fromisoformat(row.day),
        verdict=Rating(row.verdict),
        comment=row.comment,
        reply=row.reply,
        replied_by=row.replied_by,
        replied_on=date.fromisoformat(row.replied_on) if row.replied_on else None,
        question=row.text or "",
        outcome=Outcome(row.outcome),
        language=row.language,
        documents=tuple(one.document_id for one in used),
    )
