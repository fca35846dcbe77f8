"""What a person sees of a server that many ask at once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Route, expect

from assistant.texts import say
from tests.browser.scripted import KNOWN, SLOW, go_on, scripted
from tests.browser.steps import Visits, ask, box, send, soon
from tests.endurance.visitors import Visitors

pytestmark = pytest.mark.browser_sweep


@pytest.fixture(scope="module")
def home(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(furnished, tmp_path_factory.mktemp("pressure") / "home"))


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """A server that answers one question slowly, and lets one person ask twice a minute."""
    with scripted(home, MARKET_ENTRY_QUESTIONS_A_MINUTE="2") as address:
        yield address


def test_whoever_asks_too_often_is_told_and_loses_neither_question_nor_conversation(visit: Visits) -> None:
    page = visit("/", locale="de-DE")
    ask(page, KNOWN)
    ask(page, KNOWN.replace("Japan", "Brazil"))
    third = KNOWN.replace("Japan", "China")
    send(page, third)
    expect(page.locator("#status .notice")).to_have_text(say("de", "asked_too_often"))
    expect(page.locator("body > [role=status]")).to_have_text(say("de", "asked_too_often"))
    expect(box(page)).to_have_value(third)
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("#current .outcome")).to_be_visible()
    expect(page.locator("#ask")).to_be_visible()


def test_whoever_waits_sees_how_many_are_before_them_and_is_answered_when_it_is_their_turn(
    visit: Visits, address: str, home: Path
) -> None:
    page = visit("/")
    question = f"{SLOW} turn"

    async def others() -> None:
        visitors = Visitors(address)
        await asyncio.gather(*(visitors.ask(question) for _ in range(5)))

    slow = Thread(target=asyncio.run, args=(others(),))
    slow.start()
    soon(lambda: "market_entry_waiting 1.0" in httpx.get(f"{address}/metrics").text)
    send(page, KNOWN)
    expect(page.locator("#status")).to_have_text(say("en", "waiting_turn", ahead=1))
    go_on(home, question)
    page.locator("#current .outcome").wait_for()
    slow.join()


@pytest.mark.parametrize("failure", ["crowded", "gone"])
def test_who_finds_no_place_or_no_server_reads_it_in_their_language_and_keeps_the_question(
    visit: Visits, failure: str
) -> None:
    page = visit("/", locale="fr-FR")

    def fail(route: Route) -> None:
        if failure == "crowded":
            route.fulfill(status=429, json={"detail": say("en", "unreachable")})
        else:
            route.abort()

    page.route("**/queue/join*", fail)
    send(page, KNOWN)
    toast = page.get_by_test_id("toast-body")
    expect(toast).to_have_text(say("fr", "unreachable"))
    expect(toast).to_have_attribute("lang", "fr")
    expect(box(page)).to_have_value(KNOWN)
    expect(page.locator(".unreachable")).to_be_hidden()
    page.unroute("**/queue/join*")
    if failure == "gone":
        expect(toast).to_have_count(0)  # Gradio has found the server again, and reloaded the page
        expect(box(page)).to_have_value(KNOWN)
    box(page).press("Enter")
    page.locator("#current .outcome").wait_for()
    visit.trouble.clear()  # the browser's own words on the failure that was made
