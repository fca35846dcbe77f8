"""The staff pages for taking documents in, over a real server on this machine."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import httpx
import pytest

from assistant.app import App
from assistant.texts import say
from corpus.catalogue.records import Matter
from corpus.documents import Reuse, Stage
from corpus.errors import BadAddress
from corpus.store import StoreUnavailable
from corpus.web.fetching import Fetched
from tests.conftest import PATIENCE, Clock, House, served
from tests.made_files import PICTURE, pdf
from tests.staff_pages import Browser, Site, peopled, web

TEXT = "Registering a device in Japan takes ten months, and a foreign maker of devices names a holder in Japan first."
PDF = pdf([[TEXT]], title="Devices in Japan, the new way")
FIELDS = {
    "version": "1",
    "title": "The new way",
    "kind": "guidance-summary",
    "language": "en",
    "published_on": "2026-10-01",
    "facts_as_of": "2026-09",
    "review_by": "2027-10-01",
    "access": "public",
    "markets": "japan",
    "reuse": "cite-only",
}


def fetching(url: str) -> Fetched:
    """A small web of one page."""
    if url != "https://example.org/page.html":
        raise BadAddress(url, "it is not on the public internet")
    return Fetched(url, "page.html", "text/html", f"<html><title>A page</title><p>{TEXT}</p></html>".encode())


@pytest.fixture
def app(house: House, tmp_path: Path) -> Iterator[App]:
    app = replace(peopled(house, tmp_path / "accounts.sqlite"), fetch=fetching)
    yield app
    app.accounts.close()


@pytest.fixture
def site(app: App) -> Iterator[Site]:
    with served(web(app)) as url:
        yield Site(app, Clock(), url)


def send(site: Site, *files: tuple[str, bytes], who: str = "ada", address: str = "") -> httpx.Response:
    """Send the form for taking in as a browser does."""
    browser = site.browser(who)
    parts = [(f'name="{name}"', value.encode()) for name, value in _fields(browser, address)]
    for name, content in files or [("", b"")]:  # a browser sends a field for no file, too
        escaped = name.replace("\\", "\\\\").replace('"', "%22")
        parts.append((f'name="files"; filename="{escaped}"\r\nContent-Type: application/octet-stream', content))
    body = b"".join(
        b"--border\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    headers = {"Origin": site.url, "Content-Type": "multipart/form-data; boundary=border"}
    return browser.client.post("/staff/intake", content=body + b"--border--\r\n", headers=headers)


def _fields(browser: Browser, address: str) -> list[tuple[str, str]]:
    return [("form_token", browser.form_token()), ("address", address)]


def drafts(site: Site) -> list[str]:
    return [document.id for document in site.app.catalogue.documents(Stage.DRAFT)]


def test_several_files_are_sent_and_each_is_answered_for(site: Site) -> None:
    shown = send(site, ("a.pdf", PDF), ("scan.pdf", pdf([PICTURE])), ("same.txt", TEXT.encode()))
    assert shown.status_code == 200
    assert re.findall(r'<th scope="row">(.+?)</th>', shown.text) == ["a.pdf", "scan.pdf", "same.txt"]
    assert 'name="row_0_title"' in shown.text, "what was taken in is confirmed on the same page"
    assert shown.text.count("Taken in as a new document:") == 1
    assert "scan.pdf is a scan, pictures without text" in shown.text
    assert "Known already, as version 1 of" in shown.text
    assert drafts(site) == ["japan/devices-in-japan-the-new-way"]


@pytest.mark.parametrize("stays", [True, False])
def test_each_file_is_told_as_soon_as_it_is_read_and_all_are_read_whoever_leaves(app: App, stays: bool) -> None:
    """The second one comes only after the page has told of the first."""
    told = Event()

    def late(url: str) -> Fetched:
        assert told.wait(PATIENCE)
        other = "A review of wheelchairs in Brazil takes four months, and an importer there registers each of them."
        return Fetched(url, "page.html", "text/html", f"<html><title>A page</title><p>{other}</p></html>".encode())

    with served(web(replace(app, fetch=late))) as url:
        ada = Browser(url)
        ada.sign_in("ada")
        data = {"form_token": ada.form_token(), "address": "https://example.org/page.html"}
        files = [("files", ("a.pdf", PDF))]
        with ada.client.stream("POST", "/staff/intake", data=data, files=files, headers={"Origin": url}) as answer:
            shown = ""
            for piece in answer.iter_text():
                shown += piece
                if "a.pdf</th>" in shown and not told.is_set():
                    assert say("en", "intake_reading", count=2) in shown
                    assert "page.html" not in shown
                    told.set()
                    if not stays:
                        break
        told.set()
        titles = {"Devices in Japan, the new way", "A page"}
        end = time.monotonic() + PATIENCE
        while {one.metadata.title for one in app.catalogue.documents(Stage.DRAFT)} != titles:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert (say("en", "intake_read") in shown) == stays


def test_what_keeps_the_others_from_being_read_is_told_on_the_page(app: App) -> None:
    def away(_url: str) -> Fetched:
        raise StoreUnavailable("gone")

    with served(web(replace(app, fetch=away))) as url:
        site = Site(app, Clock(), url)
        shown = send(site, ("a.pdf", PDF), address="https://example.org/page.html")
        assert shown.status_code == 200
        assert "a.pdf</th>" in shown.text
        assert say("en", "intake_stopped") in shown.text
        assert 'name="row_0_title"' in shown.text


def test_a_web_address_is_taken_in_or_refused_in_a_sentence(site: Site) -> None:
    assert "A page</a>" in send(site, address=" https://example.org/page.html ").text
    assert "not on the public internet" in send(site, address="http://127.0.0.1/").text


def test_nothing_sent_is_said_above_the_form(site: Site) -> None:
    shown = send(site)
    assert (shown.status_code, "Choose at least one file" in shown.text) == (400, True)


@pytest.mark.parametrize("name", ["../../evil.txt", "a\\b\\evil.txt", "evil.txt" + "x" * 300, "/etc/evil.txt"])
def test_the_name_of_a_file_is_never_a_path(site: Site, name: str) -> None:
    assert send(site, (name, TEXT.encode())).status_code == 200
    [document] = [site.app.catalogue.document(key) for key in drafts(site)]
    original = site.app.catalogue.original(document.id, 1)
    assert original is not None
    assert original.name.startswith("evil.txt")
    assert "/" not in document.origin


def test_only_who_may_write_takes_in(site: Site) -> None:
    assert send(site, ("a.pdf", PDF), who="mia").status_code == 403
    assert site.browser("mia").get("/staff/intake").status_code == 403
    assert 'href="/staff/intake"' in site.browser("ada").get("/staff/").text
    assert drafts(site) == []


def test_a_draft_is_confirmed_in_its_form_and_can_then_be_published(site: Site) -> None:
    send(site, ("a.pdf", PDF))
    [key] = drafts(site)
    ada = site.browser("ada")
    assert f'href="/staff/intake/{key}"' in ada.get("/staff/intake").text
    form = ada.get(f"/staff/intake/{key}").text
    assert 'value="Devices in Japan, the new way"' in form
    assert re.search(r'value="japan" checked', form)
    assert '<option value="" selected>' in form, "what may be done with the words is for a person to choose"
    assert ada.post(f"/staff/intake/{key}", **FIELDS).headers["location"] == f"/staff/intake/{key}"
    said = site.app.catalogue.document(key).metadata
    assert (said.title, said.kind, said.reuse) == ("The new way", "guidance-summary", Reuse.CITE_ONLY)
    assert "confirmed and can go to review" in ada.get(f"/staff/intake/{key}").text
    site.app.catalogue.move(key, Stage.IN_REVIEW, who="ada", why="")
    site.app.catalogue.move(key, Stage.PUBLISHED, who="rosa", why="")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("reuse", "", "Choose what may be done"),
        ("title", " ", "“Title” is empty"),
        ("markets", "mars", "“Markets” holds something that is not offered"),
        ("published_on", "yesterday", "“Published on” is no day"),
        ("kind", "event", "An event needs a day"),
    ],
)
def test_a_form_that_is_not_in_order_changes_nothing(site: Site, field: str, value: str, sentence: str) -> None:
    send(site, ("a.pdf", PDF))
    [key] = drafts(site)
    before = site.app.catalogue.document(key)
    changed = FIELDS | {"publisher": "The house of tests", "note": "as agreed", field: value}
    shown = site.browser("ada").post(f"/staff/intake/{key}", **changed)
    assert (shown.status_code, sentence in shown.text) == (422, True)
    assert site.app.catalogue.document(key) == before
    assert 'value="The house of tests"' in shown.text, "what was typed stands there still"
    assert 'value="as agreed"' in shown.text


def test_a_version_that_was_replaced_meanwhile_is_not_confirmed(site: Site, house: House) -> None:
    send(site, ("a.pdf", PDF))
    [key] = drafts(site)
    house.edit(key, "Somebody else wrote this.", who="ben")
    shown = site.browser("ada").post(f"/staff/intake/{key}", **FIELDS)
    assert (shown.status_code, "ben has changed" in shown.text) == (409, True)


def test_a_flag_is_shown_with_what_was_seen_and_settled_with_a_note(site: Site) -> None:
    send(site, ("a.txt", f"{TEXT} Ask anna.puig@example.org about it.".encode()))
    [key] = drafts(site)
    ada = site.browser("ada")
    form = ada.get(f"/staff/intake/{key}").text
    assert ("Personal data" in form, "anna.puig@example.org" in form) == (True, True)
    fields = {"document_id": key, "version": "1", "matter": "personal-data"}
    assert "Say why it may stand" in ada.post("/staff/intake:settle", **fields, note=" ").text
    assert ada.post("/staff/intake:settle", **fields, note="she agreed").status_code == 303
    [concern] = [one for one in site.app.catalogue.concerns(key, 1) if one.matter is Matter.PERSONAL]
    assert (concern.settled_by, concern.note) == ("ada", "she agreed")


def test_a_published_document_is_shown_and_cannot_be_changed_here(site: Site) -> None:
    ada = site.browser("ada")
    assert 'name="title"' not in ada.get("/staff/intake/japan/devices").text
    assert ada.post("/staff/intake/japan/devices", **FIELDS).status_code == 409
    assert site.app.catalogue.document("japan/devices").metadata.title == "Devices in Japan"


def test_other_pages_answer_while_files_are_read(site: Site) -> None:
    many = [(f"{number}.pdf", pdf([[f"{TEXT} {number} {line}" for line in range(40)]] * 5)) for number in range(3)]
    rosa, answered = site.browser("rosa"), 0
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send, site, *many)
        while not sending.done():
            begun = bool(drafts(site))  # the first file was read, and the last one is not
            assert rosa.get("/staff/").status_code == 200
            answered += begun and len(drafts(site)) < len(many)
    assert sending.result().status_code == 200
    assert len(drafts(site)) == len(many)
    assert answered >= 3, answered
