"""What the library has of an aspect of a market, as questions to begin with."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from assistant.app import App
from assistant.market.aspects import subject_of
from assistant.understand.frame import Origin, Slot
from assistant.understand.questions import Profile
from corpus.documents import Stage
from corpus.vocabulary import LANGUAGES, Term, vocabulary


def questions_on(app: App, market: str, language: str) -> set[str]:
    documents = app.catalogue.documents(Stage.PUBLISHED)
    units = [unit for one in documents if market in one.metadata.markets for unit in one.metadata.units]
    return {unit.question.get(language, "") for unit in units}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_can_be_asked_first_is_answered_by_the_library_on_that_market(shipped: App, language: str) -> None:
    asked = shipped.first_questions(Profile(product="devices", markets=frozenset({"canada"})), language)
    assert len(set(asked)) == len(asked) == 4
    assert set(asked) <= questions_on(shipped, "canada", language)


def test_of_two_markets_both_are_asked_about(shipped: App) -> None:
    asked = set(shipped.first_questions(Profile(markets=frozenset({"japan", "usa"})), "en"))
    assert asked & questions_on(shipped, "japan", "en")
    assert asked & questions_on(shipped, "usa", "en")


def test_where_nothing_is_chosen_there_is_nothing_to_ask_of_it(shipped: App) -> None:
    assert shipped.first_questions(Profile(home="biom", risk_class="II"), "en") == ()


def test_on_each_aspect_the_library_has_a_question_of_its_own_or_none(shipped: App) -> None:
    asked = {code: shipped.question_on(code, "devices", "japan", "fr") for code in ("pathway", "cost", "time")}
    assert len(set(asked.values())) == 3
    assert set(asked.values()) <= questions_on(shipped, "japan", "fr")
    assert shipped.question_on("reimbursement", "nutrition", "switzerland", "fr") == ""


def test_the_subject_of_a_question_is_its_one_market_and_the_product_that_says_most() -> None:
    def slot(what: str, terms: Mapping[str, Term], *codes: str) -> Slot:
        return Slot(what, {code: terms[code] for code in codes}, Origin.SAID)

    words = vocabulary()
    products = slot("products", words.products, "devices", "software")
    assert subject_of([slot("markets", words.markets, "japan"), products]) == ("japan", "software")
    assert subject_of([slot("markets", words.markets, "japan", "usa"), products]) == ("", "software")
    assert subject_of([]) == ("", "")
