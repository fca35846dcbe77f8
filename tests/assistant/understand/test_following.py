"""What a question means that leans on the ones before it."""

from __future__ import annotations

import pytest

from assistant.texts import say
from assistant.understand.following import in_conversation, readings, topic_of
from corpus.mentions import mentioned
from corpus.vocabulary import LANGUAGES, vocabulary


def read(*turns: str, language: str = "en") -> tuple[str, ...]:
    known = vocabulary()
    named = (
        lambda text: mentioned(text, known.markets),
        lambda text: mentioned(text, known.products) or frozenset({"nutrition"} if "capsules" in text else ()),
    )
    topic = topic_of(turns[:-1], language, known, *named)
    return tuple(one.text for one in readings(turns[-1], topic, language, known, *named))


def test_a_question_is_read_with_the_two_before_it_the_newest_first() -> None:
    assert in_conversation("And the fee?", ["Who registers?", "In Japan?", "How long?"]) == (
        "And the fee? | How long? | In Japan?"
    )


def test_a_question_that_leans_on_nothing_means_itself() -> None:
    assert read("What does a 510(k) cost?") == ("What does a 510(k) cost?",)


def test_what_names_market_and_product_is_first_asked_as_it_is() -> None:
    asked = "Who may be the local representative of a device maker in Japan?"
    assert read("What does a PMDA review cost?", asked)[0] == asked


def test_a_product_that_was_meant_stays_though_nobody_has_named_its_kind() -> None:
    own, _ = read("We sell probiotic capsules in Canada.", "What does it cost?")
    assert own == "What does it cost? (Canada, a food or food supplement)"


def test_another_market_asks_the_question_before_of_that_market() -> None:
    assert read("How long does a device take in China?", "And in Japan?") == (
        "How long does a device take in Japan? And in Japan? (a medical device)",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_that_a_click_on_another_market_asks_is_the_one_before_of_that_market(language: str) -> None:
    market = vocabulary().markets["canada"].name(language)
    [text] = read("MDSAP, Japan?", say(language, "ask_of", name=market), language=language)
    assert "MDSAP" in text
    assert "Japan" not in text


def test_a_market_in_small_letters_or_by_its_authority_gives_way_too() -> None:
    [text] = read("app para radiografias en brasil, ¿ANVISA la regula?", "y en canadá", language="es")
    assert text.startswith("app para radiografias en Canadá, ¿Canadá la regula?")


def test_something_else_is_asked_of_the_same_market_and_product() -> None:
    own, together = read("Who may represent a device maker in Japan?", "And what does it cost?")
    assert own == "And what does it cost? (Japan, a medical device)"
    assert together == "Who may represent a device maker in Japan? And what does it cost? (Japan, a medical device)"


def test_the_market_that_was_named_last_counts() -> None:
    own, _ = read("How long does a device take in China?", "And in Japan?", "How much?")
    assert own == "How much? (Japan, a medical device)"


def test_laws_and_routes_of_the_question_before_stay() -> None:
    own, _ = read("Do we need a 510(k) for our device?", "How long does it take?")
    assert "510(k)" in own


def test_a_longer_question_without_a_market_is_also_asked_of_the_market_spoken_of() -> None:
    asked = "Which fee does the authority charge for a class II licence?"
    assert read("How long does a medical device take in Canada?", asked) == (
        f"{asked} (Canada, a medical device)",
        asked,
        f"How long does a medical device take in Canada? {asked} (Canada, a medical device)",
    )


@pytest.mark.parametrize(
    ("before", "text", "language", "expected"),
    [
        ("Brauchen wir in Kanada eine Lizenz für unser Medizinprodukt?", "Was kostet das?", "de", "Kanada"),
        ("Faut-il un agent au Brésil pour un dispositif médical ?", "Combien de temps ?", "fr", "le Brésil"),
        ("¿Quién registra un complemento alimenticio en Corea del Sur?", "¿Y cuánto cuesta?", "es", "Corea del Sur"),
        ("在日本注册医疗器械需要多久？", "多少钱？", "zh", "Japan"),
    ],
)
def test_a_follow_up_keeps_its_market_in_any_language(before: str, text: str, language: str, expected: str) -> None:
    assert expected in read(before, text, language=language)[0]


def test_a_follow_up_that_could_stand_alone_keeps_the_market_and_the_product_spoken_of() -> None:
    known = vocabulary()
    named = (lambda text: mentioned(text, known.markets), lambda text: mentioned(text, known.products))
    topic = topic_of(("How do we sell a supplement in Canada?",), "en", known, *named)
    every = readings("Could our distributor be the holder of the licence?", topic, "en", known, *named)
    assert {one.markets for one in every} == {frozenset({"canada"})}
    assert {one.products for one in every} == {frozenset({"nutrition"})}
