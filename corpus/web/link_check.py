"""Asks now and then whether the web addresses of sources still answer, as slowly as is polite.

One question at a time, and to one host only every few seconds, or as seldom as its robots.txt says; what that forbids
is not asked for. What was asked lately is not asked again, so a check that was broken off goes on where it was.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from corpus.errors import Unreadable
from corpus.web.fetching import Bounds, Network, fetch, status_of
from corpus.web.links import Link, Links

AGENT = "market-entry-assistant"
PACE = 5.0  # seconds between two questions to one host
AGAIN = timedelta(days=7)  # after which an address is asked for again

_BOUNDS = Bounds(size=2**19, seconds=20)
_LONGEST_PACE = 60.0  # seconds; a robots.txt that wants more is obeyed that far


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
    """Ask for addresses that were not asked for lately, keep what they answer, and yield it one by one."""
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
