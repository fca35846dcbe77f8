"""The commands on hand-offs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.app import App
from assistant.handoff.handoffs import Handoffs
from assistant.handoff.letters import preview
from corpus.vocabulary import vocabulary
from tests.conftest import Run
from tests.letters import QUESTION, SEEKING, hand_over
from tests.mail_server import post_office


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one hand-off of each kind."""
    home = tmp_path / "home"
    home.mkdir()
    with closing(Handoffs(home / "handoffs.sqlite", vocabulary())) as store:
        hand_over(store)
        hand_over(store, SEEKING)
    return home


def test_a_hand_off_is_listed_shown_taken_and_closed(market_entry: Run, home: Path) -> None:
    listed = json.loads(market_entry("handoffs", "list", "--kind", "question", "--json", home=home).stdout)
    assert [(one["number"], one["stage"]) for one in listed] == [(1, "waiting")]
    assert str(preview(QUESTION, vocabulary())) in market_entry("handoffs", "show", "1", home=home).stdout
    assert market_entry("handoffs", "take", "1", "--by", "ana", home=home).returncode == 0
    assert "taken ana" in market_entry("handoffs", "list", home=home).stdout
    closing_it = ("handoffs", "close", "1", "--outcome", "answered", "--by", "ana", "--why", "by telephone")
    assert market_entry(*closing_it, home=home).returncode == 0
    shown = json.loads(market_entry("handoffs", "show", "1", "--json", home=home).stdout)
    assert (shown["outcome"], shown["history"][-1]["why"]) == ("answered", "by telephone")
    again = market_entry(*closing_it, home=home)
    assert (again.returncode, again.stderr) == (
        1,
        "market-entry: Hand-off 1 is closed; it cannot be closed any more.\n",
    )


def test_what_waits_is_delivered_by_the_mail_server_of_the_settings(market_entry: Run, home: Path) -> None:
    nowhere = market_entry("handoffs", "deliver", home=home)
    assert (nowhere.returncode, "MARKET_ENTRY_SMTP_HOST" in nowhere.stderr) == (1, True)
    with post_office() as office:
        office.answers.append("451 greylisted")
        settings = {
            "MARKET_ENTRY_SMTP_HOST": "127.0.0.1",
            "MARKET_ENTRY_SMTP_PORT": str(office.port),
            "MARKET_ENTRY_SMTP_STARTTLS": "false",
            "MARKET_ENTRY_SMTP_SENDER": "assistant@alliance.example",
            "MARKET_ENTRY_HANDOFF_TO": "office@alliance.example",
        }
        delivered = market_entry("handoffs", "deliver", home=home, **settings)
    assert delivered.stdout == "1 delivered, 1 not, 1 waiting\n"
    assert len(office.mails) == 1
    assert "greylisted" in market_entry("handoffs", "list", "--stage", "waiting", home=home).stdout


def test_all_are_exported_with_their_history_and_erased_by_address(
    market_entry: Run, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "handoffs.jsonl"
    assert market_entry("handoffs", "export", "--out", str(out), home=home).returncode == 0
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [(row["draft"]["kind"], len(row["history"])) for row in rows] == [("question", 1), ("partner", 1)]
    assert "2 letters" in market_entry("erase", "--email", "ana@groesse.example", home=home).stdout
    assert market_entry("handoffs", "list", home=home).stdout == ""
    nowhere = market_entry("handoffs", "export", "--out", str(tmp_path / "none" / "x.jsonl"), home=home)
    assert "cannot be written" in nowhere.stderr


@pytest.fixture
def partners(shipped: App) -> Iterator[Handoffs]:
    """Companies that seek partners, in the shipped home."""
    store = shipped.handoffs
    implants = {"offered": "zirconium dental implants", "sought": "a distributor with access to clinics"}
    sellers = {"offered": "Vertrieb an Zahnkliniken in Japan", "sought": "neue Zahnimplantate für unser Programm"}
    food = {"offered": "recipes for food supplements", "sought": "a plant that fills bottles"}
    for number, texts in enumerate((implants, food, sellers)):
        hand_over(store, replace(SEEKING, email=f"a{number}@firm.example", company=f"Firm {number}", **texts))  # type: ignore[arg-type]
    yield store
    store.close()
    for path in shipped.home.glob("handoffs.sqlite*"):
        path.unlink()


@pytest.mark.usefixtures("partners")
def test_partners_match_by_meaning_across_languages(market_entry: Run) -> None:
    found = json.loads(market_entry("handoffs", "match", "1", "--json").stdout)
    assert [one["number"] for one in found] == [3, 2]
    searched = json.loads(market_entry("handoffs", "search", "Nahrungsergänzungsmittel abfüllen", "--json").stdout)
    assert searched[0]["number"] == 2
