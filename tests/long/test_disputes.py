"""All pairs of like sentences, of which `tests/assistant/verify/test_disputes.py` has those on Japan."""

from __future__ import annotations

from assistant.app import App
from tests.alike_sentences import disputed


def test_no_two_sentences_of_the_shipped_library_count_as_a_dispute(shipped: App) -> None:
    assert disputed(shipped) == []
