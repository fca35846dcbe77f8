"""Requests that no library answers, and the words by which they are told."""

from __future__ import annotations

import pytest

from assistant.understand.refusals import refused, refusing_words


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the phone number of the director of BioM?", ("phone", "dire(ct|tt)(or|ora|rice|eur|ore|trice)")),
        (
            "Können Sie uns einen Vertrag entwerfen?",
            ("(konnen|konnten|konnt|kannst|wurden) (sie|ihr|du) ... entwerfen",),
        ),
        ("Buongiorno!", ("buongiorno",)),
    ],
)
def test_the_words_that_had_a_question_refused_are_named(question: str, words: tuple[str, ...]) -> None:
    assert refused(question)
    assert refusing_words(question)[: len(words)] == words


def test_a_question_that_is_not_refused_has_no_refusing_words() -> None:
    question = "Which phone number must be on the label, and who is the director of the agency?"
    assert not refused(question)
    assert refusing_words(question) == ()
