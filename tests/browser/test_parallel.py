"""Twenty companies at once, each with its own profile, question and files: nobody sees anything of another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import Visits, box, ready

pytestmark = pytest.mark.browser_sweep

COMPANIES = 20
WINDOW: dict[str, Any] = {"viewport": {"width": 800, "height": 600}}


@dataclass(frozen=True)
class Company:
    """One browser, and the word that stands in all that its company says and in nothing that another one says."""

    page: Page
    word: str

    @property
    def question(self) -> str:
        return f"Do we need a local representative to sell the class II device {self.word} in Japan?"

    @property
    def risk_class(self) -> str:
        return f"II{self.word}"

    def files(self, address: str) -> Iterator[tuple[str, str]]:
        """Name and text of what is taken along: a comparison, a plan, and the answer of the chat."""
        asked = quote(f"What does the device {self.word} cost?")
        self.page.goto(f"{address}/compare?question={asked}&market=japan&market=usa&language=en")
        yield "comparison", self._taken("Markdown")
        self.page.goto(f"{address}/plan?market=japan&product=devices&risk_class={self.risk_class}&language=en")
        yield "plan", self._taken("Markdown")
        self.page.goto(f"{address}/")
        ready(self.page)
        with self.page.expect_download() as taken:
            self.page.locator(".save").click()
        yield "answer", Path(taken.value.path()).read_text("utf-8")

    def _taken(self, name: str) -> str:
        self.page.locator(".take summary").click()
        with self.page.expect_download() as taken:
            self.page.get_by_role("link", name=name).click()
        return Path(taken.value.path()).read_text("utf-8")


@pytest.mark.long  # a minute and a half, and four gigabytes of browsers
def test_twenty_browsers_at_once_never_see_each_others_conversation_profile_or_files(visit: Visits) -> None:
    words = [f"qz{number:02}x" for number in range(COMPANIES)]
    companies = [Company(visit("/", **WINDOW), word) for word in words]
    for one in companies:
        ready(one.page)
        one.page.locator("#company > button").click()
        one.page.locator("#risk-class input").press_sequentially(one.risk_class)
        one.page.keyboard.press("Tab")
    for one in companies:
        expect(one.page.locator("#bar a.product")).to_contain_text(one.word)
        box(one.page).fill(one.question)
    for one in companies:
        box(one.page).press("Enter")  # without waiting for anybody's answer
    for one in companies:
        expect(one.page.locator("#current .turn:not(.running) .outcome")).to_be_visible(timeout=300_000)
    shown = {one.word: _all_of(one.page) for one in companies}
    for one in companies:
        for name, text in one.files(visit.address):
            shown[one.word] += text
            assert one.word in text.replace("\\", ""), name
        shown[one.word] += _all_of(one.page)
        expect(one.page.locator("#bar a.product")).to_contain_text(f"class {one.risk_class}")
        expect(one.page.locator(".question")).to_contain_text(one.question)
        expect(one.page.locator(".turn")).to_have_count(1)
    seen = {word: [other for other in words if other != word and other in text] for word, text in shown.items()}
    assert seen == {word: [] for word in words}


def _all_of(page: Page) -> str:
    """Everything that is in a page, what is hidden and what fields hold too."""
    fields = "[...document.querySelectorAll('input, textarea')].map(field => field.value).join()"
    return str(page.content()) + str(page.evaluate(fields))
