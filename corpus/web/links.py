"""Asks now and then whether the web addresses of sources still answer, as slowly as is polite.

One question at a time, and to one host only every few seconds, or as seldom as its robots.txt says; what that forbids
is not asked for. What was asked lately is not asked again, so a check that was broken off goes on where it was.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from sqlalchemy import Column, Integer, MetaData, String, Table, delete, insert, select

from corpus.errors import Unreadable
from corpus.store import Store
from corpus.web.fetching import Bounds, Network, fetch, status_of

MIGRATIONS = Path(__file__).parent / "migrations"
AGENT = "market-entry-assistant"
PACE = 5.0  # seconds between two questions to one host
KEPT = timedelta(days=365)  # after which nobody has asked for an address: no document names it any more
AGAIN = timedelta(days=7)  # after which an address is asked for again

_BOUNDS = Bounds(size=2**19, seconds=20)
_LONGEST_PACE = 60.0  # seconds; a robots.txt that wants more is obeyed that far

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
    """What is known of addresses, in one SQLite file, which is made when the first one is checked.

    Raises:
        StoreUnavailable: from every method, when the file cannot be read or written.
    """

    path: Path

    @cached_property
    def _store(self) -> Store:
        return Store(self.path, MIGRATIONS, mend="remove it, and the addresses are asked again")

    def close(self) -> None:
        """Give the file's connections back, where it was opened."""
        if "_store" in vars(self):
            self._store.close()

    def known(self) -> Mapping[str, Link]:
        """What was found when each address was last asked for."""
        if not self.path.exists():
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
        if not self.path.exists():
            return 0
        late = (datetime.now(UTC) - KEPT).isoformat(timespec="seconds")
        with self._store.writing() as connection:
            return connection.execute(delete(_links).where(_links.c.at < late)).rowcount


@dataclass
class _Host:
    """A host, the addresses there that are to be asked for, and when it may be asked next."""

    root: str
    waiting: deque[str] = field(default_factory=deque)
    pace: float = PACE
    free_at: float = 0.0
    robots: RobotFileParser | None = None


def check(
    urls: Iterable[str],
    links: Links,
    *,
    pace: float = PACE,
    again: timedelta = AGAIN,
    allowed: Collection[Network] = (),
) -> Iterator[Link]:
    """Ask for addresses that were not asked for lately, keep what they answer, and tell it one by one."""
    lately = (datetime.now(UTC) - again).isoformat(timespec="seconds")
    known = links.known()
    hosts: dict[str, _Host] = {}
    for url in dict.fromkeys(urls):
        if url not in known or known[url].at < lately:
            root = _root(url)
            hosts.setdefault(root, _Host(root, pace=pace)).waiting.append(url)
    while hosts:
        host = min(hosts.values(), key=lambda one: one.free_at)
        time.sleep(max(0.0, host.free_at - time.monotonic()))
        if host.robots is None:
            host.robots = _robots(host, allowed)
        else:
            link = _asked(host.waiting.popleft(), host.robots, allowed)
            links.keep(link)
            yield link
        host.free_at = time.monotonic() + host.pace
        if not host.waiting:
            del hosts[host.root]


def _root(url: str) -> str:
    """The part of an address that tells the host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}"


def _robots(host: _Host, allowed: Collection[Network]) -> RobotFileParser:
    """What a host wants of machines; nothing in particular where it does not say."""
    robots = RobotFileParser()
    try:
        text = fetch(f"{host.root}/robots.txt", _BOUNDS, allowed=allowed).data.decode("utf-8", "replace")
    except Unreadable:
        text = ""
    robots.parse(text.splitlines())
    host.pace = min(max(host.pace, float(robots.crawl_delay(AGENT) or 0)), max(host.pace, _LONGEST_PACE))
    return robots


def _asked(url: str, robots: RobotFileParser, allowed: Collection[Network]) -> Link:
    status, problem = None, ""
    try:
        if robots.can_fetch(AGENT, url):
            status = status_of(url, _BOUNDS, allowed=allowed)
        else:
            problem = "its robots.txt asks machines to stay away"
    except Unreadable as error:
        problem = error.why
    except ValueError:  # from urllib
        problem = "it is no web address"
    return Link(url, status, problem, datetime.now(UTC).isoformat(timespec="seconds"))
