"""What waits for a person of the staff, and the mail that says soon what has arrived, to who wants it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.accounts.accounts import Account, Details, Role
from assistant.app import App
from assistant.desk.arrivals import Messenger, arrivals, begin, sent
from assistant.desk.digest import digests
from assistant.desk.inbox import waiting
from assistant.handoff.handoffs import HandoffOutcome
from assistant.journal.gaps import list_gaps
from assistant.mail import MailNotSent
from corpus.documents import Stage
from corpus.units import Unit
from corpus.web.links import Link
from tests.conftest import Clock, House, installation
from tests.journals import Diary
from tests.letters import QUESTION, hand_over
from tests.mail_server import post_office
from tests.staff_pages import add_document

STAFF = {"ada": (Role.AUTHOR, "biom"), "rosa": (Role.REVIEWER, "biom"), "ben": (Role.REVIEWER, "biocat")}


@pytest.fixture
def app(house: House, tmp_path: Path) -> Iterator[App]:
    app = installation(house, tmp_path / "accounts.sqlite")
    for name, (role, cluster) in STAFF.items():
        email = f"{name}@example.org"
        app.accounts.add(name, Details(display_name=name, role=role, cluster=cluster, email=email), who="test")
    yield replace(app, journal=Diary(house.folder).journal)
    app.handoffs.close()
    app.accounts.close()


def wanting(app: App, *names: str) -> None:
    for name in names:
        begin(app, app.accounts.account(name))
        app.accounts.want_mail(name, wanted=True)


def told(app: App) -> dict[str, str]:
    """The mails that are due, by whom they are for; each counts as sent."""
    found = list(arrivals(app))
    for one in found:
        sent(app, one)
    return {one.account.name: one.mail.text for one in found}


def of(app: App, name: str) -> Account:
    return app.accounts.account(name)


def test_nobody_is_told_who_has_not_asked_for_it(app: App) -> None:
    hand_over(app.handoffs)
    assert told(app) == {}
    wanting(app, "ada")
    assert told(app) == {}, "what waits already is no arrival"


def test_a_letter_is_told_once_to_its_cluster_without_a_word_of_it(app: App) -> None:
    wanting(app, "ada", "ben")
    letter = hand_over(app.handoffs)
    [(name, text)] = told(app).items()
    assert name == "ada"
    assert f"/staff/handoffs/{letter.number}" in text
    words = (QUESTION.company, QUESTION.person, QUESTION.email, QUESTION.message[:20], QUESTION.question, "Implantat")
    assert [word for word in words if word in text] == []
    assert letter.letter.subject not in text
    assert told(app) == {}
    hand_over(app.handoffs)
    assert list(told(app)) == ["ada"]
    app.accounts.want_mail("ada", wanted=False)
    hand_over(app.handoffs)
    assert told(app) == {}


def test_a_review_is_told_to_those_who_may_review_it(app: App, house: House) -> None:
    wanting(app, *STAFF)
    house.edit("japan/devices", "A new sentence.", who="rosa")
    house.catalogue.move("japan/devices", Stage.IN_REVIEW, who="rosa", why="")
    [(name, text)] = told(app).items()
    assert name == "ben"
    assert "Devices in Japan (japan/devices)" in text
    assert told(app) == {}
    house.catalogue.move("japan/devices", Stage.DRAFT, who="ben", why="too short")
    assert told(app) == {}
    house.catalogue.move("japan/devices", Stage.IN_REVIEW, who="rosa", why="")
    assert list(told(app)) == ["ben"], "it has come anew"


def test_a_mail_that_is_not_taken_is_sent_later_and_keeps_none_from_others(app: App, tmp_path: Path) -> None:
    with post_office() as office:
        app = replace(app, settings=office.settings(tmp_path))
        clock = Clock()
        messenger = Messenger(app, clock)
        wanting(app, "ada", "rosa")
        assert messenger.look() == 0
        hand_over(app.handoffs)
        office.answers.append("550 nobody of that name")
        assert messenger.look() == 1
        assert messenger.look() == 0
        clock.now += 3601
        assert messenger.look() == 1
        assert sorted(str(mail["To"]) for mail in office.mails) == ["ada@example.org", "rosa@example.org"]
    hand_over(app.handoffs)
    with pytest.raises(MailNotSent):
        messenger.look()
    assert len(list(arrivals(app))) == 2, "what could not be sent is not forgotten"


def test_all_that_waits_for_a_person_is_in_one_list(app: App, house: House) -> None:
    letter, closed = hand_over(app.handoffs), hand_over(app.handoffs)
    app.handoffs.settle(closed.number, HandoffOutcome.ANSWERED, who="ada")
    add_document(house, "x/written", Stage.DRAFT)
    add_document(house, "x/answered", Stage.DRAFT, units=(Unit("About", {"en": "An answer."}, {"en": "What?"}),))
    house.catalogue.set_terms(["brazil/food"], owner="biom", who="test", why="")
    [source] = house.catalogue.document("brazil/food").metadata.sources
    app.links.keep(Link(source.url, 404, "", "2026-11-20T00:00:00"))

    def waits(name: str) -> dict[str, list[str]]:
        found = waiting(app, of(app, name), list_gaps(app.journal))
        return {
            "letters": [str(one.number) for one in found.letters],
            "unfound": [one.id for one in found.unfound],
            "unanswered": [one.id for one in found.unanswered],
        }

    expected = {"letters": [str(letter.number)], "unfound": ["brazil/food"], "unanswered": []}
    assert waits("ada") == expected
    assert waits("ben") == {"letters": [], "unfound": [], "unanswered": []}
    app.accounts.add("ana", Details(display_name="Ana", role=Role.AUTHOR), who="test")
    assert waits("ana")["unanswered"] == ["x/written"]
    app.handoffs.take(letter.number, who="rosa")
    assert waits("ada")["letters"] == []
    assert waits("rosa")["letters"] == [str(letter.number)]
    app.links.keep(Link(source.url, 200, "", "2026-11-21T00:00:00"))
    assert waits("ada")["unfound"] == []


def test_the_weekly_mail_names_letters_by_their_place_alone(app: App) -> None:
    letter = hand_over(app.handoffs)
    mails = {one.account.name: one.mail.text for one in digests(app)}
    assert set(mails) == {"ada", "rosa"}
    assert f"/staff/handoffs/{letter.number}" in mails["ada"]
    assert QUESTION.company not in mails["ada"]
