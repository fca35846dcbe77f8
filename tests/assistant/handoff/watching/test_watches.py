"""What people follow by mail: wanted by the owner of the address, told once a week with sources, stopped, forgotten."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from assistant.erasures import ErasureKind, erasures_beside
from assistant.handoff.watching.changes import Followed
from assistant.handoff.watching.mails import WatchMails, keep_sending
from assistant.handoff.watching.watches import UNCONFIRMED_DAYS, BadWatch, UnknownWatch, Watches
from assistant.texts import say
from corpus.documents import Access, Document, Source, Stage
from corpus.passages import split_markdown
from corpus.vocabulary import LANGUAGES, vocabulary
from tests.conftest import PATIENCE, Clock, House
from tests.mail_server import PostOffice, post_office
from tests.servers import Places
from tests.staff_pages import add_document

ANA = "Ana@Groesse.example"
BRAZIL = Followed(market="brazil")
DAY = 86_400.0
LAW = Source("law", "The law", "The ministry", "2026-03", "https://law.example.org/1")


@pytest.fixture
def clock() -> Clock:
    """Ten days ago, since the catalogue has a clock of its own."""
    clock = Clock()
    clock.now = time.time() - 10 * DAY
    return clock


@pytest.fixture
def store(tmp_path: Path, clock: Clock, places: Places) -> Iterator[Watches]:
    with closing(Watches(places(tmp_path / "watches.sqlite"), 100, clock)) as watches:
        yield watches


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def mails(store: Watches, house: House, office: PostOffice, tmp_path: Path) -> WatchMails:
    settings = office.settings(tmp_path, public_url="https://market.example.org/assistant")
    return WatchMails(store, house.catalogue, vocabulary(), settings)


def follow(store: Watches, followed: Followed = BRAZIL, language: str = "en", email: str = ANA) -> str:
    """Let an address follow something that its owner wants; returns the token."""
    store.ask(followed, email, language)
    asked = store.of_address(email)[-1]
    store.asked(asked)
    return store.confirm(asked.token, language).token


def publish(house: House, document_id: str = "brazil/fees", **said: Any) -> Document:  # noqa: ANN401 - as `add_document` takes them
    return add_document(house, document_id, markets=frozenset({"brazil"}), sources=(LAW,), **said)


def change(house: House, document: Document, text: str = "The fee is 300 real.") -> None:
    version = replace(document.version, body=document.version.body.replace("It has a text of its own.", text))
    passages = split_markdown(version)
    house.catalogue.add_version(version, passages, origin="test", stage=Stage.PUBLISHED, who="ana", why="")


def wait(clock: Clock) -> None:
    """Until what is published by now is a matter of the past."""
    clock.now = max(time.time(), clock.now) + 8 * DAY


def links(text: str) -> list[str]:
    return [word for word in text.split() if word.startswith("https://market.example.org/assistant/watch/")]


# Whether somebody wants it


def test_the_first_mail_asks_and_nothing_else_comes_before_that_is_confirmed(
    store: Watches, mails: WatchMails, office: PostOffice, house: House, clock: Clock
) -> None:
    store.ask(BRAZIL, ANA, "de")
    assert mails.send_due() == (1, 0)
    [mail] = office.mails
    assert mail["To"] == "ana@groesse.example"
    assert "bestätigen" in mail["Subject"]
    assert "Brasilien" in mail.get_content()
    [link] = links(mail.get_content())
    assert link.endswith(store.all()[0].token)
    assert mail["List-Unsubscribe"] is None
    publish(house)
    wait(clock)
    assert mails.send_due() == (0, 0)
    assert store.forget() == 1
    assert store.all() == []


def test_asking_again_sends_one_mail_a_day_for_one_thing_and_no_address_is_flooded(
    store: Watches, mails: WatchMails, office: PostOffice, clock: Clock
) -> None:
    for _ in range(5):
        store.ask(BRAZIL, ANA, "en")
    assert mails.send_due() == (1, 0)
    clock.now += DAY + 1
    store.ask(BRAZIL, ANA, "en")
    assert mails.send_due() == (1, 0)
    for topic in sorted(vocabulary().topics)[:10]:
        store.ask(Followed(topic=topic), ANA, "en")
    assert mails.send_due() == (2, 0)
    assert len(office.mails) == 4
    assert len({mail["Message-ID"] for mail in office.mails}) == 4


@pytest.mark.parametrize("address", ["", "ana", "ana@groesse.example\r\nBcc: all@example.org", "аna@groesse.example"])
def test_what_is_no_address_is_refused(store: Watches, address: str) -> None:
    with pytest.raises(BadWatch):
        store.ask(BRAZIL, address, "en")
    assert store.all() == []


def test_who_confirms_has_read_a_sentence_that_is_kept_with_its_time(store: Watches, clock: Clock) -> None:
    token = follow(store, language="fr")
    assert (store.of_token(token).consent, store.of_token(token).confirmed_at) == (store.consent_in("fr"), clock.now)
    assert "100" in store.consent_in("fr")
    with pytest.raises(UnknownWatch):
        store.confirm("guessed", "fr")


# What is told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_a_week_says_what_is_new_with_its_sources_in_the_language_of_the_person(
    store: Watches, mails: WatchMails, office: PostOffice, house: House, clock: Clock, language: str
) -> None:
    token = follow(store, language=language)
    publish(house, summary={language: "Was es kostet."})
    add_document(house, "brazil/hidden", markets=frozenset({"brazil"}), access=Access.MEMBERS)
    wait(clock)
    assert mails.send_due() == (1, 0)
    [mail] = office.mails
    text = mail.get_content()
    assert f"https://market.example.org/assistant/library/brazil/fees?language={language}" in text
    for part in (say(language, "change_new"), "Was es kostet.", "The law, The ministry", "https://law.example.org/1"):
        assert part in text
    assert "hidden" not in text
    stop = f"https://market.example.org/assistant/watch/{token}"
    assert links(text) == [stop]
    assert mail["List-Unsubscribe"] == f"<{stop}/stop>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mails.send_due() == (0, 0)
    wait(clock)
    assert mails.send_due() == (0, 0)  # it was told


def test_of_a_new_version_the_lines_are_told_and_a_week_without_changes_brings_no_mail(
    store: Watches, mails: WatchMails, office: PostOffice, house: House, clock: Clock
) -> None:
    first = publish(house)
    follow(store, Followed(document="brazil/fees"))
    clock.now += 8 * DAY
    assert mails.send_due() == (0, 0)
    change(house, first)
    wait(clock)
    assert mails.send_due() == (1, 0)
    [mail] = office.mails
    assert mail["Subject"] == "What has changed in the library: brazil/fees"
    text = mail.get_content()
    assert "+ The fee is 300 real." in text
    assert "− It has a text of its own." in text
    assert "?version=1&language=en" in text


def test_all_that_a_person_follows_comes_in_one_mail(
    store: Watches, mails: WatchMails, office: PostOffice, house: House, clock: Clock
) -> None:
    follow(store)
    clock.now += 3 * DAY
    follow(store, Followed(topic="costs", market="brazil"))
    follow(store, Followed(topic="costs"), email="ben@isar.example")
    publish(house, topics=frozenset({"costs"}))
    wait(clock)
    assert mails.send_due() == (2, 0)
    mine = next(mail for mail in office.mails if mail["To"] == ANA.casefold()).get_content()
    assert mine.count("* brazil/fees") == 2
    assert [line for line in mine.splitlines() if line.endswith(".") and "has changed since" in line] != []


def test_of_a_document_that_is_gone_a_last_mail_tells(
    store: Watches, mails: WatchMails, office: PostOffice, house: House, clock: Clock
) -> None:
    publish(house)
    follow(store, Followed(document="brazil/fees"))
    follow(store, Followed(document="japan/devices"))
    house.catalogue.move("brazil/fees", Stage.WITHDRAWN, who="ben", why="old")
    clock.now += 8 * DAY
    assert mails.send_due() == (1, 0)
    assert "no longer in the library: brazil/fees" in office.mails[0].get_content()
    assert [one.followed.document for one in store.all()] == ["japan/devices"]


def test_before_the_end_a_person_is_told_and_can_go_on(
    store: Watches, mails: WatchMails, office: PostOffice, clock: Clock
) -> None:
    token = follow(store)
    clock.now += 90 * DAY
    store.told(store.all(), clock.now)
    clock.now += 8 * DAY
    assert mails.send_due() == (1, 0)
    text = office.mails[0].get_content()
    assert say("en", "watch_mail_nothing") in text
    assert "To go on:" in text
    assert links(text)[0].endswith(token)
    store.confirm(token, "en")
    clock.now += 50 * DAY
    assert store.forget() == 0
    clock.now += 51 * DAY
    assert store.forget() == 1


# On the way


def test_what_is_not_taken_comes_later_and_no_log_names_the_address(
    store: Watches,
    mails: WatchMails,
    office: PostOffice,
    house: House,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    follow(store)
    publish(house)
    wait(clock)
    office.answers.append("450 not now")
    with caplog.at_level(logging.INFO):
        assert mails.send_due() == (0, 1)
    [ours] = [one for one in caplog.records if one.name.startswith("assistant")]
    assert "groesse" not in ours.getMessage()
    assert "not now" in store.all()[0].failure
    assert mails.send_due() == (0, 0)
    clock.now += 61
    assert mails.send_due() == (1, 0)
    assert "brazil/fees" in office.mails[0].get_content()
    assert store.all()[0].failure == ""


def test_two_processes_at_once_send_each_mail_once(
    mails: WatchMails, office: PostOffice, store: Watches, house: House, clock: Clock, tmp_path: Path, places: Places
) -> None:
    for name in ("ana", "ben", "cid", "dora", "eve", "flo"):
        follow(store, email=f"{name}@isar.example")
    publish(house)
    wait(clock)
    with closing(Watches(places(tmp_path / "watches.sqlite"), 100, clock)) as other:
        threads = [Thread(target=one.send_due) for one in (mails, replace(mails, watches=other))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert sorted(mail["To"].partition("@")[0] for mail in office.mails) == ["ana", "ben", "cid", "dora", "eve", "flo"]


def test_a_killed_sending_is_taken_up_again_with_the_same_key(
    store: Watches, mails: WatchMails, office: PostOffice, clock: Clock
) -> None:
    store.ask(BRAZIL, ANA, "en")
    [claimed] = store.claim()  # and no more
    assert mails.send_due() == (0, 0)
    clock.now += 301
    assert mails.send_due() == (1, 0)
    assert office.mails[0]["Message-ID"] == f"<{mails.question(claimed).key}@alliance.example>"


def test_only_the_process_whose_duty_it_is_sends(store: Watches, mails: WatchMails, office: PostOffice) -> None:
    store.ask(BRAZIL, ANA, "en")
    asked, stop = Event(), Event()
    ours = False

    def duty() -> bool:
        asked.set()
        stop.set()  # the first look is the last
        return ours

    thread = keep_sending(mails, stop, duty)
    assert thread is not None
    thread.join(PATIENCE)
    assert asked.is_set()
    assert office.mails == []
    ours = True
    stop.clear()
    thread = keep_sending(mails, stop, duty)
    assert thread is not None
    thread.join(PATIENCE)
    assert len(office.mails) == 1


def test_without_a_mail_server_nothing_is_sent(mails: WatchMails) -> None:
    none = mails.settings.model_copy(update={"smtp_host": ""})
    assert keep_sending(replace(mails, settings=none), Event()) is None


# The end


def test_what_is_stopped_is_erased_with_a_receipt_and_marked_for_backups(
    store: Watches, places: Places, tmp_path: Path
) -> None:
    token = follow(store)
    follow(store, Followed(topic="costs"))
    stopped = store.of_token(token)
    receipt = store.stop([stopped])
    [mark] = erasures_beside(store.place).marks()
    assert (mark.receipt, mark.kind, mark.mark) == (receipt, ErasureKind.WATCH, stopped.id)
    assert [one.followed for one in store.all()] == [Followed(topic="costs")]
    with pytest.raises(UnknownWatch):
        store.of_token(token)
    if places.of_files:
        data = b"".join(path.read_bytes() for path in tmp_path.glob("watches.sqlite*"))
        assert token.encode() not in data


def test_what_is_not_confirmed_is_forgotten_after_a_week(store: Watches, clock: Clock) -> None:
    store.ask(BRAZIL, ANA, "en")
    clock.now += (UNCONFIRMED_DAYS - 1) * DAY
    assert store.forget() == 0
    clock.now += 2 * DAY
    assert store.forget() == 1
