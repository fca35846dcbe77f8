"""The staff pages in a real browser, from the first administrator on; the browser may speak to this machine only."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.steps import CONTRAST, PASSWORD, SMALL, Visits, sign_in
from tests.conftest import Run

PAGES = (
    *("/staff/", "/staff/intake", "/staff/intake/japan/nutrition", "/staff/accounts", "/staff/accounts/petra"),
    *("/staff/new-account", "/staff/connections", "/staff/account", "/staff/none"),
)

pytestmark = pytest.mark.browser_sweep


@pytest.fixture(scope="module")
def petra(market_entry: Run, home: Path, address: str, chromium: Browser) -> str:
    """The first administrator, made beside the running server; she sets her password in the browser."""
    made = market_entry(
        "accounts", "add", "petra", "--role", "administrator", "--display-name", "Petra Puig", home=home
    )
    assert made.returncode == 0, made.stderr
    page = chromium.new_page()
    page.goto(f"{address}/staff/")
    page.get_by_role("link", name="I have a one-time code").click()
    page.get_by_label("Name to sign in with").fill("petra")
    page.get_by_label("One-time code").fill(made.stdout.splitlines()[-1])
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set a password").click()
    expect(page.get_by_role("heading", name="Good day, Petra Puig")).to_be_visible()
    page.context.close()
    return "petra"


def test_an_administrator_adds_a_company_that_signs_in_with_its_code_and_asks(visit: Visits, petra: str) -> None:
    page = visit("/staff/accounts")
    sign_in(page, petra)
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    page.get_by_role("link", name="Add an account").click()
    page.get_by_label("Name to sign in with").fill("otter")
    page.get_by_label("Person or company").fill("Acme <b>Diagnostics</b>")
    page.get_by_label("Cluster").select_option(label="BioM")
    page.get_by_label("Language").select_option(label="Deutsch")
    page.get_by_role("button", name="Add an account").click()
    code = page.locator("code").inner_text()
    page.get_by_role("link", name="Accounts").last.click()
    expect(page.get_by_role("link", name="Acme <b>Diagnostics</b>")).to_be_visible()

    company = visit("/staff/code")
    company.get_by_label("Name to sign in with").fill("otter")
    company.get_by_label("One-time code").fill(code)
    company.get_by_label("New password").fill("acme 123456")
    company.get_by_role("button", name="Set a password").click()
    expect(company.get_by_role("alert")).to_contain_text("at least 12 characters")
    company.get_by_label("One-time code").fill(code)
    company.get_by_label("New password").fill(PASSWORD)
    company.get_by_role("button", name="Set a password").click()
    company.wait_for_url(visit.address + "/")
    company.goto(visit.address + "/staff/")
    expect(company.locator("main")).to_contain_text("Ihr Konto schließt das nicht ein")

    page.get_by_role("link", name="Acme <b>Diagnostics</b>").click()
    page.get_by_role("button", name="Disable this account").click()
    expect(page.get_by_role("status").first).to_have_text("The account is disabled.")
    company.goto(visit.address + "/staff/account")
    assert "/staff/sign-in" in company.url


def test_everything_is_reached_by_keyboard_in_the_order_of_reading(visit: Visits, petra: str) -> None:
    page = visit("/staff/account")

    def focused() -> str:
        return str(page.evaluate("document.activeElement.id || document.activeElement.innerText"))

    def tab_to(name: str) -> None:
        for _ in range(20):
            page.keyboard.press("Tab")
            if focused() == name:
                expect(page.locator(":focus")).to_have_css("outline-style", "solid")
                return
        raise AssertionError(f"{name} is not reached")

    tab_to("Skip to the content")
    tab_to("name")
    page.keyboard.type(petra)
    tab_to("password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your account", exact=True)).to_be_visible()
    tab_to("Skip to the content")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for name in ("language", "Save", "old", "new", "Change the password"):
        tab_to(name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1100])
def test_pages_fit_the_window_with_enough_contrast_and_room_to_touch(
    visit: Visits, petra: str, scheme: str, width: int
) -> None:
    page = visit("/staff/sign-in", color_scheme=scheme, viewport={"width": width, "height": 800})
    faults: list[str] = []

    def look(path: str) -> None:
        page.goto(visit.address + path)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append(f"{path} is too wide")
        faults.extend(f"{path}: low contrast of {node}" for node in page.evaluate(CONTRAST))
        faults.extend(f"{path}: small {node}" for node in page.evaluate(SMALL))

    look("/staff/sign-in")
    look("/staff/code")
    page.goto(visit.address + "/staff/sign-in")
    sign_in(page, petra)
    for path in PAGES:
        look(path)
    assert faults == []


def test_pages_say_to_assistive_technology_what_they_are(visit: Visits, petra: str) -> None:
    page = visit("/staff/accounts")
    sign_in(page, petra)
    for path in PAGES:
        page.goto(visit.address + path)
        tree = page.locator("body").aria_snapshot()
        assert len(re.findall(r"heading .* \[level=1\]", tree)) == 1
        for landmark in ("banner", "main", "navigation"):
            assert f"- {landmark}" in tree
        assert page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select')].every(field => field.labels.length)"
        )


def test_a_page_of_another_origin_can_do_nothing_with_the_session(visit: Visits, petra: str, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(visit.address + "/staff/accounts")
    sign_in(page, petra)
    attack = (
        f'<form method="post" action="{visit.address}/staff/accounts/petra/reset">'
        f'<input name="form_token" value="guessed"></form><iframe src="{visit.address}/staff/"></iframe>'
        "<script>document.forms[0].submit()</script>"
    )

    class Attacker(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(attack.encode())

        def log_message(self, *_words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Attacker)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    page.wait_for_url(f"{visit.address}/staff/accounts/petra/reset")
    expect(page.locator("main")).to_contain_text("not sent from a page of yours")
    page.goto(visit.address + "/staff/")
    expect(page.get_by_role("heading", name="Good day, Petra Puig")).to_be_visible()
    server.shutdown()
    server.server_close()
