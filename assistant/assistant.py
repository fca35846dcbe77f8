"""The flow: understand, find, write, verify, answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from assistant.answers import Answer, Claim, Numbering, Outcome
from assistant.contacts import contacts
from assistant.evidence import Evidence, find
from assistant.questions import Question, Understood, understand
from assistant.sufficiency import Sufficiency, sufficient
from assistant.texts import say
from assistant.verification import verify
from assistant.writing import Writer, quotation
from corpus.documents import may_quote
from corpus.passages import SUMMARY
from corpus.vocabulary import Vocabulary
from index.search import Search

_NEAREST = 2  # neighbouring facts shown when the answer itself is missing
_FOLLOW_UPS = 3


_DECLINED = {Sufficiency.FAR: Outcome.OUT_OF_SCOPE, Sufficiency.REFUSED: Outcome.OUT_OF_SCOPE}


@dataclass(frozen=True)
class Found:
    """How much was found, before anything is written."""

    passages: int
    documents: int


Event = Understood | Found | Claim | Answer


class Assistant:
    """Answers questions from the library, and only from it."""

    def __init__(
        self, search: Search, writer: Writer, vocabulary: Vocabulary, today: Callable[[], date] = date.today
    ) -> None:
        self._search = search
        self._writer = writer
        self._vocabulary = vocabulary
        self._today = today

    def ask(self, question: Question) -> Iterator[Event]:
        """The events of one answer, as they happen; the last is the `Answer`.

        Raises:
            UnclearQuestion: there are no words in it, or far too many.
        """
        started = time.monotonic()
        understood = understand(question, self._vocabulary)
        yield understood
        evidence = find(self._search, understood)
        yield Found(len(evidence.hits), len({hit.document.id for hit in evidence.hits}))
        numbering = Numbering(self._today())
        claims: list[Claim] = []
        nearest: list[Claim] = []
        dropped = 0
        verdict = sufficient(understood, evidence, self._today())
        if verdict is Sufficiency.ANSWERS:
            for draft in self._writer.write(understood, evidence):
                claim = verify(draft, evidence, numbering)
                if claim:
                    claims.append(claim)
                    yield claim
                else:
                    dropped += 1
        elif verdict is Sufficiency.NEAR:
            nearest = _nearest(understood, evidence, numbering)
        outcome = _outcome(verdict, claims)
        yield Answer(
            outcome=outcome,
            language=understood.reader_language,
            text=_text(outcome, understood, claims),
            claims=tuple(claims),
            nearest=tuple(nearest),
            hits=evidence.hits,
            contacts=contacts(understood, self._vocabulary),
            follow_ups=_follow_ups(evidence, claims),
            dropped=dropped,
            seconds=time.monotonic() - started,
        )

    def answer(self, question: Question) -> Answer:
        """The answer alone."""
        *_, last = self.ask(question)
        assert isinstance(last, Answer)  # noqa: S101 - what `ask` promises, told to the type checker
        return last


def _outcome(verdict: Sufficiency, claims: list[Claim]) -> Outcome:
    if claims:
        return Outcome.GROUNDED
    return _DECLINED.get(verdict, Outcome.NOT_IN_LIBRARY)


def _text(outcome: Outcome, understood: Understood, claims: list[Claim]) -> str:
    if claims:
        return "\n".join(claim.text for claim in claims)
    return say(understood.reader_language, outcome.name.lower())


def _nearest(understood: Understood, evidence: Evidence, numbering: Numbering) -> list[Claim]:
    """The neighbouring facts: cited, and said not to be the answer."""
    neighbours = [
        sentence
        for sentence in evidence.sentences
        if sentence.hit.passage.section != SUMMARY and may_quote(sentence.hit.document, understood.filters.reader)
    ]
    drafts = (quotation(sentence) for sentence in neighbours[:_NEAREST])
    return [claim for draft in drafts if (claim := verify(draft, evidence, numbering))]


def _follow_ups(evidence: Evidence, claims: list[Claim]) -> tuple[str, ...]:
    """Headings that were found and not quoted, as next questions."""
    quoted = {citation.passage_id for claim in claims for citation in claim.citations}
    headings = [
        hit.passage.section for hit in evidence.hits if hit.passage.id not in quoted and hit.passage.section != SUMMARY
    ]
    return tuple(dict.fromkeys(headings))[:_FOLLOW_UPS] if claims else ()
