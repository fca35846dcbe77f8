"""What a chat model's provider learns of the person who asks: nothing; what the person reads: their own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from assistant.answers import Answer, ClaimKind, Reason
from assistant.app import App, assistant_with
from assistant.model.chat_model import Usage
from assistant.understand.questions import Question, Understood
from assistant.write.model_writer import CANNOT_ANSWER

NAME, MAIL = "Anna Schmidt", "anna.schmidt@example.org"
BEFORE = f"I am {NAME}. How long is a class II device reviewed in Japan?"
ASKED = f"I am {NAME}, {MAIL}. Do we need a local company to sell a medical device in Japan?"
STANDS = "A foreign maker must work through a company in Japan with a marketing licence"


class Scripted:
    """Writes a statement with the key of the passage in which some words stand, or a question anew."""

    def __init__(self, statement: str = "", anew: str = "") -> None:
        self.statement = statement
        self.anew = anew
        self.prompts: list[str] = []

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        self.prompts.append(prompt)
        if "Last question:" in prompt:
            yield self.anew
            return
        key = next(
            (key for key, text in re.findall(r"\[(P\d+)\](.+?)(?=\n\n|$)", prompt, re.DOTALL) if STANDS in text), ""
        )
        yield f"{self.statement} [{key}]\n" if key else CANNOT_ANSWER


def answer(app: App, model: Scripted, question: Question) -> Answer:
    return assistant_with(model, app.search, app.cache, app.vocabulary).answer(question)


@pytest.fixture
def model() -> Scripted:
    return Scripted(f"{STANDS}, [name].")


def test_the_provider_reads_placeholders(shipped: App, model: Scripted) -> None:
    answer(shipped, model, Question(ASKED))
    assert "Question: I am [name], [e-mail]. Do we need a local company" in model.prompts[0]
    assert not [value for value in (NAME, MAIL, "Schmidt") for prompt in model.prompts if value in prompt]


def test_the_person_reads_their_own_words_in_a_statement_that_stands(shipped: App, model: Scripted) -> None:
    found = answer(shipped, model, Question(ASKED))
    assert [claim.text for claim in found.claims] == [f"{STANDS}, {NAME}."]
    assert STANDS in found.claims[0].citations[0].quote


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (f"{STANDS} for 4,711 days, [name].", Reason.FIGURES),
        (f"{STANDS} of Siemens, [name].", Reason.NAMES),
        (f"{STANDS}, Anna Schmidt.", Reason.NAMES),
    ],
)
def test_a_placeholder_lets_nothing_through_that_does_not_stand(shipped: App, statement: str, reason: Reason) -> None:
    found = answer(shipped, Scripted(statement), Question(ASKED))
    assert [one.reason for one in found.rejected] == [reason] * 2  # once more where the model tries again
    assert ClaimKind.STATEMENT not in {claim.kind for claim in found.claims}


def test_a_placeholder_alone_is_no_statement(shipped: App) -> None:
    found = answer(shipped, Scripted("[name]."), Question(ASKED))
    assert found.claims
    assert {claim.kind for claim in found.claims} <= {ClaimKind.ANSWER, ClaimKind.QUOTATION}
    assert NAME not in found.text


def test_what_staff_see_of_a_statement_that_was_rejected_names_nobody(shipped: App) -> None:
    found = answer(shipped, Scripted(f"{STANDS} for 4,711 days, [name]."), Question(ASKED))
    assert NAME not in found.rejected[0].text


def test_earlier_questions_are_hidden_too_and_the_question_that_is_written_anew_has_the_words_back(
    shipped: App,
) -> None:
    model = Scripted(anew="I am [name]. Do we need a local representative to sell a class III device in Japan?")
    answer(shipped, model, Question("And for class III?", (BEFORE,)))
    assert f"- {BEFORE.replace(NAME, '[name]')}" in model.prompts[0]
    assert not [prompt for prompt in model.prompts if NAME in prompt]
    assert "Question: I am [name]. Do we need a local representative" in model.prompts[-1]


def test_a_name_that_only_an_earlier_question_introduced_is_hidden_in_all_of_them(shipped: App) -> None:
    model = Scripted(anew="How long is xaver's class III device reviewed in Japan?")
    answer(shipped, model, Question("And for xaver with class III?", ("My name is xaver. How long is it in Japan?",)))
    assert not [prompt for prompt in model.prompts if "xaver" in prompt]


def test_what_is_searched_for_is_the_question_as_it_was_asked(shipped: App, model: Scripted) -> None:
    first = next(iter(assistant_with(model, shipped.search, shipped.cache, shipped.vocabulary).ask(Question(ASKED))))
    assert isinstance(first, Understood)
    assert first.written == ASKED
    assert first.text in ASKED
