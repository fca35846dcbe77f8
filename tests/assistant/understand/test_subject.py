"""Messages from outside the subject are seen as such, and ours are not, on messages that took no part in training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.answers import Outcome
from assistant.app import App
from assistant.texts import say
from assistant.understand.following import in_conversation
from assistant.understand.questions import Question
from assistant.understand.refusals import refused
from assistant.understand.subject import KINDS, subject_model, turn_model, turn_vector
from corpus.vocabulary import LANGUAGES

ASKED_BEFORE = "Muss ein Nahrungsergänzungsmittel in Australien registriert werden?"
UNSEEN = Path(__file__).parents[2] / "benchmarks" / "subject" / "unseen.jsonl"


@pytest.mark.parametrize("ours", [True, False])
def test_of_unseen_messages_in_ten_languages_few_of_ours_are_declined_and_few_others_answered(
    shipped: App, ours: bool
) -> None:
    rows = [json.loads(line) for line in UNSEEN.read_text("utf-8").splitlines()]
    texts = [row["text"] for row in rows if (row["kind"] == "inside") is ours]
    vectors = [shipped.search.vector(text) for text in texts]
    pairs = zip(texts, vectors, strict=True)
    declined = np.mean([bool(refused(text, vector) or subject_model().reason(vector)) for text, vector in pairs])
    assert declined <= 0.01 if ours else declined >= 0.98


@pytest.mark.parametrize("ours", [True, False])
def test_in_a_conversation_few_unseen_messages_of_ours_are_declined_and_few_others_answered(
    shipped: App, ours: bool
) -> None:
    rows = [json.loads(line) for line in UNSEEN.read_text("utf-8").splitlines()][::3]
    texts = [row["text"] for row in rows if (row["kind"] == "inside") is ours]
    after = [in_conversation(text, [ASKED_BEFORE]) for text in texts]
    declined = np.mean([bool(turn_model().reason(turn_vector(shipped.search.vector, text))) for text in after])
    assert declined <= 0.02 if ours else declined >= 0.9


@pytest.mark.parametrize(
    ("text", "declined"),
    [
        ("Kennen Sie ein gutes Restaurant in Nürnberg? :)", True),
        ("¿Y quién ganó el partido del Barça ayer?", True),
        ("explain it to me as if I were 12", False),
        ("can the label say that it calms you down?", False),
        ("USA?", False),
    ],
)
def test_in_a_conversation_what_is_of_other_matters_is_declined_and_what_leans_on_it_is_not(
    shipped: App, text: str, declined: bool
) -> None:
    answer = shipped.assistant.answer(Question(text, (ASKED_BEFORE,)))
    assert (answer.reason == "outside") is declined


@pytest.mark.parametrize("text", ["sorry, I meant Canada", "great, thanks. Canada then?", "Danke, dann jetzt Japan"])
def test_who_names_another_market_asks_of_it_however_polite(shipped: App, text: str) -> None:
    answer = shipped.assistant.answer(Question(text, ("Does our device need a sponsor in Australia?",)))
    assert answer.outcome is not Outcome.OUT_OF_SCOPE
    assert not {"australia"} & {code for slot in answer.frame if slot.what == "markets" for code in slot.terms}


def test_every_kind_has_a_text_of_its_own_in_every_language() -> None:
    for language in LANGUAGES:
        texts = [say(language, f"declined_{kind}") for kind in KINDS[1:]]
        assert len(set(texts)) == len(texts)


def test_the_vector_of_another_embedding_decides_nothing() -> None:
    assert subject_model().reason(np.ones(65, dtype=np.float32)) == ""
    assert turn_model().reason(np.ones(130, dtype=np.float32)) == ""


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("How do I fix my printer?", "en", "outside"),
        ("Explique-moi l'intrication quantique", "fr", "task"),
        ("ラーメンの作り方を教えて", "en", "outside"),
        ("Are you ChatGPT?", "en", "identity"),
        ("Escribe un poema sobre mi gato", "es", "task"),
        ("grazie mille!", "it", "thanks"),
    ],
)
def test_what_is_outside_is_declined_with_a_fitting_sentence_and_questions_to_ask_instead(
    shipped: App, text: str, language: str, kind: str
) -> None:
    answer = shipped.assistant.answer(Question(text, language=language))
    assert answer.outcome is Outcome.OUT_OF_SCOPE
    assert answer.text == say(language, f"declined_{kind}")
    assert not answer.claims
    assert not answer.nearest


def test_a_reply_to_a_question_back_is_ours_however_little_it_says(shipped: App) -> None:
    earlier = ("How much does it cost to register a device in Japan?",)
    answer = shipped.assistant.answer(Question("It is a food supplement, in fact", earlier, may_ask_back=False))
    assert answer.text not in [say("en", f"declined_{kind}") for kind in KINDS[1:]]


def test_what_is_stated_before_a_question_keeps_it_inside(shipped: App) -> None:
    answer = shipped.assistant.answer(
        Question("Un distribuidor australiano quiere ser nuestro sponsor. ¿Es buena idea?")
    )
    assert answer.outcome is not Outcome.OUT_OF_SCOPE


def test_a_message_that_asks_nothing_and_names_a_market_still_tells_what_follows_is_about(shipped: App) -> None:
    earlier = ("how long does registration take?", "South Korea. it's a lab based blood test for sepsis")
    answer = shipped.assistant.answer(Question("who'd hold the licence, us or the distributor?", earlier))
    assert [set(slot.terms) for slot in answer.frame if slot.what == "markets"] == [{"south-korea"}]
