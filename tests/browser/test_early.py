"""What is typed and chosen at once, while the page is still at work on its fields: nothing of it is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from assistant.texts import say
from tests.browser.steps import Visits, product_of, ready, switch_language

pytestmark = pytest.mark.browser_sweep

# From the first moment in which a person could, and on through the frames that follow.
AT_ONCE = """async ([fold, field, text]) => {
    const later = () => new Promise((go) => setTimeout(go, 4));
    const found = () => document.querySelector(field);
    if (fold) document.querySelector(fold).click();
    while (!found()?.checkVisibility({ visibilityProperty: true })) await later();
    if (!text) found().click();
    for (const letter of text) {
        found().focus();
        document.execCommand("insertText", false, letter);
        await later();
    }
}"""


class Held:
    """The first event that a page sends goes no further before it is let go."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._routes: list[Route] = []
        page.route("**/queue/join*", self._meet)

    def _meet(self, route: Route) -> None:
        if self._routes:
            route.continue_()
        self._routes.append(route)

    def wait(self) -> None:
        """Until it has come."""
        while not self._routes:
            self._page.wait_for_timeout(10)

    def let_go(self) -> None:
        self._routes[0].continue_()


@pytest.mark.parametrize(
    ("fold", "field", "text"),
    [
        ("#company > button", "#risk-class input", "qwertyuiop"),
        ("#company > button", "#own-areas input", ""),
        ("#narrow > button", "#markets input", ""),
    ],
    ids=["class", "areas", "markets"],
)
def test_what_a_fold_hides_is_there_before_it_opens_and_keeps_what_is_typed_at_once(
    visit: Visits, fold: str, field: str, text: str
) -> None:
    page = visit()
    expect(page.locator(field).first).to_be_attached()
    expect(page.locator(field).first).to_be_hidden()
    told = product_of(page) if fold == "#company > button" else page.locator(fold)
    before = told.inner_text()
    page.evaluate(AT_ONCE, [fold, field, text])
    page.keyboard.press("Tab")  # for what is not typed by keys the page waits until it is left
    expect(told).not_to_have_text(before)
    if text:
        expect(page.locator(field)).to_have_value(text)
    else:
        expect(page.locator(field).first).to_be_checked()


def test_nothing_can_be_chosen_before_the_page_is_filled_and_all_of_it_right_after(visit: Visits) -> None:
    page = visit("/library")
    held = Held(page)
    page.goto(visit.address)
    page.locator("#own-markets input").first.wait_for(state="attached")
    held.wait()
    for part in ("#own-markets", "#company", "#narrow", "#question"):
        expect(page.locator(part)).to_be_hidden()
    page.evaluate(f"(what) => void ({AT_ONCE})(what)", ["", "#own-markets input[name=japan]", ""])
    held.let_go()
    expect(product_of(page)).to_contain_text("Japan")
    expect(page.locator("#own-markets input[name=japan]")).to_be_checked()
    page.reload()
    ready(page)
    expect(product_of(page)).to_contain_text("Japan")


def test_what_is_typed_while_the_page_changes_its_language_is_kept(visit: Visits) -> None:
    page = visit()
    page.locator("#company > button").click()
    page.locator("#risk-class input").press_sequentially("II")
    expect(product_of(page)).to_contain_text("class II")
    held = Held(page)
    switch_language(page, "Català")
    held.wait()
    page.locator("#risk-class input").press("End")
    page.keyboard.press("b")
    expect(product_of(page)).to_contain_text("IIb")
    held.let_go()
    expect(page.locator("#heading h1")).to_have_text(say("ca", "first_title"))
    expect(product_of(page)).to_contain_text(say("ca", "risk_class", name="IIb"))
    expect(page.locator("#risk-class input")).to_have_value("IIb")
    page.reload()
    ready(page)
    expect(product_of(page)).to_contain_text(say("ca", "risk_class", name="IIb"))
