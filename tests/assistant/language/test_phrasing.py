"""How people ask."""

from __future__ import annotations

import pytest

from assistant.language.phrasing import needs_context, phrasings, recognise_language, sentences, things_asked
from corpus.vocabulary import LANGUAGES


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Quant costa?", "ca"),
        ("i quant costa?", "ca"),
        ("Qui ho paga?", "ca"),
        ("I al Brasil?", "ca"),
        ("coste 510k", "es"),
        ("tasas ANVISA", "es"),
        ("Qui paie ?", "fr"),
        ("Et pour le Japon ?", "fr"),
        ("Chi paga?", "it"),
        ("E in Giappone?", "it"),
        ("Und in China?", "de"),
        ("DiGA Preis", "de"),
        ("PMDA fees", "en"),
        ("And for class III?", "en"),
        ("日本は？", "ja"),
    ],
)
def test_the_language_of_a_short_question_is_told_by_its_frequent_words(text: str, language: str) -> None:
    assert recognise_language(text) == language


@pytest.mark.parametrize("likely", LANGUAGES)
def test_what_could_be_any_language_is_taken_to_be_the_likely_one(likely: str) -> None:
    assert recognise_language("FDA 510(k)", likely) == likely
    assert recognise_language("Osaka", likely) == likely


@pytest.mark.parametrize(
    ("text", "language"), [("MDSAP quanto dura?", "it"), ("i per Corea del Sud?", "ca"), ("e in Brasile?", "it")]
)
def test_a_few_words_in_a_conversation_are_in_its_language(text: str, language: str) -> None:
    assert recognise_language(text, language, conversing=True) == language


def test_who_changes_the_language_of_a_conversation_is_followed() -> None:
    assert recognise_language("Was kostet das in Kanada?", "fr", conversing=True) == "de"
    assert recognise_language("and how long does it take there?", "it", conversing=True) == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_interface_language_has_its_phrasing(language: str) -> None:
    assert language in phrasings()


def test_statements_around_a_question_are_told_from_what_it_asks() -> None:
    said = sentences("We make an implant in Turin. Who must file it? And when?")
    assert said.stating == ("We make an implant in Turin.",)
    assert said.asking == ("Who must file it?", "And when?")


def test_a_text_without_question_marks_asks_as_a_whole() -> None:
    assert sentences("fees for a class II device in Brazil").asking == ("fees for a class II device in Brazil",)


@pytest.mark.parametrize(
    ("text", "language", "things"),
    [
        ("How fast can a trial start in Australia and who reviews it?", "en", 2),
        ("We make an implant. Who files it, what is the fee and how long does it take?", "en", 3),
        ("Hem de crear una filial? Quines obligacions fiscals hi ha?", "ca", 2),
        ("¿Qué alianza siguió, y en qué mercados trabajó?", "es", 2),
        ("Comment obtenir la désignation et qu'est-ce qui va changer ?", "fr", 2),
        ("Da quando è obbligatorio EUDAMED e per quali moduli?", "it", 2),
        ("Was regelt das Gesetz und seit wann gilt es?", "de", 2),
        ("Qual é a taxa e quem paga?", "pt", 2),
        ("Which rules hold for food and drink?", "en", 0),
        ("Was gilt für Klasse II und Klasse III?", "de", 0),
    ],
)
def test_the_things_that_a_question_asks_are_told_apart(text: str, language: str, things: int) -> None:
    assert len(things_asked(text, language)) == things


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("new drug price japan after approval, when", "en"),
        ("missione commerciale, quanto prima preparare", "it"),
        ("capital de una sociedad en China, hasta cuándo pagarlo", "es"),
    ],
)
def test_what_a_thing_asked_is_about_is_not_asked_for_by_itself(text: str, language: str) -> None:
    assert things_asked(text, language) == ()


def test_statements_around_a_question_are_none_of_the_things_asked() -> None:
    assert things_asked("We make an implant. Who files it, and what is the fee?", "en") == (
        "Who files it",
        "and what is the fee?",
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("And for Japan?", "en"),
        ("Is it mandatory for a maker from Europe?", "en"),
        ("I quant temps triga el tràmit a Austràlia?", "ca"),
        ("¿Y cuánto da la subvención y cuántas veces puedo presentarme?", "es"),
        ("Et dans un planning réaliste, je compte combien de jours ?", "fr"),
        ("E quanto tempo serve per una terapia genica?", "it"),
        ("Und wie viele Produkte haben die zweite Stufe schon geschafft?", "de"),
    ],
)
def test_a_question_that_says_too_little_leans_on_the_one_before(text: str, language: str) -> None:
    assert needs_context(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Which agency reviews new medicines before they are sold in Brazil?", "en"),
        ("Combien de jours ouvrables faut-il pour obtenir un visa de start-up à Kobe ?", "fr"),
        ("Was regelt das koreanische Gesetz über digitale Medizinprodukte?", "de"),
    ],
)
def test_a_question_that_says_what_it_is_about_leans_on_nothing(text: str, language: str) -> None:
    assert not needs_context(text, language)
