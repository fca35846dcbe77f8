"""What is due and what has changed, on the staff pages: documents by the answers that rested on them, and sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from assistant.app import App
from assistant.understand.questions import Question, understand
from corpus.catalogue.listing import rested_on
from corpus.documents import Source, Stage
from corpus.web.links import Link
from tests.conftest import Clock, House, served
from tests.journals import answer_from
from tests.staff_pages import DEVICES, Browser, Site, add_document, ids_shown, peopled, web

TODAY = date.today()


@pytest.fixture
def app(house: House, tmp_path: Path) -> Iterator[App]:
    app = peopled(house, tmp_path / "accounts.sqlite", Clock())
    yield app
    app.accounts.close()
    app.journal.close()


@pytest.fixture
def site(app: App) -> Iterator[Site]:
    with served(web(app)) as url:
        yield Site(app, Clock(), url)


def hold(browser: Browser, *ticked: str, **fields: str) -> httpx.Response:
    """Tick documents that are due, and say that they hold."""
    data = {"ticked": list(ticked), "form_token": browser.form_token(), **fields}
    return browser.client.post("/staff/due?within=30", data=data, headers={"Origin": browser.origin})


def due(house: House, document_id: str, days: int) -> None:
    """A published document that is to be looked at in some days."""
    add_document(house, document_id, review_by=TODAY + timedelta(days=days))


def test_what_is_due_comes_in_the_order_of_the_answers_that_rested_on_it(site: Site, house: House) -> None:
    for name, days in (("x/late", -5), ("x/soon", 20), ("x/later", 80), ("x/never", 400)):
        due(house, name, days)
    for text, document_id in (("one", "x/later"), ("two", "x/later"), ("three", "x/soon")):
        question = Question(text)
        answer = answer_from(house.catalogue.document(document_id))
        site.app.journal.remember(question, understand(question, site.app.vocabulary), answer)
    browser = site.browser("ada")
    for within, listed in ((0, ["x/late"]), (30, ["x/soon", "x/late"]), (90, ["x/later", "x/soon", "x/late"])):
        page = browser.get(f"/staff/due?within={within}").text
        assert ids_shown(page) == listed
    assert re.findall(r'<td class="figure">(\d+)</td>', page) == ["2", "1", "0"]
    assert "Answers that rested on it in the last year: 2" in browser.get("/staff/documents/x/later").text


def test_a_flag_brings_a_document_into_the_list_with_its_note(site: Site, house: House) -> None:
    house.catalogue.source_changed("law", who="ana", note="Amended in <b>May</b>")
    page = site.browser("ada").get("/staff/due?within=0").text
    assert ids_shown(page) == ["brazil/food", "japan/devices", "japan/staff-notes"]
    assert "“Amended in &lt;b&gt;May&lt;/b&gt;” (ana" in page


def test_many_are_said_to_be_still_valid_until_a_day(site: Site, house: House) -> None:
    for name in ("x/one", "x/two"):
        due(house, name, -1)
    house.catalogue.source_changed("law", who="ana", note="")
    rosa = site.browser("rosa")
    until = (TODAY + timedelta(days=200)).isoformat()
    held = hold(rosa, "x/one", "x/two", until=until, note="Read the law again")
    assert held.headers["location"] == "/staff/due?within=30"
    for name in ("x/one", "x/two"):
        document = house.catalogue.document(name)
        assert document.metadata.review_by.isoformat() == until
        assert house.catalogue.flags(name) == []
        assert (house.catalogue.history(name)[-1].who, house.catalogue.history(name)[-1].why) == (
            "rosa",
            "Read the law again",
        )
    assert "Read the law again" in rosa.get("/staff/documents/x/one").text
    assert not {"x/one", "x/two"} & set(ids_shown(rosa.get("/staff/due?within=90").text))


@pytest.mark.parametrize("until", ["", "soon", TODAY.isoformat(), "2001-01-01"])
def test_a_day_that_is_not_to_come_is_refused_and_what_was_ticked_stays(site: Site, house: House, until: str) -> None:
    due(house, "x/one", -1)
    refused = hold(site.browser("rosa"), "x/one", until=until, note="Looked at")
    assert refused.status_code == 422
    assert "That is no day to come" in refused.text
    assert 'value="x/one" checked' in refused.text
    assert 'value="Looked at"' in refused.text
    assert house.catalogue.document("x/one").metadata.review_by < TODAY


def test_nothing_ticked_and_a_document_that_is_not_published_are_refused(site: Site, house: House) -> None:
    add_document(house, "x/draft", Stage.DRAFT)
    rosa = site.browser("rosa")
    until = (TODAY + timedelta(days=20)).isoformat()
    assert "No document is ticked" in hold(rosa, until=until).text
    assert hold(rosa, "x/draft", "japan/devices", until=until).status_code == 409
    assert house.catalogue.history("japan/devices")[-1].act != "still-valid"


# Sources


def test_the_sources_are_listed_once_each_with_what_rests_on_them(site: Site, house: House) -> None:
    gb = Source("gb", "Standard GB 4806", "SAMR", "2024", "https://samr.example/gb")
    add_document(house, "x/one", sources=(gb,))
    add_document(house, "x/two", sources=(replace(gb, key="gb4806", title="GB 4806 (food contact)"),))
    found = {rested.source.url: rested.documents for rested in rested_on(house.catalogue)}
    assert found == {
        "https://samr.example/gb": ("x/one", "x/two"),
        "https://example.org/law": ("brazil/food", "japan/devices", "japan/staff-notes"),
    }
    browser = site.browser("ada")
    page = browser.get("/staff/sources").text
    assert "Sources: 2" in page
    assert "Standard GB 4806" in page
    assert "Sources: 1" in browser.get("/staff/sources?words=gb+4806").text
    assert "Sources: 0" in browser.get("/staff/sources?words=nothing").text
    for words in ("GB 4806", "food contact", "https://samr.example/gb", "gb", "Ministry", ""):
        named = {document for rested in rested_on(house.catalogue, words) for document in rested.documents}
        assert named == {document.id for document in house.catalogue.resting_on(words)}
    one = browser.get("/staff/sources/named?words=https://samr.example/gb").text
    assert "/staff/documents/x/one" in one
    assert "/staff/documents/x/two" in one


def test_a_source_that_changed_flags_all_that_rest_on_it_until_one_looks_again(site: Site, house: House) -> None:
    ada, rosa = site.browser("ada"), site.browser("rosa")
    house.edit("japan/devices", "A draft that rests on it too.")
    marked = ada.post("/staff/sources/named", words="Ministry", note="New decree")
    assert marked.headers["location"] == "/staff/sources/named?words=Ministry"
    assert "The documents are marked." in ada.get(marked.headers["location"]).text
    assert {document.id for document in house.catalogue.flagged()} == {
        "brazil/food",
        "japan/devices",
        "japan/staff-notes",
    }
    for version in (1, 2):
        assert "“New decree”" in ada.get(f"{DEVICES}?version={version}").text
    assert "a source has changed" in ada.get("/staff/sources").text
    hold(rosa, "brazil/food", until=(TODAY + timedelta(days=99)).isoformat())
    assert "brazil/food" not in {document.id for document in house.catalogue.flagged()}


def test_a_change_of_nothing_or_of_an_unknown_source_is_refused_with_a_sentence(site: Site) -> None:
    ada = site.browser("ada")
    nothing = ada.post("/staff/sources/named", words=" ", note="x")
    assert nothing.status_code == 422
    assert "Name the source" in nothing.text
    unknown = ada.post("/staff/sources/named", words="The Moon", note="kept note")
    assert unknown.status_code == 404
    assert "No document rests on" in unescape(unknown.text)


def test_what_the_links_answered_is_shown_once_they_were_checked(site: Site, house: House) -> None:
    for name in ("fine", "gone", "closed", "silent"):
        source = Source(name, f"Source {name}", "P", "2025", f"https://{name}.example/")
        add_document(house, f"x/{name}", sources=(source,))
    ada = site.browser("ada")
    assert ">Link<" not in ada.get("/staff/sources").text
    for name, status, problem in (
        ("fine", 200, ""),
        ("gone", 404, ""),
        ("closed", 403, ""),
        ("silent", None, "<b>it took long</b>"),
    ):
        site.app.links.keep(Link(f"https://{name}.example/", status, problem, "2026-11-20T08:00:00+00:00"))
    page = ada.get("/staff/sources").text
    for said in ("not there any more", "answers with 403", "&lt;b&gt;it took long&lt;/b&gt;", "2026-11-20"):
        assert said in page
    assert "Sources: 3" in ada.get("/staff/sources?silent=true").text
