"""Market-entry plans."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.app import App
from assistant.market.plan import Deadline, Plan, PlanNeedsMore, plan, to_json
from assistant.texts import say
from assistant.understand.questions import Profile
from corpus.documents import Reader
from corpus.vocabulary import LANGUAGES, vocabulary
from tests.conftest import TODAY, House, installation, with_unit, write_document

MARKETS = sorted(vocabulary().markets)
PRODUCTS = sorted(vocabulary().products)


def made(app: App, market: str, product: str, language: str = "en", home: str = "") -> Plan:
    profile = Profile(markets=frozenset({market}), product=product, home=home)
    return plan(profile, language, app.fact_writer(), app.vocabulary, reader=Reader.ANYONE, today=TODAY)


@pytest.mark.parametrize(
    ("market", "product"),
    [
        pytest.param(
            market, PRODUCTS[at % len(PRODUCTS)], marks=[] if at < len(MARKETS) and at % 2 else pytest.mark.long
        )
        for at, market in enumerate(MARKETS * 2)
    ],
)
def test_every_claim_of_a_plan_is_cited_word_for_word(shipped: App, market: str, product: str) -> None:
    found = made(shipped, market, product)
    assert found.claims
    for claim in found.claims:
        assert claim.citations
        for citation in claim.citations:
            metadata = citation.document.metadata
            passages = shipped.catalogue.passages_of(citation.document.id, citation.document.version.number)
            assert any(citation.quote in passage.text for passage in passages)
            assert claim.text in [unit.answer["en"] for unit in metadata.units]
            assert not metadata.markets or market in metadata.markets


def test_steps_come_in_their_order_and_say_who_acts(shipped: App) -> None:
    found = made(shipped, "japan", "devices")
    assert [step.code for step in found.steps][:3] == ["classify", "appoint", "protect"]
    assert all(say("en", f"who_{step.who}") for step in found.steps)


def test_what_the_library_does_not_say_is_an_open_question(shipped: App) -> None:
    found = made(shipped, "europe", "nutrition")
    assert found.open
    known, facts = found.filled
    assert facts - known == len(found.open)


def test_the_cluster_of_the_company_is_its_contact(shipped: App) -> None:
    assert [cluster.code for cluster in made(shipped, "japan", "devices", home="biom").contact] == ["biom"]
    assert len(made(shipped, "japan", "devices").contact) == 4


def test_a_plan_needs_a_product_and_one_market(shipped: App) -> None:
    for profile in (Profile(product="devices"), Profile(markets=frozenset({"japan"}))):
        with pytest.raises(PlanNeedsMore):
            plan(profile, "en", shipped.fact_writer(), shipped.vocabulary, reader=Reader.ANYONE, today=TODAY)


def test_days_to_come_are_deadlines_and_days_gone_are_not(house: House) -> None:
    body = (
        "A patent in Japan is filed before 3 March 2030 under the new rules on patents. "
        "Patents in Japan followed other rules until 5 May 2020."
    )
    with_unit(write_document(house.library, "japan/patents", "Patents in Japan", body), "property", body)
    house.publish()
    app = installation(house, house.folder / "accounts.sqlite")
    found = plan(
        Profile(markets=frozenset({"japan"}), product="devices"),
        "en",
        app.fact_writer(),
        app.vocabulary,
        reader=Reader.ANYONE,
        today=TODAY,
    )
    days = [one.day for one in found.deadlines]
    assert date(2030, 3, 3) in days
    assert date(2020, 5, 5) not in days
    assert all(isinstance(one, Deadline) and one.day > TODAY for one in found.deadlines)


def test_the_json_is_in_the_language_asked_for(shipped: App) -> None:
    for language in LANGUAGES:
        told = to_json(made(shipped, "japan", "devices", language))
        assert told["made_by"] == say(language, "plan_made_by", day=TODAY)
