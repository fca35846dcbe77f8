"""Filters of the list of documents that a person keeps, over a real server on this machine."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from assistant.accounts.filters import LONGEST, MOST, keep_filter, kept_filters
from assistant.texts import say
from corpus.vocabulary import LANGUAGES
from tests.staff_pages import Browser, Site

DOCUMENTS = "/staff/documents"


def keep(browser: Browser, name: str, query: str = "stage=draft&market=japan&number=3") -> httpx.Response:
    return browser.post(f"{DOCUMENTS}:keep-filter?{query}", name=name)


def shown(html: str) -> dict[str, str]:
    """The kept filters on the page, by name."""
    section = re.search(r'<section class="kept-filters".*?</section>', html, re.DOTALL)
    found = re.findall(r'<li><a href="([^"]+)"[^>]*>([^<]+)</a>', section[0]) if section else []
    return {unescape(name): unescape(address) for address, name in found}


def test_filters_are_kept_under_a_name_chosen_again_and_deleted(site: Site) -> None:
    ada = site.browser("ada")
    assert "kept-filters" not in ada.get(DOCUMENTS).text, "there is nothing to keep, and nothing kept"
    kept = keep(ada, "  Drafts  <b>of</b> Japan ")
    assert (kept.status_code, kept.headers["location"].partition("?")[0]) == (303, DOCUMENTS)
    html = ada.get(DOCUMENTS).text
    [(name, address)] = shown(html).items()
    assert name == "Drafts <b>of</b> Japan"
    again = ada.get(address).text
    assert re.search(r'<option value="japan" selected', again)
    assert re.search(r'<option value="draft" selected', again)
    assert 'aria-current="true">Drafts' in again
    assert "number=3" not in address, "a filter begins on its first page"
    keep(ada, name, "overdue=true")
    assert "overdue=True" in shown(ada.get(DOCUMENTS).text)[name], "the same name is another filter now"
    assert ada.post(f"{DOCUMENTS}:drop-filter", name=name).status_code == 303
    assert shown(ada.get(DOCUMENTS).text) == {}


def test_filters_are_of_one_person_and_gone_with_them(site: Site) -> None:
    ada, rosa = site.browser("ada"), site.browser("rosa")
    keep(ada, "Mine")
    rosa.post(f"{DOCUMENTS}:drop-filter", name="Mine")
    assert shown(rosa.get(DOCUMENTS).text) == {}
    assert list(shown(ada.get(DOCUMENTS).text)) == ["Mine"]
    site.app.accounts.forget_person("ada", site.clock.now)
    assert kept_filters(site.app.accounts, "ada") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_kept_is_told_and_changes_nothing(site: Site, language: str) -> None:
    site.app.accounts.speak("ada", language)
    ada = site.browser("ada")
    for number in range(MOST):
        keep_filter(site.app.accounts, "ada", f"Filter {number}", "stage=draft")
    tried = {
        say(language, "filter_too_many", most=MOST): keep(ada, "One more"),
        say(language, "filter_name_bad", most=LONGEST): keep(ada, "x" * (LONGEST + 1)),
        say(language, "filter_long"): keep(ada, "Words", f"words={'x' * 3000}"),
    }
    for told, answer in tried.items():
        assert answer.status_code == 422
        assert told in unescape(answer.text)
    assert keep(ada, " ").status_code == 422
    assert keep(ada, "Filter 3", "stage=published").status_code == 303, "one that there is can still be changed"
    assert len(kept_filters(site.app.accounts, "ada")) == MOST
