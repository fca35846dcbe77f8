"""The documents on the staff pages, over a real server on this machine: found, written, reviewed, removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from assistant.accounts.sessions import IDLE
from assistant.app import App
from assistant.texts import texts
from corpus.catalogue.records import Action, Upload
from corpus.documents import Access, Source, Stage
from corpus.intake.intake import Intake, IntakeOptions, Taken
from corpus.vocabulary import LANGUAGES
from tests.conftest import Clock, House, served
from tests.made_files import pdf
from tests.markup import KEEPS
from tests.staff_pages import DEVICES, Browser, Site, add_document, add_many, fill, form_of, ids_shown, peopled, web

DOCUMENTS = "/staff/documents"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7*7 }}"


@pytest.fixture
def app(house: House, tmp_path: Path, clock: Clock) -> Iterator[App]:
    app = peopled(house, tmp_path / "accounts.sqlite", clock)
    yield app
    app.accounts.close()
    app.journal.close()


@pytest.fixture
def site(app: App, clock: Clock) -> Iterator[Site]:
    with served(web(app)) as url:
        yield Site(app, clock, url)


def tick(browser: Browser, act: str, *ticked: str, query: str = "", **fields: str) -> httpx.Response:
    """Tick documents in the table and press a button under it."""
    data = {"ticked": list(ticked), "form_token": browser.form_token(), **fields}
    return browser.client.post(f"{DOCUMENTS}:{act}{query}", data=data, headers={"Origin": browser.origin})


# The table


def test_the_table_shows_what_is_wanted_in_the_order_that_is_wanted(site: Site, house: House) -> None:
    past = date.today() - timedelta(days=1)
    add_document(house, "x/old", review_by=past, markets=frozenset({"china"}), areas=frozenset({"nutrition"}))
    add_document(
        house,
        "x/new",
        Stage.DRAFT,
        topics=frozenset({"tax"}),
        sources=(Source("s", "Süd", "P", "2025", "https://a.b"),),
    )
    house.catalogue.set_terms(["x/new"], owner="biom", who="ana", why="")
    house.catalogue.source_changed("Süd", who="ana", note="")
    house.edit("brazil/food", "Novel food follows another rule.")
    house.review("brazil/food")
    browser = site.browser("ada")

    def found(**query: str) -> list[str]:
        return ids_shown(browser.client.get(DOCUMENTS, params=query).text)

    everything = ["japan/devices", "brazil/food", "japan/staff-notes", "x/new", "x/old"]
    assert found() == everything
    assert found(order="title", down="true") == everything[::-1]
    assert found(order="review_by")[0] == "x/old"
    assert found(words="JAPAN/devices") == ["japan/devices"]
    assert found(words="test house nothing") == []
    assert found(words="ANOTHER rule") == ["brazil/food"]  # what a version says that nobody reads yet
    assert found(stage="draft") == found(topic="tax") == found(owner="biom") == found(flagged="on") == ["x/new"]
    assert found(market="china") == found(area="nutrition") == found(overdue="on") == ["x/old"]
    assert found(unreviewed="on") == ["japan/devices", "japan/staff-notes", "x/old"]
    assert set(found(owner="alliance")) == set(everything) - {"x/new"}
    assert found(market="nowhere") == []
    assert found(stage="", market="", words="", order="nonsense") == everything


def test_a_long_table_comes_in_pages_that_keep_what_is_wanted(site: Site, house: House) -> None:
    for number in range(60):
        add_document(house, f"many/n{number:02}", title=f"Number {number:02}")
    browser = site.browser("ada")
    first = browser.client.get(DOCUMENTS, params={"words": "number", "order": "title"}).text
    onward = re.search(r'rel="next" href="([^"]+)"', first)
    assert onward is not None
    second = browser.get(unescape(onward[1])).text
    assert ids_shown(first) + ids_shown(second) == [f"many/n{number:02}" for number in range(60)]


def test_five_thousand_documents_are_filtered_sorted_and_shown(site: Site, house: House) -> None:
    """In how many seconds is measured by `python -m tests.benchmarks.table`."""
    add_many(house, 5_000)
    browser = site.browser("ada")
    for path in (f"{DOCUMENTS}?words=n49&order=review_by", "/staff/due?within=90", "/staff/sources?words=law"):
        assert browser.get(path).status_code == 200


def test_many_are_moved_at_once_or_none_is(site: Site, house: House) -> None:
    for name in ("one", "two"):
        add_document(house, f"x/{name}", Stage.DRAFT)
    rosa = site.browser("rosa")
    both = ("x/one@1", "x/two@1")
    assert (
        tick(rosa, "submit", *both, query="?stage=draft").headers["location"]
        == f"{DOCUMENTS}?stage=draft&order=title&number=1"
    )
    assert "Sent to review." in rosa.get(DOCUMENTS).text
    mixed = tick(rosa, "publish", *both, "japan/devices@1")
    assert mixed.status_code == 409
    assert mixed.text.count(" checked") == 3
    assert house.catalogue.document("x/one").stage is Stage.IN_REVIEW
    assert tick(rosa, "publish", *both, why="Looked at").status_code == 303
    assert house.catalogue.document("x/one").version.reviewed_by == "rosa"
    assert tick(rosa, "withdraw", *both).status_code == 422
    assert tick(rosa, "withdraw", *both, why="Out of date").status_code == 303
    assert house.catalogue.document("x/two").stage is Stage.WITHDRAWN
    assert house.catalogue.history("x/two")[-1].why == "Out of date"
    assert tick(rosa, "submit").status_code == 422
    assert tick(rosa, "submit", "nonsense", "x/none@1").status_code == 404


def test_a_reviewer_sees_the_checklist_and_publishes_with_a_reason_only(site: Site, house: House) -> None:
    add_document(house, "x/bare", Stage.IN_REVIEW, title="Foreword", publisher="", summary={})
    rosa = site.browser("rosa")
    shown = rosa.get(f"{DOCUMENTS}/x/bare").text
    listed = re.search(r'aria-labelledby="checks".*?</section>', shown, re.DOTALL)
    assert listed is not None
    points = re.findall(r"<li>([^:<]+)", listed[0])
    assert points == ["odd title", "no publisher", "no short answer", "no section has an answer"]
    refused = tick(rosa, "publish", "x/bare@1")
    assert refused.status_code == 409
    assert "x/bare (odd title, no publisher, no short answer, no section has an answer)" in refused.text
    assert house.catalogue.document("x/bare").stage is Stage.IN_REVIEW
    assert tick(rosa, "publish", "x/bare@1", why="It is called so").status_code == 303
    assert house.catalogue.history("x/bare")[-1].why == "It is called so"


def test_what_was_edited_since_it_was_ticked_is_not_published_unseen(site: Site, house: House) -> None:
    house.edit("japan/devices", "The review takes 10 months.")
    house.catalogue.move("japan/devices", Stage.IN_REVIEW, who="ana", why="")
    house.edit("japan/devices", "The review takes 90 months.", who="eve")
    house.catalogue.move("japan/devices", Stage.IN_REVIEW, who="eve", why="")
    refused = tick(site.browser("rosa"), "publish", "japan/devices@2")
    assert refused.status_code == 409
    assert "eve has changed" in unescape(refused.text)
    assert house.catalogue.document("japan/devices").version.number == 1


def test_who_may_read_many_is_changed_at_once(site: Site, house: House) -> None:
    rosa = site.browser("rosa")
    assert tick(rosa, "terms", "japan/devices@1", "brazil/food@1", access="members").status_code == 303
    assert {house.catalogue.document(key).metadata.access for key in ("japan/devices", "brazil/food")} == {
        Access.MEMBERS
    }
    tick(rosa, "terms", "japan/devices@1", query="?document=japan/devices", reuse="cite-only", owner="biocat")
    changed = house.catalogue.document("japan/devices")
    assert (changed.metadata.access, changed.metadata.reuse, changed.owner) == ("members", "cite-only", "biocat")
    tick(rosa, "terms", "japan/devices@1", owner="alliance", access="nonsense")
    assert house.catalogue.document("japan/devices").owner == ""


# Who may do what


@pytest.mark.parametrize("name", ["mia", "ada", "rosa", "anna"])
def test_each_role_does_what_it_may_and_is_refused_the_rest(site: Site, name: str) -> None:
    browser = site.browser(name)
    staff, reviewer, administrator = name != "mia", name in ("rosa", "anna"), name == "anna"
    for path in (
        DOCUMENTS,
        DEVICES,
        f"{DEVICES}:edit",
        f"{DEVICES}:compare",
        "/staff/new-document",
        "/staff/due",
        "/staff/sources",
    ):
        assert browser.get(path).status_code == (200 if staff else 403)
    assert (browser.post(f"{DEVICES}:comment", number="1", text="x").status_code == 303) == staff
    assert (tick(browser, "submit", "japan/devices@1").status_code == 409) == staff
    for act in ("publish", "withdraw", "return", "terms"):
        assert (tick(browser, act, "japan/devices@1").status_code != 403) == reviewer
    assert (browser.post(f"{DEVICES}:restore", number="1", began_from="1").status_code != 403) == reviewer
    assert (browser.post("/staff/due", ticked="japan/devices", until="2099-01-01").status_code == 303) == reviewer
    purged = browser.post(f"{DEVICES}:purge", typed="japan/devices", why="asked for")
    assert (purged.status_code == 303) == administrator
    assert ("Remove for good" in browser.get("/staff/documents/brazil/food").text) == administrator


def test_whoever_has_to_sign_in_first_comes_back_to_the_form(site: Site) -> None:
    browser = site.browser()
    sent = browser.get(f"{DEVICES}:edit").headers["location"]
    assert browser.sign_in("ada", next=unquote(sent.partition("next=")[2])).headers["location"] == f"{DEVICES}:edit"


# One document: from the form to readers


def test_an_edit_becomes_a_draft_that_another_person_publishes(site: Site, house: House) -> None:
    ada, rosa = site.browser("ada"), site.browser("rosa")
    saved = fill(ada, f"{DEVICES}:edit", body="## Time\r\nThe review takes 9 months. [law]\r\n", why="New figures")
    assert saved.headers["location"] == DEVICES
    assert house.catalogue.document("japan/devices").version.number == 1
    draft = house.catalogue.draft("japan/devices")
    assert draft is not None
    assert (draft.version.body, draft.version.added_by) == ("## Time\nThe review takes 9 months. [law]\n", "ada")
    assert draft.metadata == house.catalogue.document("japan/devices").metadata
    tick(ada, "submit", "japan/devices@2", query="?document=japan/devices")
    page = rosa.get(DEVICES).text
    assert "Return to the author" in page
    assert "You had a hand in this version" not in page
    assert "what would change for readers" in page
    moved = tick(rosa, "publish", "japan/devices@2", query="?document=japan/devices", why="Looked at")
    assert moved.headers["location"] == DEVICES
    published = house.catalogue.document("japan/devices")
    assert (published.version.number, published.stage, published.version.reviewed_by) == (2, Stage.PUBLISHED, "rosa")
    assert not published.version.self_reviewed
    hits = house.search.find("How long does the review take?", language="en", today=date.today()).hits
    assert "9 months" in " ".join(hit.passage.text for hit in hits)
    assert "“New figures”" in rosa.get(DEVICES).text


def test_own_work_is_published_only_after_saying_so_and_shown_as_such(site: Site, house: House) -> None:
    rosa = site.browser("rosa")
    fill(rosa, f"{DEVICES}:edit", title="Devices in Japan, anew")
    tick(rosa, "submit", "japan/devices@2")
    assert "You had a hand in this version" in rosa.get(DEVICES).text
    refused = tick(rosa, "publish", "japan/devices@2", query="?document=japan/devices")
    assert refused.status_code == 409
    assert "tick that you reviewed it yourself" in refused.text
    assert house.catalogue.document("japan/devices").version.number == 1
    assert tick(rosa, "publish", "japan/devices@2", alone="true", why="Looked at").status_code == 303
    assert house.catalogue.document("japan/devices").version.self_reviewed
    assert "reviewed by its own author" in rosa.get(DEVICES).text
    assert "japan/devices" in ids_shown(rosa.get(f"{DOCUMENTS}?unreviewed=on").text)


def test_a_draft_is_given_back_with_a_reason_that_its_author_reads(site: Site, house: House) -> None:
    ada, rosa = site.browser("ada"), site.browser("rosa")
    fill(ada, f"{DEVICES}:edit", title="Devices")
    tick(ada, "submit", "japan/devices@2")
    silent = tick(rosa, "return", "japan/devices@2", query="?document=japan/devices", why=" ")
    assert silent.status_code == 422
    assert "Give a reason" in silent.text
    tick(rosa, "return", "japan/devices@2", query="?document=japan/devices", why="Name the ministry")
    draft = house.catalogue.draft("japan/devices")
    assert draft is not None
    assert draft.stage is Stage.DRAFT
    assert "Name the ministry" in ada.get(DEVICES).text


def test_two_people_edit_and_the_second_sees_the_difference_and_loses_nothing(site: Site, house: House) -> None:
    ada, rosa = site.browser("ada"), site.browser("rosa")
    form = form_of(rosa.get(f"{DEVICES}:edit").text)
    fill(ada, f"{DEVICES}:edit", body="## Time\nAda says 9 months. [law]\n", title="Ada's title")
    late = fill(rosa, f"{DEVICES}:edit", form, body="## Time\nRosa says 8 months. [law]\n", why="My view")
    assert late.status_code == 409
    told = unescape(late.text)
    assert "ada has made version 2 since you began from version 1" in told
    assert "Ada says 9 months. [law]</ins>" in told  # what she changed
    assert "<del>Ada</del> says <del>9</del> months. [law]" in told  # what saving would change now
    assert "<ins>Rosa</ins> says <ins>8</ins> months. [law]" in told
    kept = form_of(late.text)
    assert kept["body"] == ["## Time\r\nRosa says 8 months. [law]\r\n"]
    assert (kept["began_from"], kept["why"]) == (["2"], ["My view"])
    assert [known.version.added_by for known in house.catalogue.versions("japan/devices")] == ["release", "ada"]
    assert fill(rosa, f"{DEVICES}:edit", kept).status_code == 303
    assert [known.version.added_by for known in house.catalogue.versions("japan/devices")][1:] == ["ada", "rosa"]


def test_whoever_writes_for_longer_than_a_session_lasts_gets_the_text_back(site: Site, house: House) -> None:
    ada = site.browser("ada")
    form = form_of(ada.get(f"{DEVICES}:edit").text)
    site.clock.now += IDLE + 1
    late = fill(ada, f"{DEVICES}:edit", form, body="A long <b>afternoon's</b> work")
    assert late.status_code == 401
    assert "A long &lt;b&gt;afternoon&#39;s&lt;/b&gt; work</textarea>" in late.text
    assert house.catalogue.draft("japan/devices") is None


BAD = [
    ({"title": " "}, "“Title” is empty"),
    ({"body": "\r\n"}, "“Text” is empty"),
    ({"publisher": ""}, "“Publisher” is empty"),
    ({"language": "xx"}, "“Language of the text” holds something that is not offered"),
    ({"kind": "poem"}, "“Kind” holds something that is not offered"),
    ({"markets": ["japan", "mars"]}, "“Markets” holds something that is not offered"),
    ({"review_by": "soon"}, "“Review by” is no day"),
    ({"published_on": "2026-02-30"}, "“Published on” is no day"),
    ({"facts_as_of": "2026-13"}, "is no month"),
    ({"kind": "event"}, "An event needs a day"),
    ({"expires_on": "2026-12-01"}, "only an event has one"),
    ({"source_key": "The Law"}, "The source “The law” needs"),
    ({"source_url": "javascript:alert(1)"}, "The source “The law” needs"),
    ({"source_url": "http://["}, "The source “The law” needs"),
    ({"source_date": "last year"}, "The date of the source “The law”"),
    (
        {
            name: [value, value]
            for name, value in (
                ("source_key", "law"),
                ("source_title", "L"),
                ("source_publisher", "P"),
                ("source_date", "2025"),
                ("source_url", "https://example.org"),
            )
        },
        "Two sources have the same key",
    ),
]


@pytest.mark.parametrize(("changes", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_what_cannot_be_used_is_said_in_a_sentence_and_the_form_stays_as_typed(
    site: Site, house: House, changes: dict[str, str | list[str]], sentence: str
) -> None:
    ada = site.browser("ada")
    refused = fill(ada, f"{DEVICES}:edit", **{"body": "## My\r\nlong text [law]", **changes})
    assert refused.status_code == 422
    assert sentence in unescape(refused.text)
    if "body" not in changes:
        assert form_of(refused.text)["body"] == ["## My\r\nlong text [law]"]
    for name, value in changes.items():
        if isinstance(value, str) and name not in ("kind", "language"):
            assert form_of(refused.text)[name][0] == value.strip() or name == "body"
    assert house.catalogue.draft("japan/devices") is None


def test_sources_get_more_rows_without_anything_typed_being_lost(site: Site, house: House) -> None:
    ada = site.browser("ada")
    form = form_of(ada.get(f"{DEVICES}:edit").text)
    rows = len(form["source_key"])
    again = fill(ada, f"{DEVICES}:edit", form, title="Typed already", more="1", source_key=["law", "a", "b", "c"])
    assert again.status_code == 200
    typed = form_of(again.text)
    assert typed["title"] == ["Typed already"]
    assert typed["source_key"][:4] == ["law", "a", "b", "c"]
    assert len(typed["source_key"]) > rows
    assert house.catalogue.draft("japan/devices") is None


def test_another_document_begins_with_an_empty_form_and_has_an_id_of_its_own(site: Site, house: House) -> None:
    ada = site.browser("ada")
    for _ in range(2):
        fill(
            ada,
            "/staff/new-document",
            title="Süße Médecines!",
            body="## Text\r\nAll of it.",
            publisher="BioM",
            markets=["japan"],
            owner="biocat",
            summary_en="Short.",
        )
    for key in ("japan/susse-medecines", "japan/susse-medecines-2"):
        made = house.catalogue.document(key)
        assert (made.stage, made.owner, made.metadata.access) == (Stage.DRAFT, "biocat", Access.STAFF)
        assert made.metadata.summary == {"en": "Short."}
        assert [passage.text for passage in house.catalogue.passages_of(key)] == ["Short.", "All of it."]
    refused = fill(ada, "/staff/new-document", title="Only a title")
    assert refused.status_code == 422
    assert form_of(refused.text)["title"] == ["Only a title"]


def test_an_english_summary_that_changed_alone_makes_its_translations_stale(site: Site) -> None:
    ada = site.browser("ada")
    assert "since the others were translated" not in ada.get(DEVICES).text
    fill(ada, f"{DEVICES}:edit", summary_en="Something else.")
    assert "since the others were translated" in ada.get(DEVICES).text
    fill(ada, f"{DEVICES}:edit", title="A title", summary_en="Something else.")
    assert "since the others were translated" in ada.get(DEVICES).text
    fill(ada, f"{DEVICES}:edit", summary_de="Etwas anderes.")
    assert "since the others were translated" not in ada.get(DEVICES).text


def test_an_old_version_is_compared_and_restored_as_a_draft(site: Site, house: House) -> None:
    house.edit("japan/devices", "The review takes 10 months.")
    house.review("japan/devices")
    rosa = site.browser("rosa")
    difference = rosa.get(f"{DEVICES}:compare?before=1&after=2").text
    assert re.search(
        r"− *<span[^>]*> removed</span></span><span><del>A foreign maker [^<]*</del>The review", difference
    )
    assert "The review takes <ins>10</ins> months" in difference
    house.edit("japan/devices", "The review takes 9 months.")
    from_readers_on = rosa.get(f"{DEVICES}:compare").text
    assert "takes <del>10</del> months" in from_readers_on
    assert "takes <ins>9</ins> months" in from_readers_on
    assert "There is no difference." in rosa.get(f"{DEVICES}:compare?before=2&after=2").text
    assert rosa.get(f"{DEVICES}:compare?before=2&after=7").status_code == 404
    assert rosa.post(f"{DEVICES}:restore", number="1", began_from="3").headers["location"] == DEVICES
    draft = house.catalogue.draft("japan/devices")
    assert draft is not None
    assert draft.version.body == house.catalogue.document("japan/devices", 1).version.body
    late = rosa.post(f"{DEVICES}:restore", number="2", began_from="2")
    assert late.status_code == 409
    assert "nothing was overwritten" in late.text


def test_a_withdrawn_document_is_taken_up_again_as_a_draft(site: Site, house: House) -> None:
    rosa = site.browser("rosa")
    tick(rosa, "withdraw", "japan/devices@1", query="?document=japan/devices", why="Wrong")
    assert "Take it up again as a draft" in rosa.get(DEVICES).text
    tick(rosa, "return", "japan/devices@1", query="?document=japan/devices", why="Right after all")
    assert house.catalogue.document("japan/devices").stage is Stage.DRAFT


def test_a_purge_asks_for_the_id_and_leaves_nothing(site: Site, house: House) -> None:
    anna = site.browser("anna")
    for typed, why in (("japan/device", "asked for"), ("", "asked for"), ("japan/devices", " ")):
        refused = anna.post(f"{DEVICES}:purge", typed=typed, why=why)
        assert "Nothing was removed" in refused.text
    assert house.catalogue.document("japan/devices")
    assert anna.post(f"{DEVICES}:purge", typed="japan/devices", why="asked for").headers["location"] == DOCUMENTS
    assert anna.get(DEVICES).status_code == 404
    assert house.catalogue.tombstones()[0].finished


def test_an_event_that_is_over_says_so(site: Site, house: House) -> None:
    past = date.today() - timedelta(days=3)
    add_document(house, "x/fair", kind="event", expires_on=past)
    browser = site.browser("ada")
    assert f"The event ended on {past}." in browser.get("/staff/documents/x/fair").text
    assert "event is over" in browser.get(DOCUMENTS).text


# Files, and what somebody may have planted


def test_an_original_is_downloaded_and_never_shown(site: Site, house: House) -> None:
    name = 'a"b\r\nX-Evil: 1 <script>ü.html'
    house.edit("japan/devices", "From a file.", upload=Upload(name, "text/html", b"<script>alert(1)</script>"))
    ada = site.browser("ada")
    page = ada.get(f"{DEVICES}").text
    assert "<script" not in page
    assert escape("<script>ü.html", quote=False) in page
    got = ada.get(f"{DEVICES}:original?version=2")
    assert got.content == b"<script>alert(1)</script>"
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''a%22b%0D%0AX-Evil")
    assert "x-evil" not in got.headers
    assert "default-src 'none'" in got.headers["content-security-policy"]
    none = ada.get(f"{DEVICES}:original?version=1")
    assert none.status_code == 404
    assert site.browser().get(f"{DEVICES}:original?version=2").status_code == 303


def test_titles_bodies_comments_names_and_reasons_stay_text_everywhere(site: Site, house: House) -> None:
    ada = site.browser("ada")
    body = (
        f"# {EVIL}\n\n{EVIL}\n\n<iframe src='https://evil.example'></iframe>\n\n![x](https://evil.example/x.png)\n\n"
        f"[a](javascript:alert(1)) [b](https://fine.example) [c](data:text/html,x) <https://auto.example>\n\n"
        f"| {EVIL} |\n|---|\n| {EVIL} |\n\n```\n{EVIL}\n```\n"
    )
    evil_source = {
        "source_key": "evil",
        "source_title": EVIL,
        "source_publisher": EVIL,
        "source_date": "2025",
        "source_url": 'https://evil.example/"><script>alert(1)</script>',
    }
    fill(ada, f"{DEVICES}:edit", title=EVIL, publisher=EVIL, body=body, why=EVIL, summary_en=EVIL, **evil_source)
    ada.post(f"{DEVICES}:comment", number="2", text=EVIL)
    ada.post("/staff/sources/named", words=EVIL, note=EVIL)
    assert (
        "alert(1)"
        in (house.catalogue.draft("japan/devices") or house.catalogue.document("japan/devices")).metadata.title
    )
    query = {"words": EVIL}
    pages = [ada.client.get(path, params=query).text for path in (DOCUMENTS, "/staff/sources", "/staff/sources/named")]
    pages += [
        ada.get(path).text for path in (DEVICES, f"{DEVICES}:edit", f"{DEVICES}:compare", DOCUMENTS, "/staff/due")
    ]
    pages += [fill(ada, f"{DEVICES}:edit", title=EVIL, review_by=EVIL, kind=EVIL).text]
    for html in (page.replace(KEEPS, "", 1) for page in pages):
        assert not re.search(r"<script|<img|<iframe|javascript:[^)]*[\"']\s*>|href=\"(?:javascript|data:t)|>49", html)
        assert "alert(1)" in html or "/due" in html
    page = ada.get(DEVICES).text
    assert page.count("<h1") == 1
    assert '<a href="https://fine.example" rel="noopener noreferrer nofollow">b</a>' in page


@pytest.mark.parametrize("document_id", ["a/b/c", "x/ü ñ", "x/a?b#c", "x/100%", "x/it's", 'x/"quoted"'])
def test_any_id_leads_to_its_document(site: Site, house: House, document_id: str) -> None:
    add_document(house, document_id, title="Odd one")
    browser = site.browser("ada")
    link = re.search(r'href="([^"]+)">Odd one', browser.get(DOCUMENTS).text)
    assert link is not None
    page = browser.get(unescape(link[1])).text
    assert escape(document_id) in page.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    saved = fill(browser, unescape(link[1]) + ":edit", title="Even")
    assert saved.status_code == 303
    assert "Your text is saved" in browser.get(saved.headers["location"]).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_speaks_every_language_with_no_script_or_style_in_it(
    site: Site, house: House, language: str
) -> None:
    site.app.accounts.speak("anna", language)
    anna = site.browser("anna")
    house.edit("japan/devices", "From a file.", upload=Upload("a.pdf", "application/pdf", b"x"))
    house.catalogue.move("japan/devices", Stage.IN_REVIEW, who="anna", why="")
    house.catalogue.comment("japan/devices", "Well", who="ana")
    house.catalogue.source_changed("law", who="ana", note="new")
    house.catalogue.set_terms(["japan/devices"], access=Access.MEMBERS, owner="biom", who="ana", why="")
    paths = [DOCUMENTS, DEVICES, f"{DEVICES}?version=1", f"{DEVICES}:edit", f"{DEVICES}:compare", "/staff/new-document"]
    paths += [
        "/staff/due?within=90",
        "/staff/sources",
        "/staff/sources/named?words=law",
        f"{DEVICES}:original?version=1",
    ]
    answers = [anna.get(path) for path in paths]
    answers += [tick(anna, "publish"), tick(anna, "withdraw", "japan/devices@1", query="?document=japan/devices")]
    answers += [fill(anna, f"{DEVICES}:edit", title=""), anna.post("/staff/due", ticked="japan/devices", until="")]
    for answer in answers:
        html = answer.text.replace(KEEPS, "", 1)
        assert f'<html lang="{language}">' in html
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|href=\"\"|javascript:", html)
        assert html.count("<h1") == 1
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        described = {name for names in re.findall(r'aria-describedby="([^"]+)"', html) for name in names.split()}
        assert described | set(re.findall(r'<label for="([^"]+)"', html)) <= set(ids)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_can_be_done_to_a_document_has_a_name_in_its_history(language: str) -> None:
    assert [act for act in Action if f"act_{act}" not in texts(language)] == []


def test_what_was_done_last_to_many_is_undone_with_a_click(site: Site, house: House) -> None:
    for name in ("one", "two"):
        add_document(house, f"x/{name}", Stage.DRAFT)
    rosa, ada = site.browser("rosa"), site.browser("ada")
    assert "documents:undo" not in rosa.get(DOCUMENTS).text
    tick(rosa, "submit", "x/one@1", "x/two@1")
    assert "documents: 2. Sent to review." in rosa.get(DOCUMENTS).text
    assert "documents:undo" not in ada.get(DOCUMENTS).text, "it is for whoever did it"
    assert rosa.post(f"{DOCUMENTS}:undo").status_code == 303
    assert "the documents are as they were" in rosa.get(DOCUMENTS).text
    assert house.catalogue.document("x/one").stage is Stage.DRAFT
    assert rosa.post(f"{DOCUMENTS}:undo").status_code == 409


def test_a_corrected_pdf_keeps_its_pages_and_its_original(site: Site, tmp_path: Path) -> None:
    catalogue, file = site.app.catalogue, tmp_path / "fees.pdf"
    pages = ["The fee is 5,429 EUR for a year.", "A review takes twelve months.", "Small firms pay a half of it."]
    file.write_bytes(pdf([[text] for text in pages], title="Fees in Japan"))
    [taken] = Intake(catalogue, who="ada").add(str(file), IntakeOptions())
    assert isinstance(taken, Taken)
    key = taken.document.id
    ada, where = site.browser("ada"), f"{DOCUMENTS}/{key}:edit"
    form = form_of(ada.get(where).text)
    body = form["body"][0].replace("twelve", "ten")
    saved = fill(ada, where, form, body=body, publisher="PMDA", title="Fees of devices in Japan")
    assert saved.status_code == 303, saved.text
    draft = catalogue.draft(key)
    assert draft is not None
    assert draft.version.number == 2
    kept = {one.page: one.text for one in catalogue.passages_of(key, 2)}
    assert kept == {1: pages[0], 2: "A review takes ten months.", 3: pages[2]}
    original = catalogue.original(key, 2)
    assert original is not None
    assert original.name == "fees.pdf"
    assert "fees.pdf" in ada.get(f"{DOCUMENTS}/{key}").text


def test_the_page_of_an_original_is_shown_beside_each_of_its_passages(site: Site, tmp_path: Path) -> None:
    catalogue, file = site.app.catalogue, tmp_path / "fees.pdf"
    file.write_bytes(pdf([["The fee is 5,429 EUR for a year."], ["A review takes twelve months."]]))
    [taken] = Intake(catalogue, who="ada").add(str(file), IntakeOptions())
    assert isinstance(taken, Taken)
    where, ada = f"{DOCUMENTS}/{taken.document.id}", site.browser("ada")
    pictures = re.findall(r'<img src="([^"]*:page[^"]*)" alt="([^"]+)" loading="lazy">', ada.get(where).text)
    assert [alt.split(" as ")[0] for _, alt in pictures] == ["Page 1 of the original", "Page 2 of the original"]
    for address, _ in pictures:
        shown = ada.get(unescape(address))
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
        assert shown.headers["cache-control"] == "no-store"
        assert site.browser().get(unescape(address)).status_code == 303
        assert site.browser("mia").get(unescape(address)).status_code == 403
    assert ada.get(f"{where}:page?version=1&passage=99").status_code == 404
    assert ada.get(f"{where}:page?version=7&passage=1").status_code == 404
    assert ada.get(f"{DEVICES}:page?version=1&passage=1").status_code == 404
    assert ":page?" not in ada.get(DEVICES).text


def test_a_file_that_cannot_be_drawn_costs_its_picture_alone(site: Site, house: House, tmp_path: Path) -> None:
    catalogue, file = site.app.catalogue, tmp_path / "fees.pdf"
    file.write_bytes(pdf([["The fee is 5,429 EUR for a year."]]))
    [taken] = Intake(catalogue, who="ada").add(str(file), IntakeOptions())
    assert isinstance(taken, Taken)
    original = catalogue.original(taken.document.id, 1)
    assert original is not None
    (house.folder / "originals" / original.digest).write_bytes(b"%PDF-1.7 damaged")
    ada, where = site.browser("ada"), f"{DOCUMENTS}/{taken.document.id}"
    assert ada.get(f"{where}:page?version=1&passage=0").status_code == 422
    assert "5,429" in ada.get(where).text
