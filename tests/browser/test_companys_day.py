"""One day of a company, on a desk and on a phone: asked, compared, planned, handed over, and the mail received."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from playwright.sync_api import expect

from assistant.texts import say
from tests.browser.scripted import KNOWN
from tests.browser.steps import Visits, ask, fits, ready
from tests.mail_server import PostOffice

pytestmark = pytest.mark.browser_sweep


def test_a_companys_day(visit: Visits, screen: dict[str, Any], office: PostOffice) -> None:
    office.got.clear()
    page = visit("/", **screen)
    answer = ask(page, KNOWN)
    answer.locator(".source > summary").first.click()
    with page.expect_popup() as opened:
        answer.locator(".source").first.get_by_role("link", name=say("en", "open_in_library")).first.click()
    expect(opened.value.locator(":target")).to_be_visible()
    expect(ask(page, "And for Brazil?")).to_contain_text("Brazil")

    page.goto(f"{visit.address}/compare")
    page.locator(".choosing summary").click()
    page.locator("#question").fill("How are medical devices approved, and what does it cost?")
    for market in ("Japan", "Brazil", "Canada"):
        page.get_by_label(market, exact=True).check()
    page.locator("main form button").first.click()
    expect(page.locator("main")).to_contain_text("ANVISA")
    assert fits(page)

    page.goto(f"{visit.address}/plan?market=japan&product=devices")
    page.locator(".take summary").click()
    for form in ("docx", "pdf"):
        with page.expect_download() as taken:
            page.locator(f'button[formaction*="plan.{form}"]').click()
        data = Path(taken.value.path()).read_bytes()
        text = (
            "\n".join(one.text for one in docx.Document(io.BytesIO(data)).paragraphs)
            if form == "docx"
            else "\n".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(data)).pages)
        )
        assert "Ordinance No. 169" in " ".join(text.split())

    page.goto(f"{visit.address}/")
    ready(page)
    with page.expect_popup() as opened:
        page.locator("#current .turn").get_by_role("link", name=say("en", "ask_person")).click()
    letter = opened.value
    letter.locator("#cluster").select_option("biom")
    for name, value in (("company", "Isar Stents"), ("person", "Eva Muster"), ("country", "Bavaria")):
        letter.locator(f"#{name}").fill(value)
    letter.locator("#email").fill("eva@isar-stents.example")
    letter.locator("#message").fill("Who knows a MAH in Japan?")
    letter.get_by_role("button", name=say("en", "contact_next")).click()
    expect(letter.locator(".letter")).to_contain_text("Who knows a MAH in Japan?")
    assert fits(letter)
    assert not office.got.is_set()
    letter.locator('input[name="consent"]').check()
    letter.get_by_role("button", name=say("en", "contact_send")).click()
    expect(letter.get_by_role("status")).to_contain_text("BioM")
    assert office.got.wait(timeout=90)
    mail = office.mails[-1]
    assert (mail["To"], mail["Reply-To"]) == ("desk@biom.example", "eva@isar-stents.example")
    assert "Who knows a MAH in Japan?" in mail.get_content()

    page.locator("#current").get_by_role("button", name=say("en", "good")).click()
    expect(page.locator("#current .rated")).to_contain_text("Helpful")
