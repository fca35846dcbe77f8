"""A home that moves into a database and back, and what is kept there: whole, alone, erased for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant.accounts.accounts import account_store
from assistant.erasures import erasures_beside
from assistant.handoff.handoffs import Handoffs
from assistant.home import AlreadyServed, Home, HomeUnusable, home_of, in_use
from assistant.journal.journal import Journal
from assistant.operate.backup import UntrustedBackup, back_up
from assistant.operate.doctor import Patient, damaged, examine
from assistant.operate.restore import NotRestored, restore, restore_into_database
from assistant.settings import Settings
from corpus.catalogue.catalogue import Catalogue
from corpus.postgres import engine
from corpus.store import made
from corpus.vocabulary import vocabulary
from tests.conftest import House
from tests.letters import hand_over
from tests.lived_in import ANA, BROWSER, DEVICES, Lived, rows
from tests.servers import Postgres, postgres

pytestmark = pytest.mark.servers


@pytest.fixture
def lived(house: House) -> Iterator[Lived]:
    with closing(Lived(house)) as lived:
        yield lived


@pytest.fixture
def moved(lived: Lived, tmp_path: Path, database_server: Postgres) -> Iterator[Home]:
    """Another machine, on a database into which that home has moved."""
    (tmp_path / "machine").mkdir()
    moved = Home(tmp_path / "machine", database_server.database())
    lived.handoffs.erase("somebody@else.example")
    back_up(Home(lived.home), tmp_path / "backup.zip")
    restore_into_database(tmp_path / "backup.zip", moved, unsigned=True)
    yield moved
    engine(moved.database).dispose()


def letters(home: Home) -> Handoffs:
    return Handoffs(home.place("handoffs"), vocabulary())


def test_a_home_that_moves_into_a_database_and_back_is_the_same_row_for_row(
    lived: Lived, moved: Home, tmp_path: Path
) -> None:
    made_there = back_up(moved, tmp_path / "there.zip")
    done = restore(tmp_path / "there.zip", tmp_path / "back", made_by=[moved.folder])
    assert rows(done.home) == rows(lived.home)
    assert [path.read_bytes() for path in (done.home / "originals").iterdir()] == [b"the original"]
    assert (done.home / "erasures.jsonl").read_text() == (lived.home / "erasures.jsonl").read_text()
    assert (made_there.left_out, done.notes) == ((), ())


def test_numbers_go_on_where_they_were(lived: Lived, moved: Home, tmp_path: Path) -> None:
    with closing(letters(moved)) as handoffs:
        number = hand_over(handoffs).number
        assert number == hand_over(lived.handoffs).number
        assert handoffs.erase(ANA) == 2
    back_up(moved, tmp_path / "there.zip")
    done = restore(tmp_path / "there.zip", tmp_path / "back", made_by=[moved.folder])
    with closing(letters(Home(done.home))) as handoffs:
        assert hand_over(handoffs).number == number + 1


def test_what_was_erased_after_the_backup_stays_erased(moved: Home, tmp_path: Path) -> None:
    with closing(letters(moved)) as handoffs, closing(Journal(moved.place("journal"))) as journal:
        handoffs.erase(ANA)
        journal.erase(BROWSER)
    done = restore_into_database(tmp_path / "backup.zip", moved, over=True, unsigned=True)
    assert (done.erased["letters"], done.erased["answers"]) == (1, 1)
    with closing(letters(moved)) as handoffs, closing(Journal(moved.place("journal"))) as journal:
        assert handoffs.find() == []
        assert journal.held(BROWSER) == []
    assert len(erasures_beside(moved.place("journal")).marks()) == 3


def test_a_database_that_is_not_empty_is_replaced_only_when_that_is_said_and_kept_in_a_backup(
    moved: Home, tmp_path: Path
) -> None:
    with closing(Catalogue(moved.place("catalogue"))) as catalogue:
        catalogue.make_note("after", "1")
    with pytest.raises(NotRestored, match="The database is not empty"):
        restore_into_database(tmp_path / "backup.zip", moved, unsigned=True)
    done = restore_into_database(tmp_path / "backup.zip", moved, over=True, unsigned=True)
    with closing(Catalogue(moved.place("catalogue"))) as catalogue:
        assert catalogue.note("after") is None
    assert done.aside is not None
    before = restore(done.aside, tmp_path / "before", made_by=[moved.folder])
    with closing(Catalogue(before.home / "catalogue.sqlite")) as catalogue:
        assert catalogue.note("after") == "1"
    assert list(moved.folder.glob("restoring*")) == []


def test_a_backup_that_nobody_has_signed_changes_nothing(
    lived: Lived, tmp_path: Path, database_server: Postgres
) -> None:
    home = Home(tmp_path, database_server.database())
    back_up(Home(lived.home), tmp_path / "backup.zip")
    with pytest.raises(UntrustedBackup):
        restore_into_database(tmp_path / "backup.zip", home)
    assert not made(home.place("catalogue"))
    engine(home.database).dispose()


def test_nothing_is_restored_under_a_server_and_no_server_starts_under_a_restore(moved: Home, tmp_path: Path) -> None:
    with in_use(moved), in_use(moved), pytest.raises(AlreadyServed, match="A server uses the database"):
        restore_into_database(tmp_path / "backup.zip", moved, over=True, unsigned=True)


def test_a_home_with_records_is_not_set_beside_an_empty_database(lived: Lived, database_server: Postgres) -> None:
    settings = Settings(home=lived.home, database=database_server.database())
    with pytest.raises(HomeUnusable, match="holds documents and accounts that the database does not; move them with"):
        home_of(settings)
    engine(settings.database.get_secret_value()).dispose()


def patient(home: Home) -> Patient:
    return Patient(home.folder, Settings(home=home.folder, database=home.database), thorough=True)


def told(home: Home) -> str:
    return " ".join(one.what for one in examine(patient(home)))


def test_the_doctor_looks_into_the_database_from_any_machine(moved: Home) -> None:
    assert not damaged(patient(moved))
    assert "database" not in told(moved)
    with closing(Catalogue(moved.place("catalogue"))) as catalogue:
        original = catalogue.original(DEVICES, 2)
        assert original is not None
        catalogue.originals.remove_all_but([])
    assert f"The original {original.digest} in the database is lost." in told(moved)


def test_the_doctor_says_that_the_database_is_away(tmp_path: Path) -> None:
    with postgres() as server:
        home = Home(tmp_path, server.database())
        account_store(home.place("accounts")).close()
        assert not damaged(patient(home))
        server.stop()
        assert damaged(patient(home))
        assert "cannot be used just now" in told(home)
        server.start()
        assert not damaged(patient(home))
        engine(home.database).dispose()
