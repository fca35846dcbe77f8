"""A server as people start it, and browsers that may speak to this machine only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.serving import serving

PROJECT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


class Visits:
    """Opens pages in browsers that know nothing of each other, and remembers what must not happen."""

    def __init__(self, chromium: Browser, address: str) -> None:
        self._chromium = chromium
        self.address = address
        self.trouble: list[str] = []

    def __call__(self, path: str, **options: Any) -> Page:  # noqa: ANN401 - as Playwright takes them
        context = self._chromium.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1100, "height": 800}, **options}
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("request", lambda request: self._watch(request.url))
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.goto(self.address + path)
        return page

    def _watch(self, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self.trouble.append(f"asked for {url}")

    def _hear(self, kind: str, text: str) -> None:
        # A refusal is no defect of the page, nor that Gradio complains of a page that is left while it listens.
        if kind == "error" and not any(known in text for known in ("status of 4", "AbortError", "errored out")):
            self.trouble.append(text)


@pytest.fixture(scope="module")
def home(shipped_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped library, with nobody's accounts and nothing asked yet."""
    home = tmp_path_factory.mktemp("browser") / "home"
    shutil.copytree(shipped_home, home, ignore=shutil.ignore_patterns("*.lock", "journal.sqlite*", "accounts.sqlite*"))
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visits]:
    """Any request that leaves the machine, and any refusal by the policy, fails the test."""
    visits = Visits(chromium, address)
    yield visits
    for context in chromium.contexts:
        context.close()
    assert visits.trouble == []
