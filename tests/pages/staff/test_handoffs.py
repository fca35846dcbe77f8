"""The staff's pages on what companies have handed over: each for the cluster that the company agreed to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from markupsafe import escape

from assistant.accounts.accounts import Details, Role
from assistant.app import App
from assistant.desk.arrivals import arrivals
from assistant.handoff.handoffs import HandoffStage
from assistant.texts import say
from corpus.vocabulary import LANGUAGES
from tests.conftest import Clock, House, installation, served
from tests.letters import QUESTION, SEEKING, hand_over
from tests.staff_pages import PASSWORD, Browser, Site, web

# What each account may do with a letter to BioM: who it is, read it, see to it, close it, and whether the list has it.
LETTERS: dict[str, tuple[Role, str, int, int, int, bool]] = {
    "nobody": (Role.MEMBER, "", 303, 401, 401, False),
    "member": (Role.MEMBER, "biom", 403, 403, 403, False),
    "author": (Role.AUTHOR, "biom", 200, 303, 303, True),
    "reviewer": (Role.REVIEWER, "biom", 200, 303, 303, True),
    "administrator": (Role.ADMINISTRATOR, "biom", 200, 303, 303, True),
    "author-elsewhere": (Role.AUTHOR, "biocat", 404, 404, 404, False),
    "reviewer-elsewhere": (Role.REVIEWER, "biocat", 404, 404, 404, False),
    "administrator-elsewhere": (Role.ADMINISTRATOR, "biocat", 200, 303, 303, True),
    "author-of-the-alliance": (Role.AUTHOR, "", 404, 404, 404, False),
    "reviewer-of-the-alliance": (Role.REVIEWER, "", 404, 404, 404, False),
    "administrator-of-the-alliance": (Role.ADMINISTRATOR, "", 200, 303, 303, True),
}


@pytest.fixture
def site(house: House, tmp_path: Path) -> Iterator[Site]:
    clock = Clock()
    app = installation(house, tmp_path / "accounts.sqlite", clock)
    for name, (role, cluster, *_) in LETTERS.items():
        if name != "nobody":
            code = app.accounts.add(name, Details(display_name=name, role=role, cluster=cluster), who="test")
            app.sessions.use_code(name, code, PASSWORD, address="")
    with served(web(app)) as url:
        yield Site(app, clock, url)
    app.handoffs.close()
    app.accounts.close()


def visitor(site: Site, name: str) -> Browser:
    return site.browser("" if name == "nobody" else name)


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_there_for_the_staff_of_its_cluster_and_for_administrators(site: Site, name: str) -> None:
    _, _, read, take, close, listed = LETTERS[name]
    letter = hand_over(site.app.handoffs)
    browser = visitor(site, name)
    path = f"/staff/handoffs/{letter.number}"
    shown = browser.get(path)
    assert shown.status_code == read
    assert (escape(QUESTION.person) in shown.text) == (read == 200)
    assert browser.post(f"{path}/take").status_code == take
    assert (site.app.handoffs.handoff(letter.number).stage is HandoffStage.TAKEN) == (take == 303)
    assert (letter.letter.subject in browser.get("/staff/handoffs").text) == listed
    assert browser.post(f"{path}/close", outcome="answered").status_code == close
    assert (site.app.handoffs.handoff(letter.number).stage is HandoffStage.CLOSED) == (close == 303)
    assert (letter.letter.subject in browser.get("/staff/handoffs?closed=true").text) == (listed and close == 303)


def test_a_letter_to_others_is_told_like_one_that_there_is_not(site: Site) -> None:
    letter = hand_over(site.app.handoffs)
    browser = site.browser("author-elsewhere")
    foreign, none = (browser.get(f"/staff/handoffs/{number}") for number in (letter.number, letter.number + 1))
    assert (foreign.status_code, none.status_code) == (404, 404)
    assert foreign.text == re.sub(rf"(hand-off |handoffs/){letter.number + 1}", rf"\g<1>{letter.number}", none.text)


def test_whoever_changes_to_another_cluster_changes_the_letters_that_they_see(site: Site) -> None:
    letter = hand_over(site.app.handoffs)
    browser = site.browser("author")
    assert browser.get(f"/staff/handoffs/{letter.number}").status_code == 200
    site.app.accounts.change("author", Details(display_name="A", role=Role.AUTHOR, cluster="biocat"), who="test")
    assert browser.get(f"/staff/handoffs/{letter.number}").status_code == 404


def partners(app: App) -> tuple[int, int]:
    """A company that seeks a partner and wrote to BioM, and one that may fit and wrote to Biocat."""
    one = hand_over(app.handoffs, SEEKING)
    other = replace(
        SEEKING, cluster="biocat", company="Clinics of Vic", person="Pau Serra", email="pau@vic.example", country="Vic"
    )
    return one.number, hand_over(app.handoffs, replace(other, offered="distributor", sought="implant")).number


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_partner_that_wrote_to_others_only_what_is_in_common_is_shown(site: Site, language: str) -> None:
    number, other = partners(site.app)
    site.app.accounts.speak("author", language)
    shown = site.browser("author").get(f"/staff/handoffs/{number}").text
    assert escape(say(language, "handoff_match_elsewhere", cluster="Biocat", number=other)) in shown
    assert site.app.vocabulary.markets["japan"].name(language) in shown
    assert not [text for text in ("Vic", "Pau", "distributor</", "vic.example", f"handoffs/{other}") if text in shown]


def test_an_administrator_is_led_to_the_letters_of_both_partners(site: Site) -> None:
    number, other = partners(site.app)
    shown = site.browser("administrator").get(f"/staff/handoffs/{number}").text
    assert f'href="/staff/handoffs/{other}"' in shown
    assert "Clinics of Vic" in shown


def test_who_wants_it_is_told_of_arrivals_by_mail_and_off_is_where_one_begins(site: Site) -> None:
    author, where = site.browser("author"), "/staff/account"
    assert say("en", "mails_no_server") in author.get(where).text
    assert say("en", "mails") not in site.browser("member").get(where).text
    sending = site.app.settings.model_copy(update={"smtp_host": "127.0.0.1"})
    with served(web(replace(site.app, settings=sending))) as url:
        author = Browser(url)
        author.sign_in("author")
        assert say("en", "mails_no_address") in author.get(where).text
        details = Details(display_name="A", role=Role.AUTHOR, cluster="biom", email="author@example.org")
        site.app.accounts.change("author", details, who="test")
        box = re.compile(r'name="wanted" value="true"[^>]*>')
        assert "checked" not in box.findall(author.get(where).text)[0]
        hand_over(site.app.handoffs)
        assert author.post(f"{where}/mails", wanted="true").status_code == 303
        assert "checked" in box.findall(author.get(where).text)[0]
        assert list(arrivals(site.app)) == []
        hand_over(site.app.handoffs)
        assert [one.account.name for one in arrivals(site.app)] == ["author"]
        assert author.post(f"{where}/mails").status_code == 303
        assert "checked" not in box.findall(author.get(where).text)[0]


def test_a_letter_waits_on_the_first_page_of_those_who_see_to_it(site: Site) -> None:
    letter = hand_over(site.app.handoffs)
    assert f"/staff/handoffs/{letter.number}" in site.browser("author").get("/staff/").text
    assert f"/staff/handoffs/{letter.number}" not in site.browser("author-elsewhere").get("/staff/").text
