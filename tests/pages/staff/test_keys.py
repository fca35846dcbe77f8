"""The keys on the staff pages."""

from __future__ import annotations

import re

from tests.staff_pages import Site


def test_an_administrator_makes_a_key_sees_it_once_and_revokes_it(site: Site) -> None:
    browser = site.browser("anna")
    made = browser.post("/staff/keys", name="Members' area", scope="ask")
    [token] = re.findall(r"<code>(mek_[\w-]+)</code>", made.text)
    assert site.app.keys.used(token).made_by == "anna"
    listed = browser.get("/staff/keys").text
    assert "Members&#39; area" in listed
    assert token not in listed
    assert browser.post("/staff/keys/1/revoke").status_code == 303
    assert "The key is revoked." in browser.get("/staff/keys").text
    assert not site.app.keys.all()[0].valid


def test_a_key_that_cannot_be_made_says_why_and_keeps_what_was_typed(site: Site) -> None:
    refused = site.browser("anna").post("/staff/keys", name="A site", scope="curate")
    assert refused.status_code == 422
    assert "in the name of an account that may write" in refused.text
    assert 'value="A site"' in refused.text
    assert 'value="curate" checked' in refused.text
