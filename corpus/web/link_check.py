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
from urllib.robotparser import RobotFileParser

from corpus.errors import Unreadable
from corpus.web.fetching import Network, status_of
from corpus.web.links import Link, Links
from corpus.web.manners import AGENT, BOUNDS, PACE, pace_of, robots_of, root_of

AGAIN = timedelta(days=7)  # after which an address is asked for again


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
            root = root_of(url)
            hosts.setdefault(root, _Host(root, pace=pace)).waiting.append(url)
    while hosts:
        host = min(hosts.values(), key=lambda one: one.free_at)
        time.sleep(max(0.0, host.free_at - time.monotonic()))
        if host.robots is None:
            host.robots = robots_of(host.root, allowed)
            host.pace = pace_of(host.robots, host.pace)
        else:
            link = _asked(host.waiting.popleft(), host.robots, allowed)
            links.keep(link)
            yield link
        host.free_at = time.monotonic() + host.pace
        if not host.waiting:
            del hosts[host.root]


def _asked(url: str, robots: RobotFileParser, allowed: Collection[Network]) -> Link:
    status, problem = None, ""
    try:
        if robots.can_fetch(AGENT, url):
            status = status_of(url, BOUNDS, allowed=allowed)
        else:
            problem = "its robots.txt asks machines to stay away"
    except Unreadable as error:
        problem = error.why
    except ValueError:  # from urllib
        problem = "it is no web address"
    return Link(url, status, problem, datetime.now(UTC).isoformat(timespec="seconds"))
