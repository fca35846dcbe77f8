"""What is held on a person is told to them and erased, with a receipt; nothing else is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant.accounts.accounts import Details, LastAdministrator, Role
from assistant.accounts.filters import keep_filter, kept_filters
from assistant.app import App
from assistant.erasures import ErasureKind, Erasures, ErasuresUnusable
from assistant.handoff.watching.changes import Followed
from assistant.home import Home
from assistant.journal.records import Rating
from assistant.operate.backup import back_up
from assistant.operate.data_subject import DataSubject, erase, held_on
from corpus.catalogue.addresses import ERASED
from tests.conftest import House, Run, installation
from tests.journals import Diary
from tests.letters import QUESTION, SEEKING, hand_over

ANA = "ana@groesse.example"
BROWSER = "key of one browser"
GRAFT = "Does our zirconium graft need a licence in Vietnam?"


@pytest.fixture
def app(house: House) -> Iterator[App]:
    """An installation in which one person has left something everywhere, and others have too."""
    app = installation(house, house.folder / "accounts.sqlite")
    diary = Diary(house.folder)
    app.journal.rate(diary.declined(GRAFT, session=BROWSER), Rating.INCOMPLETE, comment="no graft")
    diary.declined("Another one asks in Peru?", session="another browser")
    diary.journal.close()
    hand_over(app.handoffs)
    hand_over(app.handoffs, SEEKING)
    app.watches.ask(Followed(topic="costs"), ANA, "en")
    app.watches.ask(Followed(topic="costs"), f"jo{ANA}", "en")
    house.catalogue.comment("japan/devices", f"Questions to {ANA}. Not to jo{ANA}.", who="form")
    app.accounts.add("boss", Details(display_name="Boss", role=Role.ADMINISTRATOR), who="test")
    app.accounts.add("ana", Details(display_name="Ana Muster", role=Role.AUTHOR, email=ANA), who="test")
    keep_filter(app.accounts, "ana", "Mine", "market=japan")
    yield app
    app.close()


def test_all_that_is_held_is_collected(app: App) -> None:
    held = held_on(app, DataSubject(BROWSER, QUESTION.email))
    [answer] = held["answers"]
    assert (answer["question"], answer["comment"], answer["outcome"]) == (GRAFT, "no graft", "not-in-library")
    assert [letter["draft"]["kind"] for letter in held["letters"]] == ["question", "partner"]
    assert [letter["history"][0]["who"] for letter in held["letters"]] == ["the company"] * 2
    assert [(watch["followed"]["topic"], watch["email"]) for watch in held["watches"]] == [("costs", ANA)]
    assert [remark["document_id"] for remark in held["remarks"]] == ["japan/devices"]
    assert [account["name"] for account in held["accounts"]] == ["ana"]
    assert held["accounts"][0]["filters"] == [{"name": "Mine", "query": "market=japan"}]
    assert "session" not in answer


def test_one_receipt_counts_what_was_erased_by_kind(app: App, tmp_path: Path) -> None:
    back_up(Home(app.home), tmp_path / "backup.zip")
    receipt = erase(app, DataSubject(BROWSER, QUESTION.email))
    assert receipt.erased == {
        "answers": 1,
        "questions": 1,
        "feedback": 1,
        "letters": 2,
        "watches": 1,
        "remarks": 1,
        "accounts": 0,
    }
    assert {mark.receipt for mark in app.erasures.marks()} == {receipt.id}
    told = " ".join(receipt.notes)
    for part in ("account 'ana'", "--account", "japan/devices", str(tmp_path / "backup.zip"), "Logs hold no text"):
        assert part in told
    assert held_on(app, DataSubject(BROWSER, ANA)) == {
        "asked_on": app.journal.today().isoformat(),
        "answers": [],
        "letters": [],
        "watches": [],
        "remarks": [],
        "documents": [],
        "accounts": held_on(app, DataSubject(email=ANA))["accounts"],
    }
    assert app.catalogue.comments("japan/devices")[0].text == f"Questions to {ERASED}. Not to jo{ANA}."
    assert app.accounts.account("ana").email == ANA
    assert [watch.email for watch in app.watches.all()] == [f"jo{ANA}"]
    assert len(app.journal.held("another browser")) == 1


def test_of_the_erased_person_no_file_of_the_home_holds_a_word(app: App) -> None:
    erase(app, DataSubject(BROWSER, ANA), account=True)
    app.catalogue.store.scrub()
    data = b"".join(path.read_bytes() for path in app.home.rglob("*") if path.is_file())
    assert not [word for word in (b"Muster", b"zirconium graft", b" ana@groesse") if word in data]


def test_an_account_is_erased_when_that_is_asked_for_and_its_name_stays(app: App) -> None:
    assert erase(app, DataSubject(email=ANA), account=True).erased["accounts"] == 1
    account = app.accounts.account("ana")
    assert (account.email, account.display_name, account.disabled, account.has_password) == ("", "ana", True, False)
    assert kept_filters(app.accounts, "ana") == []
    app.accounts.change("boss", Details(display_name="Boss", role=Role.ADMINISTRATOR, email="b@x.example"), who="test")
    with pytest.raises(LastAdministrator):
        erase(app, DataSubject(email="b@x.example"), account=True)
    assert [mark.mark for mark in app.erasures.marks() if mark.kind is ErasureKind.ACCOUNT] == ["ana"]


def test_nothing_is_erased_that_cannot_be_marked(app: App) -> None:
    (app.home / "erasures.jsonl").write_text("no mark\n")
    with pytest.raises(ErasuresUnusable, match="nothing was erased"):
        erase(app, DataSubject(BROWSER, ANA))
    assert len(app.handoffs.find()) == 2
    assert len(app.journal.held(BROWSER)) == 1


def test_the_commands_collect_and_erase(market_entry: Run, shipped_home: Path, tmp_path: Path) -> None:
    with closing(Diary(shipped_home).journal) as journal:
        diary = Diary(shipped_home)
        diary.declined(GRAFT, session=BROWSER)
        diary.journal.close()
        out = tmp_path / "held.json"
        assert market_entry("personal-data", "--session", BROWSER, "--out", str(out)).returncode == 0
        assert json.loads(out.read_text("utf-8"))["answers"][0]["question"] == GRAFT
        assert out.stat().st_mode & 0o077 == 0
        receipt = json.loads(market_entry("erase", "--session", BROWSER, "--email", ANA, "--json").stdout)
        assert receipt["erased"]["answers"] == 1
        assert journal.held(BROWSER) == []
    nobody = market_entry("erase")
    assert (nobody.returncode, "--email" in nobody.stderr) == (2, True)
    kinds = [mark.kind for mark in Erasures(shipped_home / "erasures.jsonl").marks()]
    assert set(kinds) == {ErasureKind.SESSION, ErasureKind.EMAIL}
    for path in [*shipped_home.glob("journal.sqlite*"), *shipped_home.glob("handoffs.sqlite*")]:
        path.unlink()
    (shipped_home / "erasures.jsonl").unlink()
