"""Whether the evidence answers the question."""

from __future__ import annotations

import pytest

from assistant.answers import Outcome
from assistant.app import App
from assistant.evidence import find
from assistant.figures import fold
from assistant.questions import Question, understand
from assistant.sufficiency import asking, calibration, signals
from tests.conftest import TODAY


def asked(question: str) -> set[str]:
    return {name for name, kind in asking().kinds.items() if kind.asked.search(fold(question))}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How much does a 510(k) cost?", "money"),
        ("Wie viel kostet die Mitgliedschaft?", "money"),
        ("Quel est le prix d'une DiGA ?", "money"),
        ("Quanto costa uno stand?", "money"),
        ("¿Qué precio tiene?", "money"),
        ("Quant costa un estand?", "money"),
        ("Wie hoch ist der Zollsatz?", "rate"),
        ("Quina quota de mercat?  Quin percentatge?", "rate"),
        ("How long does the review take?", "duration"),
        ("Combien de mois dure l'examen ?", "duration"),
        ("¿Cuánto tiempo tarda?", "duration"),
        ("Wann gilt das Gesetz?", "date"),
        ("Da quando è in vigore?", "date"),
        ("Quants assaigs hi ha?", "number"),
    ],
)
def test_what_a_question_asks_for_is_told_by_its_words_in_any_language(question: str, kind: str) -> None:
    assert kind in asked(question)


@pytest.mark.parametrize("question", ["Who is the local representative?", "Welche Behörde prüft?", "¿Qué vía hay?"])
def test_a_question_may_ask_for_no_such_thing(question: str) -> None:
    assert asked(question) == set()


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("The fee is USD 26,067 (fiscal year 2026).", "money"),
        ("It costs about JPY 8.6 million.", "money"),
        ("The tariff is 3.5 %.", "rate"),
        ("The review takes 12 months.", "duration"),
        ("It applies since 2 February 2026.", "date"),
    ],
)
def test_what_a_sentence_gives_is_told_by_its_form(sentence: str, kind: str) -> None:
    assert asking().kinds[kind].written.search(fold(sentence))


@pytest.mark.parametrize(
    "question",
    [
        "What is the personal mobile number of the project coordinator?",
        "Quale dose del farmaco dobbiamo usare?",
        "Which dose should the patient take?",
        "Draft the full distribution contract for us.",
        "Können Sie uns die Zulassung garantieren? Garantieren Sie uns das bitte.",
    ],
)
def test_private_data_treatment_and_guarantees_are_refused(shipped: App, question: str) -> None:
    answer = shipped.assistant.answer(Question(question))
    assert answer.outcome is Outcome.OUT_OF_SCOPE
    assert answer.claims == answer.nearest == ()
    assert answer.contacts


@pytest.mark.parametrize(
    "question",
    [
        "What does the FDA charge for a De Novo request in fiscal year 2027?",
        "Was kostet ein Messestand auf der BIO-Europe 2027?",
        "¿Qué precio exacto pagará hoy la aseguradora por nuestra aplicación?",
    ],
)
def test_a_value_that_the_library_lacks_is_declined_and_its_neighbours_are_cited(shipped: App, question: str) -> None:
    answer = shipped.assistant.answer(Question(question))
    assert answer.outcome.declined
    assert answer.claims == ()
    assert answer.nearest
    assert all(claim.citations for claim in answer.nearest)


def test_the_calibration_weighs_every_signal_and_no_other(shipped: App) -> None:
    understood = understand(Question("How long does a device review take in Japan?"), shipped.vocabulary)
    found = signals(understood, find(shipped.search, understood), TODAY)
    assert set(found) == set(calibration().weights)
    assert 0 < calibration().threshold < 1
