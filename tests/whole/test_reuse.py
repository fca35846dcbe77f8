"""What may be done with a document's words: of one that may not be quoted, no word reaches a reader or a chat model."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from assistant.answers import Answer, Outcome, to_json
from assistant.assistant import Assistant
from assistant.model.chat_model import Usage
from assistant.understand.questions import Question
from assistant.verify.verification import Verifier
from assistant.write.drafts import Writer
from assistant.write.model_writer import ModelWriter
from assistant.write.quoting_writer import QuotingWriter
from corpus.documents import Reader, Reuse
from corpus.vocabulary import vocabulary
from index.search import Filters
from tests.conftest import TODAY, House, write_document

ASKED = "Through which company does a foreign maker of devices work in Japan, the Marketing Authorisation Holder?"
SUMMARY = "Devices in Japan in 3 steps"
OWN_WORDS = ("foreign maker works through", "12 months", SUMMARY, "What the rules ask")


class Overheard:
    """A chat model that remembers what it was asked and repeats it."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        self.prompts.append(prompt)
        yield f"{prompt} [P1]\n"


def answer(house: House, writer: Writer, reader: Reader = Reader.ANYONE) -> Answer:
    assistant = Assistant(
        house.search,
        writer,
        Verifier(house.cache, vocabulary()),
        vocabulary(),
        last_resort=QuotingWriter(vocabulary()),
        today=lambda: TODAY,
    )
    return assistant.answer(Question(ASKED, filters=Filters(reader=reader)))


@pytest.fixture
def restricted(house: House, request: pytest.FixtureRequest) -> House:
    house.catalogue.set_terms(["japan/devices"], reuse=request.param, who="ana", why="theirs")
    return house


either = pytest.mark.parametrize("restricted", [Reuse.CITE_ONLY, Reuse.INTERNAL], indirect=True)


def test_the_words_that_are_looked_for_are_those_of_the_answer_where_they_may_be_quoted(house: House) -> None:
    shown = json.dumps(to_json(answer(house, QuotingWriter(vocabulary()))))
    assert all(words in shown for words in OWN_WORDS if words != SUMMARY)  # no answer opens with a summary


@either
def test_no_word_is_quoted_listed_or_offered_on(restricted: House) -> None:
    found = answer(restricted, QuotingWriter(vocabulary()))
    assert found.outcome.declined or found.outcome is Outcome.GROUNDED
    assert "japan/devices" in {hit.document.id for hit in found.hits}, "it is found all the same"
    assert not [words for words in OWN_WORDS if words in json.dumps(to_json(found)).replace(ASKED, "")]


@either
def test_no_word_is_given_to_a_chat_model(restricted: House) -> None:
    write_document(restricted.library, "japan/more", "More on Japan", "A maker of devices in Japan finds a holder.")
    restricted.publish()
    model = Overheard()
    found = answer(restricted, ModelWriter(model))
    assert not [words for words in OWN_WORDS[:2] for prompt in model.prompts if words in prompt]
    assert not [words for words in OWN_WORDS[:2] if words in json.dumps(to_json(found))]


@either
def test_staff_read_what_others_may_not(restricted: House) -> None:
    assert "Marketing Authorisation Holder" in answer(restricted, QuotingWriter(vocabulary()), Reader.STAFF).text
