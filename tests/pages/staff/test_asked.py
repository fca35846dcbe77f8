"""The staff's pages on what is asked: gaps, ratings, coverage, the report, and the first page."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from assistant.answers import Answer, Outcome
from assistant.app import App
from assistant.find.sufficiency import SIGNALS
from assistant.journal.gaps import list_gaps
from assistant.journal.records import Door, Rating
from assistant.texts import say
from assistant.understand.questions import Question, understand
from corpus.documents import Stage
from corpus.vocabulary import LANGUAGES, vocabulary
from tests.conftest import House, WordVectors, served
from tests.journals import Diary
from tests.markup import KEEPS
from tests.staff_pages import Browser, form_of, peopled, web

GRAFT = "Does our zirconium graft need a licence in Brazil?"
HOLDER = "How long does the review take of a Marketing Authorisation Holder?"
PAGES = ("/", "/gaps", "/gaps/questions", "/ratings", "/coverage", "/report", "/try")


@dataclass
class Site:
    """A served installation with an account of each role, and its journal."""

    app: App
    diary: Diary
    url: str

    def browser(self, name: str) -> Browser:
        browser = Browser(self.url)
        if name:
            assert browser.sign_in(name).status_code == 303
        return browser


@pytest.fixture
def site(house: House, tmp_path: Path) -> Iterator[Site]:
    app = peopled(house, tmp_path / "accounts.sqlite")
    with served(web(app)) as url:
        yield Site(app, Diary(house.folder), url)
    app.journal.close()
    app.accounts.close()


def test_what_was_declined_is_a_gap_that_can_be_found_by_market_language_and_kind(site: Site) -> None:
    site.diary.declined(GRAFT)
    rated = site.diary.answered("Wer vertritt uns in Japan?", site.app.catalogue.document("japan/devices"))
    site.app.journal.rate(rated, Rating.OUTDATED, question="Wer vertritt uns in Japan?")
    browser = site.browser("ada")
    shown = browser.get("/staff/gaps").text
    assert GRAFT in shown
    assert "Wer vertritt uns" in shown
    for query in ("market=brazil", "language=en", "kind=declined"):
        page = browser.get(f"/staff/gaps?{query}").text
        assert GRAFT in page
        assert "Wer vertritt uns" not in page
    assert GRAFT not in browser.get("/staff/gaps?state=closed").text
    assert GRAFT in browser.get("/staff/").text


def test_many_gaps_come_a_page_at_a_time(site: Site) -> None:
    nouns = (f"{first}{last}ost" for first in "bcdfghklm" for last in "aeiou")
    words = list({np.argmax(WordVectors().embed_query(noun)[:-1]): noun for noun in nouns}.values())[:30]
    for word in words:  # no two of which are alike to the embedding of the tests
        site.diary.declined(f"{word} {word} {word}?")
    browser = site.browser("ada")
    found = [text for text in words if text in browser.get("/staff/gaps").text]
    more = [text for text in words if text in browser.get("/staff/gaps?state=open&number=2").text]
    assert len(found) == 25
    assert set(more) == set(words) - set(found)


def test_a_gap_is_given_to_somebody_who_sees_it_on_the_first_page(site: Site) -> None:
    site.diary.declined(GRAFT)
    browser = site.browser("ada")
    browser.get("/staff/gaps")
    [gap] = list_gaps(site.app.journal)
    assert "Nothing waits for you" in site.browser("rosa").get("/staff/").text
    sent = browser.post(f"/staff/gaps/{gap.id}/assign", assignee="rosa", note="Ask Anvisa.")
    assert sent.status_code == 303
    assert browser.post(f"/staff/gaps/{gap.id}/assign", assignee="nobody-known").status_code == 404
    home = site.browser("rosa").get("/staff/").text
    assert "Gap for you" in home
    assert "Ask Anvisa." in browser.get(f"/staff/gaps/{gap.id}").text
    assert f"/staff/gaps/{gap.id}" in site.browser("rosa").get("/staff/gaps?mine=true").text
    assert f"/staff/gaps/{gap.id}" not in site.browser("ada").get("/staff/gaps?mine=true").text


def test_a_gap_closes_only_with_a_published_document_that_answers_it(site: Site) -> None:
    site.diary.declined(HOLDER)
    browser = site.browser("ada")
    browser.get("/staff/gaps")
    [gap] = list_gaps(site.app.journal)
    path = f"/staff/gaps/{gap.id}/close"
    refused = browser.post(path, wording=HOLDER, document="brazil/food")
    assert refused.status_code == 409
    assert "no answer that rests on “Food in Brazil”" in refused.text
    assert HOLDER in refused.text  # what was typed is still there
    assert browser.post(path, wording=HOLDER, document="japan/none").status_code == 404
    assert browser.post(path, wording=" ", document="japan/devices").status_code == 409
    assert browser.post(path, wording="The secret telephone list?", document="japan/staff-notes").status_code == 409
    assert list_gaps(site.app.journal)[0].closed_on is None
    assert browser.post(path, wording=HOLDER, document="japan/devices", note="Section 1").status_code == 303
    assert HOLDER in browser.get("/staff/gaps/questions").text
    exported = browser.get("/staff/gaps/questions.jsonl")
    assert json.loads(exported.text)["documents"] == ["japan/devices"]
    assert "attachment" in exported.headers["content-disposition"]
    site.app.catalogue.move("japan/devices", Stage.WITHDRAWN, who="rosa", why="")
    assert "withdrawn" in browser.post(path, wording=HOLDER, document="japan/devices").text


def test_from_a_gap_a_document_with_its_question_is_begun(site: Site) -> None:
    site.diary.declined(GRAFT)
    ada = site.browser("ada")
    ada.get("/staff/gaps")
    [gap] = list_gaps(site.app.journal)
    assert f'href="/staff/new-document?for_gap={gap.id}"' in ada.get(f"/staff/gaps/{gap.id}").text
    form = form_of(ada.get(f"/staff/new-document?for_gap={gap.id}").text)
    assert form["title"] == [GRAFT]
    assert form["body"][0].startswith(f"## {GRAFT}")
    assert form["markets"] == ["brazil"]
    assert ada.get("/staff/new-document?for_gap=999").status_code == 404


def test_a_reply_to_a_rating_takes_it_off_the_list_and_is_kept_for_the_person(site: Site) -> None:
    answer = site.diary.answered("Who represents us?", site.app.catalogue.document("japan/devices"))
    site.app.journal.rate(answer, Rating.WRONG, comment="<b>No</b>", question="Who represents us?")
    browser = site.browser("rosa")
    shown = browser.get("/staff/ratings").text
    assert "&lt;b&gt;No&lt;/b&gt;" in shown
    assert "Who represents us?" in shown
    assert browser.post(f"/staff/ratings/{answer}", note="Mended.").status_code == 303
    assert "Not replied to: 0" in browser.get("/staff/ratings").text
    assert site.app.journal.feedback(answer)[0].reply == "Mended."
    assert browser.post("/staff/ratings/none", note="Mended.").status_code == 404


def test_a_cell_of_the_coverage_leads_to_its_documents_and_gaps(site: Site) -> None:
    site.diary.declined("Which medical devices need a zirconium licence in Japan?")
    browser = site.browser("ada")
    browser.get("/staff/gaps")
    shown = browser.get("/staff/coverage?topic=devices&market=japan").text
    cell = shown[shown.index('id="cell"') :]
    assert "Devices in Japan" in cell
    assert "zirconium licence" in cell
    assert "Food in Brazil" not in cell
    assert "documents: 2, open gaps: 1" in shown
    other_area = browser.get("/staff/coverage?area=nutrition&topic=devices&market=japan").text
    assert "Devices in Japan" not in other_area[other_area.index('id="cell"') :]


def test_the_report_of_a_period_is_a_page_a_table_and_a_document(site: Site) -> None:
    site.diary.day = date.today()
    site.diary.declined(GRAFT)
    browser = site.browser("rosa")
    assert "Questions by week" in browser.get("/staff/report").text
    assert "How questions ended" not in browser.get("/staff/report?first=2020-01-01&last=2020-02-01").text
    table = browser.get("/staff/report.csv")
    assert "overall,,questions,1" in table.text
    assert browser.get("/staff/report.pdf").content.startswith(b"%PDF")
    for query in ("first=yesterday", "first=2026-02-01&last=2026-01-01", "last=0001-01-01"):
        assert browser.get(f"/staff/report?{query}").status_code == 422
    assert site.browser("ada").get("/staff/report").status_code == 403


def test_the_report_counts_each_door_apart(site: Site) -> None:
    question = Question(GRAFT)
    understood, answer = understand(question, vocabulary()), Answer(Outcome.NOT_IN_LIBRARY, "en", "")
    for times, door in enumerate(Door, start=1):
        for _ in range(times):
            site.app.journal.remember(question, understood, answer, door=door)
    browser = site.browser("rosa")
    table = browser.get("/staff/report.csv").text
    for times, door in enumerate(Door, start=1):
        assert f"door,{door},questions,{times}" in table
        assert say("en", f"report_{door}") in browser.get("/staff/report?language=en").text


def test_the_first_page_tells_what_came_back_what_is_to_be_reviewed_and_whether_all_is_well(
    site: Site, house: House
) -> None:
    for document_id in ("japan/devices", "brazil/food"):
        house.edit(document_id, "A new sentence.", who="ada")
        house.catalogue.move(document_id, Stage.IN_REVIEW, who="ada", why="")
    house.catalogue.move("brazil/food", Stage.DRAFT, who="rosa", why="too short")
    ada, rosa = (site.browser(name).get("/staff/").text for name in ("ada", "rosa"))
    waits = {name: text.partition("at a glance")[0] for name, text in (("ada", ada), ("rosa", rosa))}
    assert "Food in Brazil" in waits["ada"]
    assert "Devices in Japan" not in waits["ada"]
    assert "Devices in Japan" in waits["rosa"]
    assert "Food in Brazil" not in waits["rosa"]
    assert "The index is up to date." in ada
    assert "Answers are quotations" in ada
    house.catalogue.move("japan/devices", Stage.PUBLISHED, who="rosa", why="")
    assert "does not hold the latest changes" in site.browser("ada").get("/staff/").text


def test_the_pages_are_whole_in_every_language_and_only_for_staff(site: Site) -> None:
    site.diary.declined(GRAFT)
    browser, member, nobody = (site.browser(name) for name in ("anna", "mia", ""))
    for language in LANGUAGES:
        browser.post("/staff/account/language", language=language)
        for path in PAGES:
            shown = browser.get(f"/staff{path}")
            assert shown.status_code == 200, shown.text
            assert f'<html lang="{language}">' in shown.text
            assert not re.search(r"\bstyle=|<script", shown.text.replace(KEEPS, "", 1))
    for path in PAGES:
        assert member.get(f"/staff{path}").status_code == 403
        assert nobody.get(f"/staff{path}").status_code == 303


# Trying


def test_a_trial_question_tells_what_was_found_and_why_and_is_not_remembered(site: Site) -> None:
    browser = site.browser("ada")
    shown = browser.post("/staff/try", question=HOLDER).text
    assert "12 months" in shown
    assert "Devices in Japan" in shown
    for told in ("Nearest sentence", "meaning 1", "An answer is given from", "Statements that were dropped"):
        assert told in shown
    assert all(say("en", f"signal_{name}") in unescape(shown) for name in SIGNALS)
    assert "<code>how (long|" in shown
    refused = browser.post("/staff/try", question="What is the mobile number of the director of the PMDA?").text
    assert "It is to be refused</th><td><code>mobiles?</code>, <code>dire" in refused
    assert "Please ask your question in words" in browser.post("/staff/try", question="?!").text
    assert site.app.journal.answers(date(2020, 1, 1), date(2100, 1, 1)) == []


def test_a_trial_question_is_asked_on_behalf_of_whom_one_chooses_and_within_the_walls(site: Site) -> None:
    browser = site.browser("ada")
    hidden = "Where does the secret telephone list of the ministry stand?"
    found = {
        reader: "stands in the safe" in browser.post("/staff/try", question=hidden, reader=reader).text
        for reader in ("anyone", "member", "staff")
    }
    assert found == {"anyone": False, "member": False, "staff": True}
    walled = browser.post("/staff/try", question=HOLDER, markets="brazil").text
    assert "12 months" not in walled


def test_a_draft_is_asked_as_if_it_were_published(site: Site, house: House) -> None:
    house.edit("japan/devices", "The review of a Marketing Authorisation Holder takes 99 weeks in Japan.", who="ada")
    browser = site.browser("ada")
    assert "99 weeks" not in browser.post("/staff/try", question=HOLDER).text
    assert "99 weeks" in browser.post("/staff/try", question=HOLDER, draft="japan/devices").text
    assert browser.post("/staff/try", question=HOLDER, draft="brazil/food").status_code == 404
    assert house.catalogue.document("japan/devices").version.number == 1


def test_a_draft_is_tried_in_the_background_on_the_questions_of_closed_gaps(site: Site, house: House) -> None:
    house.edit("japan/devices", "The review of a Marketing Authorisation Holder takes 99 weeks in Japan.", who="ada")
    browser = site.browser("ada")
    assert "No gap is closed yet" in browser.post("/staff/try/draft", draft="japan/devices").text
    site.diary.declined(HOLDER)
    browser.get("/staff/gaps")
    [gap] = list_gaps(site.app.journal)
    browser.post(f"/staff/gaps/{gap.id}/close", wording=HOLDER, document="japan/devices")
    assert browser.post("/staff/try/draft", draft="japan/devices").status_code == 303
    while "Answers that change: 1 of 1" not in (shown := browser.get("/staff/try").text):
        time.sleep(0.1)
    assert "12 months" in shown
    assert "99 weeks" in shown
