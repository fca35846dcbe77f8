"""Backups of a home in use, and the way back: whole or refused, nothing deleted, erased stays erased."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from assistant.accounts.accounts import Accounts, Details, Role, account_store
from assistant.erasures import Erasures
from assistant.handoff.handoffs import Handoffs
from assistant.handoff.watching.watches import Watches
from assistant.home import AlreadyServed, BadBackupKey, Home, HomeUnusable, held, ready_home
from assistant.journal.journal import Journal
from assistant.operate.backup import BackupFailed, BackupTooNew, BadBackup, UntrustedBackup, back_up, known_backups
from assistant.operate.restore import NotRestored, restore
from corpus.catalogue.addresses import ERASED
from corpus.catalogue.catalogue import Catalogue
from corpus.store import StoreDamaged
from corpus.vocabulary import vocabulary
from index.removal import finish_purges, purge
from tests.conftest import House
from tests.letters import hand_over
from tests.lived_in import ANA, BROWSER, DEVICES, Lived, rows


@pytest.fixture
def lived(house: House) -> Iterator[Lived]:
    with closing(Lived(house)) as lived:
        yield lived


@pytest.mark.parametrize("name", ["backup.zip", "backup"])
def test_what_is_restored_is_what_was_backed_up(lived: Lived, tmp_path: Path, name: str) -> None:
    made = back_up(Home(lived.home), tmp_path / name)
    done = lived.restore(tmp_path / name, tmp_path / "new")
    assert rows(done.home) == rows(lived.home)
    assert [path.read_bytes() for path in (done.home / "originals").iterdir()] == [b"the original"]
    assert (made.left_out, done.aside, done.notes) == ((), None, ())
    assert known_backups(lived.home)[-1]["path"] == str(tmp_path / name)


def test_only_this_user_can_read_a_backup_and_what_is_restored(lived: Lived, tmp_path: Path) -> None:
    back_up(Home(lived.home), tmp_path / "backup.zip")
    back_up(Home(lived.home), tmp_path / "backup")
    lived.restore(tmp_path / "backup", tmp_path / "new")
    found = [
        tmp_path / "backup.zip",
        *(tmp_path / "backup").rglob("*"),
        tmp_path / "new",
        *(tmp_path / "new").glob("*.sql*"),
    ]
    assert [path for path in found if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)] == []


def test_the_settings_are_no_part_of_a_backup(lived: Lived, tmp_path: Path) -> None:
    (lived.home / ".env").write_text("MARKET_ENTRY_CHAT_KEY=secret", "utf-8")
    assert ".env" not in back_up(Home(lived.home), tmp_path / "backup.zip").manifest.files


def test_a_backup_never_takes_the_place_of_something(lived: Lived, tmp_path: Path) -> None:
    (tmp_path / "backup.zip").write_text("mine")
    with pytest.raises(BackupFailed, match="something at"):
        back_up(Home(lived.home), tmp_path / "backup.zip")
    with pytest.raises(BackupFailed, match="cannot be written"):
        back_up(Home(lived.home), Path("/proc/nowhere/backup.zip"))
    assert (tmp_path / "backup.zip").read_text() == "mine"


def test_a_half_written_or_changed_backup_is_refused_and_changes_nothing(lived: Lived, tmp_path: Path) -> None:
    whole, folder = tmp_path / "backup.zip", tmp_path / "backup"
    back_up(Home(lived.home), whole)
    back_up(Home(lived.home), folder)
    half = tmp_path / "half.zip"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    spoilt = tmp_path / "spoilt.zip"
    data = bytearray(whole.read_bytes())
    data[data.find(b"catalogue.sqlite") + 2000] ^= 0xFF
    spoilt.write_bytes(data)
    with_more = shutil.copytree(folder, tmp_path / "more")
    (with_more / "more.txt").write_text("x")
    changed = shutil.copytree(folder, tmp_path / "changed")
    (changed / "journal.sqlite").write_bytes(b"other")
    unfinished = shutil.copytree(folder, tmp_path / "unfinished")
    (unfinished / "manifest.json").unlink()
    outside = shutil.copytree(folder, tmp_path / "outside")
    manifest = json.loads((outside / "manifest.json").read_text())
    manifest["files"]["../evil"] = "x"
    (outside / "manifest.json").write_text(json.dumps(manifest))
    for path in (half, spoilt, with_more, changed, unfinished, outside, tmp_path / "nothing.zip"):
        with pytest.raises(BadBackup):
            lived.restore(path, tmp_path / "new", unsigned=True)
    assert not (tmp_path / "new").exists()


# Signed


def rewritten(folder: Path) -> None:
    """What somebody does who holds a backup and no key: gives themselves an account, and makes the manifest fit."""
    with closing(Accounts(account_store(folder / "accounts.sqlite"))) as accounts:
        accounts.add("eve", Details(display_name="Eve", role=Role.ADMINISTRATOR), who="eve")
    with closing(sqlite3.connect(folder / "accounts.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    manifest = json.loads((folder / "manifest.json").read_text())
    digest = sha256((folder / "accounts.sqlite").read_bytes()).hexdigest()
    manifest["files"]["accounts.sqlite"] = digest
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_backup_that_somebody_changed_so_that_all_fits_is_refused(lived: Lived, tmp_path: Path) -> None:
    back_up(Home(lived.home), tmp_path / "backup")
    rewritten(tmp_path / "backup")
    with pytest.raises(UntrustedBackup, match=r"changed after it was made.*add --unsigned"):
        lived.restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_backup_of_another_installation_is_refused_unless_it_is_accepted(lived: Lived, tmp_path: Path) -> None:
    back_up(Home(lived.home), tmp_path / "backup.zip")
    other = ready_home(tmp_path / "other")
    for home in (other, tmp_path / "empty"):
        with pytest.raises(UntrustedBackup, match=r"another installation has made it.*add --unsigned"):
            restore(tmp_path / "backup.zip", home)
    assert [path.name for path in other.iterdir()] == ["backup.key"]
    done = restore(tmp_path / "backup.zip", other, unsigned=True)
    assert rows(done.home) == rows(lived.home)


def test_a_home_that_is_lost_is_restored_by_a_copy_of_its_key(lived: Lived, tmp_path: Path) -> None:
    back_up(Home(lived.home), tmp_path / "backup.zip")
    (tmp_path / "new").mkdir()
    shutil.copy(lived.home / "backup.key", tmp_path / "new")
    done = restore(tmp_path / "backup.zip", tmp_path / "new")
    assert rows(done.home) == rows(lived.home)
    back_up(Home(done.home), tmp_path / "later.zip")
    assert lived.restore(tmp_path / "later.zip", tmp_path / "third").aside is None


def test_a_backup_of_an_older_release_has_no_signature_and_is_refused_unless_it_is_accepted(
    lived: Lived, tmp_path: Path
) -> None:
    back_up(Home(lived.home), tmp_path / "backup")
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    (tmp_path / "backup" / "manifest.json").write_text(json.dumps(manifest | {"format": 1}))
    (tmp_path / "backup" / "manifest.hmac").unlink()
    with pytest.raises(UntrustedBackup, match=r"it is not signed, as those of older releases.*add --unsigned"):
        lived.restore(tmp_path / "backup", tmp_path / "new")
    assert rows(lived.restore(tmp_path / "backup", tmp_path / "new", unsigned=True).home) == rows(lived.home)


def test_the_key_is_made_once_for_this_user_alone_and_stands_in_no_backup(lived: Lived, tmp_path: Path) -> None:
    key = (ready_home(lived.home) / "backup.key").read_text().strip()
    back_up(Home(lived.home), tmp_path / "backup")
    assert (ready_home(lived.home) / "backup.key").read_text().strip() == key
    assert stat.S_IMODE((lived.home / "backup.key").stat().st_mode) == 0o600
    kept = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    assert key.encode() not in kept
    assert bytes.fromhex(key) not in kept
    lived.close()
    lived.house.catalogue.close()
    lived.restore(tmp_path / "backup", lived.home, over=True)
    assert (lived.home / "backup.key").read_text().strip() == key


@pytest.mark.parametrize("text", ["", "no key", "00ff"])
def test_a_file_that_holds_no_key_is_told_and_nothing_is_signed_with_it(
    lived: Lived, tmp_path: Path, text: str
) -> None:
    (lived.home / "backup.key").write_text(text)
    with pytest.raises(BadBackupKey, match="holds no key"):
        back_up(Home(lived.home), tmp_path / "backup.zip")
    assert not (tmp_path / "backup.zip").exists()


def test_a_zip_that_names_a_place_outside_is_refused(lived: Lived, tmp_path: Path) -> None:
    back_up(Home(lived.home), tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip", "a") as file:
        file.writestr("../evil.sqlite", b"x")
    with pytest.raises(BadBackup, match="differ"):
        lived.restore(tmp_path / "backup.zip", tmp_path / "new")


def test_a_backup_of_a_newer_release_is_refused(lived: Lived, tmp_path: Path) -> None:
    back_up(Home(lived.home), tmp_path / "backup")
    path = tmp_path / "backup" / "manifest.json"
    manifest = json.loads(path.read_text())
    for newer in ({"format": 99}, {"schemas": manifest["schemas"] | {"journal.sqlite": "9999"}}):
        path.write_text(json.dumps(manifest | newer))
        with pytest.raises(BackupTooNew, match="install that release"):
            lived.restore(tmp_path / "backup", tmp_path / "new", unsigned=True)


def test_a_home_that_is_in_use_or_not_empty_is_left_alone(lived: Lived, tmp_path: Path) -> None:
    back_up(Home(lived.home), tmp_path / "backup.zip")
    before = rows(lived.home)
    with pytest.raises(NotRestored, match="is not empty"):
        lived.restore(tmp_path / "backup.zip", lived.home)
    with held(lived.home), pytest.raises(AlreadyServed, match="already served"):
        lived.restore(tmp_path / "backup.zip", lived.home, over=True)
    assert rows(lived.home) == before


def test_what_a_home_held_is_moved_aside_and_never_deleted(lived: Lived, tmp_path: Path) -> None:
    back_up(Home(lived.home), tmp_path / "backup.zip")
    hand_over(lived.handoffs)
    later = rows(lived.home)
    lived.close()
    lived.house.catalogue.close()
    done = lived.restore(tmp_path / "backup.zip", lived.home, over=True)
    assert done.aside is not None
    assert rows(done.aside) == later
    assert rows(done.home) != later
    again = lived.restore(tmp_path / "backup.zip", lived.home, over=True)
    assert {done.aside, again.aside} <= set(lived.home.iterdir())


def test_a_home_is_refused_while_a_restore_into_it_has_not_ended(lived: Lived, tmp_path: Path) -> None:
    back_up(Home(lived.home), tmp_path / "backup.zip")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "restoring").write_text("broken off")
    with pytest.raises(HomeUnusable, match="has not ended"):
        ready_home(tmp_path / "new")
    lived.restore(tmp_path / "backup.zip", tmp_path / "new", over=True)
    assert ready_home(tmp_path / "new").is_dir()


@pytest.mark.parametrize("way", ["over", "copy"])
def test_who_was_erased_after_the_backup_stays_erased(lived: Lived, tmp_path: Path, way: str) -> None:
    back_up(Home(lived.home), tmp_path / "backup.zip")
    lived.diary.journal.erase(BROWSER)
    lived.handoffs.erase(ANA)
    lived.watches.erase_again(ANA, time.time())
    lived.close()
    lived.house.catalogue.close()
    copy = tmp_path / "kept-elsewhere.jsonl"
    shutil.copy(lived.home / "erasures.jsonl", copy)
    home = lived.home if way == "over" else tmp_path / "new"
    done = lived.restore(tmp_path / "backup.zip", home, over=way == "over", erasures=[copy] if way == "copy" else [])
    assert done.erased == {"answers": 1, "letters": 1, "watches": 2, "remarks": 1, "accounts": 0, "documents": 0}
    with closing(Journal(home / "journal.sqlite")) as journal:
        assert journal.held(BROWSER) == []
    with closing(Handoffs(home / "handoffs.sqlite", vocabulary())) as handoffs:
        assert handoffs.find() == []
    with closing(Catalogue(home / "catalogue.sqlite")) as catalogue:
        assert [one.text for one in catalogue.comments(DEVICES)] == [f"Sent in by Größe; questions to {ERASED}."]
    data = b"".join(path.read_bytes() for path in home.iterdir() if path.is_file() and "accounts" not in path.name)
    assert not [word for word in (b"groesse.example", b"zirconium graft", b"PMDA?") if word in data]
    assert Erasures(home / "erasures.jsonl").marks() == Erasures(copy).marks()


def test_what_a_person_stopped_to_follow_after_the_backup_stays_stopped(lived: Lived, tmp_path: Path) -> None:
    back_up(Home(lived.home), tmp_path / "backup.zip")
    lived.watches.stop(lived.watches.all()[:1])
    lived.close()
    lived.house.catalogue.close()
    done = lived.restore(tmp_path / "backup.zip", lived.home, over=True)
    assert done.erased["watches"] == 1
    with closing(Watches(lived.home / "watches.sqlite")) as watches:
        assert [one.followed.market for one in watches.all()] == ["japan"]
    with closing(Handoffs(lived.home / "handoffs.sqlite", vocabulary())) as handoffs:
        assert len(handoffs.find()) == 1


def test_what_came_after_an_erasure_stays_when_a_backup_is_restored(lived: Lived, tmp_path: Path) -> None:
    lived.handoffs.erase(ANA)
    hand_over(lived.handoffs)
    back_up(Home(lived.home), tmp_path / "backup.zip")
    done = lived.restore(tmp_path / "backup.zip", tmp_path / "new")
    with closing(Handoffs(done.home / "handoffs.sqlite", vocabulary())) as handoffs:
        assert len(handoffs.find()) == 1


def test_the_marks_of_erasures_tell_neither_an_address_nor_a_key(lived: Lived) -> None:
    lived.diary.journal.erase(BROWSER)
    lived.handoffs.erase(ANA)
    text = (lived.home / "erasures.jsonl").read_text().casefold()
    assert not [word for word in (ANA.casefold(), "groesse", BROWSER) if word in text]
    assert (lived.home / "erasures.jsonl").stat().st_mode & 0o077 == 0


def test_what_was_purged_after_the_backup_is_purged_again_unless_it_was_let_in_again(
    lived: Lived, tmp_path: Path
) -> None:
    house = lived.house
    back_up(Home(lived.home), tmp_path / "backup.zip")
    purge(house.catalogue, [DEVICES], who="ana", why="asked to")
    finish_purges(house.catalogue, house.index, house.cache)
    lived.close()
    house.catalogue.close()
    done = lived.restore(tmp_path / "backup.zip", lived.home, over=True)
    assert done.erased["documents"] == 1
    with closing(Catalogue(lived.home / "catalogue.sqlite")) as catalogue:
        assert catalogue.versions(DEVICES) == []
        assert not catalogue.tombstones()[0].finished  # the next opening wipes the rest from the disk
        assert [event.who for event in catalogue.history(DEVICES)][-1] == "ana"


def test_a_damaged_store_is_not_backed_up_as_if_it_were_whole(lived: Lived, tmp_path: Path) -> None:
    lived.close()
    (lived.home / "journal.sqlite").write_bytes(b"no store at all" * 1000)
    made = back_up(Home(lived.home), tmp_path / "backup.zip")
    assert "journal.sqlite is damaged" in made.left_out[0]
    assert "journal.sqlite" not in made.manifest.files
    (lived.home / "handoffs.sqlite").write_bytes(b"no store at all" * 1000)
    with pytest.raises(StoreDamaged, match="restore a backup"):
        back_up(Home(lived.home), tmp_path / "second.zip")
    assert [path.name for path in tmp_path.glob("second*")] == []


def test_a_lost_original_is_told_and_the_rest_is_backed_up(lived: Lived, tmp_path: Path) -> None:
    for path in (lived.home / "originals").iterdir():
        path.unlink()
    made = back_up(Home(lived.home), tmp_path / "backup.zip")
    assert "is lost from" in made.left_out[0]
    assert lived.restore(tmp_path / "backup.zip", tmp_path / "new").home.is_dir()


def test_what_a_killed_backup_left_goes_with_the_next_one(lived: Lived, tmp_path: Path) -> None:
    left = tmp_path / "backup.zip.part-123"
    left.mkdir()
    (left / "journal.sqlite").write_bytes(b"half")
    with pytest.raises(BadBackup, match="broken off"):
        lived.restore(left, tmp_path / "new")
    back_up(Home(lived.home), tmp_path / "backup.zip")
    assert not left.exists()


def test_every_file_of_a_home_is_either_backed_up_or_made_again(lived: Lived, tmp_path: Path) -> None:
    made_again = {"index", "library", "edits", "models"}  # the middle two are the test's own
    kept = back_up(Home(lived.home), tmp_path / "b").manifest.files
    top = {name.split("/")[0] for name in kept}
    found = {path.name for path in lived.home.iterdir() if not path.name.endswith((".lock", "-wal", "-shm"))}
    assert found - made_again - top == {"backups.jsonl", "backup.key"}
