"""Risk classes: which a text names, which there are, and a question asked of another one."""

from __future__ import annotations

import pytest

from assistant.understand.classes import asked_of_class, class_named, classes_of, term_of

DEVICE, TEST, APP = frozenset({"devices"}), frozenset({"diagnostics"}), frozenset({"software"})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("How long does a class IIa device take?", "IIa"),
        ("Wie lange dauert ein Medizinprodukt der Klasse III?", "III"),
        ("Combien pour un diagnostic de classe C ?", "C"),
        ("¿Cuánto cuesta un producto de clase iv?", "IV"),
        ("Quanto costa un test di classe 2?", "2"),
        ("What asset class does the fund hold?", ""),
        ("una classe d'attivi", ""),
        ("a class 3.5 mm screw", ""),
    ],
)
def test_a_class_is_read_as_it_is_mostly_written(text: str, name: str) -> None:
    assert class_named(text) == name


def test_the_classes_of_a_market_are_those_of_its_law() -> None:
    assert classes_of("europe", DEVICE) == ("I", "IIa", "IIb", "III")
    assert classes_of("europe", TEST) == ("A", "B", "C", "D")
    assert classes_of("canada", APP) == ("I", "II", "III", "IV")
    assert classes_of("canada", frozenset({"medicines"})) == ()
    assert classes_of("", DEVICE) == ()


def test_a_class_is_told_with_its_law_where_that_has_a_name() -> None:
    assert term_of("IIb", "europe", DEVICE).name("de") == "IIb (MDR)"
    assert term_of("C", "europe", TEST).name("fr") == "C (IVDR)"
    assert term_of("3", "canada", DEVICE).code == "III"
    assert term_of("IIb", "canada", DEVICE).name("en") == "IIb"


def test_a_question_is_asked_of_another_class() -> None:
    bare = "What does it cost in Canada?"
    once = asked_of_class(bare, "class III")
    assert once == "What does it cost in Canada? (class III)"
    assert asked_of_class(once, "class IV") == "What does it cost in Canada? (class IV)"
    assert asked_of_class("Was kostet Klasse IIa in Europa?", "Klasse III") == "Was kostet Klasse III in Europa?"
