"""How soon the pages can be used, and what they weigh: `python -m tests.benchmarks.pages [ADDRESS ...] [--rounds N]`.

Chromium opens the chat and the pages for companies, each in a browser that knows nothing yet ("cold") and again in the
same browser ("warm"), so many rounds. The table has medians: when something was painted first, when the page could be
used (its field can be typed into, or what it is for can be read), how many requests reached the server, and their bytes
on the line. Several servers are visited in turn, so that they can be compared. Without an address a server is started
with a home of its own, which first builds its index.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.serving import serving

PAGES = {  # by path, what can be used on it
    "/": "#question textarea",
    "/compare": "form select, form input:not([type=hidden])",
    "/compare?market=japan&market=canada&market=usa&product=devices": "table",
    "/plan": "form select",
    "/plan?market=japan&product=devices": ".timeline",
    "/library": "input[name=query], input[type=search], form input:not([type=hidden])",
    "/library/japan/devices-and-ivds": "article, .reading, main h1",
    "/contact": "#message",
}
STATES = ("cold", "warm")
ROUNDS = 5
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
_PATIENCE = 120_000  # milliseconds

# Remembers the first frame in which something is in sight and, if it is a field, can be typed into.
_WATCH = """selector => {
  const look = () => {
    const found = document.querySelector(selector);
    const usable = found?.checkVisibility({ visibilityProperty: true }) && !found.disabled && !found.readOnly;
    if (usable) document.documentElement.dataset.usable = performance.now();
    else requestAnimationFrame(look);
  };
  look();
}"""
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


@dataclass(frozen=True)
class Visit:
    """One opening of a page: milliseconds, requests that reached the server, and their bytes."""

    painted: float
    usable: float
    requests: int
    bytes: int


class _Line:
    """What goes over the line for a page."""

    def __init__(self, page: Page) -> None:
        self.requests = self.bytes = 0
        self._spared: set[str] = set()  # of the browser's own memory
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestServedFromCache", lambda event: self._spared.add(event["requestId"]))
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)

    def _received(self, event: dict[str, Any]) -> None:
        response = event["response"]
        if response.get("fromDiskCache") or not response["url"].startswith("http"):
            self._spared.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self._spared:
            self.requests += 1
            self.bytes += int(event["encodedDataLength"])


def visit(context: BrowserContext, address: str, path: str) -> Visit:
    """Open a page, and wait until nothing is on its way any more."""
    page = context.new_page()
    page.set_default_timeout(_PATIENCE)
    page.add_init_script(f"({_WATCH})({PAGES[path]!r})")
    line = _Line(page)
    page.goto(address + path)
    usable = page.locator("html[data-usable]")
    usable.wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    at = float(usable.get_attribute("data-usable") or "nan")
    measured = Visit(page.evaluate(_PAINTED), at, line.requests, line.bytes)
    page.close()
    return measured


def measure(addresses: Sequence[str], rounds: int) -> dict[tuple[str, str, str], Visit]:
    """The medians by page, state of the browser, and server."""
    found: dict[tuple[str, str, str], list[Visit]] = {
        (path, s, a): [] for path in PAGES for s in STATES for a in addresses
    }
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        for _ in range(rounds):
            for path, address in product(PAGES, addresses):
                context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
                for state in STATES:
                    found[path, state, address].append(visit(context, address, path))
                context.close()
        browser.close()
    return {name: _median(visits) for name, visits in found.items()}


def _median(visits: list[Visit]) -> Visit:
    return Visit(
        median(one.painted for one in visits),
        median(one.usable for one in visits),
        round(median(one.requests for one in visits)),
        round(median(one.bytes for one in visits)),
    )


@contextmanager
def _own_server() -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "home") as address:
        yield [address]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("addresses", nargs="*", help="of servers that run already")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    with nullcontext(given.addresses) if given.addresses else _own_server() as addresses:
        measured = measure(addresses, given.rounds)
    print("| page | visit | server | painted (ms) | usable (ms) | requests | KB |\n|---|---|---|---|---|---|---|")
    for names, one in measured.items():
        print(
            f"| {' | '.join(names)} | {one.painted:.0f} | {one.usable:.0f} | {one.requests} | {one.bytes / 1024:.0f} |"
        )


if __name__ == "__main__":
    main()
