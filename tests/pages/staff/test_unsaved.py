"""What the pages say to the script that keeps unsaved text in the browser; what it does is seen in tests/browser."""

from __future__ import annotations

import re

import httpx

from tests.staff_pages import Site, fill, form_of

NEW = "/staff/new-document"
TYPED = {"title": "Fairs in Japan", "publisher": "BioM", "body": "## Fairs\nThey are in May."}


def said(html: str) -> dict[str, str]:
    """What a form tells the script."""
    [form] = re.findall(r"<form [^>]*data-unsaved[^>]*>", html)
    return dict(re.findall(r'data-([a-z]+)="([^"]*)"', form))


def scripted(answer: httpx.Response) -> bool:
    """Whether the page has the script and its policy allows it: both or none."""
    has = '<script src="/staff/unsaved.js" defer></script>' in answer.text
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
