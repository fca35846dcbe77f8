"""What the README promises, walked from end to end in a real browser.

The ways most taken run with `make test`; the others are swept with all else that a browser shows.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import docx
import pypdf
import pytest
from icalendar import Calendar
from playwright.sync_api import expect

from assistant.texts import say
from tests.browser.hostile import FOREIGN
from tests.browser.scripted import KNOWN
from tests.browser.steps import (
    CORRIDOR,
    DESK,
    DOCS,
    PHONE,
    Visits,
    answered,
    ask,
    box,
    come,
    fits,
    is_lit,
    picture,
    product_of,
    ready,
    say_of_company,
    serious,
    soon,
    switch_language,
)
from tests.conftest import Run
from tests.mail_server import PostOffice
from tests.payloads import PAYLOADS

on_desk_and_phone = pytest.mark.parametrize(
    "screen", [DESK, pytest.param(PHONE, marks=pytest.mark.browser_sweep)], ids=["1280", "390"]
)
FORKS_ON_THE_MARKET = "Must the label of a medical device be in the local language?"
FACT = "The Osaka liaison desk lends its blue laboratory to members of the four clusters for 14 days."
LABORATORY = f"""<html lang="en"><head><title>The blue laboratory of the Osaka liaison desk</title></head><body>
<article><h1>The blue laboratory of the Osaka liaison desk</h1><p>{FACT}</p>
<p>Members book the laboratory in Osaka, Japan, by letter, six weeks before they come with their medical device.</p>
<p>The desk in Osaka was opened to companies with medical devices in March 2026.</p></article></body></html>"""


def test_a_company_asks_gets_cited_statements_and_opens_a_source(visit: Visits) -> None:
    page = visit("/")
    notice = page.locator("#notice")
    expect(notice).to_be_in_viewport()
    for words in ("AI assistant", "no legal advice", "confidential"):
        expect(notice).to_contain_text(words)
    answer = ask(page, KNOWN)
    first = answer.locator(".claim").first
    assert "DMAH" in first.inner_text()
    assert first.locator(".cite").first.inner_text().split() == ["Source", "1"]
    cite = answer.locator(".claim").nth(1).locator(".cite").first
    card = answer.locator(".source").filter(has=page.locator(f"summary b:text-is('{cite.inner_text().split()[-1]}')"))
    assert re.search(r"facts of \w+ 20\d\d", card.locator(":scope > summary").inner_text())
    page.set_viewport_size({"width": 1100, "height": 1200})
    page.evaluate("scrollTo(0, 0)")
    picture(page, DOCS / "chat.png")
    card.locator(":scope > summary").click()
    quote = card.locator(str(cite.get_attribute("href")))
    quoted = quote.locator("blockquote").inner_text().strip()
    assert quoted
    assert str(card.locator(".links a").first.get_attribute("href")).startswith("https://")
    with page.expect_popup() as opened:
        quote.get_by_role("link", name=say("en", "open_in_library")).click()
    read = opened.value
    read.wait_for_load_state()
    assert is_lit(read, "#" + read.url.partition("#")[2])
    page.locator("#bar").get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Markets side by side")).to_be_visible()


def test_a_question_back_is_replied_to_and_a_follow_up_leans_on_what_was_asked(visit: Visits) -> None:
    page = visit("/")
    answer = ask(page, FORKS_ON_THE_MARKET)
    expect(answer.locator(".outcome")).to_have_text(say("en", "outcome_clarify"))
    page.locator("#next").get_by_role("button", name="South Korea").click()
    answer = answered(page, "South Korea")
    expect(answer.locator(".outcome")).to_have_text(say("en", "outcome_grounded"))
    expect(answer.locator(".answering")).to_contain_text("in South Korea")
    expect(ask(page, "And in China?")).to_contain_text("China agent")


def test_the_language_can_be_switched_keeps_the_conversation_and_is_remembered(visit: Visits) -> None:
    page = visit("/", locale="de-DE")
    ask(page, "Brauchen wir in Japan einen Vertreter vor Ort für ein Medizinprodukt?")
    switch_language(page, "Català")
    expect(page.locator("#heading h1")).to_have_text(say("ca", "first_title"))
    expect(page.locator("html")).to_have_attribute("lang", "ca")
    page.locator("#narrow > button").click()
    expect(page.locator("#narrow").get_by_label("Japó")).to_be_visible()
    expect(page.locator(".answer")).to_contain_text(say("de", "outcome_grounded"))
    page.reload()
    ready(page)
    expect(page.locator("#heading h1")).to_have_text(say("ca", "first_title"))
    expect(page.locator("#ask")).to_have_text(say("ca", "ask"))
    expect(page.locator(".turn")).to_have_count(1)


@on_desk_and_phone
def test_whoever_is_declined_writes_to_a_person_and_the_letter_arrives(
    visit: Visits,
    screen: dict[str, Any],
    office: PostOffice,
    market_entry: Run,
    home: Path,
    mailing: dict[str, str],
) -> None:
    before = len(office.mails)
    page = visit("/", **screen)
    question = "Which tax does Brazil put on trained otters?"
    answer = ask(page, question)
    expect(answer.locator(".outcome")).not_to_have_text(say("en", "outcome_grounded"))
    expect(answer.locator(".contacts a").first).to_be_visible()
    with page.expect_popup() as opened:
        page.locator("#current .turn").get_by_role("link", name=say("en", "ask_person")).click()
    letter = opened.value
    letter.locator("#cluster").select_option("biom")
    for name, value in (("company", "Isar Stents"), ("person", "Eva Muster"), ("country", "Bavaria")):
        letter.locator(f"#{name}").fill(value)
    letter.locator("#email").fill("eva@isar-stents.example")
    letter.locator("#message").fill("Who knows a tax adviser in Brazil?")
    letter.get_by_role("button", name=say("en", "contact_next")).click()
    expect(letter.locator(".letter")).to_contain_text("Who knows a tax adviser in Brazil?")
    expect(letter.locator(".letter")).to_contain_text(question)
    assert fits(letter)
    assert market_entry("handoffs", "deliver", home=home, **mailing).returncode == 0
    assert len(office.mails) == before  # nothing is sent before the company agrees
    letter.locator('input[name="consent"]').check()
    letter.get_by_role("button", name=say("en", "contact_send")).click()
    expect(letter.get_by_role("status")).to_contain_text("BioM")
    market_entry("handoffs", "deliver", home=home, **mailing)  # the server itself looks twice a minute
    soon(lambda: len(office.mails) > before)
    mail = office.mails[-1]
    assert (mail["To"], mail["Reply-To"]) == ("desk@biom.example", "eva@isar-stents.example")
    assert "Who knows a tax adviser in Brazil?" in mail.get_content()


@pytest.mark.browser_sweep
@on_desk_and_phone
def test_three_markets_are_compared_and_a_citation_opens_at_its_passage(visit: Visits, screen: dict[str, Any]) -> None:
    page = visit("/compare", **screen)
    page.locator(".choosing summary").click()
    page.locator("#question").fill("What does a medical device cost, and how long does it take?")
    for market in ("Japan", "USA", "Brazil"):
        page.get_by_label(market, exact=True).check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("status")).to_contain_text("cells come from the library")
    assert fits(page)
    across = page.locator(".scrolled tbody tr").first.locator("td")
    if screen is PHONE:  # one market at a time
        expect(across.nth(1)).to_be_hidden()
        page.get_by_role("radio", name="USA").check()
        expect(across.nth(0)).to_be_hidden()
        expect(across.nth(2)).to_be_visible()
        page.get_by_role("radio", name="Japan").check()
    else:
        boxes = [across.nth(at).bounding_box() for at in range(3)]
        assert boxes[0]["y"] == boxes[1]["y"] == boxes[2]["y"]  # type: ignore[index]
    first = page.locator(".scrolled .cite:visible").first
    number = first.inner_text().split()[-1]
    first.click()
    assert is_lit(page, f"#s{number}")
    page.locator(f"#s{number} summary").click()
    quoted = page.locator(f"#s{number} blockquote").first.inner_text()
    page.locator(f"#s{number} li a").first.click()
    page.wait_for_url("**/library/**")
    place = "#" + page.url.partition("#")[2]
    assert is_lit(page, place)
    words = set(page.locator(place).inner_text().replace(":", "").split())
    assert set(quoted.replace(":", "").split()) <= words | set(quoted.split(";"))
    assert fits(page)


@pytest.mark.browser_sweep
@on_desk_and_phone
def test_a_plan_is_made_and_taken_along_in_all_forms(visit: Visits, screen: dict[str, Any]) -> None:
    page = visit("/plan", **screen)
    page.get_by_label("Market").select_option(label="Japan")
    page.get_by_label("Kind of product").select_option(label="Medical device")
    page.get_by_label("Risk class").fill("III")
    page.get_by_label("Your region").select_option(index=1)
    page.get_by_role("button", name="Make a plan").click()
    expect(page.get_by_role("status")).to_contain_text("Made by an AI assistant")
    assert fits(page)
    files = {}
    page.locator(".take summary").click()
    for name in ("Markdown", "Word", "PDF", "Dates"):
        with page.expect_download() as download:
            page.locator(".take").get_by_role("button", name=name).click()
        files[name] = download.value.path()
    step = say("en", "step_classify")
    assert step in files["Markdown"].read_text("utf-8")
    assert any(step in paragraph.text for paragraph in docx.Document(str(files["Word"])).paragraphs)
    assert any(step in sheet.extract_text() for sheet in pypdf.PdfReader(files["PDF"]).pages)
    assert Calendar.from_ical(files["Dates"].read_bytes()).events


@pytest.mark.browser_sweep
def test_a_file_is_taken_in_reviewed_by_another_person_published_and_found_in_the_chat(
    visit: Visits, tmp_path: Path
) -> None:
    question = "For how many days does the Osaka liaison desk lend its blue laboratory to members?"
    company = visit("/")
    expect(ask(company, question)).not_to_contain_text("14 days")
    file = tmp_path / "blue-laboratory.html"
    file.write_text(LABORATORY, "utf-8")
    ada = come(visit, "ada", "/staff/intake")
    ada.locator("#files").set_input_files(file)
    ada.get_by_role("button", name=say("en", "intake_add")).click()
    became = ada.get_by_role("region", name=say("en", "intake_done"))
    row = became.get_by_role("row", name=re.compile(re.escape(file.name)))
    expect(row).to_contain_text(say("en", "intake_taken_anew"))
    waits = ada.get_by_role("region", name=say("en", "intake_waiting")).get_by_role("row", name=re.compile(file.name))
    waits.get_by_role("checkbox").first.check()
    waits.get_by_label(say("en", "field_title")).fill("The blue laboratory in Osaka")
    waits.get_by_text(f"{say('en', 'field_markets')}:").click()
    waits.get_by_label("Japan").check()
    waits.get_by_label(say("en", "field_reuse")).select_option("quote")
    ada.get_by_role("button", name=say("en", "confirm_submit")).click()
    expect(ada.get_by_role("status").first).to_contain_text("sent to review: 1")
    ada.goto(f"{visit.address}/staff/documents?words=blue+laboratory")
    ada.get_by_role("link", name="The blue laboratory in Osaka").click()
    document = ada.url
    expect(ask(company, question)).not_to_contain_text("14 days")

    rosa = come(visit, "rosa", "/staff/")
    rosa.get_by_role("link", name="The blue laboratory in Osaka").first.click()
    rosa.get_by_label(re.compile("Reason or note")).first.fill("Short, and all of it is there")
    rosa.get_by_role("button", name="Publish").click()
    expect(rosa.get_by_role("status").first).to_contain_text("Published")
    soon(lambda: FACT in ask(company, question).inner_text())
    expect(company.locator("#current .answer")).to_contain_text("The blue laboratory in Osaka")

    rosa.goto(document)
    rosa.get_by_label(re.compile("Reason or note")).first.fill("The desk has closed")
    rosa.get_by_role("button", name="Withdraw").click()
    expect(rosa.get_by_role("status").first).to_contain_text("Withdrawn")
    expect(ask(company, question)).not_to_contain_text("14 days")


@pytest.mark.browser_sweep
def test_a_declined_question_becomes_a_gap_that_a_document_closes(visit: Visits) -> None:
    expect(ask(visit("/"), CORRIDOR).locator(".outcome")).not_to_have_text(say("en", "outcome_grounded"))
    staff = come(visit, "rosa", "/staff/gaps")
    staff.get_by_role("link", name=CORRIDOR).click()
    staff.get_by_label("The question in your words").fill("Who may use the quokka corridor in Osaka?")
    document = staff.get_by_label("Document that answers it")
    document.fill("japan/nutrition")
    staff.get_by_role("button", name="Close it").click()
    expect(staff.get_by_role("alert")).to_contain_text("no answer that rests on")
    document.fill("japan/corridor")
    staff.get_by_role("button", name="Close it").click()
    expect(staff.get_by_role("status")).to_contain_text("The gap is closed")
    staff.goto(f"{visit.address}/staff/gaps/questions")
    expect(staff.get_by_role("row", name="quokka")).to_contain_text("japan/corridor")
    with staff.expect_download() as download:
        staff.get_by_role("link", name="Download").click()
    assert "quokka" in download.value.path().read_text("utf-8")


@pytest.mark.browser_sweep
def test_axe_finds_nothing_serious_on_the_chat_page_and_a_comparison(visit: Visits) -> None:
    page = visit("/", bypass_csp=True)
    answer = ask(page, KNOWN)
    answer.locator(".source > summary").first.click()
    page.locator("#narrow > button").click()
    product_of(page).click()
    found = serious(page)
    page.goto(f"{visit.address}/compare?question=What+does+a+device+cost%3F&market=japan&market=usa&language=de")
    assert found + serious(page) == []


@pytest.mark.browser_sweep
def test_markup_of_a_question_or_a_document_stays_text(visit: Visits) -> None:
    page = visit("/")
    question = (
        "Japan <img src=x onerror=\"document.title='owned'\"> **devices** <script>document.title='owned'</script> MAH?"
    )
    box(page).fill(question)
    box(page).press("Enter")
    page.locator("#current .turn:not(.running) .outcome").wait_for()
    expect(page.locator(".question")).to_contain_text(question)
    answer = ask(page, "In which language is the label of otoscope lamps that are sold in Brazil?")
    expect(answer).to_contain_text(PAYLOADS[1])
    assert page.locator(".turn, #next h3").locator(FOREIGN).count() == 0
    assert page.title() == say("en", "title")
    assert not page.evaluate("'__pwned' in window")
    hostile = "<img src=x onerror=document.title='taken'> device costs?"
    for path in (f"/compare?question={quote(hostile)}&market=japan&market=usa", "/library/brazil/otoscope-lamps"):
        page.goto(visit.address + path)
        expect(page.locator("main")).to_contain_text("<img src=x")
        assert page.locator("script, iframe, img[onerror], [onload], a[href^='javascript:']").count() == 0
        assert not page.evaluate("'__pwned' in window")
        assert "taken" not in page.title()


@pytest.mark.browser_sweep
def test_a_conversation_outlives_a_reload_and_can_still_be_leaned_on(visit: Visits) -> None:
    page = visit("/")
    before = ask(page, "How long does the review of a medical device take in Japan?").inner_html()
    page.reload()
    ready(page)
    page.locator(".answer").wait_for()
    assert page.locator(".answer").inner_html() == before
    page.locator(".cite").first.click()
    expect(page.locator(".source").first).to_have_attribute("open", "")
    expect(ask(page, "And in China?")).to_contain_text("NMPA")


@pytest.mark.browser_sweep
def test_what_a_person_has_said_is_deleted_from_the_browser_with_a_button(visit: Visits) -> None:
    page = visit("/")
    empty = page.evaluate("JSON.stringify(localStorage).length")
    say_of_company(page, "Piemonte")
    ask(page, KNOWN)
    page.wait_for_function("least => JSON.stringify(localStorage).length > least", arg=empty + 1000)
    product_of(page).click()
    page.get_by_role("button", name=say("en", "company_delete")).click()
    expect(page.locator("#status")).to_contain_text(say("en", "company_deleted"))
    page.locator("#new").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_role("button", name=say("en", "example_1"))).to_be_visible()
    page.wait_for_function("most => JSON.stringify(localStorage).length < most", arg=empty + 200)
    page.reload()
    ready(page)
    expect(page.locator(".turn")).to_have_count(0)
    expect(product_of(page)).to_have_text(say("en", "describe"))
