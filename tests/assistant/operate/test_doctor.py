"""What the doctor finds, by making it so."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.accounts.accounts import Details, Role
from assistant.app import App, open_app
from assistant.home import Home
from assistant.operate.backup import back_up
from assistant.operate.doctor import Diagnosis, Level, Patient, examine
from assistant.settings import Settings
from corpus.catalogue.records import Upload
from corpus.vocabulary import LANGUAGES
from index.removal import purge
from tests.conftest import Clock, House, free_port, installation
from tests.letters import hand_over
from tests.provider_server import Played, always, playing, reasoning_model

DEVICES = "japan/devices"


@pytest.fixture
def app(house: House, tmp_path: Path) -> Iterator[App]:
    """An installation in which nothing is wrong."""
    house.folder.chmod(0o700)
    app = installation(house, house.folder / "accounts.sqlite")
    app.accounts.add("ana", Details(display_name="Ana", role=Role.ADMINISTRATOR), who="test")
    house.edit(DEVICES, "With a file.", upload=Upload("a.pdf", "application/pdf", b"the original"))
    texts = house.folder / "texts"
    texts.mkdir()
    for language in LANGUAGES:
        (texts / f"imprint.{language}.md").write_text("BioM, Martinsried", "utf-8")
    back_up(Home(house.folder), tmp_path / "backup.zip")
    yield app
    app.close()


def found(
    app: App, settings: dict[str, object] | None = None, *, opened: bool = True, missing: tuple[str, ...] = ()
) -> list[Diagnosis]:
    """The findings under these settings, without the library's own due dates."""
    all_settings = Settings.model_validate({"home": app.home} | (settings or {}))
    patient = Patient(app.home, all_settings, app if opened else None, lacking=lambda: missing)
    return [one for one in examine(patient) if "overdue" not in one.what]


def test_nothing_is_found_where_nothing_is_wrong(app: App) -> None:
    assert found(app) == []


def _open_to_others(app: App) -> None:
    app.home.chmod(0o755)
    app.home.joinpath("accounts.sqlite").chmod(0o644)


def _no_administrator(app: App) -> None:
    with sqlite3.connect(app.home / "accounts.sqlite") as connection:
        connection.execute("DELETE FROM changes")
        connection.execute("DELETE FROM accounts")


def _clock_set_back(app: App) -> None:
    with sqlite3.connect(app.home / "catalogue.sqlite") as connection:
        connection.execute("UPDATE history SET at = '2999-01-01T00:00:00+00:00'")


def _newer_release(app: App) -> None:
    with closing(sqlite3.connect(app.home / "accounts.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def _damaged_original(app: App) -> None:
    [path] = (app.home / "originals").iterdir()
    path.write_bytes(b"other")


def _lost_original(app: App) -> None:
    [path] = (app.home / "originals").iterdir()
    path.unlink()


def _withdrawn_behind_the_index(app: App) -> None:
    with sqlite3.connect(app.home / "catalogue.sqlite") as connection:
        connection.execute("UPDATE versions SET stage = 'withdrawn' WHERE document_id = 'brazil/food'")


def _no_index(app: App) -> None:
    (app.home / "index" / "current").unlink()


def _pending_purge(app: App) -> None:
    purge(app.catalogue, ["brazil/food"], who="ana", why="asked to")
    app.upkeep.build()


def _letters_wait(app: App) -> None:
    hand_over(app.handoffs)


def _half_imprint(app: App) -> None:
    (app.home / "texts" / "imprint.de.md").write_text("[[Name]]", "utf-8")


def _moved_aside(app: App) -> None:
    (app.home / "before-20260101").mkdir()


def _no_backup(app: App) -> None:
    (app.home / "backups.jsonl").unlink()


@pytest.mark.parametrize(
    ("spoil", "level", "what", "do"),
    [
        (_open_to_others, Level.PROBLEM, "can look into", "chmod 700"),
        (_no_administrator, Level.ADVICE, "no administrator", "accounts add"),
        (_clock_set_back, Level.PROBLEM, "of 2999-01-01", "Set the clock"),
        (_damaged_original, Level.PROBLEM, "is damaged", "from a backup"),
        (_lost_original, Level.PROBLEM, "is lost", "from a backup"),
        (_withdrawn_behind_the_index, Level.PROBLEM, "does not match the catalogue", "index build"),
        (_no_index, Level.ADVICE, "no index yet", "index build"),
        (_pending_purge, Level.PROBLEM, "purge of brazil/food has not ended", "index build"),
        (_letters_wait, Level.PROBLEM, "1 letters wait", "MARKET_ENTRY_SMTP_HOST"),
        (_half_imprint, Level.ADVICE, "imprint is not filled in (de)", "brackets"),
        (_moved_aside, Level.ADVICE, "before-20260101 is still there", "Remove it"),
        (_no_backup, Level.ADVICE, "No backup", "market-entry backup"),
    ],
)
def test_one_thing_that_is_wrong_is_one_finding(
    app: App, spoil: Callable[[App], None], level: Level, what: str, do: str
) -> None:
    spoil(app)
    [finding] = found(app)
    assert (finding.level, what in finding.what, do in finding.do) == (level, True, True), finding


@pytest.mark.parametrize("name", ["catalogue.sqlite", "accounts.sqlite"])
def test_a_damaged_store_is_told_with_the_way_back_and_never_opened(app: App, name: str) -> None:
    app.close()
    (app.home / name).write_bytes(b"no store at all" * 1000)
    [finding] = found(app, opened=False)
    assert (finding.level, name in finding.what, "market-entry restore" in finding.do) == (Level.PROBLEM, True, True)


def test_a_store_of_a_newer_release_is_told(app: App) -> None:
    _newer_release(app)
    [finding] = found(app, opened=False)
    assert "newer release" in finding.what


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"public_url": "http://market.example"}, "not reached by https"),
        ({"host": "0.0.0.0"}, "listens on 0.0.0.0"),  # noqa: S104 - that is the finding
        ({"public_url": "https://market.example"}, "MARKET_ENTRY_TRUSTED_PROXY is not set"),
        ({"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_sender": "a@b.example"}, "mail server at 127.0.0.1:1"),
        (
            {"chat_model": "m", "chat_url": "http://127.0.0.1:1/v1", "chat_price_in": 0, "chat_price_out": 0},
            "chat model at 127.0.0.1:1 cannot be reached",
        ),
        ({"webhook_url": "http://127.0.0.1:1", "webhook_secret": "s"}, "receiver of the webhook at 127.0.0.1:1"),
    ],
)
def test_a_setting_that_endangers_people_is_a_problem(app: App, settings: dict[str, object], what: str) -> None:
    [finding] = found(app, settings)
    assert (finding.level, what in finding.what) == (Level.PROBLEM, True), finding


@pytest.mark.parametrize(
    ("settings", "level", "why", "do"),
    [
        ({}, Level.ADVICE, "could read the stores", "=true."),
        ({"host": "0.0.0.0"}, Level.PROBLEM, "could read the stores", "=true."),  # noqa: S104 - others reach it
        ({"require_confinement": True}, Level.PROBLEM, "No file is taken in", "`prctl`."),
    ],
)
def test_a_system_that_does_not_confine_the_reading_of_files_is_told(
    app: App, settings: dict[str, object], level: Level, why: str, do: str
) -> None:
    [finding] = [one for one in found(app, settings, missing=("Landlock", "seccomp")) if "confined" in one.what]
    assert (
        finding.what == "The process that reads files is not confined: this system offers no Landlock and no seccomp."
    )
    assert (finding.level, why in finding.why, finding.do.endswith(do)) == (level, True, True), finding


@pytest.mark.parametrize(
    ("played", "what"),
    [
        (Played(), ""),
        (Played(refuses=always(401)), "refuses the request (401"),
        (Played(refuses=always(503)), "does not answer"),
        (Played(text=lambda body: ""), "writes nothing"),
        (Played(refuses=reasoning_model), "refuses `temperature` (“Unsupported value"),
    ],
    ids=["sound", "key", "down", "empty", "temperature"],
)
def test_the_chat_model_is_asked_once_in_a_thorough_look(app: App, played: Played, what: str) -> None:
    with playing(played) as url:
        settings = Settings(home=app.home, chat_model="m", chat_url=url, chat_price_in=0, chat_price_out=0)
        opened = open_app(settings)
        thorough = Patient(app.home, settings, opened, thorough=True, lacking=lambda: ())
        assert not any("chat model" in one.what for one in examine(replace(thorough, thorough=False)))
        assert not played.asked
        examine(thorough)
        told = [one.what for one in examine(thorough) if "chat model" in one.what]
        opened.close()
    assert ([what in one for one in told] if what else told) == ([True] if what else [])


def test_letters_that_wait_for_days_are_told_with_the_reason(app: App) -> None:
    clock = Clock()
    app.handoffs.now = clock
    hand_over(app.handoffs)
    patient = Patient(
        app.home,
        Settings(home=app.home, smtp_host="127.0.0.1", smtp_port=free_port(), smtp_sender="a@b.c", handoff_to="d@e.f"),
        app,
        now=lambda: clock.now + timedelta(days=4).total_seconds(),
    )
    told = [one.what for one in examine(patient)]
    assert any("1 letters wait for more than 3 days" in one for one in told)
