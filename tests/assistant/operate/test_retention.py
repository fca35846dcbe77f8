"""What is kept for how long: one table, enforced, and told alike by notice, record and command."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from assistant.accounts.accounts import account_store
from assistant.accounts.sessions import Sessions, SignInRefused
from assistant.app import App, open_app
from assistant.erasures import KEPT_DAYS, ErasureKind, Erasures
from assistant.handoff.watching.changes import Followed
from assistant.operate.retention import KINDS, enforce, enforce_daily, kept
from assistant.settings import KeepDays, KeepHandoffDays, Settings
from corpus.scratch import PREFIX
from corpus.vocabulary import LANGUAGES
from corpus.web.links import Link
from tests.conftest import PATIENCE, PROJECT, House, installation, quick_passwords, served
from tests.journals import Diary
from tests.letters import SEEKING, hand_over
from tests.staff_pages import Browser
from ui import web

VISITOR = "203.0.113.77"


@pytest.fixture
def app(house: House) -> Iterator[App]:
    with closing(installation(house, house.folder / "accounts.sqlite")) as app:
        yield app


def test_each_kind_has_the_days_of_its_setting() -> None:
    settings = Settings(
        keep_days=KeepDays(questions=1, sessions=2, comments=3, answers=4),
        keep_handoff_days=KeepHandoffDays(question=5, partner=6),
        keep_watch_days=30,
    )
    assert [kind.days(settings) for kind in KINDS if kind.setting] == [1, 2, 3, 4, 5, 6, 30]
    names = [f"keep_days_{name}" for name in KeepDays.model_fields]
    names += [f"keep_handoff_days_{name}" for name in KeepHandoffDays.model_fields]
    names += ["keep_watch_days"]
    assert [kind.setting.lower() for kind in KINDS if kind.setting] == names


def test_the_processing_record_holds_the_table() -> None:
    record = (PROJECT / "docs" / "processing-record.md").read_text("utf-8")
    rows = re.findall(r"^\| [a-z].*$", record, re.MULTILINE)
    told = [tuple(cell.strip() for cell in row.split("|")[1:6]) for row in rows]
    settings = Settings()
    assert told[1:] == [
        (
            kind.name,
            kind.what,
            kind.where,
            str(kind.days(settings)),
            f"MARKET_ENTRY_{kind.setting}" if kind.setting else "fixed",
        )
        for kind in KINDS
    ]
    assert f"{KEPT_DAYS} days" in record


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_privacy_notice_calls_for_the_days_of_every_kind_that_concerns_people(language: str) -> None:
    text = (PROJECT / "pages" / "public" / "texts" / f"privacy.{language}.md").read_text("utf-8")
    called = re.findall(r"\$days_(\w+)", text)
    assert called == [kind.name for kind in KINDS if kind.name not in ("links", "scratch")]


def test_what_is_out_of_date_is_removed_of_every_kind(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(SignInRefused):
        Sessions(account_store(app.home / "accounts.sqlite"), _long_ago, quick_passwords()).sign_in(
            "nobody", "wrong", address=VISITOR
        )
    diary = Diary(app.home)
    diary.day -= timedelta(days=2000)
    diary.declined("Does our zirconium graft need a licence?", session="one")
    diary.journal.close()
    app.handoffs.now = _long_ago
    hand_over(app.handoffs)
    hand_over(app.handoffs, SEEKING)
    app.watches.now = _long_ago
    app.watches.ask(Followed(market="brazil"), "ana@x.example", "en")
    app.watches.ask(Followed(market="japan"), "ana@x.example", "en")
    app.watches.confirm(app.watches.all()[0].token, "en")
    Erasures(app.home / "erasures.jsonl", _long_ago).add(ErasureKind.EMAIL, "ana@x.example")
    app.links.keep(Link("https://x.example", 200, "", "2020-01-01T00:00:00+00:00"))
    for name in (f"{PREFIX}upload-1", "another-program-s"):
        (tmp_path / name).mkdir()
    held = {one.kind: one.count for one in kept(app)}
    assert held == {
        "questions": 1,
        "sessions": 1,
        "comments": 0,
        "answers": 1,
        "letters": 1,
        "partners": 1,
        "watches": 1,
        "unconfirmed": 1,
        "sign_ins": 0,
        "attempts": 3,
        "devices": 0,
        "erasures": 1,
        "links": 1,
        "scratch": 1,
    }
    app.handoffs.now = app.watches.now = time.time
    stop = Event()
    thread = enforce_daily(app, stop)
    stop.set()
    thread.join(PATIENCE)
    assert {one.kind: one.count for one in kept(app)} == dict.fromkeys(held, 0)
    assert (tmp_path / "another-program-s").is_dir()


def _long_ago() -> float:
    return 1.0


def test_one_kind_that_fails_keeps_no_other_from_being_removed(app: App) -> None:
    app.handoffs.now = _long_ago
    hand_over(app.handoffs)
    app.handoffs.now = time.time
    (app.home / "journal.sqlite").write_bytes(b"no store at all" * 1000)
    assert enforce(app)["letters"] == 1


def test_what_is_young_stays(app: App) -> None:
    hand_over(app.handoffs)
    Erasures(app.home / "erasures.jsonl").add(ErasureKind.EMAIL, "ana@x.example")
    assert sum(enforce(app).values()) == 0
    assert len(app.handoffs.find()) == len(app.erasures.marks()) == 1


def test_the_address_of_a_visitor_stands_in_no_file_after_real_use(shipped_as_built: Path, tmp_path: Path) -> None:
    home = shutil.copytree(shipped_as_built, tmp_path / "home")
    settings = Settings(home=home, trusted_proxy="127.0.0.1")
    with closing(open_app(settings)) as app, served(web(app)) as url:
        browser = Browser(url)
        browser.client.headers["X-Forwarded-For"] = VISITOR
        assert browser.get("/compare?question=Who+files%3F&market=japan&market=brazil").status_code == 200
        assert browser.get("/library").status_code == 200
        assert browser.sign_in("nobody").status_code != 303
        letter = {
            "kind": "question",
            "cluster": "biom",
            "company": "Firm",
            "person": "Ana",
            "email": "ana@firm.example",
        }
        shown = browser.client.post("/contact", data=letter | {"message": "Who helps?"}, headers={"Origin": url})
        assert "Who helps?" in shown.text
    digest = hashlib.sha256(f"address {VISITOR}".encode()).hexdigest()
    data = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert VISITOR.encode() not in data
    assert digest.encode() in data  # so the address did arrive
