"""What a question is about, and what it wants to know, is seen from its words where it names neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.app import App
from assistant.evaluation.halves import JUDGED, half
from assistant.understand.recognisers import NO_PRODUCT, likely, product_meant
from tests.conftest import word_vectors

QUESTIONS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("colirio genérico de latanoprost sin conservantes", "medicines"),
        ("fazemos parafusos pediculares de titânio", "devices"),
        ("我们做一次性电子输尿管软镜", "devices"),
        ("notre peptide de collagène de poisson en poudre", "nutrition"),
        ("Fingerbluttest auf IgE für die Arztpraxis", "diagnostics"),
    ],
)
def test_the_kind_of_a_product_is_seen_from_the_product(shipped: App, text: str, product: str) -> None:
    assert product in product_meant(shipped.cache.model, text)


@pytest.mark.parametrize("text", ["and how long does that take?", "wer vertritt uns dort?", "¿y en Canadá?"])
def test_who_names_no_product_means_none(shipped: App, text: str) -> None:
    assert product_meant(shipped.cache.model, text) == frozenset()


@pytest.mark.parametrize(("what", "least"), [("products", 0.72), ("aspects", 0.72)])
def test_of_questions_that_nothing_was_learned_from_most_are_seen_rightly(
    shipped: App, what: str, least: float
) -> None:
    rows = [json.loads(line) for line in (QUESTIONS / f"{what}.jsonl").read_text("utf-8").splitlines()]
    drawn = [row for row in rows if half(row["id"]) == JUDGED][::15]
    right = []
    for row in drawn:
        shares = likely(what, shipped.cache.model, row["question"])
        right.append(max(shares, key=lambda code: shares[code]) == (row[what] or [NO_PRODUCT])[0])
    assert len(right) > 100
    assert sum(right) >= least * len(right)


def test_another_embedding_says_nothing() -> None:
    assert likely("products", word_vectors(), "a wound dressing") == {}
