"""The pages for following the library by mail: asked for, confirmed and stopped, by the links of real mails."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from assistant.app import App
from assistant.handoff.watching.changes import Followed
from assistant.texts import say
from corpus.documents import Access
from corpus.vocabulary import LANGUAGES
from tests.conftest import House, installation
from tests.mail_server import PostOffice, post_office
from tests.pages.public.test_public import visiting
from tests.staff_pages import add_document

ANA = "ana@groesse.example"
DAY = 86_400.0


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def app(house: House, office: PostOffice, tmp_path: Path) -> Iterator[App]:
    mail = {name: getattr(office.settings(tmp_path), name) for name in ("smtp_host", "smtp_port", "smtp_sender")}
    accounts = tmp_path / "accounts.sqlite"
    app = installation(house, accounts, public_url="https://market.example.org", smtp_starttls=False, **mail)  # type: ignore[arg-type]
    yield app
    app.close()


@pytest.fixture
def visitor(app: App) -> TestClient:
    return visiting(app)


def asked(visitor: TestClient, email: str = ANA, language: str = "en", **followed: str) -> str:
    answer = visitor.post("/watch", params={"language": language}, data={"email": email, **followed})
    assert answer.status_code == 200
    return unescape(answer.text)


def mailed(app: App, office: PostOffice) -> str:
    """The path of the link in the one mail that is due now."""
    assert app.watch_mails.send_due() == (1, 0)
    [link] = re.findall(r"https://market\.example\.org/watch/\S+", office.mails.pop().get_content())
    return str(urlsplit(link).path)


def following(visitor: TestClient, app: App, office: PostOffice, **followed: str) -> str:
    """Follow something by all the steps; returns the path of the link."""
    asked(visitor, **followed)
    path = mailed(app, office)
    number = re.search(r'name="number" value="(\d+)"', visitor.get(path).text)
    assert number is not None
    assert visitor.post(path, data={"what": "confirm", "number": number[1]}).status_code == 200
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_beside_the_feed_leads_to_the_form_and_a_mail_to_the_page_that_confirms(
    visitor: TestClient, app: App, office: PostOffice, language: str
) -> None:
    page = unescape(visitor.get("/library", params={"market": "brazil", "language": language}).text)
    [address] = re.findall(r'href="(/watch[^"]*)">([^<]*)</a>', page)
    assert address == (f"/watch?market=brazil&language={language}", say(language, "watch_follow"))
    assert 'name="market" value="brazil"' in visitor.get(address[0]).text
    assert say(language, "watch_asked", days=7) in asked(visitor, language=language, market="brazil")
    path = mailed(app, office)
    opened = unescape(visitor.get(path, params={"language": language}).text)
    assert app.watches.consent_in(language) in opened
    assert not app.watches.all()[0].confirmed  # a mail scanner opens links, too
    visitor.post(path, params={"language": language}, data={"what": "confirm", "number": "1"})
    [watch] = app.watches.all()
    assert (watch.followed, watch.email, watch.language) == (Followed(market="brazil"), ANA, language)
    assert (watch.confirmed, watch.consent) == (True, app.watches.consent_in(language))


def test_the_page_does_not_tell_whether_an_address_is_known(visitor: TestClient, app: App, office: PostOffice) -> None:
    following(visitor, app, office, market="brazil")
    known = asked(visitor, market="brazil")
    unknown = asked(visitor, email="ben@isar.example", market="brazil")
    assert known == unknown


def test_the_link_of_a_mail_shows_all_that_its_address_follows_and_stops_it_with_a_receipt(
    visitor: TestClient, app: App, office: PostOffice
) -> None:
    path = following(visitor, app, office, market="brazil")
    following(visitor, app, office, topic="costs")
    asked(visitor, email="ben@isar.example", market="brazil")
    page = visitor.get(path, params={"language": "en"}).text
    brazil, fees = (app.watch_mails.called(one, "en") for one in (Followed(market="brazil"), Followed(topic="costs")))
    assert re.findall(r"<li><p><b>([^<]*)</b>", page) == [brazil, fees]
    foreign = app.watches.of_address("ben@isar.example")[0].number
    assert visitor.post(path, data={"what": "stop", "number": str(foreign)}).status_code == 404
    stopped = visitor.post(path, params={"language": "en"}, data={"what": "stop", "number": "1"}).text
    [mark] = app.erasures.marks()
    assert f"Receipt: {mark.receipt}." in stopped
    assert re.findall(r"<li><p><b>([^<]*)</b>", stopped) == [fees]
    assert visitor.get(path).status_code == 404
    assert [one.email for one in app.watches.all()] == [ANA, "ben@isar.example"]


def test_one_click_in_a_mail_program_stops_all_that_the_mail_was_for(
    visitor: TestClient, app: App, office: PostOffice, house: House
) -> None:
    app.watches.now = lambda: time.time() - 10 * DAY
    following(visitor, app, office, market="brazil")
    following(visitor, app, office, topic="costs")
    app.watches.now = lambda: time.time() + DAY
    add_document(house, "brazil/fees", markets=frozenset({"brazil"}), topics=frozenset({"costs"}))
    assert app.watch_mails.send_due() == (1, 0)
    [mail] = office.mails
    link = urlsplit(mail["List-Unsubscribe"].strip("<>"))
    assert (link.scheme, mail["List-Unsubscribe-Post"]) == ("https", "List-Unsubscribe=One-Click")
    assert visitor.get(link.path).status_code == 200
    assert len(app.watches.all()) == 2  # to look at it stops nothing
    done = visitor.post(link.path, data={"List-Unsubscribe": "One-Click"})
    assert (done.status_code, app.watches.all()) == (200, [])
    assert visitor.post(link.path, data={"List-Unsubscribe": "One-Click"}).status_code == 404


def test_what_is_not_there_or_not_for_everybody_cannot_be_followed(visitor: TestClient, house: House) -> None:
    add_document(house, "brazil/hidden", access=Access.MEMBERS)
    for followed in (
        {"market": "atlantis"},
        {"topic": "nothing"},
        {"document": "nothing"},
        {"document": "brazil/hidden"},
        {"document": "japan/devices", "market": "japan"},
    ):
        assert visitor.get("/watch", params=followed).status_code == 404
        assert visitor.post("/watch", data={"email": ANA, **followed}).status_code == 404
    assert visitor.get("/watch/guessed").status_code == 404
    assert visitor.post("/watch/guessed/stop").status_code == 404


def test_a_wrong_address_is_told_and_a_form_that_a_program_fills_in_sends_nothing(
    visitor: TestClient, app: App
) -> None:
    wrong = visitor.post("/watch?language=en", data={"email": "ana", "market": "brazil"})
    assert wrong.status_code == 422
    assert say("en", "handoff_email_bad") in unescape(wrong.text)
    assert 'value="ana"' in wrong.text
    asked(visitor, market="brazil", website="https://spam.example")
    assert app.watches.all() == []


def test_who_sends_in_very_much_has_to_wait(visitor: TestClient) -> None:
    answers = [visitor.post("/watch", data={"email": f"n{number}@isar.example"}) for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]


def test_without_a_mail_server_nothing_is_offered(house: House, tmp_path: Path) -> None:
    app = installation(house, tmp_path / "accounts.sqlite")
    visitor = visiting(app)
    assert "/watch" not in visitor.get("/library").text
    assert "/watch" not in visitor.get("/library/japan/devices").text
    assert visitor.get("/watch").status_code == 404
    app.close()
