"""What became of files that were taken in, as the command line and the API give it; its form is a contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corpus.documents import Document
from corpus.intake.intake import AlreadyKnown, IntakeOutcome, Refused, Taken


def report(outcomes: Sequence[IntakeOutcome]) -> dict[str, Any]:
    """The outcomes as JSON holds them, by what became of each file: taken, known or refused."""
    return {
        "taken": [_taken(outcome) for outcome in outcomes if isinstance(outcome, Taken)],
        "known": [
            {"name": outcome.name, "reason": outcome.why} | _named(outcome.document)
            for outcome in outcomes
            if isinstance(outcome, AlreadyKnown)
        ],
        "refused": [
            {"name": outcome.name, "reason": str(outcome.error), "kind": type(outcome.error).__name__}
            for outcome in outcomes
            if isinstance(outcome, Refused)
        ],
    }


def _taken(outcome: Taken) -> dict[str, Any]:
    reason = "a new document" if outcome.before is None else f"a new version, after version {outcome.before}"
    return {"name": outcome.name, "reason": reason} | _named(outcome.document) | {"open": dict(outcome.open)}


def _named(document: Document) -> dict[str, Any]:
    return {
        "document_id": document.id,
        "version": document.version.number,
        "stage": document.stage.value,
        "title": document.metadata.title,
    }
