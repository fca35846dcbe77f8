"""A home as the first release left it, taken up by this one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from assistant.app import open_app
from assistant.home import Home, ensure_sound
from assistant.operate.backup import back_up, opened_backup
from assistant.settings import Settings, read_settings
from corpus.documents import Stage
from tests.conftest import PROJECT
from tests.first_release import write_first_catalogue

_ACCOUNTS = PROJECT / "tests/assistant/accounts/accounts_0001.sql"


def home_of_before(folder: Path) -> Path:
    """A home with documents of its own, an account, and an index that was being built when the power failed."""
    folder.mkdir()
    write_first_catalogue(folder / "catalogue.sqlite")
    with closing(sqlite3.connect(folder / "catalogue.sqlite")) as catalogue, catalogue:
        catalogue.execute("UPDATE documents SET origin = 'paper.pdf' WHERE id = 'a'")  # of staff, not of the library
    with closing(sqlite3.connect(folder / "accounts.sqlite")) as accounts:
        accounts.executescript(_ACCOUNTS.read_text("utf-8"))
    (folder / "index/building-20251129T051746-f8f9a2/vectors").mkdir(parents=True)
    return folder


@pytest.mark.library
def test_a_home_of_the_first_release_is_taken_up_with_all_that_it_had_and_can_be_backed_up(tmp_path: Path) -> None:
    read_settings()
    home = home_of_before(tmp_path / "home")
    told: list[str] = []
    ensure_sound(Home(home), told.append)
    with closing(open_app(Settings(home=home))) as app:
        kept = {key: app.catalogue.document(key).stage for key in ("a", "b")}
        assert kept == {"a": Stage.PUBLISHED, "b": Stage.WITHDRAWN}
        assert app.accounts.account("anna").display_name == "Anna"
        assert len(app.catalogue.documents(Stage.PUBLISHED)) > 100
        assert [event.why for event in app.catalogue.history("b")] == ["shipped", "wrong"]
    assert told == []
    made = back_up(Home(home), tmp_path / "backup.zip")
    with opened_backup(made.path) as backup:
        assert "catalogue.sqlite" in backup.checked(None).files
