"""The pages for companies in a real browser, which may speak to this machine only."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.scripted import KNOWN
from tests.browser.steps import DESK, Visits, ask, fits, is_lit, ready, serious, sign_in

PAGES = (
    "/compare?question=What+does+a+device+cost%3F&market=japan&market=usa&language=de",
    "/plan?market=japan&product=devices&language=fr",
    "/library?words=representative&language=it",
    "/library/japan/devices-and-ivds?language=es#p8",
    "/privacy?language=ca",
    "/imprint",
    "/accessibility",
    "/contact?question=Who+helps+us+in+Japan%3F&home=biom",
    "/contact?kind=partner&language=de",
    "/contact?home=outside",
    "/best-practice/",
    "/library/nothing",
)
STAFF_PAGES = (
    *("/staff/", "/staff/documents", "/staff/documents/japan/devices-and-ivds", "/staff/intake", "/staff/due"),
    *(
        "/staff/sources",
        "/staff/gaps",
        "/staff/handoffs",
        "/staff/try",
        "/staff/coverage",
        "/staff/report",
        "/staff/accounts",
        "/staff/model",
    ),
    *("/staff/documents/japan/devices-and-ivds:edit", "/staff/new-document", "/staff/account", "/staff/accounts"),
)

pytestmark = pytest.mark.browser_sweep


def test_the_library_is_searched_and_a_document_read(visit: Visits, screen: dict[str, Any]) -> None:
    page = visit("/library", **screen)
    page.get_by_label("Words or a question").fill("Who may hold the approval of a device in Japan?")
    page.get_by_label("Market").select_option(label="Japan")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Documents:")
    assert fits(page)
    page.locator(".found a").first.click()
    page.wait_for_url("**/library/**")
    assert is_lit(page, "#" + page.url.partition("#")[2])
    expect(page.get_by_role("heading", name="Sources")).to_be_attached()
    assert fits(page)
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Kurzantwort")).to_be_attached()


def test_everything_can_be_reached_with_the_keyboard_alone(visit: Visits) -> None:
    page = visit("/compare", **DESK)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("What does a device cost?")
    for market in ("Australia", "Brazil"):
        page.keyboard.press("Tab")
        expect(page.get_by_label(market)).to_be_focused()
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Brazil")).to_be_visible()


def test_pages_need_no_script_and_load_next_to_nothing(visit: Visits) -> None:
    page = visit("/imprint", java_script_enabled=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        asked.clear()
        page.goto(visit.address + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.locator("script").count() == 0, path
        assert len(asked) <= 4, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(visit: Visits, screen: dict[str, Any], scheme: str) -> None:
    # The script of axe is put into the page, which the page's policy would refuse.
    page = visit("/staff/sign-in", color_scheme=scheme, bypass_csp=True, **screen)
    found = serious(page)
    sign_in(page, "anna")
    expect(page.get_by_role("link", name="Anna", exact=True)).to_be_visible()
    for path in (*PAGES, *STAFF_PAGES):
        page.goto(visit.address + path)
        found += serious(page)
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_chat_page_in_any_of_its_states(
    visit: Visits, screen: dict[str, Any], scheme: str
) -> None:
    """Nor in what is Gradio's: its findings would be named here one by one."""
    page = visit("/", color_scheme=scheme, bypass_csp=True, **screen)
    ready(page)
    found = serious(page)
    for unfolded in ("#company", "#narrow"):
        page.locator(f"{unfolded} > button").click()
        found += serious(page)
    page.get_by_label("Bavaria").check()
    page.locator("#from-outside").wait_for(state="detached")
    found += serious(page)
    answer = ask(page, KNOWN)
    answer.locator(".source > summary").first.click()
    page.locator("#current .rating summary").click()
    page.locator("#edit").click()
    page.locator("#replaces label").wait_for()
    assert found + serious(page) == []
