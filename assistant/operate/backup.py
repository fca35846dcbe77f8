"""A backup of an installation that is in use; `restore` is the way back.

**Whole.** A database is copied as one transaction saw it, into the files that a home without one has. Of such a home
each store is copied by SQLite as one transaction saw it, while others write. The catalogue comes first and
the originals that it names after it: they never change and are named by their contents; when a purge takes one away
meanwhile, the catalogue is copied again. Each store is whole by itself, none refers to a row of another. The marks of
erasures come last: whatever a copied store still holds that was erased meanwhile has its mark in the backup.

**Written or not.** All is copied into a folder beside the one named, the manifest with the digest of every file last;
then it is synced, read again as `restore` reads it, and renamed. What has no manifest, or a file that is not as the
manifest says, is refused.

**Ours and unchanged.** The manifest is signed (HMAC-SHA256) with a key that was made with the installation and is in
no backup, and the digests in it hold every file. `restore` refuses what another key has signed, or none.

A backup holds personal data as the home does, and is readable by this user alone. The file `.env` is no part of it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO
from uuid import uuid4

from filelock import FileLock, Timeout
from sqlalchemy import Connection

from assistant import erasures
from assistant.home import (
    BACKUP_KEY,
    BACKUPS,
    CATALOGUE,
    LINES,
    STORES,
    TEXTS,
    Home,
    Lost,
    StoreFile,
    make_backup_key,
)
from corpus.catalogue.originals import ORIGINALS, stored_original
from corpus.errors import KnownError
from corpus.postgres import Schema
from corpus.store import PATIENCE, StoreDamaged, problem_of, revision, revision_of, revisions, unusable
from corpus.transfer import from_database, one_state
from index import vector_cache

_FORMAT = 2  # 1 had no signature
_MANIFEST, _SIGNATURE = "manifest.json", "manifest.hmac"
_TRIES = 3  # copies of a catalogue of which a purge takes originals away meanwhile
_PART = 2**20  # bytes read at once
_NAMES = re.compile(rf"{ORIGINALS}/[0-9a-f]{{64}}|{TEXTS}/[\w.-]+\.md")  # beside the files of the tables


class BackupFailed(KnownError):
    """A backup that was not written."""


class BadBackup(KnownError):
    """A file or folder that is no backup, or not a whole one."""


class UntrustedBackup(KnownError):
    """A backup of which nobody can tell that this installation has made it and nobody has changed it."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} is not restored: {why}. Nothing was changed. If you know where it comes from and that nobody has"
            " changed it, add --unsigned."
        )


class BackupTooNew(KnownError):
    """A backup that a newer release has made."""


@dataclass(frozen=True)
class BackupManifest:
    """What a backup is: when and by which release it was made, the schema of each store, the digest of each file."""

    format: int
    product: str
    made_at: str
    schemas: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True)
class Backup:
    """A backup that was written and read again. `left_out` says of damaged files why they are not in it."""

    path: Path
    manifest: BackupManifest
    size: int
    left_out: tuple[str, ...]


# Making one


def back_up(places: Home, target: Path) -> Backup:
    """Write a backup of a home to a new `.zip` file or folder, whole or not at all; others may use the home meanwhile.

    Raises:
        BackupFailed: the target exists or cannot be written, or another process makes a backup of this home.
        StoreDamaged: a store that cannot be made again is damaged.
        BadBackupKey: the file that should hold the key holds none.
        StoreUnavailable: the database cannot be read.
        StoreTooNew: another release keeps the database.
    """
    home = places.folder
    if target.exists():
        raise BackupFailed(f"There is something at {target} already; name another file or folder for the backup.")
    part = target.with_name(f"{target.name}.part-{uuid4().hex}")
    try:
        with FileLock(home / "backup.lock", timeout=0), _clearing(target):
            key = make_backup_key(home)
            part.mkdir(mode=0o700, parents=True)
            left_out = _copy(places, part)
            _write_manifest(part, key)
            if target.suffix.lower() == ".zip":
                part = _zipped(part)
            manifest = _read_again(part, key)
            part.rename(target)
            sync(target.parent)
            size = sum(path.stat().st_size for path in [target, *target.rglob("*")] if path.is_file())
            _note(home, target, manifest, size)
    except Timeout as error:
        raise BackupFailed(f"Another process makes a backup of {home} just now; wait until it has ended.") from error
    except OSError as error:
        raise BackupFailed(
            f"The backup {target} cannot be written ({error.strerror or error}); nothing was left there: check the"
            " folder's rights and the free space, or name another place."
        ) from error
    return Backup(target, manifest, size, left_out)


def known_backups(home: Path) -> list[dict[str, str]]:
    """The backups that were made of a home, the latest last: path, time and size."""
    path = home / BACKUPS
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


@contextmanager
def _clearing(target: Path) -> Iterator[None]:
    """Remove what this attempt, or one that was killed, has left beside the target."""
    try:
        yield
    finally:
        for path in target.parent.glob(f"{target.name}.part-*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _copy(places: Home, part: Path) -> tuple[str, ...]:
    """Copy all that lies in a home; returns why some of it is left out."""
    left_out = _copy_database(places, part) if places.database else _copy_stores(places.folder, part)
    for path in sorted((places.folder / TEXTS).glob("*.md")):
        _copy_file(path, part / TEXTS / path.name)
    for name in LINES:
        if name == erasures.NAME and places.database:
            erasures.write_marks(part / name, erasures.erasures_beside(places.place(CATALOGUE)).marks())
        elif (places.folder / name).exists():
            _copy_file(places.folder / name, part / name)
    return tuple(left_out)


def _copy_database(places: Home, part: Path) -> list[str]:
    """Write what a database holds into the files of a home, all of it as one transaction sees it."""
    catalogue = places.place(CATALOGUE)
    assert isinstance(catalogue, Schema)  # noqa: S101 - the caller has asked
    with one_state(catalogue) as connection:
        for file in STORES:
            if file.migrations is None:
                vector_cache.new_file(part / file.name)
            from_database(connection, catalogue.beside(Path(file.name).stem), file.in_database, part / file.name)
        missing = _write_originals(connection, catalogue.beside(ORIGINALS), part)
    for path in part.glob("*.sqlite"):
        _without_log(path)
    return [f"The original {digest} is lost from the {catalogue.beside(ORIGINALS)}." for digest in missing] + [
        f"The original {digest} in the {catalogue.beside(ORIGINALS)} is damaged." for digest in _changed(part)
    ]


def _write_originals(connection: Connection, schema: Schema, part: Path) -> list[str]:
    """Write the originals that the copied catalogue names; returns those that there are none of."""
    schema.enter(connection, writes=False)
    kept = revision(connection) != ""
    missing = []
    for digest in sorted(_named_originals(part / CATALOGUE)):
        if data := stored_original(connection, digest) if kept else b"":
            (part / ORIGINALS).mkdir(mode=0o700, exist_ok=True)
            _write(part / ORIGINALS / digest, data)
        else:
            missing.append(digest)
    return missing


def _without_log(path: Path) -> None:
    """Let a finished file be one without a log beside it, for this user alone."""
    path.chmod(0o600)
    with closing(sqlite3.connect(path)) as written:
        written.execute("PRAGMA journal_mode=DELETE")
    sync(path)


def _copy_stores(home: Path, part: Path) -> list[str]:
    left_out: list[str] = []
    for file in STORES:
        try:
            if (home / file.name).exists():
                _copy_store(home, part, file)
        except StoreDamaged as error:
            if file.lost is Lost.RESTORE:
                raise
            (part / file.name).unlink(missing_ok=True)
            left_out.append(str(error))
    return left_out + _copy_originals(home, part)


def _copy_store(home: Path, part: Path, file: StoreFile) -> None:
    """Copy a store as one transaction sees it, into one file without a log beside it."""
    copy = part / file.name
    copy.touch(mode=0o600)
    try:
        with (
            closing(sqlite3.connect(home / file.name, timeout=PATIENCE)) as store,
            closing(sqlite3.connect(copy)) as written,
        ):
            store.backup(written)  # in one step: a step of several would begin anew at every write
            written.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise unusable(home / file.name, error) from error
    if problem := problem_of(copy):
        raise StoreDamaged(home / file.name, problem)
    sync(copy)


def _copy_originals(home: Path, part: Path) -> list[str]:
    """Copy the originals that the copied catalogue names; returns what is wrong with some."""
    missing: set[str] = set()
    for _ in range(_TRIES):
        for digest in _named_originals(part / CATALOGUE):
            source, copy = home / ORIGINALS / digest, part / ORIGINALS / digest
            try:
                if not copy.exists():
                    _copy_file(source, copy)
            except FileNotFoundError:
                missing.add(digest)
        if not missing:
            break
        _copy_store(home, part, STORES[0])  # a purge has taken some away: it is not in the catalogue any more either
        missing &= _named_originals(part / CATALOGUE)
    copied = (part / ORIGINALS).glob("*")
    named = _named_originals(part / CATALOGUE)
    for path in copied:
        if path.name not in named:
            path.unlink()
    return [f"The original {digest} is lost from {home / ORIGINALS}." for digest in sorted(missing)] + [
        f"The original {digest} in {home / ORIGINALS} is damaged." for digest in _changed(part)
    ]


def _changed(part: Path) -> list[str]:
    """The copied originals that are not what they are named for."""
    return sorted(path.name for path in (part / ORIGINALS).glob("*") if _digest(path) != path.name)


def _named_originals(catalogue: Path) -> set[str]:
    if not catalogue.exists():
        return set()
    with closing(sqlite3.connect(catalogue)) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'originals'").fetchall()
        return {row[0] for row in connection.execute("SELECT digest FROM originals")} if known else set()


def _copy_file(source: Path, copy: Path) -> None:
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    with source.open("rb") as read, os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        shutil.copyfileobj(read, file)
        file.flush()
        os.fsync(file.fileno())


def _write_manifest(part: Path, key: bytes) -> None:
    """Say what the backup holds, and sign it; from then on it is one."""
    files = {path.relative_to(part).as_posix(): _digest(path) for path in sorted(part.rglob("*")) if path.is_file()}
    manifest = BackupManifest(
        format=_FORMAT,
        product=version("market-entry-assistant"),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        schemas={file.name: revision_of(part / file.name) for file in STORES if file.migrations and file.name in files},
        files=files,
    )
    text = json.dumps(asdict(manifest), indent=1).encode()
    _write(part / _SIGNATURE, json.dumps({"key": _name_of(key), "hmac": _signature(key, text)}).encode())
    written = part / f"{_MANIFEST}.new"
    _write(written, text)
    written.rename(part / _MANIFEST)
    for folder in (part, part / ORIGINALS, part / TEXTS):
        if folder.exists():
            sync(folder)


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _signature(key: bytes, manifest: bytes) -> str:
    return hmac.new(key, manifest, hashlib.sha256).hexdigest()


def _name_of(key: bytes) -> str:
    """What a key is known by, without telling it."""
    return hmac.new(key, b"the name of this key", hashlib.sha256).hexdigest()[:16]


def _zipped(part: Path) -> Path:
    """The folder as a zip beside it, which takes its place."""
    path = part.with_name(f"{part.name}.zip")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for one in sorted(part.rglob("*")):
                if one.is_file():
                    archive.write(one, one.relative_to(part).as_posix())
        file.flush()
        os.fsync(file.fileno())
    shutil.rmtree(part)
    return path


def _read_again(path: Path, key: bytes) -> BackupManifest:
    with opened_backup(path) as source:
        return source.checked([key])


def _note(home: Path, target: Path, manifest: BackupManifest, size: int) -> None:
    """Remember that it was made, for `doctor` and for receipts of erasures."""
    line = json.dumps({"path": str(target.resolve()), "made_at": manifest.made_at, "size": size})
    with os.fdopen(
        os.open(home / BACKUPS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(f"{line}\n")


# Reading one


class BackupReader:
    """A backup as a folder; `_Zip` is one as a zip."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """The files in it."""
        return [one.relative_to(self.path).as_posix() for one in self.path.rglob("*") if one.is_file()]

    @contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        """One of its files."""
        with (self.path / name).open("rb") as file:
            yield file

    def checked(self, keys: Collection[bytes] | None) -> BackupManifest:
        """Its manifest, once every file is known to be as it says, and one of the keys to have signed it.

        Without keys (`None`), the signature is not looked at.

        Raises:
            BadBackup: it is no backup, or not a whole one.
            UntrustedBackup: none of the keys has signed it as it is.
            BackupTooNew: a newer release has made it.
        """
        manifest = self._manifest(keys)
        if strange := sorted(set(manifest.files) ^ (set(self.names()) - {_MANIFEST, _SIGNATURE})):
            raise self._bad(f"its manifest and its files differ, as in {strange[0]}")
        for name, digest in manifest.files.items():
            if not (name in _PLAIN or _NAMES.fullmatch(name)):
                raise self._bad(f"the name {name!r} stands in no backup")
            with self.reading(name) as file:
                if _digest_of(file) != digest:
                    raise self._bad(f"{name} is not as it was written")
        for store in STORES:
            if store.migrations and manifest.schemas.get(store.name, "") not in {"", *revisions(store.migrations)}:
                raise self._too_new(manifest.product)
        return manifest

    def _manifest(self, keys: Collection[bytes] | None) -> BackupManifest:
        if _MANIFEST not in self.names():
            raise self._bad("it has no manifest: it is no backup, or one that was broken off while it was written")
        try:
            with self.reading(_MANIFEST) as file:
                text = file.read()
            if keys is not None:
                self._ensure_signed(text, keys)
            row = json.loads(text)
            if row["format"] > _FORMAT:
                raise self._too_new(row["product"])
            return BackupManifest(**row)
        except (ValueError, TypeError, KeyError) as error:
            raise self._bad(f"its manifest cannot be read ({error})") from error

    def _ensure_signed(self, manifest: bytes, keys: Collection[bytes]) -> None:
        if _SIGNATURE not in self.names():
            raise UntrustedBackup(self.path, "it is not signed, as those of older releases are not")
        with self.reading(_SIGNATURE) as file:
            signed = json.load(file)
        key = next((one for one in keys if _name_of(one) == signed["key"]), None)
        if key is None:
            raise UntrustedBackup(
                self.path,
                f"another installation has made it, or the key of this one was lost: put the copy of {BACKUP_KEY} that"
                " you keep into the home, and restore it again",
            )
        if not hmac.compare_digest(_signature(key, manifest), signed["hmac"]):
            raise UntrustedBackup(self.path, "it was changed after it was made, and its signature does not fit")

    def _bad(self, why: str) -> BadBackup:
        return BadBackup(f"{self.path} cannot be restored: {why}. Nothing was changed; take another backup.")

    def _too_new(self, product: str) -> BackupTooNew:
        return BackupTooNew(
            f"{self.path} was made by release {product}, which is newer than this one"
            f" ({version('market-entry-assistant')}); install that release, then restore it."
        )


class _Zip(BackupReader):
    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        super().__init__(path)
        self._file = file

    def names(self) -> list[str]:
        return self._file.namelist()

    @contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        with self._file.open(name) as file:
            yield file


@contextmanager
def opened_backup(path: Path) -> Iterator[BackupReader]:
    """A backup to be read.

    Raises:
        BadBackup: there is none, or it is not a whole one.
    """
    try:
        if path.is_dir():
            yield BackupReader(path)
        else:
            with zipfile.ZipFile(path) as file:
                yield _Zip(path, file)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadBackup(
            f"{path} cannot be restored: it is no backup, or one that was broken off while it was written ({error})."
            " Nothing was changed; take another backup."
        ) from error
    except FileNotFoundError as error:
        raise BadBackup(f"There is no backup at {path}; name the file or folder that `backup` has written.") from error


_PLAIN = {*(file.name for file in STORES), *LINES}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return _digest_of(file)


def _digest_of(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PART):
        digest.update(piece)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """See that a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
