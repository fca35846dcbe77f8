"""The pages for companies in a real browser, which may speak to this machine only."""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from icalendar import Calendar
from playwright.sync_api import Page, expect

from assistant.accounts.accounts import Details, Role
from assistant.app import open_app
from assistant.settings import Settings
from assistant.texts import say
from tests.browser.conftest import CHROMIUM, Visits
from tests.browser.scripted import KNOWN
from tests.browser.test_chat import ask, ready
from tests.browser.test_staff import PASSWORD, sign_in

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
HOSTILE = "<img src=x onerror=document.title='taken'> device costs?"
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
    ),
    *("/staff/documents/japan/devices-and-ivds:edit", "/staff/new-document", "/staff/account", "/staff/accounts"),
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine; .ci/run installs it")


@pytest.fixture(scope="module")
def home(shipped_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped library, and an administrator."""
    home = tmp_path_factory.mktemp("public") / "home"
    shutil.copytree(shipped_home, home, ignore=shutil.ignore_patterns("*.lock", "journal.sqlite*", "accounts.sqlite*"))
    with closing(open_app(Settings(home=home))) as app:
        code = app.accounts.add("ada", Details(display_name="Ada", role=Role.ADMINISTRATOR), who="test")
        app.sessions.use_code("ada", code, PASSWORD, address="")
    return home


@pytest.fixture(params=[DESK, PHONE], ids=["1280", "390"])
def screen(request: pytest.FixtureRequest) -> dict[str, Any]:
    chosen: dict[str, Any] = request.param
    return chosen


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def is_lit(page: Page, selector: str) -> bool:
    """Whether an element is in view and looks like what an address leads to."""
    script = "element => element.matches(':target') && getComputedStyle(element).outlineStyle === 'solid'"
    expect(page.locator(selector)).to_be_in_viewport()
    return bool(page.locator(selector).evaluate(script))


def test_three_markets_are_compared_and_a_citation_opens_at_its_passage(visit: Visits, screen: dict[str, Any]) -> None:
    page = visit("/compare", **screen)
    page.get_by_label("Your question").fill("What does a medical device cost, and how long does it take?")
    for market in ("Japan", "the USA", "Brazil"):
        page.get_by_label(market, exact=True).check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("status")).to_contain_text("cells come from the library")
    assert fits(page)
    across = page.locator(".comparison tbody tr").first.locator("td")
    boxes = [across.nth(at).bounding_box() for at in range(3)]
    if screen is PHONE:  # one below the other, each under the name of its market
        assert boxes[0]["x"] == boxes[1]["x"]  # type: ignore[index]
        expect(page.locator(".comparison .market").first).to_be_visible()
    else:
        assert boxes[0]["y"] == boxes[1]["y"]  # type: ignore[index]
    first = page.locator(".comparison .cite").first
    number = first.inner_text().split()[-1]
    first.click()
    assert is_lit(page, f"#s{number}")
    quote = page.locator(f"#s{number} blockquote").inner_text()
    page.locator(f"#s{number}").get_by_role("link", name="Open in the library").click()
    page.wait_for_url("**/library/**")
    place = "#" + page.url.partition("#")[2]
    assert is_lit(page, place)
    assert set(quote.split()) <= set(page.locator(place).inner_text().replace(":", "").split()) | set(quote.split(";"))
    assert fits(page)


def test_a_plan_is_made_and_taken_along_in_all_forms(visit: Visits, screen: dict[str, Any]) -> None:
    page = visit("/plan", **screen)
    page.get_by_label("Market").select_option(label="Japan")
    page.get_by_label("Kind of product").select_option(label="a medical device")
    page.get_by_label("Risk class").fill("III")
    page.get_by_label("Your region").select_option(index=1)
    page.get_by_role("button", name="Make a plan").click()
    expect(page.get_by_role("status")).to_contain_text("Made by an AI assistant")
    assert fits(page)
    files = {}
    for name in ("Markdown", "Word", "PDF", "Dates"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        files[name] = download.value.path()
    step = say("en", "step_classify")
    assert step in files["Markdown"].read_text("utf-8")
    assert any(step in paragraph.text for paragraph in docx.Document(str(files["Word"])).paragraphs)
    assert step in pypdf.PdfReader(files["PDF"]).pages[0].extract_text()
    assert Calendar.from_ical(files["Dates"].read_bytes()).events


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


def test_a_source_of_an_answer_in_the_chat_opens_in_the_library(visit: Visits) -> None:
    page = visit("/", **DESK)
    ready(page)
    ask(page, "Do we need a local representative to sell a class II device in Japan?")
    card = page.locator("details.source").first
    card.locator("summary").click()
    with page.expect_popup() as opened:
        card.get_by_role("link", name="Open in the library").click()
    read = opened.value
    assert is_lit(read, "#" + read.url.partition("#")[2])
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Compare markets").click()
    expect(opened.value.get_by_role("heading", name="Markets side by side")).to_be_visible()


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


def test_what_is_typed_stays_text(visit: Visits) -> None:
    page = visit("/compare", **DESK)
    page.get_by_label("Your question").fill(HOSTILE)
    for market in ("Japan", "the USA"):
        page.get_by_label(market, exact=True).check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("<img src=x")
    assert "taken" not in page.title()


def test_pages_come_within_a_second_once_somebody_has_asked_for_them(visit: Visits) -> None:
    page = visit("/imprint")
    for path in PAGES:
        page.goto(visit.address + path)
        assert min(_seconds(page, visit.address + path) for _ in range(3)) < 1, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(visit: Visits, screen: dict[str, Any], scheme: str) -> None:
    # The script of axe is put into the page, which the page's policy would refuse.
    page = visit("/staff/sign-in", color_scheme=scheme, bypass_csp=True, **screen)
    found = _serious(page)
    sign_in(page, "ada")
    expect(page.get_by_role("link", name="Ada", exact=True)).to_be_visible()
    for path in (*PAGES, *STAFF_PAGES):
        page.goto(visit.address + path)
        found += _serious(page)
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_chat_page_in_any_of_its_states(
    visit: Visits, screen: dict[str, Any], scheme: str
) -> None:
    """Nor in what is Gradio's: its findings would be named here one by one."""
    page = visit("/", color_scheme=scheme, bypass_csp=True, **screen)
    ready(page)
    found = _serious(page)
    for unfolded in ("#company", "#narrow"):
        page.locator(f"{unfolded} > button").click()
        page.wait_for_timeout(500)  # for what fades in
        found += _serious(page)
    page.get_by_label("Bavaria").check()
    page.locator("#from-outside").wait_for(state="detached")
    found += _serious(page)
    answer = ask(page, KNOWN)
    answer.locator(".source summary").first.click()
    page.locator("#current .rating summary").click()
    page.locator("#edit").click()
    page.locator("#replaces label").wait_for()
    assert found + _serious(page) == []


def _serious(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {one['id']} {one['nodes'][0]['html'][:160]}"
        for one in violations
        if one["impact"] in ("serious", "critical")
    ]


def _seconds(page: Page, url: str) -> float:
    began = time.monotonic()
    page.goto(url)
    return time.monotonic() - began
