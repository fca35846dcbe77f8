"""What the pages say to the script that keeps unsaved text in the browser; what it does is seen in tests/browser."""

from __future__ import annotations

import re
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter

from assistant.accounts.accounts import Account
from assistant.accounts.sessions import IDLE
from assistant.app import App
from assistant.texts import say
from corpus.vocabulary import LANGUAGES
from pages.staff import own_account, sign_in
from pages.staff.person import person
from pages.staff.site import site_of
from tests.conftest import Clock, served
from tests.markup import KEEPS
from tests.staff_pages import Site, fill, form_of, web

NEW = "/staff/new-document"
TYPED = {"title": "Fairs in Japan", "publisher": "BioM", "body": "## Fairs\nThey are in May."}


def said(html: str) -> dict[str, str]:
    """What a form tells the script."""
    [form] = re.findall(r"<form [^>]*data-unsaved[^>]*>", html)
    return dict(re.findall(r'data-([a-z]+)="([^"]*)"', form))


def scripted(answer: httpx.Response) -> bool:
    """Whether the page has the script and its policy allows it: both or none."""
    has = KEEPS in answer.text
    assert has == ("script-src 'self'" in answer.headers["content-security-policy"])
    return has


def test_a_form_names_its_account_document_and_version_and_whether_it_holds_what_was_typed(site: Site) -> None:
    ada = site.browser("ada")
    opened = ada.get(NEW)
    assert scripted(opened)
    assert said(opened.text) == {"unsaved": "new", "account": "ada", "version": "0"}
    again = fill(ada, NEW, title="")
    assert scripted(again)
    assert said(again.text) == {"unsaved": "new", "account": "ada", "version": "0", "typed": "1"}
    assert fill(ada, NEW, **TYPED).status_code == 303
    document = "/staff/documents/general/fairs-in-japan"
    saved = ada.get(document)
    assert scripted(saved)
    assert 'role="status" data-saved="1"' in saved.text
    assert not scripted(ada.get(document))
    edited = ada.get(f"{document}:edit")
    assert said(edited.text) == {"unsaved": "general/fairs-in-japan", "account": "ada", "version": "1"}
    assert said(ada.get("/staff/intake/general/fairs-in-japan").text)["unsaved"] == "intake/general/fairs-in-japan"
    assert not scripted(ada.get("/staff/documents"))


def test_what_is_put_back_is_shown_as_it_was_typed_and_not_saved(site: Site) -> None:
    ada = site.browser("ada")
    fill(ada, NEW, **TYPED)
    document = "general/fairs-in-japan"
    back = ada.post(f"/staff/intake/{document}", more="1", version="1", title="Typed <b>before</b>")
    assert 'value="Typed &lt;b&gt;before&lt;/b&gt;"' in back.text
    assert said(back.text)["typed"] == "1"
    form = form_of(ada.get(f"/staff/documents/{document}:edit").text)
    back = fill(ada, f"/staff/documents/{document}:edit", form | {"more": ["1"]}, body="Typed before")
    assert form_of(back.text)["body"] == ["Typed before"]
    assert len(site.app.catalogue.versions(document)) == 1


def test_whoever_signs_out_is_named_once_on_the_page_that_follows(site: Site) -> None:
    ada = site.browser("ada")
    ada.post("/staff/sign-out")
    out = ada.get("/staff/sign-in")
    assert scripted(out)
    assert 'data-signed-out="ada"' in out.text
    again = ada.get("/staff/sign-in")
    assert not scripted(again)
    assert "signed-out" not in again.text
    ada.client.cookies.set("notice", 'done_saved:"><script>')
    assert "><script>" not in ada.get("/staff/sign-in").text


def leads_back(answer: httpx.Response, language: str = "en") -> bool:
    """Whether the page of a failure can tell that the text is kept."""
    told = f'<div class="unsaved" role="status" data-kept="{say(language, "unsaved_kept")}"'
    return scripted(answer) and told in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_whatever_failed_after_a_form_was_sent_can_lead_back_to_it(
    app: App, clock: Clock, language: str
) -> None:
    router = APIRouter()

    @router.post("/new-document")
    def fails(_somebody: Annotated[Account, person()]) -> None:
        raise ValueError("nobody foresaw this")

    routers = [router, own_account.router, sign_in.router]
    with served(web(app, site_of(app, routers, sign_in.OPEN_PATHS))) as url:
        ada = Site(app, clock, url).browser("ada", **{"Accept-Language": language})
        failed = ada.post(NEW, **TYPED)
        assert failed.status_code == 500
        assert leads_back(failed, language)
        assert not scripted(ada.get("/staff/none"))


def test_a_session_that_has_ended_leads_back_too(site: Site) -> None:
    ada = site.browser("ada")
    form = form_of(ada.get(NEW).text)
    site.clock.now += IDLE + 1
    late = fill(ada, NEW, form, **TYPED)
    assert late.status_code == 401
    assert leads_back(late)
