"""What a question is about, and what it wants to know, is seen from its words where it names neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.app import App
from assistant.evaluation.halves import JUDGED, half
from assistant.understand.recognisers import NONE, RecognisesByModel, likely, product_meant
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


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("is there anybody near Turin who could walk us through this", "whom"),
        ("kennt ihr jemanden, der uns in São Paulo Türen öffnet?", "whom"),
        ("qui pourrait nous épauler depuis la région ?", "whom"),
        ("no scusa, volevo dire la Svizzera", "corrects"),
        ("not the fee, I asked how long it takes", "corrects"),
    ],
)
def test_a_wish_for_somebody_and_a_correction_are_seen_for_what_they_are(shipped: App, text: str, intent: str) -> None:
    assert RecognisesByModel(shipped.cache.model).is_for(intent, text)


@pytest.mark.parametrize("text", ["who holds the licence?", "wer haftet?", "chi la rimborsa?", "and in Korea?"])
def test_who_asks_for_a_role_or_a_rule_wants_nobody_and_corrects_nothing(shipped: App, text: str) -> None:
    recogniser = RecognisesByModel(shipped.cache.model)
    assert not recogniser.is_for("whom", text)
    assert not recogniser.is_for("corrects", text)


@pytest.mark.parametrize(("what", "least"), [("products", 0.72), ("aspects", 0.72), ("intents", 0.8)])
def test_of_questions_that_nothing_was_learned_from_most_are_seen_rightly(
    shipped: App, what: str, least: float
) -> None:
    rows = [json.loads(line) for line in (QUESTIONS / f"{what}.jsonl").read_text("utf-8").splitlines()]
    drawn = [row for row in rows if half(row["id"]) == JUDGED][::15]
    right = []
    for row in drawn:
        text = row.get("question") or row["turns"][-1]
        shares = likely(what, shipped.cache.model, text)
        right.append(max(shares, key=lambda code: shares[code]) == (row[what] or [NONE])[0])
    assert len(right) > 35
    assert sum(right) >= least * len(right)


def test_another_embedding_says_nothing() -> None:
    assert likely("products", word_vectors(), "a wound dressing") == {}
    assert not RecognisesByModel(word_vectors()).is_for("whom", "is there anybody?")
    assert RecognisesByModel(word_vectors()).is_for("whom", "who can help us?", worded=True)
