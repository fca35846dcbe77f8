"""What a company says of itself in the chat, the way in from outside Europe, and an answer as a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from assistant.export.papers import MADE_BY_MACHINE
from assistant.texts import say
from corpus.vocabulary import LANGUAGES
from tests.browser.scripted import KNOWN
from tests.browser.steps import PHONE, Visits, ask, fits, product_of, ready, say_of_company, switch

pytestmark = pytest.mark.browser_sweep

NOTHING_SAID = say("en", "describe")
FORKS_ON_THE_MARKET = "Do we need a local representative for a class II device?"


@pytest.fixture
def page(visit: Visits, screen: dict[str, Any]) -> Page:
    return visit("/", **screen)


def test_what_is_said_stands_in_the_folded_line_outlives_a_reload_and_a_new_conversation(page: Page) -> None:
    expect(product_of(page)).to_have_text(NOTHING_SAID)
    say_of_company(page, "Diagnostic", "Bavaria")
    expect(product_of(page)).to_contain_text("Diagnostic · Bavaria")
    assert fits(page)
    ask(page, KNOWN)
    page.locator("#new").click()
    expect(page.locator(".turn")).to_have_count(0)
    page.reload()
    ready(page)
    expect(product_of(page)).to_contain_text("Diagnostic · Bavaria")


def test_it_is_deleted_with_a_button_and_nothing_of_it_comes_back(page: Page) -> None:
    say_of_company(page, "Piemonte")
    product_of(page).click()
    page.locator("#risk-class input").press_sequentially("IIb")
    page.keyboard.press("Tab")
    expect(product_of(page)).to_contain_text("class IIb")
    page.reload()
    ready(page)
    expect(product_of(page)).to_contain_text("class IIb · Piemonte")
    product_of(page).click()
    page.get_by_role("button", name=say("en", "company_delete")).click()
    expect(page.locator("#status")).to_contain_text(say("en", "company_deleted"))
    expect(page.locator("#risk-class input")).to_have_value("")
    expect(page.get_by_role("button", name=say("en", "company_delete"))).to_have_count(0)
    page.reload()
    ready(page)
    expect(product_of(page)).to_have_text(NOTHING_SAID)


def test_it_changes_with_the_language_of_the_page(page: Page) -> None:
    say_of_company(page, "Bavaria", "Japan")
    switch(page, "Deutsch")
    expect(product_of(page)).to_contain_text("Bayern → Japan")


def test_the_region_decides_whom_to_ask_and_goes_along_to_the_other_pages(page: Page) -> None:
    say_of_company(page, "Catalonia")
    answer = ask(page, "Who can help us in Japan?")
    first = answer.locator(".contacts li").first
    expect(first).to_contain_text("Biocat")
    with page.expect_popup() as opened:
        page.locator("#current a.person").click()
    expect(opened.value.get_by_label("Your region")).to_have_value("biocat")
    href = str(page.locator("#bar .parts a").nth(2).get_attribute("href"))
    page.goto(page.url.rstrip("/") + href)
    expect(page.get_by_label("Your region")).to_have_value("biocat")


def test_what_the_profile_says_is_not_asked_back(page: Page) -> None:
    expect(ask(page, FORKS_ON_THE_MARKET).locator(".outcome")).to_have_text(say("en", "outcome_clarify"))
    say_of_company(page, "Japan")
    page.locator("#new").click()
    answer = ask(page, FORKS_ON_THE_MARKET)
    expect(answer.locator(".outcome")).to_have_text(say("en", "outcome_grounded"))
    expect(answer.locator(".answering")).to_contain_text("in Japan")


def test_a_product_and_a_market_open_the_plan_ready_made(page: Page) -> None:
    say_of_company(page, "Medical device", "Japan")
    page.goto(page.url.rstrip("/") + str(page.locator("#bar .parts a").nth(2).get_attribute("href")))
    expect(page.get_by_role("status")).to_contain_text("Made by an AI assistant")


def test_an_answer_goes_into_the_plan_with_the_class_of_the_product_that_it_is_about(page: Page) -> None:
    product_of(page).click()
    page.locator("#your-product").get_by_label("Medical device", exact=True).check()
    page.locator("#risk-class input").press_sequentially("IIb")
    page.keyboard.press("Tab")
    expect(product_of(page)).to_contain_text("IIb")
    page.keyboard.press("Escape")
    for product, known in (("a medical device", "devices&risk_class=IIb"), ("a medicine", "medicines")):
        link = ask(page, f"Which authority decides on {product} in Japan?").locator("a.plan")
        expect(link).to_have_attribute("href", re.compile(rf"plan\?market=japan&product={known}&language=en"))


def test_what_can_be_asked_first_is_made_of_what_is_chosen(page: Page) -> None:
    first = page.locator("#next button").first
    expect(first).to_have_text(say("en", "example_1"))
    say_of_company(page, "Medical device", "Canada")
    expect(first).to_contain_text("Canada")
    question = first.inner_text()
    first.click()
    expect(page.locator("#current .question")).to_contain_text(question)
    expect(page.locator("#current .outcome")).to_have_text(say("en", "outcome_grounded"))


def test_a_phone_shows_title_chips_and_box_at_first_sight(visit: Visits) -> None:
    page = visit("/", **PHONE, locale="fr-FR")
    for part in ("#heading h1", "#product", "#own-markets", "#question textarea"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)


def test_who_comes_from_outside_europe_says_so_with_one_button_and_is_offered_questions(page: Page) -> None:
    button = page.locator("#from-outside")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text(say("en", "from_outside_noted"))
    expect(product_of(page)).to_contain_text("outside Europe → Europe")
    for number in range(1, 5):
        expect(page.get_by_role("button", name=say("en", f"outside_{number}"))).to_be_visible()
    expect(button).to_have_count(0)
    assert fits(page)
    page.get_by_role("button", name=say("en", "outside_2")).click()
    answer = page.locator("#current .turn:not(.running) .answer")
    expect(answer).to_contain_text("authorised representative")
    with page.expect_popup() as opened:
        page.locator("#current a.person").click()
    letter = opened.value
    expect(letter.get_by_label("Your region")).to_have_value("outside")
    expect(letter.get_by_role("main")).to_contain_text("ECCP")


@pytest.mark.parametrize("language", LANGUAGES)
def test_contact_from_outside_europe_is_a_plain_address(visit: Visits, language: str) -> None:
    page = visit(f"/contact?home=outside&language={language}")
    expect(page.locator("#home option:checked")).to_have_text(say(language, "outside_europe"))
    for cluster in ("Biocat", "BioM", "bioPmed", "Lyonbiopôle", "ECCP"):
        expect(page.get_by_role("main")).to_contain_text(cluster)


def test_what_cannot_be_read_of_a_company_is_left_out(page: Page, visit: Visits) -> None:
    page.evaluate("localStorage.setItem('company', 'broken')")
    page.reload()
    ready(page)
    expect(product_of(page)).to_have_text(NOTHING_SAID)
    visit.trouble.clear()  # Gradio tells the console that it could not read it


def test_an_answer_is_saved_as_a_file_with_its_sources_dates_and_origin(page: Page) -> None:
    answer = ask(page, KNOWN)
    asked = len(page.context.pages)
    with page.expect_download() as taken:
        answer.get_by_role("button", name=say("en", "save_file")).press("Enter")
    text = Path(taken.value.path()).read_text("utf-8")
    assert taken.value.suggested_filename.startswith("answer-20")
    assert taken.value.suggested_filename.endswith(".md")
    assert f"digital-source-type: {MADE_BY_MACHINE}" in text
    assert f"# {KNOWN}" in text
    assert "*Made by an AI assistant on 20" in text
    assert re.search(r"Facts of \w+ 20\d\d", text)
    assert "<https://" in text
    for claim in answer.locator(".claim").all():
        assert str(claim.evaluate("e => e.firstChild.textContent.trim()")) in text.replace("\\", "")
    assert len(page.context.pages) == asked
