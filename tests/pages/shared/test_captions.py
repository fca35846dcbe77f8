"""What is said beside an answer, what can be asked next, and an answer as plain text."""

from __future__ import annotations

import pytest

from assistant.answers import ClaimKind, Outcome
from assistant.app import App
from assistant.texts import say
from assistant.understand.questions import OUTSIDE, Profile, Question
from corpus.vocabulary import LANGUAGES
from pages.chat.plain_text import plain_text
from pages.shared.captions import ended, examples, next_questions
from tests.shown_answers import answer


def test_what_can_be_asked_next_follows_from_how_the_question_ended() -> None:
    assert next_questions(answer(Outcome.CLARIFY)) == (f"20 {say('en', 'choose')}", ("21",))
    assert next_questions(answer(Outcome.OUT_OF_SCOPE, "de")) == examples("de")
    assert next_questions(answer(Outcome.GROUNDED)) == (say("en", "next_questions"), ("18",))


@pytest.mark.parametrize("home", ["", OUTSIDE])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_is_answered_from_the_library_in_its_own_language(shipped: App, language: str, home: str) -> None:
    for question in examples(language, home)[1]:
        answer = shipped.assistant.answer(Question(question, profile=Profile(home=home)))
        assert (answer.outcome, answer.language) == (Outcome.GROUNDED, language)
        assert (answer.claims[0].kind, answer.claims[0].language) == (ClaimKind.ANSWER, language)


def test_the_end_of_an_answer_is_told_with_what_there_is_to_read() -> None:
    assert ended(answer(Outcome.PARTIAL)) == "Answered in part. Statements: 3. Sources: 3."
    assert ended(answer(Outcome.NOT_IN_LIBRARY)) == "Not in the library. 14"
    assert ended(answer(Outcome.CLARIFY)) == "One question first. 20"


def test_an_answer_as_plain_text_has_numbered_sources_with_dates_and_says_that_a_machine_wrote_it() -> None:
    lines = plain_text("Who?", answer(Outcome.PARTIAL, "es")).splitlines()
    assert lines[0] == "Who?"
    assert "22 [2]" in lines
    assert any(line.startswith("[2] 1 › 5, pág. 6. 2, versión 1, publicado el 2026-11-20") for line in lines)
    assert any(line.endswith('9, 10, 11: https://x.org/"') for line in lines)
    assert "- 19" in lines  # what the library does not answer
    assert "asistente de IA" in lines[-1]
