"""One journey through a server that is one of several things under a name, behind the example of nginx."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assistant.texts import say
from tests.browser.scripted import KNOWN
from tests.browser.steps import DESK, Visits, ask, is_lit, sign_in
from tests.conftest import free_port
from tests.nginx import nginx_before, with_nginx
from tests.serving import serving

pytestmark = pytest.mark.browser_sweep


@pytest.fixture
def below(chromium: Browser, home: Path, tmp_path: Path) -> Iterator[Visits]:
    """As `visit`, but all that a page asks for outside the path fails the test, too."""
    port = free_port()
    address = f"https://127.0.0.1:{port}/assistant"
    settings = {"MARKET_ENTRY_PUBLIC_URL": address, "MARKET_ENTRY_TRUSTED_PROXY": "127.0.0.1"}
    own = Path(shutil.copytree(home, tmp_path / "home", ignore=shutil.ignore_patterns("*.lock")))
    with serving(own, **settings) as server, nginx_before(server, tmp_path, "nginx-below-a-path.conf", port=port):
        visits = Visits(chromium, address)
        yield visits
        for context in chromium.contexts:
            context.close()
        assert visits.trouble == []


@with_nginx
def test_a_company_asks_reads_compares_plans_takes_along_and_staff_come_and_go(below: Visits) -> None:
    page = below("/", ignore_https_errors=True, **DESK)
    answer = ask(page, KNOWN)
    answer.locator(".claim").nth(1).locator(".cite").first.click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name=say("en", "open_in_library")).locator("visible=true").first.click()
    read = opened.value
    read.on("request", lambda request: below._watch(request.url, below.address))
    read.wait_for_load_state()
    assert read.url.startswith(f"{below.address}/library/")
    assert is_lit(read, "#" + read.url.partition("#")[2])
    assert read.evaluate("document.fonts.check('16px \"IBM Plex Sans\"')")
    assert read.evaluate("getComputedStyle(document.querySelector('#shell-bar')).position") != "static"

    read.locator("#bar, #shell-bar").get_by_role("link", name="Library").first.click()
    read.locator("main h2 a").first.click()
    assert read.url.startswith(f"{below.address}/library/")

    page.goto(f"{below.address}/compare")
    page.get_by_label("Japan").check()
    page.get_by_label("USA").check()
    page.locator("form.choosing button").first.click()
    page.locator(".take summary").click()
    with page.expect_download() as taken:
        page.locator(".take").get_by_role("link", name="Word").click()
    assert taken.value.url.startswith(f"{below.address}/compare/comparison.docx")

    page.goto(f"{below.address}/plan?market=japan&product=devices")
    page.locator("textarea[name=note]").first.fill("Call the notified body")
    page.locator(".take summary").click()
    with page.expect_download() as planned:
        page.locator(".take").get_by_role("button", name="PDF").click()
    assert planned.value.path().read_bytes().startswith(b"%PDF")

    page.goto(f"{below.address}/staff")
    sign_in(page, "anna")
    page.wait_for_url(f"{below.address}/staff/")
    assert {cookie["path"] for cookie in page.context.cookies()} == {"/assistant/"}
    page.get_by_role("link", name="Documents").first.click()
    expect(page.locator("main table")).to_be_visible()
    page.locator("#shell-bar details.menu summary").last.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{below.address}/staff/sign-in")
    page.goto(f"{below.address}/staff/documents")
    assert "/assistant/staff/sign-in?next=" in page.url
