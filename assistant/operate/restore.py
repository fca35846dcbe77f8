"""A home as it was when a backup was made, without what was erased since.

**Erased stays erased.** A restore applies the marks of the backup, those of the home it replaces, and those of a file
(`--erasures`), before anybody can open the home. It cannot know of an erasure that only a lost machine knew of: a copy
of `erasures.jsonl` that is kept elsewhere closes that gap. Documents that were purged are purged again likewise.

**Nothing is deleted.** A restore moves what a home held into a folder within it, which works on a mounted volume too;
everything else refuses a home until the restore has ended.

**Into a database** a backup is restored in one transaction: it is unpacked into a folder, rid there of what was erased,
and copied, in place of what the database held. That is written to a backup of its own before.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout
from sqlalchemy import Connection

from assistant import erasures as erased_marks
from assistant.accounts.accounts import Accounts, LastAdministrator, account_store
from assistant.erasures import (
    NAME,
    ErasureKind,
    ErasureMark,
    Erasures,
    ErasuresUnusable,
    buried,
    erasures_beside,
    hashed,
    read_marks,
)
from assistant.handoff.handoffs import Handoffs
from assistant.handoff.watching.watches import Watches
from assistant.home import (
    ASIDE,
    CATALOGUE,
    IN_USE,
    RESTORING,
    STAYING,
    STORES,
    TEXTS,
    AlreadyServed,
    Home,
    backup_key,
    held,
)
from assistant.journal.journal import Journal
from assistant.operate.backup import BackupManifest, BackupReader, back_up, opened_backup, sync
from corpus.catalogue import originals
from corpus.catalogue.addresses import addresses_in_remarks, erase_from_remarks
from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.originals import ORIGINALS
from corpus.catalogue.records import Action, Tombstone
from corpus.catalogue.tables import tombstone_from_row
from corpus.errors import KnownError
from corpus.postgres import Schema, locked
from corpus.store import made, migrate, translating_errors
from corpus.transfer import all_or_nothing, into_database
from corpus.vocabulary import vocabulary
from index.removal import purge_again

_PART = 2**20  # bytes copied at once


class NotRestored(KnownError):
    """A restore that cannot be done there."""


@dataclass(frozen=True)
class Restored:
    """What a restore did: `erased` is how much was erased again by kind, `aside` where lies what the home held."""

    home: Path
    manifest: BackupManifest
    aside: Path | None
    erased: Mapping[str, int]
    notes: tuple[str, ...]


def restore(
    source: Path,
    home: Path,
    *,
    over: bool = False,
    erasures: Iterable[Path] = (),
    made_by: Iterable[Path] = (),
    unsigned: bool = False,
) -> Restored:
    """Put a backup into an empty home; with `over`, in the place of what the home holds, which is moved aside.

    It has to be signed with the key of that home, or of one that it is `made_by`, unless `unsigned` ones are accepted.

    Raises:
        UntrustedBackup: it is not; nothing was changed.
        BadBackupKey: a home's file holds no key; nothing was changed.
        BadBackup: it is none, or not a whole one; nothing was changed.
        BackupTooNew: a newer release has made it; nothing was changed.
        NotRestored: the home is not empty, or cannot be written.
        AlreadyServed: a server works on the home.
        ErasuresUnusable: a file of marks cannot be read; nothing was changed.
    """
    home = home.expanduser().resolve()
    given = [mark for path in erasures for mark in read_marks(path)]
    keys = _keys(unsigned, home, *made_by)
    try:
        with opened_backup(source) as opened:
            manifest = opened.checked(keys)
            if _present(home) and not over:
                raise NotRestored(
                    f"{home} is not empty; name an empty folder, or add --over to move what is there aside."
                )
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            with held(home), FileLock(home / "setup.lock", timeout=0):
                return _restored(opened, manifest, home, given)
    except Timeout as error:
        raise NotRestored(f"Another process uses {home} just now; wait until it has ended.") from error
    except OSError as error:
        raise NotRestored(
            f"{home} cannot be restored ({error.strerror or error}); nothing was deleted: check its rights and the free"
            " space, then restore it again with --over."
        ) from error


def restore_into_database(
    source: Path,
    places: Home,
    *,
    over: bool = False,
    erasures: Iterable[Path] = (),
    unsigned: bool = False,
) -> Restored:
    """Put a backup into the empty database of a home; with `over`, in the place of what that holds.

    Texts of the backup are put into the folder of the home, where there are none of their name.

    Raises:
        UntrustedBackup, BadBackupKey, BadBackup, BackupTooNew, ErasuresUnusable: see `restore`; nothing was changed.
        NotRestored: the database is not empty.
        AlreadyServed: a server uses it, or another restore.
        StoreUnavailable: it cannot be read or written; nothing was changed.
    """
    catalogue = places.place(CATALOGUE)
    if not isinstance(catalogue, Schema):
        raise NotRestored("No database is set; name it in MARKET_ENTRY_DATABASE, or a folder after --to.")
    with translating_errors(catalogue), locked(places.database, IN_USE) as held_by_us:
        if held_by_us is None:
            raise AlreadyServed("A server uses the database, or another restore; stop it, and restore again.")
        aside = _set_aside(places, catalogue, over=over)
        new = places.folder / f"{RESTORING}-{uuid4().hex[:8]}"
        try:
            given = [*_marks_of(catalogue), *(mark for path in erasures for mark in read_marks(path))]
            done = _restored_from(source, new, given, _keys(unsigned, places.folder))
            _move_into(catalogue, new)
            for path in (new / TEXTS).glob("*.md"):
                (places.folder / TEXTS).mkdir(exist_ok=True)
                if not (places.folder / TEXTS / path.name).exists():
                    shutil.copy(path, places.folder / TEXTS / path.name)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return replace(done, home=places.folder, aside=aside)


def _set_aside(places: Home, catalogue: Schema, *, over: bool) -> Path | None:
    """Write what a database holds to a backup in the folder of the home, where it holds anything."""
    if not made(catalogue):
        return None
    if not over:
        raise NotRestored("The database is not empty; name an empty one, or add --over to replace what it holds.")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    return back_up(places, places.folder / f"{ASIDE}{stamp}-{uuid4().hex[:4]}.zip").path


def _marks_of(catalogue: Schema) -> list[ErasureMark]:
    """What a database knows to be erased."""
    if not made(catalogue):
        return []
    with closing(Catalogue(catalogue)) as opened:
        return [*erasures_beside(catalogue).marks(), *map(buried, opened.tombstones())]


def _move_into(catalogue: Schema, folder: Path) -> None:
    """Let a database hold what the files of a home hold, and nothing else, in one transaction."""
    with all_or_nothing(catalogue) as connection:
        for name in (*(Path(file.name).stem for file in STORES), ORIGINALS, "erasures", "shelf"):
            catalogue.beside(name).drop(connection)
        for file in STORES:
            if (folder / file.name).exists():
                schema = catalogue.beside(Path(file.name).stem)
                into_database(folder / file.name, schema, file.in_database, connection)
        _enter(connection, catalogue.beside(ORIGINALS), originals.MIGRATIONS)
        for path in sorted((folder / ORIGINALS).glob("*")):
            originals.store_original(connection, path.name, path.read_bytes())
        _enter(connection, catalogue.beside("erasures"), erased_marks.MIGRATIONS)
        erased_marks.store_marks(connection, erasures_beside(folder / CATALOGUE).marks())


def _enter(connection: Connection, schema: Schema, migrations: Path) -> None:
    schema.enter(connection, writes=True)
    migrate(connection, migrations, schema)


def _keys(unsigned: bool, *homes: Path) -> list[bytes] | None:
    """The keys of which one must have signed a backup; `None` where none need have."""
    return None if unsigned else [key for one in homes if (key := backup_key(one.expanduser()))]


def _restored_from(source: Path, home: Path, given: list[ErasureMark], keys: list[bytes] | None) -> Restored:
    with opened_backup(source) as opened:
        manifest = opened.checked(keys)
        home.mkdir(mode=0o700)
        return _restored(opened, manifest, home, given)


def _restored(source: BackupReader, manifest: BackupManifest, home: Path, given: list[ErasureMark]) -> Restored:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    (home / RESTORING).write_text(f"{source.path}\n", "utf-8")  # from now on everybody else stays away
    new = home / f"{RESTORING}-{uuid4().hex[:8]}"
    for name in manifest.files:
        _unpack(source, name, new / name)
    marks, notes = _erased_since(home)
    Erasures(new / NAME).take_in([*marks, *given])  # before anything is moved, so that a crash cannot lose them
    aside = home / f"{ASIDE}{stamp}-{uuid4().hex[:4]}" if _present(home, new.name) else None
    if aside:
        aside.mkdir(mode=0o700)
        for path in _present(home, new.name):
            path.rename(aside / path.name)
    for path in list(new.iterdir()):
        path.rename(home / path.name)
    new.rmdir()
    erased = _erase_again(home, notes)
    sync(home)
    (home / RESTORING).unlink()
    return Restored(home, manifest, aside, erased, tuple(notes))


def _unpack(source: BackupReader, name: str, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with source.reading(name) as read, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        shutil.copyfileobj(read, file, _PART)
        file.flush()
        os.fsync(file.fileno())


def _present(home: Path, *besides: str) -> list[Path]:
    """What a home holds that a restore would move aside."""
    found = sorted(home.iterdir()) if home.exists() else []
    return [
        path for path in found if path.name not in (*STAYING, *besides) and not path.name.startswith((ASIDE, ".probe"))
    ]


def _erased_since(home: Path) -> tuple[list[ErasureMark], list[str]]:
    """What the home that is replaced knows to be erased, and what of that cannot be read."""
    marks: list[ErasureMark] = []
    notes: list[str] = []
    for path in (home / NAME, *home.glob(f"{ASIDE}*/{NAME}"), *home.glob(f"{RESTORING}-*/{NAME}")):
        try:
            marks += Erasures(path).marks()
        except ErasuresUnusable as error:
            notes.append(f"{error} What was erased since the backup is not known from there.")
    if (home / CATALOGUE).exists():
        try:
            with closing(Catalogue(home / CATALOGUE)) as catalogue:
                marks += map(buried, catalogue.tombstones())
        except KnownError as error:
            notes.append(f"{error} What was purged since the backup is known from {NAME} alone.")
    return marks, notes


def _erase_again(home: Path, notes: list[str]) -> dict[str, int]:
    """Apply all marks that a home holds; returns how much was erased, by kind, and notes what was not."""
    erased = dict.fromkeys(("answers", "letters", "watches", "remarks", "accounts", "documents"), 0)
    by_kind: dict[ErasureKind, list[ErasureMark]] = {kind: [] for kind in ErasureKind}
    for mark in Erasures(home / NAME).marks():
        by_kind[mark.kind].append(mark)
    with closing(Catalogue(home / CATALOGUE)) as catalogue:
        erased["documents"] = _purge_again(
            catalogue, (tombstone_from_row(one.tombstone) for one in by_kind[ErasureKind.DOCUMENT])
        )
        for address, at in _matched(addresses_in_remarks(catalogue), by_kind[ErasureKind.EMAIL]):
            erased["remarks"] += erase_from_remarks(catalogue, address, datetime.fromtimestamp(at, UTC))
    if (home / "handoffs.sqlite").exists():
        with closing(Handoffs(home / "handoffs.sqlite", vocabulary())) as handoffs:
            for address, at in _matched(handoffs.addresses(), by_kind[ErasureKind.EMAIL]):
                erased["letters"] += handoffs.erase_again(address, at)
    if (home / "watches.sqlite").exists():
        with closing(Watches(home / "watches.sqlite")) as watches:
            for address, at in _matched({one.email for one in watches.all()}, by_kind[ErasureKind.EMAIL]):
                erased["watches"] += watches.erase_again(address, at)
            erased["watches"] += watches.stop_again(one.mark for one in by_kind[ErasureKind.WATCH])
    if (home / "journal.sqlite").exists():
        with closing(Journal(home / "journal.sqlite")) as journal:
            for mark in by_kind[ErasureKind.SESSION]:
                erased["answers"] += journal.erase_again(mark.mark, date.fromtimestamp(mark.at))["answers"]
    if by_kind[ErasureKind.ACCOUNT]:
        with closing(Accounts(account_store(home / "accounts.sqlite"))) as accounts:
            erased["accounts"] = sum(_forget(accounts, mark, notes) for mark in by_kind[ErasureKind.ACCOUNT])
    return erased


def _forget(accounts: Accounts, mark: ErasureMark, notes: list[str]) -> int:
    try:
        return accounts.forget_person(mark.mark, mark.at)
    except LastAdministrator as error:
        notes.append(f"The person behind the account '{mark.mark}' is not erased again: {error}")
        return 0


def _matched(addresses: Iterable[str], marks: Iterable[ErasureMark]) -> list[tuple[str, float]]:
    """Which of these addresses were erased, and when last; each is hashed once a salt."""
    last: dict[tuple[str, str], float] = {}
    for mark in marks:
        last[mark.salt, mark.mark] = max(mark.at, last.get((mark.salt, mark.mark), 0.0))
    salts = {salt for salt, _ in last}
    keys = [(address, (salt, hashed(address, salt))) for address in addresses for salt in salts]
    return [(address, last[key]) for address, key in keys if key in last]


def _purge_again(catalogue: Catalogue, graves: Iterable[Tombstone]) -> int:
    """Purge again what was purged, unless it was let in again since; returns how many documents that were."""
    before = {document.id for document in catalogue.documents()}
    for grave in graves:
        acts = catalogue.history(grave.document_id)
        if not any(event.act is Action.READMITTED and event.at >= grave.at for event in acts):
            purge_again(catalogue, [grave])
    return len(before - {document.id for document in catalogue.documents()})
