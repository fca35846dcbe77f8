"""Hostile texts in a real browser, of documents, of a model, of a person: nothing of them runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Dialog, Page, expect

from assistant.app import open_app
from assistant.settings import Settings
from tests.browser.hostile import FOREIGN, plant
from tests.browser.steps import Visits, answered, ask, send
from tests.chat_server import ChatHandler, serve
from tests.payloads import PAYLOADS
from tests.serving import serving

pytestmark = pytest.mark.browser_sweep

PLANTED = PAYLOADS[:6]
THINGS = ("implants", "scanners", "pumps", "lenses", "probes", "valves")


@pytest.fixture(scope="module")
def address(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the shipped library and of hostile documents, for which a hostile model writes."""
    hostile = Path(shutil.copytree(furnished, tmp_path_factory.mktemp("injection") / "home"))
    app = open_app(Settings(home=hostile))
    for number, (thing, payload) in enumerate(zip(THINGS, PLANTED, strict=True)):
        title = f"A local representative for {thing} in Japan"
        text = f"A maker of {thing} needs a local representative in Japan"
        plant(app.catalogue, f"hostile/{number}", title, text, payload)
    app.upkeep.make_ready(print)
    app.close()
    ChatHandler.mode = "good"
    ChatHandler.reply = "".join(
        f"A maker needs a local representative in Japan {payload} [P1]\n" for payload in PLANTED
    )
    for url in serve(ChatHandler):
        with serving(hostile, MARKET_ENTRY_CHAT_MODEL="scripted", MARKET_ENTRY_CHAT_URL=url) as served:
            yield served


def watched(page: Page) -> list[str]:
    """What a page does that it must not, from now on."""
    done: list[str] = []

    def close(dialog: Dialog) -> None:
        done.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", close)
    page.on("popup", lambda popup: done.append(f"window {popup.url}"))
    return done


def ran(page: Page) -> bool:
    """Whether something of a payload has run, or stands there to be run."""
    foreign = page.locator(".turn, #next h3").locator(FOREIGN)
    return bool(page.evaluate("'__pwned' in window")) or foreign.count() > 0


def test_nothing_hostile_runs_in_the_chat(visit: Visits) -> None:
    page = visit("/")
    done = watched(page)
    page.locator("#heading h1").wait_for()
    quoted = 0
    for thing, payload in zip(THINGS, PLANTED, strict=True):
        ask(page, f"Do we need a local representative to sell {thing} in Japan?")
        quoted += "window.__pwned" in page.locator("#current .answer").inner_text()
        assert not ran(page), payload
        send(page, f"Do we need a representative? {payload}\n\n{payload}")
        answered(page, "Do we need a representative?")
        assert page.locator("#current .question").inner_text().count("__pwned") == 2
        assert not ran(page), payload
    assert quoted >= len(PLANTED) // 2  # the hostile documents were found and shown
    page.locator("#current button.bad").click()
    page.locator("#current .finer input[type=radio]").first.check()
    page.locator("#current .finer input[name=comment]").fill(PLANTED[0])
    page.locator("#current .finer button").click()
    page.locator("#current .rated").wait_for()
    page.locator("#bar a.product").click()
    page.locator("#risk-class input").press_sequentially("<img/src onerror=1>")
    page.keyboard.press("Tab")
    expect(page.locator("#bar a.product")).to_contain_text("<img/src onerror=1>")
    assert page.locator("#bar img").count() == 0
    page.reload()
    page.locator("#current .turn").wait_for()
    assert not ran(page)
    assert done == []


def test_nothing_hostile_runs_on_the_other_pages(visit: Visits) -> None:
    page = visit("/library?words=local+representative")
    done = watched(page)
    typed = quote(PLANTED[1])
    addresses = [f"/library/hostile/{number}" for number in range(len(PLANTED))]
    addresses += [f"/compare?question={typed}maker&market=japan&market=usa", f"/contact?question={typed}", f"/{typed}"]
    for address in addresses:
        page.goto(visit.address + address)
        assert not page.evaluate("'__pwned' in window"), address
        assert page.locator("script, iframe, [onerror], [onload], [onfocus], a[href^='javascript:']").count() == 0
    assert done == []
