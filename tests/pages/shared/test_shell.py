"""The frame of every page: what it says, where it leads, and what it carries along."""

from __future__ import annotations

import re
from html import unescape

import pytest
from starlette.datastructures import QueryParams

from assistant.settings import Settings
from assistant.texts import say
from assistant.understand.questions import OUTSIDE, Profile
from corpus.vocabulary import LANGUAGES, vocabulary
from pages.shared.company import along, of_address
from pages.shared.navigation import FOOT, PARTS
from pages.shared.shell import PRODUCT_PLACE, foot, header, shell_for_visitors

WHOLE = Profile(frozenset({"japan"}), product="devices", risk_class="IIb", home="biom")


def framed(language: str = "en", here: str = "/", profile: Profile = WHOLE, disclaimer: str = "") -> str:
    """Header and foot of a page."""
    settings = Settings(disclaimer=disclaimer)
    shell = shell_for_visitors(vocabulary(), settings, language, here, PARTS, FOOT, profile)
    return header(shell) + foot(shell)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_frame_names_parts_clusters_and_languages_as_vocabulary_and_texts_do(language: str) -> None:
    words, html = vocabulary(), unescape(framed(language))
    for part in (*PARTS, *FOOT):
        assert say(language, part.text) in html
    for cluster in words.clusters.values():
        assert f">{cluster.name}<small>{cluster.region[language]}</small>" in html
        assert f"#{cluster.code}" in html
    assert f"<b>{words.alliance.name}</b>" in html
    for other in LANGUAGES:
        assert f'lang="{other}" hreflang="{other}"' in html


@pytest.mark.parametrize(
    ("here", "told"), [("/", "Ask"), ("/library", "Library"), ("/library/japan/devices", "Library"), ("/plan", "Plan")]
)
def test_the_part_where_a_page_stands_is_said(here: str, told: str) -> None:
    parts = framed(here=here).partition("</nav>")[0]
    assert re.findall(r'aria-current="\w+">(.*?)</a>', parts) == [told]


def test_the_product_stands_in_the_header_or_the_way_to_describe_it() -> None:
    assert "Medical device · class IIb · Bavaria → Japan" in unescape(framed())
    assert say("en", "describe") in framed(profile=Profile())
    assert f"#{PRODUCT_PLACE}" in framed(profile=Profile())


def test_what_an_installation_or_an_address_says_is_no_markup() -> None:
    html = framed(profile=Profile(risk_class="<b>"), disclaimer="Co-funded <i>by</i> nobody.")
    assert "&lt;b&gt;" in html
    assert "Co-funded &lt;i&gt;by&lt;/i&gt; nobody." in html


@pytest.mark.parametrize("profile", [WHOLE, Profile(home=OUTSIDE), Profile(), Profile(frozenset({"japan", "usa"}))])
@pytest.mark.parametrize("path", ["/", "/compare", "/plan", "/library", "/contact", "/library/japan/devices"])
def test_what_an_address_carries_of_a_company_is_read_from_it_again(path: str, profile: Profile) -> None:
    carried = along(path, profile)
    pairs = [(name, one) for name, value in carried.items() for one in ([value] if isinstance(value, str) else value)]
    assert of_address(path, QueryParams(pairs), vocabulary()) == profile


def test_a_plan_is_asked_for_no_half_of_it() -> None:
    assert along("/plan", Profile(product="devices", home="biom")) == {"home": "biom"}
