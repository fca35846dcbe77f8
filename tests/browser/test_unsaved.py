"""What is typed into a document's form is kept in the browser until it is saved."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from corpus.catalogue.catalogue import Catalogue
from tests.browser.steps import CONTRAST, Visits, come, serious, sign_in, soon
from tests.serving import serving

pytestmark = pytest.mark.browser_sweep

DEVICES = "/staff/documents/japan/devices-and-ivds"
KEPT = "Object.keys(localStorage).filter(key => key.startsWith('unsaved '))"


@pytest.fixture(scope="module")
def home(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """These tests change documents on which others rest."""
    return Path(shutil.copytree(furnished, tmp_path_factory.mktemp("unsaved") / "home"))


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home) as address:
        yield address


@pytest.fixture
def catalogue(home: Path) -> Iterator[Catalogue]:
    catalogue = Catalogue(home / "catalogue.sqlite")
    yield catalogue
    catalogue.close()


def kept(page: Page, count: int = 1) -> None:
    """Wait until so many texts are kept."""
    soon(lambda: page.evaluate(f"{KEPT}.length") == count)


def another_tab(page: Page, path: str, address: str) -> Page:
    """The tab is closed without a word, and the page opened again."""
    context = page.context
    page.close()
    anew = context.new_page()
    anew.goto(address + path)
    return anew


def save(page: Page) -> None:
    page.get_by_role("button", name="Save as a draft").click()


def type_a_new_document(page: Page) -> None:
    page.get_by_label("Title", exact=True).first.fill("Fairs in Brazil")
    page.get_by_label("Publisher", exact=True).first.fill("BioM")
    page.get_by_label("Text", exact=True).fill("## Fairs\nHospitalar is in May.")
    page.get_by_role("button", name="Show the sections of the text").click()
    page.locator("#unit_0 > summary").click()
    page.locator("#unit_0_answer_en").fill("Hospitalar is in May.")
    page.get_by_role("checkbox", name="Brazil").check()


def test_a_new_document_survives_a_closed_tab_with_the_answers_of_its_sections(
    visit: Visits, catalogue: Catalogue
) -> None:
    page = come(visit, "ada", "/staff/new-document", bypass_csp=True)  # for axe; the other tests hold to the policy
    type_a_new_document(page)
    soon(lambda: page.evaluate(f"{KEPT}.some(key => localStorage[key].includes('brazil'))"))
    assert "form_token" not in page.evaluate(f"{KEPT}.map(key => localStorage[key]).join()")
    page = another_tab(page, "/staff/new-document", visit.address)
    told = page.locator(".unsaved")
    expect(told).to_have_attribute("role", "status")
    expect(told).to_contain_text(re.compile(r"^Unsaved text of \d\d:\d\d: "))
    assert serious(page) == page.evaluate(CONTRAST) == []
    page.get_by_role("button", name="Put back").press("Enter")
    expect(told).to_contain_text("it is not saved yet")
    expect(page.get_by_label("Title", exact=True).first).to_have_value("Fairs in Brazil")
    expect(page.locator("#unit_0_answer_en")).to_have_value("Hospitalar is in May.")
    expect(page.get_by_role("checkbox", name="Brazil")).to_be_checked()
    kept(page)
    save(page)
    expect(page.get_by_role("status").first).to_contain_text("Your text is saved")
    kept(page, 0)
    assert "Hospitalar" in catalogue.document("brazil/fairs-in-brazil").version.body
    page.goto(f"{visit.address}/staff/new-document")
    expect(page.locator(".unsaved")).to_be_empty()


def test_what_was_written_on_an_older_version_is_held_against_what_has_come_since(
    visit: Visits, catalogue: Catalogue
) -> None:
    page = come(visit, "ada", f"{DEVICES}:edit")
    page.get_by_label("Publisher", exact=True).first.fill("Ada's ministry")
    kept(page)
    rosa = come(visit, "rosa", f"{DEVICES}:edit")
    expect(rosa.locator(".unsaved")).to_be_empty()
    rosa.get_by_label("Title", exact=True).first.fill("Rosa's devices")
    save(rosa)
    expect(rosa.get_by_role("heading", name="Rosa's devices")).to_be_visible()
    page = another_tab(page, f"{DEVICES}:edit", visit.address)
    expect(page.locator(".unsaved")).to_contain_text("written on version 1")
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_label("Publisher", exact=True).first).to_have_value("Ada's ministry")
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("rosa")
    kept(page)
    save(page)
    expect(page.get_by_role("status").first).to_contain_text("Your text is saved")
    kept(page, 0)
    draft = catalogue.draft("japan/devices-and-ivds")
    assert draft is not None
    assert draft.metadata.publisher == "Ada's ministry"


def test_another_person_at_the_machine_sees_nothing_and_signing_out_removes_it(visit: Visits) -> None:
    page = come(visit, "ada", "/staff/new-document")
    page.get_by_label("Title", exact=True).first.fill("Ada's own")
    kept(page)
    page.context.clear_cookies()  # her session ends
    page = another_tab(page, "/staff/new-document", visit.address)
    sign_in(page, "rosa")
    expect(page.get_by_role("heading", name="New document")).to_be_visible()
    expect(page.locator(".unsaved")).to_be_empty()
    page.get_by_label("Title", exact=True).first.fill("Rosa's own")
    kept(page, 2)
    sign_out(page, "Rosa")
    kept(page, 1)
    page.goto(f"{visit.address}/staff/new-document")
    sign_in(page, "ada")
    expect(page.locator(".unsaved")).to_contain_text("Unsaved text of")
    page.get_by_role("button", name="Discard").press("Space")
    expect(page.locator(".unsaved")).to_contain_text("Discarded.")
    expect(page.locator(".unsaved")).to_be_focused()
    kept(page, 0)


def sign_out(page: Page, name: str) -> None:
    page.locator("summary", has_text=name).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_is_older_than_a_week_is_gone(visit: Visits) -> None:
    page = come(visit, "ada", "/staff/new-document")
    page.get_by_label("Title", exact=True).first.fill("Last week")
    kept(page)
    page = another_tab(page, "/staff/sources", visit.address)
    aged = """key => localStorage[key] = localStorage[key].replace(/"at":[0-9]+/, `"at":${Date.now() - 8 * 864e5}`)"""
    page.evaluate(f"{KEPT}.forEach({aged})")
    kept(page, 1)
    page.goto(f"{visit.address}/staff/")
    kept(page, 0)


def test_after_an_expired_session_and_after_a_failure_the_page_leads_back_to_what_was_typed(visit: Visits) -> None:
    page = come(visit, "ada", "/staff/new-document")
    page.get_by_label("Title", exact=True).first.fill("A long afternoon")
    page.get_by_label("Publisher", exact=True).first.fill("BioM")
    page.get_by_label("Text", exact=True).fill("Much.")
    kept(page)
    page.context.clear_cookies()
    save(page)
    expect(page.locator(".unsaved")).to_contain_text("What you typed is kept in this browser.")
    page.get_by_role("link", name="Back to the form").click()
    sign_in(page, "ada")
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Much.")
    fail_once(page)
    save(page)
    expect(page.locator(".unsaved")).to_contain_text("What you typed is kept in this browser.")
    page.get_by_role("link", name="Back to the form").click()
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Much.")
    save(page)
    expect(page.get_by_role("status").first).to_contain_text("Your text is saved")
    kept(page, 0)


def fail_once(page: Page) -> None:
    """The form cannot be saved this time: its end is cut off on the way, as what nobody foresaw is shown alike."""

    def cut(route: Route) -> None:
        route.continue_(post_data=(route.request.post_data or "").replace("form_token=", "no_token="))

    page.route("**/staff/new-document", cut, times=1)
