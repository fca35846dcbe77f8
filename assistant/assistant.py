"""The flow: understand, find, write, verify, answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from assistant.answers import Answer, Claim, Numbering, Outcome, Rejected
from assistant.contacts import contacts
from assistant.evidence import Evidence, find
from assistant.models import ModelRefused, ModelUnavailable
from assistant.questions import Question, Understood, understand
from assistant.sufficiency import Sufficiency, sufficient
from assistant.texts import say
from assistant.verification import Verifier
from assistant.writing import Writer, quotation
from corpus.documents import may_quote
from corpus.passages import SUMMARY
from corpus.vocabulary import Vocabulary
from index.search import Search

_log = logging.getLogger(__name__)

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
    """Answers questions from the library, and only from it.

    When the writer fails, or nothing it wrote stands, the last resort writes in its place and the answer says so.
    """

    def __init__(
        self,
        search: Search,
        writer: Writer,
        verifier: Verifier,
        vocabulary: Vocabulary,
        *,
        last_resort: Writer | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._search = search
        self._writer = writer
        self._verifier = verifier
        self._vocabulary = vocabulary
        self._last_resort = last_resort
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
        rejected: list[Rejected] = []
        verdict = sufficient(understood, evidence, self._today())
        notice = ""
        if verdict is Sufficiency.ANSWERS:
            for result in self._written(understood, evidence, numbering):
                match result:
                    case Claim():
                        claims.append(result)
                        yield result
                    case str():
                        notice = result
                    case Rejected():
                        rejected.append(result)
        elif verdict is Sufficiency.NEAR:
            nearest = self._nearest(understood, evidence, numbering)
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
            rejected=tuple(rejected),
            disputes=self._verifier.disputes(claims),
            notice=notice,
            seconds=time.monotonic() - started,
        )

    def answer(self, question: Question) -> Answer:
        """The answer alone."""
        *_, last = self.ask(question)
        assert isinstance(last, Answer)  # noqa: S101 - what `ask` promises, told to the type checker
        return last

    def _written(
        self, understood: Understood, evidence: Evidence, numbering: Numbering
    ) -> Iterator[Claim | Rejected | str]:
        """Claims as they are verified, and what was rejected; a text where the writer failed."""
        drafted = shown = 0
        broken = ""
        try:
            for draft in self._writer.write(understood, evidence):
                verified = self._verifier.verify(draft, evidence, numbering)
                drafted += 1
                shown += isinstance(verified, Claim)
                yield verified
        except (ModelUnavailable, ModelRefused) as error:
            _log.warning("%s", error)
            broken = "model_broke_off" if shown else "model_unavailable"
        if drafted and not shown and not broken:
            broken = "model_unsupported"
        if broken:
            yield say(understood.reader_language, broken)
        if broken and not shown and self._last_resort is not None:
            for draft in self._last_resort.write(understood, evidence):
                yield self._verifier.verify(draft, evidence, numbering)

    def _nearest(self, understood: Understood, evidence: Evidence, numbering: Numbering) -> list[Claim]:
        """The neighbouring facts: cited, and said not to be the answer."""
        neighbours = [
            sentence
            for sentence in evidence.sentences
            if sentence.hit.passage.section != SUMMARY and may_quote(sentence.hit.document, understood.filters.reader)
        ]
        drafts = (quotation(sentence) for sentence in neighbours[:_NEAREST])
        verified = [self._verifier.verify(draft, evidence, numbering) for draft in drafts]
        return [claim for claim in verified if isinstance(claim, Claim)]


def _outcome(verdict: Sufficiency, claims: list[Claim]) -> Outcome:
    if claims:
        return Outcome.GROUNDED
    return _DECLINED.get(verdict, Outcome.NOT_IN_LIBRARY)


def _text(outcome: Outcome, understood: Understood, claims: list[Claim]) -> str:
    if claims:
        return "\n".join(claim.text for claim in claims)
    return say(understood.reader_language, outcome.name.lower())


def _follow_ups(evidence: Evidence, claims: list[Claim]) -> tuple[str, ...]:
    """Headings that were found and not quoted, as next questions."""
    quoted = {citation.passage_id for claim in claims for citation in claim.citations}
    headings = [
        hit.passage.section for hit in evidence.hits if hit.passage.id not in quoted and hit.passage.section != SUMMARY
    ]
    return tuple(dict.fromkeys(headings))[:_FOLLOW_UPS] if claims else ()
