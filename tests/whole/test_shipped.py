"""What the product promises of its own library and model."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.answers import ClaimKind, Outcome
from assistant.app import SHIPPED_VECTORS, App
from assistant.understand.questions import Question
from corpus.documents import digest
from index.build import indexed, indexed_text, sentences, verify

LOCAL_REPRESENTATIVE = {
    "en": "Does a foreign maker need a Marketing Authorisation Holder in Japan for a device?",
    "it": "Un fabbricante straniero ha bisogno di un Marketing Authorisation Holder (MAH) in Giappone?",
    "de": "Braucht ein ausländischer Hersteller für ein Medizinprodukt in Japan einen Marketing Authorisation Holder?",
    "ca": "Un fabricant estranger necessita un Marketing Authorisation Holder al Japó per a un producte sanitari?",
    "es": "¿Necesita un fabricante extranjero un Marketing Authorisation Holder en Japón para un producto sanitario?",
    "fr": "Un fabricant étranger a-t-il besoin d'un Marketing Authorisation Holder au Japon pour un dispositif ?",
}


@pytest.mark.parametrize("language", LOCAL_REPRESENTATIVE)
def test_the_same_question_finds_the_same_document_in_every_language(shipped: App, language: str) -> None:
    answer = shipped.assistant.answer(Question(LOCAL_REPRESENTATIVE[language]))
    assert answer.outcome is Outcome.GROUNDED
    assert answer.language == language
    assert (answer.claims[0].kind, answer.claims[0].language) == (ClaimKind.ANSWER, language)
    assert "japan/devices-and-ivds" in {citation.document.id for citation in answer.citations}
    assert "DMAH" in answer.text


def test_every_quote_stands_word_for_word_in_its_passage(shipped: App) -> None:
    for question in LOCAL_REPRESENTATIVE.values():
        answer = shipped.assistant.answer(Question(question))
        for citation in answer.citations:
            passages = {passage.id: passage for passage in shipped.catalogue.passages_of(citation.document.id)}
            assert citation.quote in passages[citation.passage_id].text


@pytest.mark.parametrize(
    "question",
    ["What is the weather in Turin?", "Wie backe ich einen Apfelkuchen?", "¿Quién ganó el mundial de fútbol?"],
)
def test_other_worlds_are_out_of_scope(shipped: App, question: str) -> None:
    assert shipped.assistant.answer(Question(question)).outcome is Outcome.OUT_OF_SCOPE


def test_the_index_matches_the_catalogue(shipped: App) -> None:
    assert verify(shipped.index, shipped.catalogue) == []


def test_the_shipped_vectors_match_the_texts(shipped: App) -> None:
    texts = set(sentences(shipped.catalogue)) | {
        indexed_text(passage, document)
        for passage, document in shipped.catalogue.published()
        if indexed(passage, document)
    }
    with np.load(SHIPPED_VECTORS) as file:
        assert str(file["engine"]) == shipped.cache.model.engine
        digests = {key.tobytes().hex(): row for row, key in enumerate(file["digests"])}
        vectors = file["vectors"].astype(np.float32)
    assert set(digests) == {digest(text) for text in texts}, "run `make vectors`"
    some = sorted(texts)[:: max(len(texts) // 12, 1)]
    fresh = shipped.cache.model.passages(some)
    cosines = [float(fresh[at] @ vectors[digests[digest(text)]]) for at, text in enumerate(some)]
    assert min(cosines) > 0.98


@pytest.mark.parametrize("text", ["\ufdfa" * 400, "\0", "\ud800", "a" * 5000, "", "🙂" * 500, "ﬁ" * 300])
def test_the_embedded_model_survives_hostile_text(shipped: App, text: str) -> None:
    vector = shipped.cache.model.query(text)
    assert np.isfinite(vector).all()
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-3
