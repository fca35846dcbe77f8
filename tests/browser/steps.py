"""What people do on the pages in a browser, and what is measured there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from assistant.accounts.accounts import Role

PASSWORD = "wolken ziehen nachts"  # noqa: S105 - of nobody
PEOPLE = {"ada": Role.AUTHOR, "rosa": Role.REVIEWER, "anna": Role.ADMINISTRATOR, "acme": Role.MEMBER}
CORRIDOR = "Which members may use the quokka corridor of the Osaka liaison desk?"  # a document for members says it
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DOCS = Path(__file__).parents[2] / "docs"
PATIENCE = 60_000  # milliseconds until something that does not come is given up; no test is about seconds
_SCREENSHOTS = os.environ.get("MARKET_ENTRY_SCREENSHOTS")


class Visits:
    """Opens pages in browsers that know nothing of each other, and remembers what must not happen."""

    def __init__(self, chromium: Browser, address: str) -> None:
        self._chromium = chromium
        self.address = address
        self.trouble: list[str] = []

    def __call__(self, path: str = "/", *, address: str = "", **options: Any) -> Page:  # noqa: ANN401 - as Playwright takes them
        address = address or self.address
        context = self._chromium.new_context(**{"locale": "en-GB", **DESK, **options})
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("request", lambda request: self._watch(request.url, address))
        page.on("console", lambda message: self._hear(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._hear(str(error)))
        page.goto(address + path)
        if path == "/":
            ready(page)
        return page

    def _watch(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            self.trouble.append(f"asked for {url}")

    def _hear(self, text: str) -> None:
        # A refusal is no defect of the page, nor that Gradio complains of a page that is left while it listens.
        if not any(known in text for known in ("status of 4", "AbortError", "errored out")):
            self.trouble.append(text)


def ready(page: Page) -> None:
    """Wait until the chat can be used."""
    page.locator("#heading h1").wait_for()


def box(page: Page) -> Locator:
    """Where a question is typed."""
    return page.locator("#question textarea")


def ask(page: Page, question: str) -> Locator:
    """Ask, and wait for the finished answer."""
    send(page, question)
    return answered(page, question)


def send(page: Page, question: str) -> None:
    """Ask without waiting for the answer."""
    box(page).fill(question)
    box(page).press("Enter")


def answered(page: Page, question: str) -> Locator:
    """The finished answer to a question."""
    turn = page.locator("#current .turn:not(.running)", has=page.get_by_role("heading", name=question))
    turn.locator(".outcome").wait_for()
    page.locator("#ask").wait_for()
    return turn.locator(".answer")


def product_of(page: Page) -> Locator:
    """What the header says of the company; it opens the fields in which that is said."""
    return page.locator("#bar a.product")


def say_of_company(page: Page, *choices: str) -> None:
    """Choose these in the fields."""
    product_of(page).click()
    for choice in choices:
        page.locator("#your-product").get_by_label(choice, exact=True).check()
    expect(product_of(page)).to_contain_text(choices[-1])
    page.keyboard.press("Escape")


def switch_language(page: Page, name: str) -> None:
    """Choose another language in the header."""
    page.locator("#bar .menu summary").click()
    page.locator("#bar .menu").get_by_role("link", name=name).click()


def rate(turn: Locator, verdict: str, comment: str = "") -> None:
    """Call an answer a bad one, and say why, by the keyboard alone."""
    turn.locator("button.bad").press("Enter")
    turn.get_by_label(verdict, exact=True).press("Space")
    turn.locator(".comment input").press_sequentially(comment)
    turn.locator(".comment input").press("Tab")
    turn.page.keyboard.press("Enter")
    expect(turn.locator(".rated")).to_contain_text(verdict)


def sign_in(page: Page, name: str) -> None:
    """Fill in the page that asks who it is."""
    page.get_by_label("Name to sign in with").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def come(visit: Visits, name: str, path: str, **options: Any) -> Page:  # noqa: ANN401 - as Playwright takes them
    """Somebody of the staff opens a page and signs in."""
    page = visit(path, **options)
    sign_in(page, name)
    return page


def switch(page: Page, language: str) -> None:
    """Choose another language at the head of a page."""
    page.locator("#shell-bar details.menu summary").first.click()
    page.locator("#shell-bar").get_by_role("link", name=language).click()


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def is_lit(page: Page, selector: str) -> bool:
    """Whether an element is in view and looks like what an address leads to."""
    script = "element => element.matches(':target') && getComputedStyle(element).outlineStyle === 'solid'"
    expect(page.locator(selector)).to_be_in_viewport()
    return bool(page.locator(selector).evaluate(script))


def settled(page: Page) -> None:
    """Wait until nothing fades in or out any more."""
    page.evaluate(
        """async () => {
            for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
            const ending = document.getAnimations().filter(a => a.effect.getComputedTiming().endTime !== Infinity);
            await Promise.allSettled(ending.map(animation => animation.finished));
        }"""
    )


def soon(check: Callable[[], bool]) -> None:
    """Wait until something is so that no browser shows."""
    end = time.monotonic() + PATIENCE / 1000
    while not check():
        assert time.monotonic() < end
        time.sleep(0.1)


def picture(page: Page, path: Path) -> None:
    """Keep a page as it looks, where pictures are wanted: in the folder that is named, or for the documents."""
    if _SCREENSHOTS:
        settled(page)
        page.screenshot(path=Path(_SCREENSHOTS) / path, full_page=not path.is_absolute())


def serious(page: Page) -> list[str]:
    """What axe finds that keeps somebody out; its script is put into the page, which must bypass its policy."""
    settled(page)
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{page.url}: {one['id']} {one['nodes'][0]['html'][:160]}"
        for one in violations
        if one["impact"] in ("serious", "critical")
    ]


CONTRAST = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = element => {
        for (let e = element; e; e = e.parentElement) {
            const colour = rgba(getComputedStyle(e).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255];
    };
    const low = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const text = walker.currentNode.textContent.trim();
        if (!text || !element.checkVisibility() || element.closest("script, style, .aside, .sr-only")) continue;
        const [one, other] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
        const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (ratio < 4.5) low.push([text, ratio]);
    }
    return low;
}"""

SMALL = """() => [...document.querySelectorAll('main a.button, button, nav a, input:not([type=hidden]), select')]
  .filter(node => node.checkVisibility() && node.getBoundingClientRect().height < 24).map(node => node.outerHTML)"""
