"""What a company says of itself, between the browser and the pages."""

from __future__ import annotations

import json

import pytest

from assistant.language.writing import alone
from assistant.texts import say
from assistant.understand.questions import OUTSIDE, Profile
from corpus.vocabulary import LANGUAGES, vocabulary
from pages.shared.company import carried, described, joined, kept, to_keep

WHOLE = Profile(frozenset({"japan"}), frozenset({"nutrition"}), "devices", "IIb", "biom")


@pytest.mark.parametrize("profile", [WHOLE, Profile(home=OUTSIDE), Profile()])
def test_a_profile_comes_back_from_the_browser_as_it_went(profile: Profile) -> None:
    assert kept(to_keep(profile), vocabulary()) == profile


@pytest.mark.parametrize("text", [None, 7, "", "{", "[]", '{"home": 3}', '{"markets": "japan"}'])
def test_what_is_no_profile_says_nothing(text: object) -> None:
    assert kept(text, vocabulary()) == Profile()


def test_what_is_not_of_ours_is_left_out() -> None:
    sent = {"markets": ["mars", "usa"], "areas": ["x"], "product": "rockets", "risk_class": "I\n" * 99, "home": "<b>"}
    assert kept(json.dumps(sent), vocabulary()) == Profile(frozenset({"usa"}), risk_class=" ".join(["I"] * 10))


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_a_profile_says_is_told_in_a_line(language: str) -> None:
    words = vocabulary()
    told = described(WHOLE, words, language)
    assert say(language, "risk_class", name="IIb") in told
    for term in (words.products["devices"], words.areas["nutrition"], words.markets["japan"]):
        assert alone(term.name(language)) in told
    assert words.clusters["biom"].region[language] in told
    assert say(language, "outside_europe") in described(Profile(home=OUTSIDE), words, language)
    assert described(Profile(), words, language) == ""


def test_a_line_leads_from_what_and_where_a_company_is_to_where_it_goes() -> None:
    going = Profile(frozenset({"usa", "japan"}), product="nutrition", risk_class="", home="biom")
    assert described(going, vocabulary(), "en") == "Nutrition · Bavaria → Japan, USA"
    assert described(Profile(frozenset({"usa"})), vocabulary(), "fr") == "→ États-Unis"


def test_other_pages_get_what_their_forms_take_and_no_half_of_a_plan() -> None:
    assert carried("/contact", WHOLE) == {"home": "biom"}
    assert carried("/compare", WHOLE) == {"product": "devices"}
    assert carried("/plan", WHOLE) == {"market": "japan", "product": "devices", "risk_class": "IIb", "home": "biom"}
    assert carried("/plan", Profile(product="devices", home="biom")) == {"home": "biom"}
    assert carried("/library", WHOLE) == {}


def test_a_plan_adds_its_market_and_says_product_and_class_anew() -> None:
    planned = Profile(frozenset({"usa"}), product="devices", home="biom")
    both = frozenset({"japan", "usa"})
    assert joined(WHOLE, planned) == Profile(both, WHOLE.areas, "devices", "IIb", "biom")
    assert joined(WHOLE, Profile(frozenset({"usa"}), product="software")).risk_class == ""
    assert joined(Profile(), planned) == Profile(frozenset({"usa"}), product="devices")
