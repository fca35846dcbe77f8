"""What is polite towards the hosts that are asked: their robots.txt, and a pace."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from corpus.errors import NotFetched, Unreadable
from corpus.web.fetching import Bounds, Network, fetch

AGENT = "market-entry-assistant"
PACE = 5.0  # seconds between two questions to one host
LONGEST_PACE = 60.0  # seconds; a robots.txt that wants more is obeyed that far
BOUNDS = Bounds(size=2**19, seconds=20)  # of a robots.txt


def root_of(url: str) -> str:
    """The part of an address that tells the host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}"


def robots_of(root: str, allowed: Collection[Network] = ()) -> RobotFileParser:
    """What a host wants of machines; nothing in particular where it does not say."""
    robots = RobotFileParser()
    try:
        text = fetch(f"{root}/robots.txt", BOUNDS, allowed=allowed).data.decode("utf-8", "replace")
    except Unreadable:
        text = ""
    robots.parse(text.splitlines())
    return robots


def pace_of(robots: RobotFileParser, pace: float) -> float:
    """The seconds between two questions: those given, or more where the host wants more."""
    return min(max(pace, float(robots.crawl_delay(AGENT) or 0)), max(pace, LONGEST_PACE))


@dataclass
class _KnownHost:
    robots: RobotFileParser
    pace: float
    free_at: float


class Manners:
    """Waits before each question to a host until it is polite to ask, and does not ask for what it forbids."""

    def __init__(self, allowed: Collection[Network] = (), pace: float = PACE) -> None:
        self._allowed = allowed
        self._pace = pace
        self._hosts: dict[str, _KnownHost] = {}

    def approach(self, url: str) -> None:
        """Return when an address may be asked for.

        Raises:
            NotFetched: the robots.txt of its host says that machines stay away.
        """
        root = root_of(url)
        if root not in self._hosts:
            robots = robots_of(root, self._allowed)
            pace = pace_of(robots, self._pace)
            self._hosts[root] = _KnownHost(robots, pace, time.monotonic() + pace)
        host = self._hosts[root]
        try:
            welcome = host.robots.can_fetch(AGENT, url)
        except ValueError:  # from urllib: no web address, which whoever fetches it says
            welcome = True
        if not welcome:
            raise NotFetched(url, "its robots.txt asks machines to stay away")
        time.sleep(max(0.0, host.free_at - time.monotonic()))
        host.free_at = time.monotonic() + host.pace
