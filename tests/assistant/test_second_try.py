"""A writer whose first statement falls, or most of whose statements do, is told so and writes once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.answers import Answer, ClaimKind, Outcome, Rejected
from assistant.assistant import Assistant
from assistant.find.evidence import Evidence
from assistant.model.chat_model import Usage
from assistant.texts import say
from assistant.understand.questions import Question, Understood
from assistant.verify.verification import Verifier
from assistant.write.drafts import Draft, Gap, Support
from assistant.write.quoting_writer import QuotingWriter
from corpus.documents import quotables
from corpus.vocabulary import vocabulary
from tests.conftest import TODAY, House

QUESTION = Question("Through which company does a foreign maker work in Japan, the Marketing Authorisation Holder?")
FALSE = "The review takes 77 months."
ASIDE = "what a holder costs"


class Twice:
    """Writes what it is told: `true` is a sentence of the first hit, whatever else falls."""

    def __init__(self, first: Sequence[str], second: Sequence[str]) -> None:
        self._tries = [first, second]
        self.told: list[Rejected] = []
        self.calls = 0

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft | Gap | Usage]:  # noqa: ARG002
        """The first try."""
        return self._written(evidence, self._tries[0])

    def write_again(
        self, understood: Understood, evidence: Evidence, shown: Sequence[str], rejected: Sequence[Rejected]
    ) -> Iterator[Draft | Gap | Usage]:
        """The second, of which it is told why."""
        assert understood.text
        assert FALSE not in shown
        self.told = list(rejected)
        return self._written(evidence, self._tries[1])

    def _written(self, evidence: Evidence, texts: Sequence[str]) -> Iterator[Draft | Gap | Usage]:
        self.calls += 1
        hit = evidence.hits[0]
        unit = quotables(hit.passage.text)[0]
        for text in texts:
            if text == "true":
                yield Draft(unit.text, ClaimKind.QUOTATION, "en", (Support(hit, unit.start, unit.end),))
            elif text == ASIDE:
                yield Gap(ASIDE)
            else:
                yield Draft(text, ClaimKind.QUOTATION, "en", ())


def answered(house: House, writer: Twice) -> Answer:
    quoting = QuotingWriter(vocabulary())
    verifier = Verifier(house.cache, vocabulary())
    whole = Assistant(house.search, writer, verifier, vocabulary(), last_resort=quoting, today=lambda: TODAY)
    return whole.answer(QUESTION)


def test_a_first_answer_that_stands_is_not_written_again(house: House) -> None:
    writer = Twice(["true", FALSE], [])
    assert answered(house, writer).outcome is Outcome.GROUNDED
    assert writer.calls == 1


def test_a_first_statement_that_falls_is_told_and_the_second_answer_shown(house: House) -> None:
    writer = Twice([FALSE], ["true"])
    given = answered(house, writer)
    assert [one.text for one in writer.told] == [FALSE]
    assert len(given.claims) == 1
    assert given.notice == ""
    assert given.dropped == 1


def test_what_falls_twice_is_quoted_beside_what_stands_and_the_answer_says_so(house: House) -> None:
    given = answered(house, Twice([FALSE, "true"], [FALSE]))
    assert given.notice == say("en", "model_in_part")
    assert len(given.claims) > 1
    assert FALSE not in given.text


def test_what_falls_whole_is_quoted_and_the_answer_says_so(house: House) -> None:
    given = answered(house, Twice([FALSE], [FALSE]))
    assert given.notice == say("en", "model_unsupported")
    assert given.claims


def test_what_is_missing_makes_an_answer_partial(house: House) -> None:
    given = answered(house, Twice(["true", ASIDE], []))
    assert given.outcome is Outcome.PARTIAL
    assert given.missing == (ASIDE,)
    assert given.contacts


def test_what_is_missing_alone_is_no_answer(house: House) -> None:
    given = answered(house, Twice([ASIDE], []))
    assert given.outcome is Outcome.NOT_IN_LIBRARY
    assert given.missing == ()
