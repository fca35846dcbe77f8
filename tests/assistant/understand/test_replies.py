"""What is said after a first question: replies that complete it, and what stays of market and product."""

from __future__ import annotations

import pytest

from assistant.app import App
from assistant.understand.questions import Question, Understood, understandings
from assistant.understand.recognisers import RecognisesByModel


def every(shipped: App, *turns: str, may_ask_back: bool = True, language: str | None = None) -> tuple[Understood, ...]:
    *earlier, text = turns
    question = Question(text, tuple(earlier), may_ask_back=may_ask_back, language=language)
    return understandings(question, shipped.vocabulary, RecognisesByModel(shipped.cache.model))


@pytest.mark.parametrize(
    ("turns", "market", "product"),
    [
        (
            ["who may import it?", "Switzerland, we make a knee brace and other orthopaedic devices"],
            "switzerland",
            "devices",
        ),
        (["quanto dura la registrazione", "Cina, un integratore a base di probiotici"], "china", "nutrition"),
        (["Welche Gebühren fallen an?", "wir wollen mit unserem Impfstoff nach Kanada"], "canada", "medicines"),
        (["ラベルは何語ですか", "ブラジルです。体外診断用の試薬です"], "brazil", "diagnostics"),
    ],
)
def test_a_reply_that_says_market_and_product_asks_the_question_that_lacked_them(
    shipped: App, turns: list[str], market: str, product: str
) -> None:
    meant = every(shipped, *turns)
    assert all(turns[0].rstrip("?") in one.text for one in meant)
    assert {one.markets for one in meant} == {frozenset({market})}
    assert all(product in one.products for one in meant)


def test_a_reply_to_a_question_back_is_asked_with_the_question_before(shipped: App) -> None:
    asked = "What does the review cost in Brazil?"
    [meant, *_] = every(shipped, asked, "it's software that reads retina pictures", may_ask_back=False)
    assert asked in meant.text


@pytest.mark.parametrize("text", ["What does an importer need in Japan?", "labels of supplements in Japan"])
def test_who_names_a_market_and_asks_something_completes_nothing(shipped: App, text: str) -> None:
    meant = every(shipped, "Is a CE certificate of any use?", text)
    assert text in [one.text.partition(" (")[0] for one in meant]


@pytest.mark.parametrize(
    ("text", "language"), [("e a Suíça", "pt"), ("und Kanada", "de"), ("et l'Australie ?", "fr"), ("¿y China?", "es")]
)
def test_the_mere_name_of_a_market_is_always_asked_about(shipped: App, text: str, language: str) -> None:
    meant = every(shipped, "Do they accept our European data for a medicine in Japan?", text, language=language)
    assert all(one.markets and "japan" not in one.markets for one in meant)


@pytest.mark.parametrize(
    "text", ["How's that in Australia?", "and who pays for it there?", "combien de temps en tout ?"]
)
def test_a_few_words_do_not_change_the_product_spoken_of(shipped: App, text: str) -> None:
    meant = every(shipped, "We sell a food supplement to Japan. Which licence does it need?", text)
    assert {one.products for one in meant} == {frozenset({"nutrition"})}


def test_another_product_that_is_clearly_meant_counts(shipped: App) -> None:
    meant = every(shipped, "Which licence does a pump need in Japan?", "and our probiotic sachets for children?")
    assert all("nutrition" in one.products for one in meant)


def test_a_market_spoken_of_before_that_is_named_again_is_the_one_asked_about(shipped: App) -> None:
    meant = every(
        shipped,
        "We want to sell a pump in Canada and in Australia.",
        "Let us begin with Canada. Who holds the licence?",
    )
    assert {one.markets for one in meant} == {frozenset({"canada"})}


def test_the_home_of_a_company_may_be_named_without_being_asked_about(shipped: App) -> None:
    meant = every(
        shipped, "We are in Germany and want to sell a cell therapy in Japan.", "Can cells be sent to Germany?"
    )
    assert frozenset({"japan"}) in [one.markets for one in meant]


def test_where_a_company_comes_from_is_none_of_the_markets_side_by_side(shipped: App) -> None:
    [meant, *_] = every(shipped, "European supplement maker here: Japan or Canada?")
    assert all("European" in part.text for part in meant.parts)
    assert [part.thing for part in meant.parts] == ["Japan", "Canada"]


def test_a_question_may_be_asked_again_and_again(shipped: App) -> None:
    first, second = "what does a licence cost in Canada?", "and how long is it valid?"
    assert every(shipped, first, second, first, second, first)
    assert all(one.markets == {"canada"} for one in every(shipped, first, first, second))
