"""Connected places, and what each run met there: a store of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy import Connection as Transaction

from corpus.errors import KnownError
from corpus.store import Place, Store, made, upsert

MIGRATIONS = Path(__file__).parent / "migrations"
EVERY = timedelta(hours=1)  # between two runs
ASKED = "asked"  # the stamp of a page of which only its server knows whether it has changed

_schema = MetaData()
_places = Table(
    "places",
    _schema,
    Column("number", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("address", Text, nullable=False),
    Column("added_by", String, nullable=False),
    Column("added_on", String, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("wanted", Boolean, nullable=False),  # somebody asked for a run
    Column("ran_at", String, nullable=False),  # when the last run began; empty before the first
    Column("problem", Text, nullable=False),  # why the last run ended early
    Column("taken", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
)
_entries = Table(
    "entries",
    _schema,
    Column("place", Integer, ForeignKey("places.number"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("stamp", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("problem", Text, nullable=False),
)


class Kind(StrEnum):
    """What a place is."""

    FOLDER = "folder"
    WEBDAV = "webdav"
    S3 = "s3"
    FEED = "feed"
    SITEMAP = "sitemap"


class UnknownPlace(KnownError):
    """A number that no connection has."""


class AlreadyConnected(KnownError):
    """A place that is connected already."""


@dataclass(frozen=True)
class ConnectedPlace:
    """A place from which documents come.

    Attributes:
        wanted: somebody has asked for a run.
        ran_at: when the last run began, in ISO form; empty before the first.
        problem: why the last run ended early; empty where it did not.
        taken: entries of the last run that became versions or notes; `known` those that had not changed or that the
            catalogue had, `refused` those that were left out.
    """

    number: int
    kind: Kind
    address: str
    added_by: str
    added_on: str
    paused: bool = False
    wanted: bool = False
    ran_at: str = ""
    problem: str = ""
    taken: int = 0
    known: int = 0
    refused: int = 0

    def due(self, now: datetime) -> bool:
        """Whether it is time for a run."""
        if self.paused:
            return False
        return self.wanted or not self.ran_at or datetime.fromisoformat(self.ran_at) <= now - EVERY


@dataclass(frozen=True)
class MetEntry:
    """What is remembered of a file or page of a place.

    Attributes:
        stamp: what tells it from its next version; empty where it is to be looked at again whatever it says.
        etag, modified: by which its server is asked whether it has changed.
        document_id: the document that it became; empty where it became none, or several.
        told: the stamp of the version of which a curator was told in a note.
        problem: why it was left out.
    """

    name: str
    stamp: str = ""
    etag: str = ""
    modified: str = ""
    document_id: str = ""
    told: str = ""
    problem: str = ""


@dataclass
class Places:
    """The connected places of an installation; their store is made when the first one is connected.

    Raises:
        StoreUnavailable: from every method, when it cannot be read or written.
    """

    store_place: Place

    @cached_property
    def _store(self) -> Store:
        return Store(self.store_place, MIGRATIONS)

    def close(self) -> None:
        """Give the store's connections back, where it was opened."""
        if "_store" in vars(self):
            self._store.close()

    def all(self) -> list[ConnectedPlace]:
        """The places, in the order in which they were connected."""
        if not made(self.store_place):
            return []
        with self._store.reading() as transaction:
            rows = transaction.execute(select(_places).order_by(_places.c.number)).mappings()
            return [ConnectedPlace(**{**row, "kind": Kind(row["kind"])}) for row in rows]

    def place(self, number: int) -> ConnectedPlace:
        """One of them.

        Raises:
            UnknownPlace: there is none of that number.
        """
        found = next((one for one in self.all() if one.number == number), None)
        if found is None:
            raise UnknownPlace(
                f"There is no connection {number}; `market-entry connections list` shows those there are."
            )
        return found

    def add(self, kind: Kind, address: str, *, who: str) -> ConnectedPlace:
        """Connect a place; its first run is due at once.

        Raises:
            AlreadyConnected: it is.
        """
        added = ConnectedPlace(0, kind, address, who, date.today().isoformat(), wanted=True)
        values = {name: value for name, value in vars(added).items() if name != "number"}
        with self._store.writing() as transaction:
            if transaction.execute(select(_places).filter_by(kind=kind, address=address)).first():
                raise AlreadyConnected(f"{address} is connected already.")
            number = transaction.execute(insert(_places), values).inserted_primary_key[0]  # type: ignore[index]
        return replace(added, number=number)

    def change(self, number: int, **changed: object) -> None:
        """Set fields of a place.

        Raises:
            UnknownPlace: there is none of that number.
        """
        self.place(number)
        with self._store.writing() as transaction:
            transaction.execute(update(_places).where(_places.c.number == number).values(**changed))

    def remove(self, number: int) -> None:
        """Connect a place no more; the documents that came from it stay.

        Raises:
            UnknownPlace: there is none of that number.
        """
        self.place(number)
        with self._store.writing() as transaction:
            transaction.execute(delete(_entries).where(_entries.c.place == number))
            transaction.execute(delete(_places).where(_places.c.number == number))

    def entries(self, number: int) -> Mapping[str, MetEntry]:
        """What was met at a place, by name."""
        with self._store.reading() as transaction:
            rows = transaction.execute(select(_entries).where(_entries.c.place == number)).mappings()
            return {row["name"]: _entry(dict(row)) for row in rows}

    def keep(self, number: int, entry: MetEntry) -> None:
        """Remember what was met; nothing of a place that was removed meanwhile."""
        with self._store.writing() as transaction:
            if _there(transaction, number):
                kept = upsert(transaction, _entries).on_conflict_do_update(
                    index_elements=["place", "name"], set_=vars(entry)
                )
                transaction.execute(kept, {**vars(entry), "place": number})

    def began(self, number: int) -> None:
        """A run begins now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.change(number, ran_at=now, wanted=False, problem="", taken=0, known=0, refused=0)


def _there(transaction: Transaction, number: int) -> bool:
    return transaction.execute(select(_places.c.number).where(_places.c.number == number)).first() is not None


def _entry(row: dict[str, str]) -> MetEntry:
    row.pop("place")
    return MetEntry(**row)
