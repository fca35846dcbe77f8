"""Signing in to the staff pages, over a real server on this machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markupsafe import escape

from assistant.accounts.accounts import Details, Role
from assistant.accounts.attempts import FORGOTTEN
from assistant.accounts.sessions import IDLE, LONGEST
from assistant.texts import say
from corpus.vocabulary import LANGUAGES
from tests.conftest import House, served
from tests.staff_pages import COOKIE, PASSWORD, Browser, Site, peopled, web

# Signing in and out


def test_a_page_asks_to_sign_in_and_comes_back_to_where_the_person_was_going(site: Site) -> None:
    browser = site.browser()
    sent = browser.get("/staff/accounts?words=a%20b&number=1")
    assert sent.status_code == 303
    form = browser.get(sent.headers["location"]).text
    wanted = re.search(r'name="next" value="([^"]*)"', form)
    assert wanted is not None
    signed_in = browser.sign_in("anna", next=wanted[1].replace("&amp;", "&"))
    assert signed_in.headers["location"] == "/staff/accounts?words=a%20b&number=1"
    assert browser.get(signed_in.headers["location"]).status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "///evil.example"),
        *(
            "javascript:alert(1)",
            "http:evil.example",
            " /staff/",
            "/\t/evil.example",
            "/\r\nLocation: x",
            "evil",
            "/@x:",
        ),
    ],
)
def test_signing_in_never_leads_to_another_site(site: Site, elsewhere: str) -> None:
    browser = site.browser()
    assert browser.sign_in("anna", next=elsewhere).headers["location"] == "/staff/"
    assert browser.client.get("/staff/sign-in", params={"next": elsewhere}).headers["location"] == "/staff/"


def test_members_go_on_to_the_chat_and_staff_to_their_pages(site: Site) -> None:
    assert site.browser().sign_in("mia").headers["location"] == "/"
    assert site.browser().sign_in("ada").headers["location"] == "/staff/"


def test_the_chat_is_read_on_behalf_of_whoever_asks_just_then(site: Site) -> None:
    browser = site.browser()
    assert browser.get("/").json() == "anyone"
    for name, reader in (("mia", "member"), ("ada", "staff"), ("rosa", "staff"), ("anna", "staff")):
        assert site.browser(name).get("/").json() == reader
    member = site.browser("mia")
    site.app.accounts.disable("mia", who="test")
    assert member.get("/").json() == "anyone"


def test_signing_out_ends_the_session_on_the_server_too(site: Site) -> None:
    browser = site.browser("ada")
    token = browser.token
    assert browser.post("/staff/sign-out").headers["location"] == "/staff/sign-in"
    assert "You are signed out." in browser.get("/staff/sign-in").text
    assert "You are signed out." not in browser.get("/staff/sign-in").text
    browser.client.cookies.set(COOKIE, token)
    assert browser.get("/staff/").status_code == 303


def test_a_code_given_by_an_administrator_is_seen_once_and_becomes_a_password(site: Site) -> None:
    administrator, person = site.browser("anna"), site.browser()
    details = {"display_name": "Bea Rossi", "role": "author", "cluster": "biopmed", "language": "it"}
    shown = administrator.post("/staff/new-account", name="bea", **details)
    code = re.search(r"<code>([A-Z2-9-]{19})</code>", shown.text)
    assert code is not None
    for path in ("/staff/accounts", "/staff/accounts/bea", "/staff/new-account"):
        assert code[1] not in administrator.get(path).text
    weak_password = "bea rossi 12"  # noqa: S105 - to be refused
    weak = person.post("/staff/code", form_token="", name="bea", code=code[1], password=weak_password)
    assert weak.status_code == 422
    assert "easily guessed" in weak.text
    done = person.post("/staff/code", form_token="", name="bea", code=code[1], password=PASSWORD)
    assert done.headers["location"] == "/staff/"
    assert "Buongiorno, Bea Rossi" in person.get("/staff/").text


def test_people_change_their_language_and_password_and_stay_signed_in_here_only(site: Site) -> None:
    here, elsewhere = site.browser("ada"), site.browser("ada")
    here.post("/staff/account/language", language="de")
    assert "Guten Tag, Ada" in here.get("/staff/").text
    wrong = here.post("/staff/account/password", old="wrong", new="dreizehn blaue ziegel")
    assert wrong.status_code == 401
    assert "Das ist nicht das bisherige Passwort" in wrong.text
    assert here.post("/staff/account/password", old=PASSWORD, new="dreizehn blaue ziegel").status_code == 303
    assert here.get("/staff/").status_code == 200
    assert elsewhere.get("/staff/").status_code == 303
    assert site.browser().sign_in("ada").status_code == 401


# Attacks


def test_a_session_chosen_by_somebody_else_is_never_signed_in(site: Site) -> None:
    attacker = site.browser("mia")
    for chosen in ("chosen-by-the-attacker", attacker.token):
        victim = site.browser()
        victim.client.cookies.set(COOKIE, chosen, domain="127.0.0.1")
        assert victim.sign_in("anna").status_code == 303
        assert victim.get("/staff/accounts").status_code == 200
        other = Browser(site.url, cookies={COOKIE: chosen})
        assert other.get("/staff/accounts").status_code == 303


def test_signing_in_again_ends_the_session_that_the_browser_had(site: Site) -> None:
    browser = site.browser("ada")
    before = browser.token
    assert browser.sign_in("anna").status_code == 303
    other = Browser(site.url, cookies={COOKIE: before})
    assert other.get("/staff/").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
    ],
)
def test_what_another_site_makes_a_browser_send_is_refused(site: Site, headers: dict[str, str]) -> None:
    administrator = site.browser("anna")
    token = administrator.form_token()
    forged = administrator.client.post("/staff/accounts/ada/disable", data={"form_token": token}, headers=headers)
    assert forged.status_code == 403
    assert "not sent from a page of yours" in forged.text
    assert not site.app.accounts.account("ada").disabled
    login = {"name": "ada", "password": PASSWORD}
    assert site.browser().client.post("/staff/sign-in", data=login, headers=headers).status_code == 403


def test_a_form_without_the_token_of_its_own_session_is_refused(site: Site) -> None:
    administrator, other = site.browser("anna"), site.browser("anna")
    for token in ("", "x", other.form_token(), administrator.token, "ü"):
        assert administrator.post("/staff/accounts/ada/disable", form_token=token).status_code == 403
    assert not site.app.accounts.account("ada").disabled
    assert administrator.post("/staff/accounts/ada/disable").status_code == 303
    assert site.app.accounts.account("ada").disabled


def test_guessing_passwords_has_to_wait_longer_each_time_and_hurts_no_other_account(site: Site) -> None:
    guesser, waits = site.browser(), []
    for _ in range(9):
        answer = guesser.sign_in("ada", "wrong")
        if answer.status_code == 429:
            waits.append(int(answer.headers["retry-after"]))
            site.clock.now += waits[-1]
        else:
            assert answer.status_code == 401
    assert waits == [30, 60]
    assert guesser.sign_in("ada").status_code == 429
    assert site.browser().sign_in("rosa").status_code == 303
    site.clock.now += 120
    assert guesser.sign_in("ada").status_code == 303


def test_a_stranger_who_guesses_does_not_keep_a_person_out_of_their_browser_and_they_are_told(site: Site) -> None:
    for language in LANGUAGES:
        site.app.accounts.speak("ada", language)
        own, stranger = site.browser("ada"), site.browser()
        own.post("/staff/sign-out")
        while stranger.sign_in("ada", "wrong").status_code == 401:
            pass
        assert stranger.sign_in("ada").status_code == 429
        assert own.sign_in("ada").headers["location"] == "/staff/"
        assert escape(say(language, "done_wrong_attempts", count=5)) in own.get("/staff/").text
        assert str(escape(say(language, "done_wrong_attempts", count=5))) not in own.get("/staff/").text
        site.app.accounts.enable("ada", who="test")
        site.clock.now += FORGOTTEN + 1


def test_a_member_is_told_of_wrong_attempts_on_the_page_of_the_own_account(site: Site) -> None:
    site.browser().sign_in("mia", "wrong")
    browser = site.browser()
    assert browser.sign_in("mia").headers["location"] == "/staff/account"
    assert escape(say("en", "done_wrong_attempts", count=1)) in browser.get("/staff/account").text


def test_what_a_browser_keeps_of_an_account_can_be_read_by_no_script_and_signs_in_nobody(site: Site) -> None:
    browser = site.browser()
    cookies = browser.sign_in("ada").headers.get_list("set-cookie")
    [device] = [one for one in cookies if one.startswith("market-entry-device-")]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(device.split("; "))
    name, _, value = device.partition(";")[0].partition("=")
    other = Browser(site.url, cookies={name: value, COOKIE: value})
    assert other.get("/staff/").status_code == 303
    assert "ada" not in name


def test_signing_in_tells_nothing_about_which_accounts_there_are(site: Site) -> None:
    def answers(name: str) -> list[tuple[int, str]]:
        browser = site.browser()
        found = [browser.sign_in(name, "wrong") for _ in range(7)]
        return [(answer.status_code, answer.text.replace(name, "NAME")) for answer in found]

    assert answers("ada") == answers("eve")


def test_cookies_that_were_tampered_with_are_nobodys(site: Site) -> None:
    browser = site.browser("anna")
    token = browser.token
    for wrong in (token[:-1], token + "a", token[::-1], "", "%00", "a" * 5000, '"quoted"'):
        other = Browser(site.url, headers={"Cookie": f"{COOKIE}={wrong}"})
        assert other.get("/staff/").status_code == 303
        assert other.get("/").json() == "anyone"


def test_an_idle_or_old_session_asks_to_sign_in_and_a_form_says_so(site: Site) -> None:
    browser = site.browser("anna")
    token = browser.form_token()
    site.clock.now += IDLE + 1
    assert browser.get("/staff/").status_code == 303
    late = browser.post("/staff/accounts/ada/disable", form_token=token)
    assert late.status_code == 401
    assert "sign in and do it again" in late.text
    assert not site.app.accounts.account("ada").disabled
    assert browser.sign_in("anna").status_code == 303
    for _ in range(LONGEST // (IDLE - 60) + 1):
        site.clock.now += IDLE - 60
        browser.get("/staff/")
    assert browser.get("/staff/").status_code == 303


def test_whoever_is_disabled_or_loses_a_role_notices_at_the_next_request(site: Site) -> None:
    author, administrator = site.browser("ada"), site.browser("anna")
    assert author.get("/staff/").status_code == 200
    administrator.post("/staff/accounts/ada", display_name="Ada", role="member", cluster="biom", language="en")
    assert author.get("/staff/").status_code == 403
    administrator.post("/staff/accounts/ada/disable")
    assert author.get("/staff/").status_code == 303


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "a&lt;b"])
def test_names_stay_text_on_every_page(site: Site, name: str) -> None:
    site.app.accounts.change("anna", Details(display_name=name, role=Role.ADMINISTRATOR), who="test")
    browser = site.browser("anna")
    for path in ("/staff/", "/staff/account", "/staff/accounts", "/staff/accounts/anna", "/staff/nothing"):
        html = browser.get(path).text
        assert "<script>" not in html
        assert "<img" not in html
        assert ">49" not in html
        assert name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;") in html
    searched = browser.client.get("/staff/accounts", params={"words": name}).text
    assert "<script" not in searched
    assert "<img" not in searched
    refused = site.browser().sign_in(name, "wrong").text
    assert "<script" not in refused
    assert "<img" not in refused


def test_the_notice_of_a_page_is_one_of_our_texts_whatever_the_cookie_says(site: Site) -> None:
    for planted in ("<b>owned</b>", "sign_in", "done_nothing", "done_wrong_attempts", "done_signed_out"):
        shown = Browser(site.url, headers={"Cookie": f"notice={planted}"}).get("/staff/sign-in").text
        assert "owned" not in shown
        assert ('class="notice"' in shown) == (planted == "done_signed_out")


def test_nobody_sends_much_before_signing_in(site: Site) -> None:
    stranger = site.browser()
    large = {"name": "a" * 70_000, "password": "b"}
    assert stranger.client.post("/staff/sign-in", data=large).status_code == 413
    assert stranger.client.post("/staff/accounts/ada", data=large).status_code == 413
    unending = stranger.client.post("/staff/sign-in", content=iter([b"name=a&", b"password=b"]))
    assert unending.status_code == 411
    assert stranger.sign_in("a" * 2000).status_code == 422


def test_a_session_of_one_home_is_nobodys_at_another_server(site: Site, empty_house: House, tmp_path: Path) -> None:
    other = peopled(empty_house, tmp_path / "others.sqlite", site.clock)
    with served(web(other)) as url:
        browser = Browser(url, cookies={COOKIE: site.browser("anna").token})
        assert browser.get("/staff/").status_code == 303
        assert browser.get("/").json() == "anyone"
    other.accounts.close()
