"""Follow-ups made to stand alone by a chat model, or by the rules where it fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.app import App, assistant_with
from assistant.model.chat_model import ModelUnavailable, Usage
from assistant.understand.questions import Question, Understood
from assistant.write.model_writer import CANNOT_ANSWER

FOLLOW_UP = Question("And for class III?", ("How long is a class II device reviewed in Japan?",))
WHOLE = "How long is a class III device reviewed in Japan?"


class Scripted:
    """Writes the given text to every prompt that asks for a question, and no answer to the others."""

    def __init__(self, text: str, *, breaks: bool = False) -> None:
        self.text = text
        self.breaks = breaks
        self.prompts: list[str] = []

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        self.prompts.append(prompt)
        yield Usage(calls=1)
        if "Last question:" not in prompt:
            yield CANNOT_ANSWER
            return
        yield self.text
        if self.breaks:
            raise ModelUnavailable("The chat model does not answer.")


def understood(app: App, model: Scripted, question: Question = FOLLOW_UP) -> Understood:
    assistant = assistant_with(model, app.search, app.cache, app.vocabulary)
    first = next(iter(assistant.ask(question)))
    assert isinstance(first, Understood)
    return first


def test_a_follow_up_is_searched_for_as_the_model_writes_it_anew(shipped: App) -> None:
    assert understood(shipped, Scripted(WHOLE)).text == WHOLE


def test_the_model_sees_the_earlier_questions_and_no_document(shipped: App) -> None:
    model = Scripted(WHOLE)
    understood(shipped, model)
    assert FOLLOW_UP.earlier[0] in model.prompts[0]
    assert "Passages:" not in model.prompts[0]


def test_a_question_that_stands_alone_costs_no_call(shipped: App) -> None:
    model = Scripted("anything")
    question = Question("Which agency reviews new medicines before they are sold in Brazil?", FOLLOW_UP.earlier)
    assert understood(shipped, model, question).text == question.text
    assert model.prompts == []


@pytest.mark.parametrize(
    "model",
    [
        Scripted(""),
        Scripted("First line\nand a second"),
        Scripted("x" * 5000),
        Scripted("How long did a class III device take in 2019 in Japan?"),
        Scripted(WHOLE, breaks=True),
    ],
    ids=["nothing", "several lines", "endless", "a figure that nobody said", "breaks off"],
)
def test_where_the_model_fails_the_rules_make_the_question_stand_alone(shipped: App, model: Scripted) -> None:
    assert understood(shipped, model).text in (
        f"{FOLLOW_UP.earlier[0]} {FOLLOW_UP.text} (Japan, a medical device)",
        f"{FOLLOW_UP.text} (Japan, a medical device)",
    )


def test_what_the_rewriting_used_is_counted_with_the_answer(shipped: App) -> None:
    known = Scripted("Do we need a local representative to sell a class III device in Japan?")
    assistant = assistant_with(known, shipped.search, shipped.cache, shipped.vocabulary)
    assert assistant.answer(FOLLOW_UP).usage.calls == 2
