"""Recorded completions, read and verified as the product does it: what may not get worse."""

from __future__ import annotations

from pathlib import Path

from assistant.app import App
from tests.benchmarks.recorded import benchmark

FILE = Path(__file__).parents[2] / "recorded" / "completions.jsonl"


def test_recorded_completions_are_read_as_they_were_meant(shipped: App) -> None:
    results, judged = benchmark(FILE, shipped.cache)
    told = results["all"]
    assert told["thoughts_shown"] == 0
    assert told["gaps_named"] == 1
    assert told["true_shown"] >= 0.9
    assert told["wrong_shown"] <= 0.4
    assert len(judged) >= 80
