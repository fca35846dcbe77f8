"""Sources that disagree are told apart from sources that say different things."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.answers import Citation
from assistant.app import App
from assistant.verify.disputes import disputes
from corpus.documents import Document, Source
from corpus.vocabulary import vocabulary
from tests.alike_sentences import disputed
from tests.conftest import House


@pytest.fixture
def document(house: House) -> Document:
    return house.catalogue.document("japan/devices")


def citation(n: int, document: Document, quote: str, document_id: str = "", url: str = "") -> Citation:
    sources = (Source("key", "A source", "House", "2026", url or f"https://example.org/{n}"),)
    document = replace(document, id=document_id or f"japan/{n}")
    return Citation(n, f"{document.id}@1#1", quote, "S", None, document, sources, overdue=False)


def disagree(house: House, *cited: Citation) -> list[tuple[int, int]]:
    vectors = house.cache.embed([one.quote for one in cited])
    return [(one.first.n, one.second.n) for one in disputes(cited, vectors, vocabulary())]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "The review of a new device in Japan takes 12 months.",
            "The review of a new device in Japan takes 14 months.",
        ),
        ("The fee of the review is USD 26,067.", "The fee of the review is USD 25,000."),
        ("The rate of the tax is 15 %.", "The rate of the tax is 20 %."),
        ("The law applies since 2 February 2026.", "The law applies since 3 February 2026."),
        ("The agreement covers 8 partners.", "The agreement covers 9 partners."),
    ],
)
def test_two_documents_that_give_another_figure_for_the_same_disagree(
    house: House, document: Document, one: str, other: str
) -> None:
    assert disagree(house, citation(1, document, one), citation(2, document, other)) == [(1, 2)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The review of a device takes 12 months.", "The review of a device takes 1 year."),
        ("The law applies since February 2026.", "The law applies since 2 February 2026."),
        ("The fee of the review is USD 500.", "The fee of the review is EUR 460."),
        ("In 2024 the list held 62 apps.", "In 2023 the list held 54 apps."),
        (
            "The review of a new device in Japan takes 12 months.",
            "The review of a new device in Brazil takes 14 months.",
        ),
        ("The review of a device takes 12 months.", "The audit of a factory takes 14 months."),
        ("The review takes 9 or 12 months.", "The review takes 12 months."),
        ("The review takes 9 or 12 months.", "The review takes 7 or 10 months."),
        ("The review is quick.", "The review takes 12 months."),
    ],
)
def test_what_can_both_be_true_is_no_dispute(house: House, document: Document, one: str, other: str) -> None:
    assert disagree(house, citation(1, document, one), citation(2, document, other)) == []


def test_one_document_or_one_source_does_not_disagree_with_itself(house: House, document: Document) -> None:
    one, other = "The review of a device takes 12 months.", "The review of a device takes 14 months."
    same = {"document_id": "japan/devices"}
    assert disagree(house, citation(1, document, one, **same), citation(2, document, other, **same)) == []
    shared = {"url": "https://example.org/both"}
    assert disagree(house, citation(1, document, one, **shared), citation(2, document, other, **shared)) == []


def test_no_two_sentences_on_one_market_in_the_shipped_library_count_as_a_dispute(shipped: App) -> None:
    assert disputed(shipped, "japan") == []
