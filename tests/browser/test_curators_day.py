"""One day of two curators in a real browser, from a question that nobody answers to a document that is gone again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from assistant.texts import say
from tests.browser.steps import DOCS, Visits, ask, come, picture, soon
from tests.serving import serving

pytestmark = pytest.mark.browser_sweep

SAMPLES = Path(__file__).parents[1] / "samples"
QUESTION = "For how many days does the Osaka liaison desk lend its blue laboratory to members?"
FACT = "The Osaka liaison desk lends its blue laboratory to members of the four clusters for 14 days."
DESK = f"""<html lang="en"><head><title>The blue laboratory of the Osaka liaison desk</title></head><body><article>
<h1>The blue laboratory of the Osaka liaison desk</h1><p>{FACT}</p>
<p>Members book the laboratory in Osaka, Japan, by letter, six weeks before they come with their medical device.</p>
<p>The desk in Osaka was opened to companies with medical devices in March 2026.</p></article></body></html>"""


@pytest.fixture(scope="module")
def home(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The day ends with other documents than it began with."""
    return Path(shutil.copytree(furnished, tmp_path_factory.mktemp("day") / "home"))


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home) as address:
        yield address


def asked(visit: Visits) -> str:
    """What somebody who has not signed in is answered."""
    page = visit("/")
    return ask(page, QUESTION).inner_text()


def test_a_curators_day(visit: Visits, tmp_path: Path) -> None:
    assert "14 days" not in asked(visit)

    files = [tmp_path / "blue-laboratory.html"]
    files[0].write_text(DESK, "utf-8")
    others = ("sample.docx", "sample.pdf", "sample.pptx", "sample.xlsx")
    files += [Path(shutil.copy(SAMPLES / name, tmp_path / f"uploaded-{name}")) for name in others]
    ada = come(visit, "ada", "/staff/intake")
    ada.locator("#files").set_input_files(files)
    ada.get_by_role("button", name=say("en", "intake_add")).click()
    became = ada.get_by_role("region", name=say("en", "intake_done"))
    for file in files:
        expect(became.get_by_role("row", name=re.compile(re.escape(file.name)))).to_contain_text(
            say("en", "intake_taken_anew")
        )

    became.get_by_role("row", name=re.compile("blue-laboratory")).get_by_role("link").click()
    ada.get_by_label(re.compile(rf"^{say('en', 'field_title')}\b")).fill("The blue laboratory in Osaka")
    ada.get_by_role("group", name=say("en", "intake_markets")).get_by_label("Japan").check()
    ada.get_by_label(say("en", "intake_reuse"), exact=True).select_option("quote")
    ada.get_by_role("button", name=say("en", "intake_confirm")).click()
    ada.goto(f"{visit.address}/staff/documents?words=blue+laboratory")
    ada.get_by_role("link", name="The blue laboratory in Osaka").click()
    document = ada.url
    ada.get_by_role("button", name="Send to review").click()
    assert "14 days" not in asked(visit)

    rosa = come(visit, "rosa", "/staff/")
    expect(rosa.locator("main")).to_contain_text("The blue laboratory in Osaka")
    picture(rosa, DOCS / "staff-home.png")
    rosa.goto(f"{visit.address}/staff/documents")
    picture(rosa, DOCS / "staff-documents.png")
    rosa.goto(document)
    picture(rosa, DOCS / "staff-review.png")
    rosa.get_by_label(re.compile("Reason or note")).first.fill("It is as short as the page it was made from")
    rosa.get_by_role("button", name="Publish").click()
    expect(rosa.get_by_role("status").first).to_contain_text("Published")
    soon(lambda: FACT in asked(visit))
    answer = asked(visit)
    assert "The blue laboratory in Osaka" in answer

    rosa.goto(f"{visit.address}/staff/gaps")
    picture(rosa, DOCS / "staff-gaps.png")
    rosa.get_by_role("link", name=QUESTION).click()
    rosa.get_by_label(say("en", "gap_wording"), exact=True).fill(QUESTION)
    rosa.get_by_label(say("en", "gap_document"), exact=True).fill(document.partition("/documents/")[2])
    rosa.get_by_role("button", name=say("en", "gap_close")).click()
    expect(rosa.get_by_role("status").first).to_be_visible()
    rosa.goto(f"{visit.address}/staff/gaps")
    expect(rosa.get_by_role("link", name=QUESTION)).to_have_count(0)
    rosa.goto(f"{visit.address}/staff/coverage")
    picture(rosa, DOCS / "staff-coverage.png")

    ada.goto(f"{visit.address}/staff/sources/named?words=anvisa")
    ada.get_by_label("What has changed").fill("New fees")
    ada.get_by_role("button", name=re.compile("Mark these documents")).click()
    rosa.goto(f"{visit.address}/staff/due")
    expect(rosa.get_by_text("anvisa: “New fees”").first).to_be_visible()
    for number in range(3):
        rosa.get_by_role("checkbox").nth(number).check()
    rosa.get_by_label("Still valid until").fill((date.today() + timedelta(days=200)).isoformat())
    rosa.get_by_label("What was looked at").fill("The fees")
    rosa.get_by_role("button", name="Looked at and still valid").click()
    expect(rosa.get_by_role("status").first).to_contain_text("still valid")

    rosa.goto(document)
    rosa.get_by_label(re.compile("Reason or note")).first.fill("The desk has closed")
    rosa.get_by_role("button", name="Withdraw").click()
    expect(rosa.get_by_role("status").first).to_contain_text("Withdrawn")
    assert "14 days" not in asked(visit)
