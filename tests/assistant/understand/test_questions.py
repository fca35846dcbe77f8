"""Understanding a question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.understand.questions import LONGEST, Profile, Question, UnclearQuestion, understand, understandings
from corpus.mentions import mentioned
from corpus.vocabulary import vocabulary


def understood(text: str, *earlier: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return understand(Question(text, earlier), vocabulary())


@pytest.mark.parametrize("text", ["", "   ", "\0\x07\n", "?!…", "🙂🙂🙂"])
def test_a_question_without_words_is_asked_for_in_words(text: str) -> None:
    with pytest.raises(UnclearQuestion, match="ask your question in words"):
        understood(text)


def test_a_question_of_20000_characters_is_told_its_limit() -> None:
    with pytest.raises(UnclearQuestion, match=rf"20,000 characters; please ask it in at most {LONGEST:,}"):
        understood("x" * 20_000)


def test_control_characters_are_left_out() -> None:
    assert understood("What\0 about\x1b devices?\r\n").text == "What about devices?"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Do we need a local representative?", "en"),
        ("Quin suport tenim a Osaka?", "ca"),
        ("¿Qué vía hay en Japón para un alimento?", "es"),
        ("À quoi sert la plateforme ECCP ?", "fr"),
        ("Possiamo trasferire i dati dei pazienti?", "it"),
        ("Wie wird ein neues Medizinprodukt erstattet?", "de"),
    ],
)
def test_the_language_of_a_question_is_recognised(text: str, language: str) -> None:
    assert understood(text).language == language


def test_around_an_answer_the_house_speaks_english_where_it_does_not_speak_the_language() -> None:
    assert understood("Precisamos de um representante legal para vender na Europa?").reader_language == "en"


@pytest.mark.parametrize(
    ("text", "markets"),
    [
        ("selling in Japan", {"japan"}),
        ("vendere in Giappone", {"japan"}),
        ("en el mercat japonès", {"japan"}),
        ("What does the US ask?", {"usa"}),
        ("let us begin", set()),
        ("Südkorea oder Brasilien", {"south-korea", "brazil"}),
        ("在日本销售", {"japan"}),
        ("japanning a cabinet", set()),
    ],
)
def test_markets_are_recognised_by_their_names_in_any_language(text: str, markets: set[str]) -> None:
    assert mentioned(text, vocabulary().markets) == markets


def test_where_a_company_comes_from_is_not_where_it_wants_to_go() -> None:
    assert understood("We are a European company. What does Japan ask?").preferences.markets == {"japan"}


def test_a_question_that_leans_on_the_one_before_is_asked_together_with_it() -> None:
    question = Question("And how long does it take?", ("How is a device approved in Japan?",))
    assert [meant.text for meant in understandings(question, vocabulary())] == [
        "And how long does it take? (Japan, a medical device)",
        "How is a device approved in Japan? And how long does it take? (Japan, a medical device)",
    ]


def test_a_question_that_stands_alone_is_left_alone() -> None:
    question = "Which agency reviews new medicines before they are sold in Brazil?"
    assert understood(question, "How is a device approved in Japan?").text == question


def test_a_follow_up_about_another_market_leaves_the_first_market_behind() -> None:
    follow_up = understood("And in Brazil?", "How long is a class II device reviewed in Japan?")
    assert follow_up.text == "How long is a class II device reviewed in Brazil? And in Brazil? (a medical device)"
    assert follow_up.markets == {"brazil"}


def test_a_follow_up_about_the_same_market_keeps_it() -> None:
    follow_up = understood("And for class III in Japan?", "How long is a class II device reviewed in Japan?")
    assert follow_up.markets == {"japan"}
    assert follow_up.products == {"devices"}


def test_a_chain_of_follow_ups_keeps_its_first_market_and_product() -> None:
    chain = ("How is a device approved in Japan?", "And what does it cost?")
    asked = understood("And how long does it take?", *chain)
    assert (asked.markets, asked.products) == ({"japan"}, {"devices"})
    assert "cost" not in asked.text


def test_a_short_follow_up_is_in_the_language_of_the_question_before() -> None:
    assert understood("PMDA?", "Wie wird ein neues Medizinprodukt in Japan erstattet?").language == "de"


def test_what_a_question_leaves_open_is_preferred_as_the_profile_says() -> None:
    profile = Profile(markets=frozenset({"brazil"}), areas=frozenset({"nutrition"}))
    question = understand(Question("How long does registration take?", profile=profile), vocabulary())
    assert question.preferences.markets == {"brazil"}
    assert question.preferences.areas == {"nutrition"}


def test_a_profile_is_nothing_that_a_question_names() -> None:
    profile = Profile(frozenset({"brazil"}), frozenset({"nutrition"}), "devices", "III", "biopmed")
    asked = Question("How do I repair my bicycle?")
    bare, told = (understand(replace(asked, profile=one), vocabulary()) for one in (Profile(), profile))
    assert replace(told, preferences=bare.preferences) == bare


def test_what_a_question_names_itself_counts_before_the_profile() -> None:
    profile = Profile(markets=frozenset({"brazil"}), product="devices")
    question = understand(Question("How is a medicine approved in Japan?", profile=profile), vocabulary())
    assert question.markets == question.preferences.markets == {"japan"}
    assert question.products == {"medicines"}
    assert question.text == "How is a medicine approved in Japan?"


@pytest.mark.parametrize(
    ("text", "language", "things"),
    [
        ("Canada or Australia for a probiotic?", "en", ["Canada", "Australia"]),
        ("Wie lange dauert es in Kanada, Japan und den USA?", "de", ["Kanada", "Japan", "die USA"]),
        ("Canadá y Australia, ¿necesito representante?", "es", ["Canadá", "Australia"]),
        ("加拿大还是澳大利亚更快？", "zh", ["Canada", "Australia"]),
    ],
)
def test_markets_that_are_named_in_a_row_are_each_asked_for(text: str, language: str, things: list[str]) -> None:
    understood = understand(Question(text, language=language), vocabulary())
    assert [part.thing for part in understood.parts] == things
    assert all(len(part.markets) == 1 and part.thing in part.text for part in understood.parts)


def test_a_market_whose_approval_helps_in_another_one_is_not_asked_for_by_itself() -> None:
    assert understood("Does an FDA clearance help in Brazil?").parts == ()
