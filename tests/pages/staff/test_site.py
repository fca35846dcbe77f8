"""What all staff pages have in common, over a real server on this machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter

from assistant.accounts.accounts import Account, Details, Role
from assistant.app import App
from assistant.texts import say
from corpus.vocabulary import LANGUAGES
from pages.staff import sign_in
from pages.staff.person import person
from pages.staff.site import site_of
from tests.conftest import Clock, served
from tests.markup import KEEPS
from tests.staff_pages import Site, web

PATHS = ("/staff/", "/staff/accounts", "/staff/accounts/ada", "/staff/new-account", "/staff/account", "/staff/none")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_speaks_every_language_with_no_script_style_or_empty_link_of_its_own(
    site: Site, language: str
) -> None:
    site.app.accounts.speak("anna", language)
    stranger = site.browser(**{"Accept-Language": language})
    browser = site.browser("anna")
    pages = [browser.get(path) for path in PATHS]
    pages += [stranger.get("/staff/sign-in"), stranger.get("/staff/code"), stranger.sign_in("anna", "wrong")]
    pages += [browser.post("/staff/new-account", name="ada", display_name="A", role="member")]
    for answer in pages:
        html = answer.text.replace(KEEPS, "", 1)
        assert f'<html lang="{language}">' in html
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|href=\"\"|javascript:", html)
        assert html.count("<h1>") == 1
        assert re.search(r"<title>.+ – .+</title>", html)
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        described = {name for names in re.findall(r'aria-describedby="([^"]+)"', html) for name in names.split()}
        assert described | set(re.findall(r'<label for="([^"]+)"', html)) <= set(ids)


def test_every_answer_keeps_browsers_and_caches_strict(site: Site) -> None:
    browser, stranger = site.browser("anna"), site.browser()
    answers = [browser.get(path) for path in PATHS]
    answers += [stranger.get("/staff/"), stranger.get("/staff/sign-in"), stranger.sign_in("anna", "wrong")]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert policy.count("script-src") == policy.count("script-src 'self'") == ("<script" in answer.text)
    assert stranger.get("/staff/staff.css").headers["content-type"].startswith("text/css")


def test_the_navigation_offers_what_there_is_and_the_person_may_use(site: Site) -> None:
    def offered(name: str) -> list[str]:
        html = site.browser(name).get("/staff/account").text
        parts = re.search(r'<nav class="parts".*?</nav>', html, re.S)
        return re.findall(r'href="([^"]+)"', parts[0]) if parts else []

    assert offered("mia") == []
    everybodys = ("/", "/documents", "/intake", "/due", "/sources", "/gaps", "/try", "/handoffs", "/coverage")
    assert offered("ada") == [f"/staff{path}" for path in everybodys]
    assert set(offered("anna")) - set(offered("ada")) == {"/staff/report", "/staff/accounts"}


def test_the_last_administrator_is_told_so_where_the_form_is(site: Site) -> None:
    browser = site.browser("anna")
    refused = browser.post("/staff/accounts/anna", display_name="Anna", role="author")
    assert refused.status_code == 409
    assert "last administrator" in refused.text
    assert browser.post("/staff/accounts/anna/disable").status_code == 409
    assert browser.get("/staff/").status_code == 200


def test_accounts_are_found_and_turned_over_a_page_at_a_time(site: Site) -> None:
    for number in range(60):
        details = Details(display_name=f"Company {number:02}", role=Role.MEMBER, cluster="lyonbiopole")
        site.app.accounts.add(f"company{number:02}", details, who="test")
    browser = site.browser("anna")
    first = browser.get("/staff/accounts?words=company").text
    assert "Accounts: 60" in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = browser.get(following[1].replace("&amp;", "&")).text
    assert "Company 59" in second
    assert "Company 49" not in second
    assert browser.get("/staff/accounts?number=0").status_code == 422


def test_a_store_that_cannot_be_read_is_told_with_a_status_for_later(site: Site, tmp_path: Path) -> None:
    browser = site.browser("anna")
    for path in tmp_path.glob("accounts.sqlite*"):
        path.write_bytes(b"garbage" * 1000)
    broken = browser.get("/staff/accounts")
    assert broken.status_code == 503
    assert say("en", "page_unavailable") in broken.text
    assert "accounts.sqlite" not in broken.text


def test_what_nobody_foresaw_is_one_sentence_with_an_id_and_shows_nothing(app: App, clock: Clock) -> None:
    router = APIRouter()

    @router.get("/account")
    def fails(_somebody: Annotated[Account, person()]) -> None:
        raise ValueError("the secret of the house")

    with served(web(app, site_of(app, [router, sign_in.router], sign_in.OPEN_PATHS))) as url:
        failed = Site(app, clock, url).browser("ada").get("/staff/account")
    assert failed.status_code == 500
    assert re.search(r"recorded as [0-9a-f]{8}\.", failed.text)
    assert "secret" not in failed.text
    assert failed.headers["cache-control"] == "no-store"
