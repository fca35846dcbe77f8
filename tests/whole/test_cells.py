"""Comparisons and plans against what the research behind the library could fill; `tests/long` has all."""

from __future__ import annotations

from assistant.app import App
from tests.benchmarks.cells import AIM, measure


def test_what_the_research_could_fill_is_filled_and_every_claim_is_cited_word_for_word(shipped: App) -> None:
    found = measure(shipped, every=10)
    assert found.requests == 7
    assert found.claims > found.filled > 0
    assert found.unsupported == found.astray == ()
    assert found.share >= AIM
