"""One question back, where the answer forks on something that the person has not said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.answers import Answer, Outcome
from assistant.app import App
from assistant.assistant import Found
from assistant.understand.questions import Profile, Question, Understood
from corpus.vocabulary import LANGUAGES, vocabulary


def answered(app: App, text: str, **more: object) -> Answer:
    return app.assistant.answer(replace(Question(text), **more))  # type: ignore[arg-type]


FORKS_ON_THE_MARKET = "Must the label of a medical device be in the local language?"
FORKS_ON_THE_CLASS = "¿Cuánto cobra la NMPA por registrar un producto sanitario importado?"


def test_where_markets_differ_and_none_is_named_the_market_is_asked_for(shipped: App) -> None:
    answer = answered(shipped, FORKS_ON_THE_MARKET)
    assert answer.outcome is Outcome.CLARIFY
    assert answer.clarification is not None
    assert answer.clarification.question == "Which market do you mean?"
    assert set(answer.clarification.choices) <= {term.name("en") for term in vocabulary().markets.values()}
    assert len(answer.clarification.choices) >= 2


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("combien ça coûte ?", "De quel marché s'agit-il ?"),
        ("Claim colesterolo sulla confezione?", "A quale mercato si riferisce?"),
    ],
)
def test_a_question_that_no_market_answers_as_it_stands_is_asked_back_and_no_market_is_guessed(
    shipped: App, text: str, asked: str
) -> None:
    answer = answered(shipped, text)
    assert (answer.outcome, answer.text) == (Outcome.CLARIFY, asked)
    assert not answer.nearest


def test_what_is_known_is_shown_beside_the_question_back(shipped: App) -> None:
    assert answered(shipped, FORKS_ON_THE_MARKET).claims


def test_the_question_back_comes_in_the_language_of_the_question(shipped: App) -> None:
    clarification = answered(shipped, FORKS_ON_THE_CLASS).clarification
    assert clarification is not None
    assert clarification.question == "¿De qué clase de riesgo?"
    assert clarification.choices == ("clase I", "clase II", "clase III")


def test_a_reply_to_the_question_back_settles_it(shipped: App) -> None:
    reply = answered(shipped, "Japan", earlier=(FORKS_ON_THE_MARKET,))
    assert reply.clarification is None
    assert "japan" in reply.citations[0].document.metadata.markets


def test_nothing_is_asked_back_twice_in_a_row(shipped: App) -> None:
    assert answered(shipped, FORKS_ON_THE_MARKET, may_ask_back=False).outcome is Outcome.GROUNDED


def test_the_market_that_the_profile_aims_at_is_not_asked_for_and_answered_about(shipped: App) -> None:
    for market in ("japan", "canada"):
        answer = answered(shipped, FORKS_ON_THE_MARKET, profile=Profile(markets=frozenset({market})))
        assert answer.outcome is Outcome.GROUNDED
        assert {market} == {code for one in answer.citations for code in one.document.metadata.markets}


def test_of_several_markets_in_the_profile_one_is_asked_for(shipped: App) -> None:
    answer = answered(shipped, FORKS_ON_THE_MARKET, profile=Profile(markets=frozenset({"japan", "canada"})))
    assert answer.clarification is not None
    assert set(answer.clarification.choices) == {"Japan", "Canada"}


def test_the_class_that_the_profile_says_is_not_asked_for_and_answered_about(shipped: App) -> None:
    answer = answered(shipped, FORKS_ON_THE_CLASS, profile=Profile(product="devices", risk_class="III"))
    assert answer.clarification is None
    assert answer.claims


def test_the_product_that_the_profile_says_is_looked_for(shipped: App) -> None:
    asked = "Do we need a notified body in Europe?"
    *_, understood, _found, _claim = (
        event
        for event in shipped.assistant.ask(Question(asked, profile=Profile(product="diagnostics")))
        if isinstance(event, Understood | Found | Answer)
    )
    assert isinstance(understood, Understood)
    assert understood.text == f"{asked} (a diagnostic test)"


BEYOND = (
    "Who can help me to repair my bicycle?",
    "¿Cuál es la capital de Australia?",
    "What is the weather in Turin?",
    "¿Cómo se llama la gerente actual de bioPmed?",
    "What does Blue Cross pay a company for each use of its skin app?",
)


@pytest.mark.parametrize(
    ("text", "product"),
    [
        pytest.param(text, product, marks=[] if row == column % len(BEYOND) else pytest.mark.long)
        for row, text in enumerate(BEYOND)
        for column, product in enumerate(vocabulary().products)
    ],
)
def test_a_profile_opens_no_door_to_what_is_not_answered_without_it(shipped: App, text: str, product: str) -> None:
    profile = Profile(frozenset({"japan"}), frozenset({"nutrition"}), product, "III", "biom")
    assert answered(shipped, text, profile=profile).outcome is answered(shipped, text).outcome
    assert answered(shipped, text, profile=profile).outcome.declined


@pytest.mark.parametrize(
    "text",
    [
        "Do we need a local representative to sell a class II device in Japan?",
        "Which four clusters make up bioXclusters and which regions do they represent?",
        "Come si registra in Brasile una terapia genica?",
    ],
)
def test_a_question_that_says_enough_is_answered_without_asking_back(shipped: App, text: str) -> None:
    assert answered(shipped, text).clarification is None


def test_every_kind_of_product_has_a_name_in_every_language_and_is_a_topic() -> None:
    words = vocabulary()
    assert words.products.keys() <= words.topics.keys()
    assert all(term.names.get(language) for term in words.products.values() for language in LANGUAGES)
