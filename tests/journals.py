"""A journal on a day of the test's own, and answers to remember in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from assistant.answers import Answer, Citation, Claim, ClaimKind, Outcome
from assistant.journal.journal import Journal, record
from assistant.settings import KeepDays, KeepQuestions
from assistant.understand.questions import Profile, Question, understand
from corpus.documents import Document
from corpus.store import Place
from corpus.vocabulary import vocabulary
from tests.conftest import TODAY


class Diary:
    """A journal whose day goes on when the test says so."""

    def __init__(
        self,
        folder: Path,
        keep: KeepQuestions = KeepQuestions.DECLINED,
        places: Callable[[Path], Place] = lambda path: path,
        **days: int,
    ) -> None:
        self.path = folder / "journal.sqlite"
        self.day = TODAY
        self.journal = Journal(places(self.path), keep, KeepDays(**days), today=lambda: self.day)

    def days_pass(self, days: int) -> None:
        self.day += timedelta(days=days)

    def declined(self, text: str, *, session: str | None = None, consent: bool | None = None) -> str:
        return self._remember(text, Answer(Outcome.NOT_IN_LIBRARY, "en", ""), session=session, consent=consent)

    def answered(self, text: str, *documents: Document, session: str | None = None, home: str = "") -> str:
        return self._remember(text, answer_from(*documents), session=session, home=home)

    def _remember(
        self, text: str, answer: Answer, *, session: str | None, consent: bool | None = None, home: str = ""
    ) -> str:
        question = Question(text, profile=Profile(home=home))
        understood = understand(question, vocabulary())
        return self.journal.remember(question, understood, answer, session=session, consent=consent)

    def bytes(self) -> bytes:
        """All that stands on the disk, in the file and in the logs beside it."""
        return b"".join(path.read_bytes() for path in sorted(self.path.parent.glob("journal.sqlite*")))


def answer_from(*documents: Document) -> Answer:
    """An answer with a claim from each document."""
    claims = [
        Claim(
            f"Claim {n}.",
            ClaimKind.QUOTATION,
            "en",
            (Citation(n, f"{document.id}@1#1", f"Claim {n}.", "Rules", None, document, (), overdue=False),),
        )
        for n, document in enumerate(documents, start=1)
    ]
    return Answer(Outcome.GROUNDED, "en", "\n".join(claim.text for claim in claims), claims=tuple(claims))


def due_by(document: Document, day: date) -> Document:
    """The document, to be reviewed by another day."""
    version = replace(document.version, metadata=replace(document.metadata, review_by=day))
    return replace(document, version=version)


GRAFT = "Does our unpublished zirconium graft need a licence in Vietnam?"
BROWSER = "b1946ac9-4931-45f8-9a3c-2a0f5ab9c3f4"


def recorded(journal: Journal) -> str | None:
    question = Question(GRAFT)
    return record(
        journal, question, understand(question, vocabulary()), Answer(Outcome.NOT_IN_LIBRARY, "en", ""), session=BROWSER
    )
