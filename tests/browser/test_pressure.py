"""What a person sees of a server that many ask at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, Route, expect

from assistant.texts import say
from tests.browser.conftest import CHROMIUM, PROJECT, Visits
from tests.browser.scripted import KNOWN, SLOW
from tests.conftest import free_port
from tests.endurance.visitors import Visitors
from tests.serving import wait_for

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine; .ci/run installs it")


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """A server that answers one question slowly, and lets one person ask twice a minute."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.scripted", str(port)],
        env={
            "PATH": "/usr/bin:/bin",
            "MARKET_ENTRY_HOME": str(home),
            "MARKET_ENTRY_QUESTIONS_A_MINUTE": "2",
            "PYTHONPATH": str(PROJECT),
        },
        cwd=PROJECT,
        text=True,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def ask(page: Page, question: str) -> None:
    page.locator("#heading h1").wait_for()
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")


def answered(page: Page, question: str) -> None:
    ask(page, question)
    page.locator("#current .turn:not(.running)", has=page.get_by_role("heading", name=question)).wait_for()
    page.locator("#ask").wait_for()


def test_whoever_asks_too_often_is_told_and_loses_neither_question_nor_conversation(visit: Visits) -> None:
    page = visit("/", locale="de-DE")
    answered(page, KNOWN)
    answered(page, KNOWN.replace("Japan", "Brazil"))
    third = KNOWN.replace("Japan", "China")
    ask(page, third)
    expect(page.locator("#status .notice")).to_have_text(say("de", "asked_too_often"))
    expect(page.locator("body > [role=status]")).to_have_text(say("de", "asked_too_often"))
    expect(page.locator("#question textarea")).to_have_value(third)
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("#current .outcome")).to_be_visible()
    expect(page.locator("#ask")).to_be_visible()


def test_whoever_waits_sees_how_many_are_before_them_and_is_answered_when_it_is_their_turn(
    visit: Visits, address: str
) -> None:
    page = visit("/")
    page.locator("#heading h1").wait_for()

    async def others() -> None:
        visitors = Visitors(address)
        await asyncio.gather(*(visitors.ask(SLOW) for _ in range(4)))

    slow = Thread(target=asyncio.run, args=(others(),))
    slow.start()
    page.wait_for_timeout(1500)
    ask(page, KNOWN)
    expect(page.locator("#status")).to_have_text(say("en", "waiting_turn", ahead=0))
    page.locator("#current .outcome").wait_for()
    slow.join()


@pytest.mark.parametrize("failure", ["full", "gone"])
def test_when_gradio_itself_fails_the_page_says_so_in_the_persons_language(visit: Visits, failure: str) -> None:
    page = visit("/", locale="fr-FR")
    page.locator("#heading h1").wait_for()

    def fail(route: Route) -> None:
        if failure == "full":
            route.fulfill(status=503, json={"detail": "Queue is full. Max size is 1000 and size is 1000."})
        else:
            route.abort()

    page.route("**/queue/join*", fail)
    ask(page, KNOWN)
    toast = page.get_by_test_id("toast-body")
    expect(toast).to_have_text(say("fr", "unreachable"))
    expect(toast).to_have_attribute("lang", "fr")
    expect(page.locator("#question textarea")).to_have_value(KNOWN)
    expect(page.locator(".unreachable")).to_be_hidden()
    page.unroute("**/queue/join*")
    if failure == "gone":
        expect(toast).to_have_count(0)  # Gradio has found the server again, and reloaded the page
        expect(page.locator("#question textarea")).to_have_value(KNOWN)
    page.locator("#question textarea").press("Enter")
    page.locator("#current .outcome").wait_for()
    visit.trouble.clear()  # the browser's own words on the failure that was made
