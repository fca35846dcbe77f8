"""What companies hand over: with consent, delivered at least once, seen to by a person, forgotten."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

import pytest
from pydantic import SecretStr

from assistant.handoff.delivery import NoWayToDeliver, deliver, deliver_waiting, sending
from assistant.handoff.handoffs import (
    Handoff,
    HandoffOutcome,
    Handoffs,
    HandoffStage,
    NoConsent,
    UnknownHandoff,
    WrongStage,
)
from assistant.handoff.letters import LONGEST_TEXT, BadHandoff, LetterKind, preview
from assistant.handoff.partners import matches, search
from assistant.settings import KeepHandoffDays, Settings
from assistant.texts import say, texts
from corpus.errors import KnownError, UnknownCode
from corpus.vocabulary import LANGUAGES, vocabulary
from tests.conftest import PATIENCE, Clock, word_vectors
from tests.letters import QUESTION, SEEKING, hand_over
from tests.mail_server import PostOffice, post_office, receiver
from tests.servers import Places, in_files


class Refused(KnownError):
    """What a way of delivering says in these tests."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock, places: Places) -> Iterator[Handoffs]:
    with closing(opened(tmp_path, clock, places)) as handoffs:
        yield handoffs


def opened(folder: Path, clock: Clock, places: Places | None = None) -> Handoffs:
    return Handoffs(
        (places or Places())(folder / "handoffs.sqlite"),
        vocabulary(),
        KeepHandoffDays(question=30, partner=10),
        now=clock,
    )


# What is sent


def test_the_preview_is_what_arrives_word_for_word(store: Handoffs, tmp_path: Path) -> None:
    with post_office() as office:
        handoff = hand_over(store)
        assert deliver(store, sending(office.settings(tmp_path))) == (1, 0)
    [mail] = office.mails
    letter = preview(QUESTION, vocabulary())
    assert (mail["Subject"], mail.get_content()) == (letter.subject, letter.text)
    assert (mail["To"], mail["Reply-To"]) == ("desk@biom.example", "ana@groesse.example")
    assert mail["Message-ID"] == f"<{handoff.id}@alliance.example>"


def test_the_letter_holds_all_that_was_filled_in_in_the_language_of_the_company() -> None:
    text = str(preview(QUESTION, vocabulary()))
    for part in (
        *("Frage von Größe GmbH", "Ana Muster", "Bayern", "Implantat", "regenerative Therapien", "Japan", "Es eilt."),
        *("Was kostet die Zulassung?", "https://example.org/law"),
    ):
        assert part in text


def test_a_cluster_without_an_address_of_its_own_gets_it_at_the_alliance_s(store: Handoffs, tmp_path: Path) -> None:
    with post_office() as office:
        hand_over(store, replace(QUESTION, cluster="biocat"))
        deliver(store, sending(office.settings(tmp_path)))
    assert office.mails[0]["To"] == "office@alliance.example"


def test_a_webhook_gets_the_letter_and_the_key(store: Handoffs, tmp_path: Path) -> None:
    with receiver() as crm:
        settings = Settings(home=tmp_path, webhook_url=crm.url, webhook_secret=SecretStr("s"))
        handoff = hand_over(store)
        deliver(store, sending(settings))
    [(headers, body)] = crm.requests
    sent = json.loads(body)
    assert (sent["text"], sent["cluster"]) == (handoff.letter.text, "biom")
    assert headers["Idempotency-Key"] == sent["id"] == handoff.id


# Consent


def test_nothing_is_kept_without_consent_to_this_very_text(store: Handoffs) -> None:
    letter = preview(QUESTION, vocabulary())
    for agreed, seen in (
        ("", letter),
        (store.consent_for(SEEKING), letter),
        (store.consent_for(QUESTION), replace(letter, text="another")),
    ):
        with pytest.raises(NoConsent):
            store.hand_over(QUESTION, agreed=agreed, seen=seen)
    assert store.find() == []


def test_the_consent_names_the_cluster_and_the_days_and_is_kept_with_its_time(store: Handoffs, clock: Clock) -> None:
    handoff = hand_over(store)
    assert "BioM" in handoff.consent
    assert "30" in handoff.consent
    assert store.handoff(handoff.number).made_at == clock.now
    assert store.handoff(handoff.number).consent == store.consent_for(QUESTION)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "ana"}, "name@example.org"),
        ({"email": "ana@groesse.example\r\nBcc: all@example.org"}, "signs that cannot be seen"),
        ({"email": "ana..m@groesse.example"}, "name@example.org"),
        ({"email": "ana@-groesse.example"}, "name@example.org"),
        ({"email": f"{'a' * 65}@groesse.example"}, "name@example.org"),
        ({"email": f"ana@{'groesse.' * 40}example"}, "at most 200"),
        ({"company": "  "}, "Company"),
        ({"message": ""}, "Message"),
        ({"message": "x" * (LONGEST_TEXT + 1)}, str(LONGEST_TEXT)),
        ({"kind": LetterKind.PARTNER}, "offers"),
    ],
)
def test_what_is_missing_or_no_address_is_told(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadHandoff, match=said):
        preview(replace(QUESTION, **wrong), vocabulary())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "email",
    [
        *("ana@größe.example", "josé@groesse.example", "ana@例え.example", "ana@groesse.пример"),
        *("аna@groesse.example", "ana@groеsse.example", "ａna@groesse.example"),
        *(
            "ana\x00@groesse.example",
            "an\u200ba@groesse.example",
            "ana@groe\u00adsse.example",
            "\u202eana@groesse.example",
        ),
        *("ana\t@groesse.example", "ana@groesse.example\x7f", "a\ud800na@groesse.example"),
    ],
)
def test_an_address_that_no_answer_may_reach_is_refused_in_every_language_and_nothing_is_kept(
    store: Handoffs, email: str
) -> None:
    for language in LANGUAGES:
        with pytest.raises(BadHandoff) as refused:
            hand_over(store, replace(QUESTION, email=email))
        assert refused.value.localised(language) == say(language, "handoff_email_letters")
    assert len({say(language, "handoff_email_letters") for language in LANGUAGES}) == len(LANGUAGES)
    assert store.find() == []


@pytest.mark.parametrize(
    "email",
    ["ana.m+eu@groesse.example", "o'neil_3@a-b.example", " ana@xn--gre-6ka8i.example ", "ana@groesse.xn--e1afmkfd"],
)
def test_an_address_in_plain_letters_is_answered_as_it_was_typed(store: Handoffs, tmp_path: Path, email: str) -> None:
    with post_office() as office:
        hand_over(store, replace(QUESTION, email=email))
        assert deliver(store, sending(office.settings(tmp_path))) == (1, 0)
    assert office.mails[0]["Reply-To"] == email.strip()


def test_what_is_missing_is_told_in_the_language_of_the_page() -> None:
    with pytest.raises(BadHandoff) as missing:
        preview(replace(QUESTION, company=""), vocabulary())
    assert missing.value.localised("de") == "Bitte füllen Sie aus: Unternehmen."


def test_a_cluster_that_there_is_not_is_told() -> None:
    with pytest.raises(UnknownCode):
        preview(replace(QUESTION, cluster="biowin"), vocabulary())


def test_a_name_cannot_bring_in_a_header(store: Handoffs, tmp_path: Path) -> None:
    with post_office() as office:
        hand_over(store, replace(QUESTION, company="Größe\r\nBcc: all@example.org"))
        deliver(store, sending(office.settings(tmp_path)))
    [mail] = office.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Frage von Größe Bcc: all@example.org"


def test_every_kind_stage_and_outcome_has_its_words_in_each_language() -> None:
    wanted = {f"handoff_subject_{kind}" for kind in LetterKind}
    wanted |= {f"handoff_stage_{stage}" for stage in HandoffStage} | {
        f"handoff_outcome_{outcome}" for outcome in HandoffOutcome
    }
    assert all(wanted <= texts(language).keys() for language in LANGUAGES)


# At least once


def test_what_cannot_be_delivered_waits_longer_each_time_and_arrives_in_the_end(
    store: Handoffs, clock: Clock, tmp_path: Path
) -> None:
    number = hand_over(store).number
    waits = []
    with post_office() as office:
        office.answers.extend(["451 greylisted", "550 closed", "451 greylisted"])
        send = sending(office.settings(tmp_path))
        for _ in range(3):
            assert deliver(store, send) == (0, 1)
            assert deliver(store, send) == (0, 0), "it is not tried again at once"
            waits.append(store.handoff(number).next_at - clock.now)
            clock.now = store.handoff(number).next_at
        assert "greylisted" in store.handoff(number).failure
        assert deliver(store, send) == (1, 0)
    assert waits == [60, 120, 240]
    assert (store.handoff(number).stage, store.handoff(number).failure) == (HandoffStage.DELIVERED, "")


def test_the_wait_grows_to_six_hours_and_no_longer(store: Handoffs, clock: Clock) -> None:
    number = hand_over(store).number
    for _ in range(15):
        deliver(store, refusing)
        wait = store.handoff(number).next_at - clock.now
        clock.now += wait
    assert wait == 6 * 3600


def refusing(_handoff: Handoff) -> None:
    raise Refused("no")


def test_one_that_is_refused_holds_up_no_other(store: Handoffs) -> None:
    hand_over(store)
    second = hand_over(store, replace(QUESTION, cluster="biocat"))
    arrived: list[int] = []

    def send(handoff: Handoff) -> None:
        if handoff.draft.cluster == "biom":
            raise Refused("no")
        arrived.append(handoff.number)

    assert deliver(store, send) == (1, 1)
    assert arrived == [second.number]


def work(folder: Path, port: int, tell: Connection) -> None:
    """Hand something over, tell it, and deliver it."""
    handoffs = opened(folder, Clock())
    tell.send(hand_over(handoffs).number)
    if port:
        deliver(handoffs, sending(PostOffice(port).settings(folder, smtp_seconds=600)))
    signal.pause()


@pytest.mark.servers
@pytest.mark.parametrize("sent", [False, True])
def test_a_process_that_is_killed_before_or_after_sending_loses_nothing(
    tmp_path: Path, clock: Clock, *, sent: bool
) -> None:
    context = get_context("spawn")
    hear, tell = context.Pipe(duplex=False)
    with post_office() as office:
        office.silent = sent
        process = context.Process(target=work, args=(tmp_path, office.port if sent else 0, tell))
        process.start()
        number = hear.recv()
        if sent:
            assert office.got.wait(PATIENCE), "the mail was sent, and the process waits for the server's word"
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        office.silent = False
        with closing(opened(tmp_path, clock)) as handoffs:
            assert handoffs.handoff(number).stage is HandoffStage.WAITING
            clock.now += 301
            assert deliver(handoffs, sending(office.settings(tmp_path))) == (1, 0)
            assert handoffs.handoff(number).stage is HandoffStage.DELIVERED
    assert len(office.mails) == (2 if sent else 1)
    assert len({mail["Message-ID"] for mail in office.mails}) == 1


def test_two_that_deliver_at_once_send_each_hand_off_once(store: Handoffs, tmp_path: Path, clock: Clock) -> None:
    hand_over(store)
    arrived: list[str] = []
    with closing(opened(tmp_path, clock)) as other:

        def send(handoff: Handoff) -> None:
            assert deliver(other, arrived.append) == (0, 0)  # type: ignore[arg-type]
            arrived.append(handoff.id)

        assert deliver(store, send) == (1, 0)
    assert len(arrived) == 1


def test_the_thread_of_the_server_delivers_what_waits(store: Handoffs, tmp_path: Path) -> None:
    number = hand_over(store).number
    stop = Event()
    with post_office() as office:
        thread = deliver_waiting(store, office.settings(tmp_path), stop)
        assert office.got.wait(PATIENCE)
        stop.set()
        thread.join()
    assert store.handoff(number).stage is HandoffStage.DELIVERED


def test_without_a_way_to_deliver_nothing_is_made_and_that_is_told(tmp_path: Path, clock: Clock) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(NoWayToDeliver, match="MARKET_ENTRY_WEBHOOK_URL"):
        sending(settings)
    with closing(opened(tmp_path, clock)) as handoffs:
        stop = Event()
        stop.set()
        deliver_waiting(handoffs, settings, stop).join(PATIENCE)
        assert list(tmp_path.iterdir()) == []


def test_without_a_way_to_deliver_what_is_handed_over_waits_and_what_is_old_still_goes(
    store: Handoffs, tmp_path: Path, clock: Clock
) -> None:
    hand_over(store)
    clock.now += 29 * 86_400
    kept = hand_over(store)
    clock.now += 2 * 86_400
    stop = Event()
    stop.set()
    deliver_waiting(store, Settings(home=tmp_path), stop).join(PATIENCE)
    assert [(one.number, one.stage) for one in store.find()] == [(kept.number, HandoffStage.WAITING)]


# A person's work


def test_it_goes_through_its_stages_and_each_move_is_told(store: Handoffs, clock: Clock) -> None:
    number = hand_over(store).number
    deliver(store, lambda handoff: None)
    clock.now += 60
    assert store.take(number, who="ana", why="Japan is mine").taken_by == "ana"
    assert store.settle(number, HandoffOutcome.INTRODUCED, who="ben").outcome is HandoffOutcome.INTRODUCED
    told = [(move.stage, move.who, move.why) for move in store.history(number)]
    assert told == [
        (HandoffStage.WAITING, "the company", "handed over"),
        (HandoffStage.DELIVERED, "the assistant", "sent"),
        (HandoffStage.TAKEN, "ana", "Japan is mine"),
        (HandoffStage.CLOSED, "ben", "introduced"),
    ]
    assert store.history(number)[-1].at == clock.now


def test_what_is_closed_stays_closed(store: Handoffs) -> None:
    number = hand_over(store).number
    store.settle(number, HandoffOutcome.NO_REPLY, who="ana")
    with pytest.raises(WrongStage, match="is closed"):
        store.take(number, who="ben")
    with pytest.raises(WrongStage):
        store.settle(number, HandoffOutcome.ANSWERED, who="ben")
    assert deliver(store, refusing) == (0, 0)


def test_they_are_found_by_stage_kind_and_cluster(store: Handoffs) -> None:
    first, second = hand_over(store), hand_over(store, SEEKING)
    store.take(second.number, who="ana")
    assert [one.number for one in store.find(stage=HandoffStage.TAKEN)] == [second.number]
    assert [one.number for one in store.find(kind=LetterKind.QUESTION)] == [first.number]
    assert store.find(cluster="biocat") == []


def test_one_that_there_is_not_is_told(store: Handoffs) -> None:
    with pytest.raises(UnknownHandoff, match="no hand-off 7"):
        store.take(7, who="ana")


# Partners


def seeking(store: Handoffs, company: str, **changes: object) -> int:
    draft = replace(SEEKING, company=company, email=f"{company}@firm.example", **changes)  # type: ignore[arg-type]
    return hand_over(store, draft).number


@pytest.mark.parametrize("by_meaning", [True, False])
def test_who_offers_what_another_seeks_is_the_likeliest_partner(store: Handoffs, *, by_meaning: bool) -> None:
    maker = seeking(store, "maker")
    seeking(store, "other", offered="food supplement recipes", sought="a bottling plant")
    seller = seeking(store, "seller", offered="distributor for clinics", sought="zirconium implant maker")
    first, second = matches(store, maker, word_vectors() if by_meaning else None)
    assert (first.handoff.number, first.areas, first.markets) == (seller, SEEKING.areas, SEEKING.markets)
    assert first.similarity > second.similarity


def test_other_markets_own_offers_and_closed_ones_are_no_partners(store: Handoffs) -> None:
    maker = seeking(store, "maker")
    seeking(store, "maker", offered="distributor clinics")
    seeking(store, "abroad", markets=frozenset({"brazil"}))
    store.settle(seeking(store, "late"), HandoffOutcome.NO_REPLY, who="ana")
    hand_over(store)
    assert matches(store, maker, None) == []


def test_partners_are_searched_by_what_they_offer_and_seek(store: Handoffs) -> None:
    maker = seeking(store, "maker")
    baker = seeking(store, "baker", offered="food supplement recipes", sought="a bottling plant")
    store.settle(seeking(store, "late", sought="bottling plant"), HandoffOutcome.NO_REPLY, who="ana")
    for model in (word_vectors(), None):
        assert [one.number for one in search(store, "a plant for bottling", model)] == [baker, maker]


@in_files
def test_matching_leaves_nothing_on_the_disk(store: Handoffs, tmp_path: Path) -> None:
    maker = seeking(store, "maker")
    seeking(store, "seller")
    before = sorted(path.name for path in tmp_path.iterdir())
    with closing(sqlite3.connect(str(store.place))) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        assert matches(store, maker, word_vectors())
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == tables
    assert sorted(path.name for path in tmp_path.iterdir()) == before


# Forgetting


def test_a_kind_is_kept_for_its_days_after_the_last_move(store: Handoffs, clock: Clock) -> None:
    question, partner = hand_over(store).number, hand_over(store, SEEKING).number
    clock.now += 9 * 86_400
    store.take(partner, who="ana")
    clock.now += 9 * 86_400
    assert store.forget() == 0
    clock.now += 2 * 86_400
    assert store.forget() == 1
    assert [one.number for one in store.find()] == [question]
    clock.now += 30 * 86_400
    assert store.forget() == 1


@in_files
def test_all_that_came_from_an_address_is_erased_from_the_disk_and_nothing_else(
    store: Handoffs, tmp_path: Path
) -> None:
    hand_over(store)
    hand_over(store, replace(SEEKING, email="ANA@groesse.example"))
    kept = hand_over(store, replace(QUESTION, email="bea@firm.example", company="Firm", person="Bea"))
    assert store.erase(" ana@Groesse.EXAMPLE ") == 2
    assert [one.number for one in store.find()] == [kept.number]
    left = b"".join(path.read_bytes() for path in tmp_path.glob("handoffs.sqlite*"))
    assert b"groesse.example" not in left
    assert b"bea@firm.example" in left
