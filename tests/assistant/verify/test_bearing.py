"""The hard sentences of `tests/benchmarks/bearing.jsonl`: their words stand in the library, and a sample is judged."""

from __future__ import annotations

import pytest

from assistant.app import App
from assistant.verify.verification import Verifier
from tests.benchmarks.bearing import TRUE, cases, judge, shown

DRAWN = 5  # every so many


@pytest.mark.library
def test_there_are_250_in_ten_languages_and_the_words_of_each_stand_in_the_library() -> None:
    every = list(cases())
    assert len(every) == 250
    assert len({case.draft.language for case in every}) == 10
    assert sum(case.kind == TRUE for case in every) == 125
    assert all(4 <= len(one.quote) < len(one.hit.passage.text) for case in every for one in case.draft.support)


def test_most_true_ones_are_shown_and_more_of_them_than_of_the_wrong_ones(shipped: App) -> None:
    ids = sorted({case.id for case in cases()})[::DRAWN]
    drawn = [case for case in cases() if case.id in ids]
    shares = shown(list(judge(Verifier(shipped.cache, shipped.vocabulary), drawn)))
    assert shares["true_shown"] >= 0.75, shares
    assert shares["wrong_shown"] <= 0.65, shares
