"""A conversation goes on: corrections, other markets, and somebody to turn to."""

from __future__ import annotations

import pytest

from assistant.answers import Answer, Outcome
from assistant.app import App
from assistant.journal.journal import lacking
from assistant.understand.questions import Question

LENSES = "Bon dia, voldríem registrar al Japó unes lents intraoculars trifocals, quins passos hi ha?"
SCREW = (
    "We're a 6-person spin-off from Turin, we make a bioresorbable screw for foot surgery. "
    "What would it take to sell it in the States?"
)
COUGH = "Our app listens to a cough and estimates the likelihood of pneumonia. Would the FDA see it as a device?"


def answered(app: App, *turns: str) -> Answer:
    return app.assistant.answer(Question(turns[-1], turns[:-1]))


def markets(answer: Answer) -> list[str]:
    return [code for slot in answer.frame if slot.what == "markets" for code in slot.terms]


@pytest.mark.parametrize(
    ("turns", "market"),
    [
        ((LENSES, "Perdó, m'he equivocat de país, volia dir Corea"), "south-korea"),  # the country, not its language
        (("Ci serve un rappresentante in Australia per l'ecografo?", "no scusa, volevo dire Svizzera"), "switzerland"),
    ],
)
def test_a_market_put_right_is_the_one_that_is_asked_about(shipped: App, turns: tuple[str, ...], market: str) -> None:
    answer = answered(shipped, *turns)
    assert markets(answer) == [market]
    assert answer.claims or answer.nearest


def test_a_product_put_right_is_neither_thanked_for_nor_taken_for_a_patients_question(shipped: App) -> None:
    fee = "What is the fee for getting a troponin point-of-care test through Health Canada?"
    answer = answered(shipped, fee, "sorry I got that wrong, it's not troponin. It's a home ferritin self-test")
    assert answer.outcome is not Outcome.OUT_OF_SCOPE
    assert markets(answer) == ["canada"]


def test_a_market_that_is_only_named_is_met_with_the_way_there_as_near(shipped: App) -> None:
    answer = answered(shipped, COUGH, "what about the children's data", "Same app, Korea")
    assert answer.closest
    assert "way-to-market" in answer.nearest[0].citations[0].document.id
    assert markets(answer) == ["south-korea"]


@pytest.mark.parametrize("asking", ["Is there somebody near us who could hold our hand?", "know anyone close by?"])
def test_somebody_to_turn_to_is_told_in_whatever_words_they_are_asked_for(shipped: App, asking: str) -> None:
    answer = answered(shipped, SCREW, asking)
    assert answer.outcome is Outcome.PEOPLE
    assert answer.text == "These can help you."
    assert answer.contacts[0].who.code == "biopmed"


def test_being_told_whom_to_turn_to_is_no_gap_of_the_library() -> None:
    assert not lacking(Outcome.PEOPLE)
    assert not Outcome.PEOPLE.declined
