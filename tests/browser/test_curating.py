"""A curator's day in a real browser: documents found, written, reviewed, compared, looked at again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.records import Confirmation, Upload
from corpus.documents import Access, Reuse, Stage
from corpus.intake.intake import Intake, IntakeOptions, Taken
from corpus.passages import split_markdown
from tests.browser.steps import CONTRAST, DESK, PHONE, SMALL, Visits, come, soon
from tests.made_files import pdf
from tests.serving import serving

pytestmark = pytest.mark.browser_sweep

DEVICES = "/staff/documents/japan/devices-and-ivds"
FOOD = "/staff/documents/japan/nutrition"


@pytest.fixture(scope="module")
def home(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """These tests change documents on which others rest."""
    return Path(shutil.copytree(furnished, tmp_path_factory.mktemp("curating") / "home"))


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home) as address:
        yield address


@pytest.fixture
def catalogue(home: Path) -> Iterator[Catalogue]:
    """What the server works on, seen from beside it."""
    catalogue = Catalogue(home / "catalogue.sqlite")
    yield catalogue
    catalogue.close()


def write(page: Page, before: str, after: str) -> None:
    """Change some words in the text of a document."""
    body = page.get_by_label("Text", exact=True)
    text = body.input_value()
    assert before in text
    body.fill(text.replace(before, after))
    page.get_by_role("button", name="Save as a draft").click()


def test_documents_are_found_ticked_and_changed_together(visit: Visits, catalogue: Catalogue) -> None:
    title = catalogue.document("japan/nutrition").metadata.title
    page = come(visit, "rosa", "/staff/documents")
    page.get_by_label("Words of title, publisher or text").fill(title)
    page.get_by_label("Market", exact=True).select_option(label="Japan")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Documents: 1", exact=True)).to_be_visible()
    page.get_by_role("link", name="Review by").click()
    expect(page.get_by_label("Market", exact=True)).to_have_value("japan")
    page.get_by_role("button", name="Send to review").click()
    expect(page.get_by_role("alert")).to_contain_text("No document is ticked")
    page.get_by_role("checkbox", name=re.compile("Japan")).check()
    page.get_by_label("Who may read it").select_option(label="members")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_role("status").first).to_contain_text("The change holds from now on.")
    expect(page.get_by_label("Words of title, publisher or text")).to_have_value(title)
    assert catalogue.document("japan/nutrition").metadata.access is Access.MEMBERS


def test_two_edit_one_document_and_another_person_publishes_what_came_of_it(
    visit: Visits,
    catalogue: Catalogue,
) -> None:
    ada, rosa = come(visit, "ada", f"{DEVICES}:edit"), come(visit, "rosa", f"{DEVICES}:edit")
    write(ada, "Three kinds of body", "About 3 kinds of body")
    expect(ada.get_by_role("status").first).to_contain_text("Your text is saved as a draft.")
    write(rosa, "A foreign maker must work", "Any foreign maker works")
    expect(rosa.get_by_role("alert")).to_contain_text("ada has made version 2 since you began from version 1")
    expect(rosa.get_by_role("heading", name="What they changed")).to_be_visible()
    expect(rosa.locator("ins", has_text="About 3")).to_be_visible()
    expect(rosa.get_by_label("Text", exact=True)).to_have_value(re.compile("Any foreign maker works"))
    write(rosa, "Three kinds of body", "About 3 kinds of body")
    expect(rosa.get_by_role("status").first).to_contain_text("saved as a draft")

    rosa.get_by_role("button", name="Send to review").click()
    rosa.get_by_role("button", name="Publish").click()
    expect(rosa.get_by_role("alert")).to_contain_text("You had a hand in")
    assert catalogue.document("japan/devices-and-ivds").version.number == 1
    anna = come(visit, "anna", DEVICES)
    anna.get_by_role("link", name="what would change for readers").click()
    expect(anna.locator("del", has_text="Three")).to_be_visible()
    expect(anna.locator("ins", has_text="Any")).to_be_visible()
    anna.go_back()
    anna.get_by_label("Reason or note, for version 3").fill("Checked with the ministry")
    anna.get_by_role("button", name="Publish").click()
    expect(anna.get_by_role("status").first).to_contain_text("Published")
    expect(anna.get_by_text("“Checked with the ministry”")).to_be_visible()
    published = catalogue.document("japan/devices-and-ivds")
    assert (published.version.number, published.stage, published.version.reviewed_by) == (3, Stage.PUBLISHED, "anna")
    assert not published.version.self_reviewed
    assert "About 3 kinds of body" in published.version.body
    assert "Any foreign maker works" in published.version.body


def test_own_work_is_published_with_a_tick_and_an_old_version_comes_back(
    visit: Visits,
    catalogue: Catalogue,
) -> None:
    page = come(visit, "rosa", f"{FOOD}:edit")
    page.get_by_label("Title", exact=True).first.fill("Food in Japan, anew")
    page.get_by_role("button", name="Save as a draft").click()
    page.get_by_role("button", name="Send to review").click()
    page.get_by_role("checkbox", name="I have reviewed my own work myself").check()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("reviewed by its own author")).to_be_visible()
    assert catalogue.document("japan/nutrition").version.self_reviewed
    old = page.get_by_role("row", name=re.compile("^version 1"))
    old.get_by_role("link", name="Compare with the newest").click()
    expect(page.get_by_role("row", name=re.compile("Title.*anew"))).to_be_visible()
    page.go_back()
    old.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("status").first).to_contain_text("The old version is a draft now.")
    draft = catalogue.draft("japan/nutrition")
    assert draft is not None
    assert draft.metadata.title == catalogue.document("japan/nutrition", 1).metadata.title
    page.get_by_role("button", name="Give this draft up").click()
    expect(page.get_by_role("alert")).to_contain_text("Give a reason")
    page.get_by_label("Reason or note, for version 3").fill("Only a look back")
    page.get_by_role("button", name="Give this draft up").click()
    expect(page.get_by_role("status").first).to_contain_text("Withdrawn.")
    assert catalogue.draft("japan/nutrition") is None


def test_a_new_document_begins_in_an_empty_form_and_keeps_what_was_typed(
    visit: Visits,
    catalogue: Catalogue,
) -> None:
    page = come(visit, "ada", "/staff/documents")
    page.get_by_role("link", name="New document").click()
    page.get_by_label("Title", exact=True).first.fill("Trade fairs <b>in</b> Brazil")
    page.get_by_label("Text", exact=True).fill(
        "## Fairs\nHospitalar is in May. [hospitalar]\n<script>document.title=1</script>"
    )
    page.get_by_label("Publisher", exact=True).first.fill("BioM")
    page.get_by_role("checkbox", name="Brazil").check()
    row = page.get_by_role("group", name="Source 1")
    row.get_by_label("Key in the text").fill("hospitalar")
    row.get_by_label("Title").fill("Hospitalar")
    row.get_by_label("Publisher").fill("Informa")
    row.get_by_label("Date").fill("May")
    row.get_by_label("Web address").fill("https://hospitalar.example/")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("alert")).to_contain_text("The date of the source “Hospitalar”")
    row.get_by_label("Date").fill("2026")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("heading", name="Trade fairs <b>in</b> Brazil")).to_be_visible()
    expect(page.locator(".text")).to_contain_text("<script>document.title=1</script>")
    page.get_by_label("Your comment on version 1").fill("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator("blockquote")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("main script, main img, main b").count() == 0
    made = catalogue.document("brazil/trade-fairs-b-in-b-brazil")
    assert [passage.source_keys(0, 22) for passage in catalogue.passages_of(made.id)][:1] == [("hospitalar",)]


def test_an_original_is_downloaded_beside_what_was_read_from_it(visit: Visits, catalogue: Catalogue) -> None:
    version = catalogue.document("china/nutrition").version
    upload = Upload("Liste <1> 规定.html", "text/html", b"<script>alert(1)</script>")
    catalogue.revise(version, split_markdown(version), began_from=1, who="ada", why="", upload=upload)
    page = come(visit, "ada", "/staff/documents/china/nutrition")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the original").click()
    assert download.value.suggested_filename.endswith("规定.html")
    assert Path(download.value.path()).read_bytes() == upload.data


FEE = "The fee for otoscope lamps is 5,429 EUR for each year of the licence."
OTHER = "A review of otoscope lamps takes twelve months, and small firms pay a half of it."


def test_the_page_of_a_pdf_is_shown_beside_the_passage_that_is_cited(
    visit: Visits, catalogue: Catalogue, tmp_path: Path
) -> None:
    file = tmp_path / "lamps.pdf"
    file.write_bytes(pdf([[("Fees for otoscope lamps", 18), FEE], [OTHER]]))
    [taken] = Intake(catalogue, who="ada").add(str(file), IntakeOptions())
    assert isinstance(taken, Taken)
    key = taken.document.id
    first, second = catalogue.passages_of(key)
    page = come(visit, "ada", f"/staff/documents/{key}")
    pictures = page.get_by_role("img", name=re.compile("as a picture"))
    expect(pictures).to_have_count(0)
    page.get_by_role("link", name="Show on page 2 of the original").click()
    expect(pictures).to_have_count(1)
    expect(pictures).to_have_accessible_name(re.compile("^Page 2 of the original"))
    soon(partial(_is_drawn, page))
    _publish(catalogue, key)
    for options in (DESK, PHONE):
        reader = visit(f"/library/{key}?version=1&language=de#p{first.ordinal}", **options)
        expect(reader.get_by_role("img", name=re.compile("^Seite 1 des Originals als Bild"))).to_be_visible()
        soon(partial(_is_drawn, reader))
        assert not reader.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert reader.evaluate(CONTRAST) == []
        reader.goto(f"{visit.address}/library/{key}?version=1&language=de#p{second.ordinal}")
        expect(reader.get_by_role("img", name=re.compile("^Seite 2"))).to_be_visible()
        expect(reader.get_by_role("img", name=re.compile("^Seite 1"))).to_have_count(0)


def _is_drawn(page: Page) -> bool:
    return bool(page.evaluate("document.querySelector(':target img').naturalWidth > 500"))


def _publish(catalogue: Catalogue, key: str) -> None:
    draft = catalogue.document(key)
    said = replace(draft.metadata, access=Access.PUBLIC, reuse=Reuse.QUOTE, publisher="ANVISA")
    catalogue.confirm_all([Confirmation(key, 1, said, {})], who="ada", submit=True)
    catalogue.move_all({key: 1}, Stage.PUBLISHED, who="rosa", why="looked through")


def test_a_source_changed_and_many_are_looked_at_again(visit: Visits, catalogue: Catalogue) -> None:
    page = come(visit, "rosa", "/staff/sources")
    page.get_by_label("Key, address, or a part of title or publisher").fill("anvisa")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="All that is named by “anvisa”").click()
    page.get_by_label("What has changed").fill("New fees")
    page.get_by_role("button", name=re.compile(r"Mark these documents \(\d+\)")).click()
    expect(page.get_by_role("status").first).to_contain_text("The documents are marked.")
    flagged = {document.id for document in catalogue.flagged()}
    assert flagged == {document.id for document in catalogue.resting_on("anvisa")}
    page.get_by_role("link", name="Due for review").click()
    expect(page.get_by_text("anvisa: “New fees”").first).to_be_visible()
    boxes = page.get_by_role("checkbox")
    ticked = [str(boxes.nth(number).get_attribute("value")) for number in range(2)]
    for number in range(2):
        boxes.nth(number).check()
    until = date.today() + timedelta(days=300)
    page.get_by_label("Still valid until").fill(until.isoformat())
    page.get_by_label("What was looked at").fill("The fees, on the web site")
    page.get_by_role("button", name="Looked at and still valid").click()
    expect(page.get_by_role("status").first).to_contain_text("still valid")
    for document_id in ticked:
        assert catalogue.document(document_id).metadata.review_by == until
    assert {document.id for document in catalogue.flagged()} == flagged - set(ticked)


PAGES = (
    "/staff/documents",
    "/staff/documents?words=nothing+at+all",
    DEVICES,
    f"{DEVICES}:edit",
    f"{DEVICES}:compare?before=1",
    "/staff/new-document",
    "/staff/due?within=90",
    "/staff/sources",
    "/staff/sources/named?words=emergo",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_pages_fit_the_window_with_enough_contrast_and_room_to_touch(visit: Visits, scheme: str, width: int) -> None:
    page = come(visit, "anna", "/staff/documents", color_scheme=scheme, viewport={"width": width, "height": 800})
    faults: list[str] = []
    for path in PAGES:
        page.goto(visit.address + path)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append(f"{path} is too wide")
        faults.extend(f"{path}: low contrast of {node}" for node in page.evaluate(CONTRAST))
        faults.extend(f"{path}: small {node}" for node in page.evaluate(SMALL))
    assert faults == []


def test_pages_say_to_assistive_technology_what_they_are(visit: Visits) -> None:
    page = come(visit, "anna", "/staff/documents")
    for path in PAGES:
        page.goto(visit.address + path)
        tree = page.locator("body").aria_snapshot()
        assert len(re.findall(r"heading .* \[level=1\]", tree)) == 1
        unnamed = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
            ".filter(field => !field.labels[0]?.textContent.trim()).map(field => field.outerHTML)"
        )
        assert unnamed == []
