"""The chat on a page of another site, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, FrameLocator, Page, expect

from assistant.texts import say
from tests.browser.scripted import KNOWN
from tests.browser.steps import DESK, PATIENCE, PHONE, picture, serious
from tests.conftest import free_port, served
from tests.serving import serving

OPEN, TITLE = (say("de", name) for name in ("embed_open", "title"))


@pytest.fixture(scope="module")
def other_site(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A site of another origin with a strict policy, and the port at which the assistant may stand on it."""
    home = Path(shutil.copytree(furnished, tmp_path_factory.mktemp("embedding") / "home"))
    port = free_port()
    site = FastAPI()
    with serving(home, MARKET_ENTRY_EMBED_ORIGINS=f"http://localhost:{port}") as address:

        @site.get("/")
        def page(attributes: str = "") -> HTMLResponse:
            policy = f"default-src 'none'; script-src {address}; frame-src {address}"
            html = (
                '<!doctype html><html lang="de"><head><meta name="viewport" content="width=device-width">'
                "<title>A cluster</title></head><body><h1>A cluster</h1>"
                f'<script src="{address}/embed.js" {attributes} async></script></body></html>'
            )
            return HTMLResponse(html, headers={"Content-Security-Policy": policy})

        with served(site, port):
            yield f"http://localhost:{port}", f"http://127.0.0.1:{port}"


@pytest.fixture(params=[DESK, PHONE], ids=["1280", "390"])
def page(request: pytest.FixtureRequest, chromium: Browser, other_site: tuple[str, str]) -> Iterator[Page]:
    allowed, _ = other_site
    context = chromium.new_context(locale="en-GB", bypass_csp=False, **request.param)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(allowed)
    yield page
    context.close()


def panel(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def test_a_question_is_answered_on_another_site_in_its_language_by_keyboard_and_without_a_cookie(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opener = page.get_by_role("button", name=OPEN)
    expect(opener).to_have_attribute("aria-expanded", "false")
    assert asked == []
    page.keyboard.press("Tab")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=TITLE)).to_be_visible()
    chat = panel(page)
    expect(chat.locator("html")).to_have_attribute("lang", "de")
    expect(chat.locator("#bar")).to_be_hidden()
    box = chat.locator("#question textarea")
    box.fill(KNOWN)
    box.press("Enter")
    expect(chat.locator("#current .turn:not(.running) .outcome")).to_be_visible()
    expect(chat.locator("a.cite").first).to_be_visible()
    picture(page, Path("embedded.png"))
    assert page.context.cookies() == []
    assert page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage), document.cookie)") == [""]
    box.press("Escape")
    expect(opener).to_be_focused()
    expect(page.locator("iframe")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(chat.locator("a.cite").first).to_be_visible()  # the conversation is still there


def test_it_keeps_nobody_out(page: Page) -> None:
    page.get_by_role("button", name=OPEN).click()
    expect(panel(page).locator("#question textarea")).to_be_visible()
    assert serious(page) == []


def test_it_takes_the_colours_of_the_site(chromium: Browser, other_site: tuple[str, str]) -> None:
    allowed, _ = other_site
    page = chromium.new_page()
    page.goto(f'{allowed}/?attributes=data-color="gold" data-theme="dark" data-language="ca"')
    opener = page.get_by_role("button", name=say("ca", "embed_open"))
    assert opener.evaluate("element => getComputedStyle(element).backgroundColor") == "rgb(255, 215, 0)"
    assert opener.evaluate("element => getComputedStyle(element).color") == "rgb(0, 0, 0)"
    opener.click()
    expect(panel(page).locator("body.dark, html.dark, .dark").first).to_be_attached()
    page.context.close()


def test_a_page_of_an_origin_that_is_not_named_shows_nothing(chromium: Browser, other_site: tuple[str, str]) -> None:
    _, forbidden = other_site
    refused: list[str] = []
    page = chromium.new_page()
    page.on("console", lambda message: refused.append(message.text))
    page.goto(forbidden)
    page.get_by_role("button", name=OPEN).click()
    while not any("frame-ancestors" in text for text in refused):
        page.wait_for_timeout(50)
    assert panel(page).locator("#question").count() == 0
    page.context.close()


pytestmark: Any = pytest.mark.browser_sweep
