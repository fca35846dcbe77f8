"""The page in a real browser, which may speak to this machine only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.conftest import free_port
from tests.test_cli import wait_for

PROJECT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENSHOT = PROJECT / "docs/chat.png"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine; .ci/run installs it")

_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def address(shipped_home: Path) -> Iterator[str]:
    """A server of the shipped library."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "serve", "--port", str(port)],
        env={"PATH": "/usr/bin:/bin", "MARKET_ENTRY_HOME": str(shipped_home)},
        cwd=PROJECT,
        text=True,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", server)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """The chat page, opened; every request that leaves the machine, and every refusal of the policy, fails the test."""
    foreign: list[str] = []
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        page = browser.new_page(viewport={"width": 1100, "height": 1150})
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((address, "data:", "blob:")) else foreign.append(request.url)
            ),
        )
        page.on(
            "console",
            lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None,
        )
        page.goto(address)
        page.get_by_role("textbox").first.wait_for()
        yield page
        browser.close()
    assert foreign == []
    assert errors == []


def ask(page: Page, question: str) -> None:
    box = page.locator("#question textarea")
    box.fill(question)
    box.press("Enter")


def test_a_question_is_answered_with_claims_citations_and_source_cards(page: Page) -> None:
    ask(page, "Do we need a local representative to sell a class II device in Japan?")
    page.locator(".answer .source").first.wait_for(timeout=60_000)
    answer = page.locator(".answer").last
    assert "DMAH" in answer.locator(".claim").first.inner_text()
    assert "[1]" in answer.locator(".claim").first.inner_text()
    card = answer.locator(".source").nth(1)
    card.locator("summary").click()
    quote = card.locator("blockquote").inner_text()
    assert quote.strip()
    assert quote.strip() in answer.inner_text()
    assert card.locator("a").first.get_attribute("href").startswith("https://")  # type: ignore[union-attr]
    if os.environ.get("MARKET_ENTRY_SCREENSHOTS"):
        card.locator("summary").click()
        answer.locator(".source").first.locator("summary").scroll_into_view_if_needed()
        page.locator("#conversation .message").first.scroll_into_view_if_needed()
        page.screenshot(path=SCREENSHOT)


def test_the_first_thing_said_is_that_this_is_an_ai_and_no_legal_advice(page: Page) -> None:
    notice = page.locator("#notice").inner_text()
    assert "AI assistant" in notice
    assert "not legal advice" in notice
    assert "confidential" in notice


def test_an_answer_comes_in_the_language_of_the_question(page: Page) -> None:
    ask(page, "Abbiamo bisogno di un rappresentante locale per vendere un dispositivo in Giappone?")
    page.locator(".answer .source").first.wait_for(timeout=60_000)
    answer = page.locator(".answer").last
    assert answer.get_attribute("lang") == "it"
    assert "DMAH" in answer.locator(".claim[lang=it]").first.inner_text()


def test_other_worlds_are_declined_with_a_contact(page: Page) -> None:
    ask(page, "What is the weather in Turin?")
    page.locator(".answer .contacts").wait_for(timeout=60_000)
    assert page.locator(".answer .source").count() == 0


def test_a_question_without_words_stays_in_the_box(page: Page) -> None:
    ask(page, "?!?!")
    page.locator(".answer .notice").wait_for(timeout=60_000)
    assert page.locator("#question textarea").input_value() == "?!?!"


def test_markup_in_a_question_stays_text(page: Page) -> None:
    ask(
        page,
        "Japan <img src=x onerror=\"document.title='owned'\"> <script>document.title='owned'</script> devices MAH?",
    )
    page.locator(".answer .source").first.wait_for(timeout=60_000)
    assert page.title() != "owned"
