"""With a chat model, what the library only nearly answers is put before it: it may answer, or decline."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.answers import Answer, Outcome
from assistant.app import App, assistant_with
from assistant.model.chat_model import Usage
from assistant.texts import say
from assistant.understand.questions import Question
from assistant.write.model_writer import CANNOT_ANSWER

NEAR = Question("May the licence under which a foreign maker works in Japan be shared by two firms?")
STANDS = "A foreign maker must work through a company in Japan with a marketing licence"


class Scripted:
    """Writes a statement with the key of the passage in which `STANDS` stands."""

    def __init__(self, statement: str) -> None:
        self.statement = statement

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        passages = re.findall(r"\[(P\d+)\](.+?)(?=\n\n|$)", prompt, re.DOTALL)
        key = next(key for key, text in passages if STANDS in text)
        yield self.statement.replace("KEY", key)


def answered(app: App, statement: str) -> Answer:
    return assistant_with(Scripted(statement), app.search, app.cache, app.vocabulary).answer(NEAR)


def test_without_a_model_it_is_shown_as_what_it_is(shipped: App) -> None:
    answer = shipped.assistant.answer(NEAR)
    assert (answer.outcome, answer.claims) == (Outcome.NOT_IN_LIBRARY, ())
    assert answer.closest
    assert answer.nearest
    assert answer.text == say("en", "closest")


def test_a_statement_that_the_passages_bear_is_an_answer(shipped: App) -> None:
    answer = answered(shipped, f"{STANDS}. [KEY]\n")
    assert answer.outcome is Outcome.GROUNDED
    assert [claim.text for claim in answer.claims] == [f"{STANDS}."]


def test_where_the_model_declines_or_nothing_stands_it_is_shown_as_without_one(shipped: App) -> None:
    for statement in (CANNOT_ANSWER, "The review takes 77 months. [KEY]\n"):
        answer = answered(shipped, statement)
        assert (answer.outcome, answer.claims, answer.notice) == (Outcome.NOT_IN_LIBRARY, (), "")
        assert [claim.text for claim in answer.nearest] == [
            claim.text for claim in shipped.assistant.answer(NEAR).nearest
        ]
