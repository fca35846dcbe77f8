"""What the web addresses of sources answered when they were last asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, String, Table, delete, insert, select

from corpus.store import Place, Store, made

MIGRATIONS = Path(__file__).parent / "migrations"
KEPT = timedelta(days=365)  # after which nobody has asked for an address: no document names it any more

_links = Table(
    "links",
    MetaData(),
    Column("url", String, primary_key=True),
    Column("status", Integer),
    Column("problem", String, nullable=False),
    Column("at", String, nullable=False),
)


@dataclass(frozen=True)
class Link:
    """What a web address answered: a status, or none and what was wrong; `at` is when."""

    url: str
    status: int | None
    problem: str
    at: str

    @property
    def fine(self) -> bool:
        """Whether it answered with a page."""
        return self.status is not None and self.status < HTTPStatus.BAD_REQUEST

    @property
    def gone(self) -> bool:
        """Whether nobody will find there what was there. Servers that refuse machines say nothing of that."""
        return self.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


@dataclass
class Links:
    """What is known of addresses, in one store, which is made when the first one is checked.

    Raises:
        StoreUnavailable: from every method, when the store cannot be read or written.
    """

    place: Place

    @cached_property
    def _store(self) -> Store:
        return Store(self.place, MIGRATIONS, mend="remove it, and the addresses are asked again")

    def close(self) -> None:
        """Give the store's connections back, where it was opened."""
        if "_store" in vars(self):
            self._store.close()

    def known(self) -> Mapping[str, Link]:
        """What was found when each address was last asked for."""
        if not made(self.place):
            return {}
        with self._store.reading() as connection:
            return {row["url"]: Link(**row) for row in connection.execute(select(_links)).mappings()}

    def keep(self, link: Link) -> None:
        """Remember what an address answered, in place of what it did before."""
        with self._store.writing() as connection:
            connection.execute(delete(_links).filter_by(url=link.url))
            connection.execute(insert(_links), vars(link))

    def forget(self) -> int:
        """Remove what was found so long ago that no document names the address any more; returns how much."""
        if not made(self.place):
            return 0
        late = (datetime.now(UTC) - KEPT).isoformat(timespec="seconds")
        with self._store.writing() as connection:
            return connection.execute(delete(_links).where(_links.c.at < late)).rowcount
