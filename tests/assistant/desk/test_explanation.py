"""Why a question is answered as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.desk.explanation import explain
from assistant.understand.questions import Question
from tests.conftest import House, installation


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (
            "What is the cell phone of the director of the PMDA in Japan?",
            {"refused": ("cell", "phone", "dire(ct|tt)(or|ora|rice|eur|ore|trice)")},
        ),
        (
            "How long does the review take in Japan today?",
            {"duration": ("how (long|fast|quickly|soon|often|early)",), "now": ("today",)},
        ),
        ("Who reviews devices in Japan?", {}),
    ],
)
def test_the_words_are_named_that_tell_what_a_question_asks(
    house: House, tmp_path: Path, question: str, words: dict[str, tuple[str, ...]]
) -> None:
    app = installation(house, tmp_path / "accounts.sqlite")
    try:
        assert explain(app, Question(question)).words == words
    finally:
        app.journal.close()
        app.accounts.close()
