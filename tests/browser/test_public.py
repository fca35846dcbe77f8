"""The pages for companies in a real browser, which may speak to this machine only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.scripted import KNOWN
from tests.browser.steps import DESK, Visits, ask, fits, is_lit, ready, serious, sign_in, switch

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
    "/watch?market=brazil&topic=costs&language=fr",
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
        "/staff/connections",
    ),
    *("/staff/documents/japan/devices-and-ivds:edit", "/staff/new-document", "/staff/account", "/staff/accounts"),
)

pytestmark = pytest.mark.browser_sweep


def test_the_library_is_searched_and_a_document_read(visit: Visits, screen: dict[str, Any]) -> None:
    page = visit("/library", **screen)
    page.get_by_label("Filters").get_by_role("link", name="Japan").click()
    page.get_by_label("Words or a question").fill("Who may hold the approval of a device in Japan?")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Filters").get_by_role("link", name="Japan")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("status")).to_contain_text("Documents:")
    assert fits(page)
    page.locator(".found a").first.click()
    page.wait_for_url("**/library/**")
    assert is_lit(page, "#" + page.url.partition("#")[2])
    expect(page.get_by_role("heading", name="Sources")).to_be_attached()
    assert fits(page)
    switch(page, "Deutsch")
    expect(page.get_by_role("heading", name="Kurzantwort")).to_be_attached()


def test_everything_can_be_reached_with_the_keyboard_alone(visit: Visits) -> None:
    page = visit("/compare", **DESK)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for market in ("Australia", "Brazil"):
        page.keyboard.press("Tab")
        expect(page.get_by_label(market)).to_be_focused()
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Brazil")).to_be_visible()


def test_an_unknown_address_leads_on_in_the_readers_language(visit: Visits, screen: dict[str, Any]) -> None:
    page = visit("/nothing/of/ours", **screen | {"locale": "de-DE"})
    expect(page.get_by_role("heading", level=1)).to_have_text("Diese Seite gibt es nicht oder nicht mehr.")
    assert fits(page)
    page.get_by_role("searchbox").fill("Gebühren")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bibliothek")
    page.get_by_role("link", name="Kontakte").click()
    expect(page.get_by_role("heading", name="Lyonbiopôle")).to_be_visible()


def test_the_fonts_come_from_here_and_are_kept(visit: Visits) -> None:
    page = visit("/library")
    families = page.evaluate("document.fonts.ready.then(() => [...document.fonts].map(font => font.status))")
    assert families == ["loaded", "loaded"]
    kept = page.request.get(f"{visit.address}/fonts/IBMPlexSans-Bold.woff2").headers["cache-control"]
    assert "immutable" in kept


def test_the_header_stays_whole_at_every_width_and_a_menu_opens_without_script(visit: Visits) -> None:
    page = visit("/library?product=devices&risk_class=IIb&home=lyonbiopole&target=usa", java_script_enabled=False)
    for width in (320, 390, 768, 900, 1024, 1152, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        assert fits(page), width
        for part in page.locator("#shell-bar .parts a").all():
            expect(part).to_be_in_viewport(ratio=0.9)
    page.set_viewport_size({"width": 320, "height": 800})
    page.locator("#shell-bar details.menu summary").click()
    for language in page.locator("#shell-bar details.menu a").all():
        expect(language).to_be_in_viewport(ratio=1)


def test_pages_need_no_script_and_load_next_to_nothing(visit: Visits) -> None:
    page = visit("/imprint", java_script_enabled=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        asked.clear()
        page.goto(visit.address + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.locator("script").count() == path.startswith("/plan?"), path  # which keeps notes, where it may
        pages = [url for url in asked if not url.endswith("/favicon.svg")]
        assert len(pages) <= 7, path  # the page, four style sheets and two fonts, which are kept


def test_notes_beside_the_steps_of_a_plan_stay_in_the_browser_and_go_into_its_files(
    visit: Visits,
) -> None:
    japan, usa = (f"/plan?market={market}&product=devices&language=en" for market in ("japan", "usa"))
    page = visit(japan)
    note = page.get_by_label("Your note: Settle class and route")
    note.fill("Ask Ada about class III")
    page.reload()
    expect(note).to_have_value("Ask Ada about class III")
    page.get_by_text("Take along", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Markdown").click()
    assert "Ask Ada about class III" in Path(download.value.path()).read_text("utf-8")
    page.goto(visit.address + usa)
    expect(note).to_have_value("")
    page.goto(visit.address + japan)
    note.fill("")
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(visit: Visits, screen: dict[str, Any], scheme: str) -> None:
    # The script of axe is put into the page, which the page's policy would refuse.
    page = visit("/staff/sign-in", color_scheme=scheme, bypass_csp=True, **screen)
    found = serious(page)
    sign_in(page, "anna")
    expect(page.locator("#shell-bar summary", has_text="Anna")).to_be_visible()
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
    page.locator("#current button.bad").click()
    page.locator("#current .asked .edit").click()
    page.locator("#replaces label").wait_for()
    found += serious(page)
    page.locator("#narrow > button").click()  # what is unfolded there and a source would cover each other
    answer.locator(".source > summary").first.click()  # a sheet over the page on a phone
    assert found + serious(page) == []
