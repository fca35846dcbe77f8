"""All statements and all that is planted, of which `tests/assistant/verify/test_verification.py` has a sample."""

from __future__ import annotations

import pytest

from assistant.app import App
from tests.benchmarks.verification import Case
from tests.judged_statements import (
    LEAST_CAUGHT,
    LEAST_CAUGHT_ABROAD,
    cases_of_our_languages,
    foreign_shares,
    share_rejected,
)


@pytest.fixture(scope="module")
def every(shipped: App) -> list[Case]:
    return cases_of_our_languages(shipped, 1, quick=False)


@pytest.mark.parametrize(("kind", "least"), LEAST_CAUGHT.items())
def test_planted_errors_are_caught_in_every_statement(shipped: App, every: list[Case], kind: str, least: float) -> None:
    share = share_rejected(shipped, every, kind)
    assert share["cases"] > 0
    assert share["rejected"] >= least, share


def test_every_true_statement_is_let_through(shipped: App, every: list[Case]) -> None:
    share = share_rejected(shipped, every, "true")
    assert share["cases"] > 400
    assert share["rejected"] <= 5, share


def test_wrong_statements_of_foreign_languages_are_mostly_rejected_and_true_ones_mostly_not(shipped: App) -> None:
    shares = foreign_shares(shipped, 1)
    assert shares["true"] <= 25, shares
    assert {kind: share for kind, share in shares.items() if share < LEAST_CAUGHT_ABROAD.get(kind, 0)} == {}
