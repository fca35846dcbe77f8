"""Comparisons and plans as files, opened with the readers that people use."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import docx
import pypdf
import pytest
from icalendar import Calendar
from markdown_it import MarkdownIt

from assistant.app import App
from assistant.export.calendar import to_calendar
from assistant.export.docx import to_docx
from assistant.export.files import UnknownFileFormat, written
from assistant.export.markdown import to_markdown
from assistant.export.papers import MADE_BY_MACHINE, Paper, PaperLine, PaperPart, entry_of, of_comparison, of_plan
from assistant.export.pdf import to_pdf
from assistant.language.dates import dated
from assistant.market.comparison import Comparison, compare
from assistant.market.digest import title_of
from assistant.market.plan import Plan, plan
from assistant.texts import say
from assistant.understand.questions import Profile, Question
from corpus.documents import Reader
from tests.conftest import TODAY
from tests.read_papers import squeezed, stands_on

HOSTILE = "<script>alert(1)</script> [a](javascript:alert(1)) | **b** & ]]>"


@pytest.fixture(scope="module")
def japan(shipped: App) -> Plan:
    profile = Profile(markets=frozenset({"japan"}), product="devices", risk_class="III")
    return plan(profile, "de", shipped.fact_writer(), shipped.vocabulary, reader=Reader.ANYONE, today=TODAY)


@pytest.fixture(scope="module")
def three(shipped: App) -> Comparison:
    question = Question("How are medical devices approved and what does it cost?")
    return compare(question, ("japan", "usa", "brazil"), shipped.fact_writer(), shipped.vocabulary)


def text_of_docx(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def pages_of_pdf(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def text_of_pdf(data: bytes) -> str:
    return "\n".join(pages_of_pdf(data))


def test_a_plan_is_whole_in_every_form(shipped: App, japan: Plan) -> None:
    paper = of_plan(japan, shipped.vocabulary)
    for pages in ([text_of_docx(to_docx(paper))], pages_of_pdf(to_pdf(paper))):
        assert stands_on(pages, title_of(japan, shipped.vocabulary))
        assert [claim.text for claim in japan.claims if not stands_on(pages, claim.text)] == []
        for entry in paper.sources:
            assert stands_on(pages, entry.document.metadata.title)
        assert all(stands_on(pages, gap) for gap in japan.gaps)


def test_a_comparison_is_whole_in_every_form(shipped: App, three: Comparison) -> None:
    paper = of_comparison(three, shipped.vocabulary, TODAY.isoformat())
    told = three.best
    assert told
    for pages in ([text_of_docx(to_docx(paper))], pages_of_pdf(to_pdf(paper))):
        assert [claim.text for claim in told if not stands_on(pages, claim.text)] == []
        whole = all(cell.claims for row in three.rows for cell in row.cells)
        assert stands_on(pages, say("en", "cell_empty")) or whole


def test_every_form_says_to_people_and_machines_that_a_machine_made_it(shipped: App, japan: Plan) -> None:
    paper = of_plan(japan, shipped.vocabulary)
    made_by = say("de", "plan_made_by", day=dated("de", TODAY))
    assert made_by in text_of_docx(to_docx(paper))
    assert docx.Document(io.BytesIO(to_docx(paper))).core_properties.keywords == MADE_BY_MACHINE
    assert squeezed(made_by) in squeezed(text_of_pdf(to_pdf(paper)))
    assert pypdf.PdfReader(io.BytesIO(to_pdf(paper))).metadata["/Keywords"] == MADE_BY_MACHINE  # type: ignore[index]
    assert MADE_BY_MACHINE in to_markdown(paper).decode()


def test_markup_in_a_text_stays_text_in_every_form() -> None:
    paper = Paper(
        HOSTILE, "en", "made", "2026-11-24", (PaperPart(HOSTILE, points=(PaperLine(HOSTILE, "en", (1,)),)),), ()
    )
    html = MarkdownIt("commonmark", {"html": True}).render(to_markdown(paper).decode().split("---\n", 2)[2])
    assert "<script" not in html
    assert "javascript:" not in html.replace("(javascript:alert(1))", "")
    assert "href" not in html
    assert HOSTILE in text_of_docx(to_docx(paper))
    assert squeezed(HOSTILE) in squeezed(text_of_pdf(to_pdf(paper)))


def test_a_file_of_another_form_is_told_with_the_forms_there_are(japan: Plan, shipped: App) -> None:
    with pytest.raises(UnknownFileFormat, match=r"\.docx"):
        written(of_plan(japan, shipped.vocabulary), Path("plan.odt"))


def test_the_dates_of_a_plan_are_whole_days_of_a_calendar_and_times_that_are_told_lie_between_days(
    japan: Plan, shipped: App
) -> None:
    calendar = Calendar.from_ical(to_calendar(japan, title_of(japan, shipped.vocabulary)))
    days = [event.start for event in calendar.events if event.duration == timedelta(days=1)]
    assert days == [one.day for one in japan.deadlines]
    assert days
    told = {span.text("de") for step in japan.steps for span in step.spans}
    lasting = [event for event in calendar.events if event.duration > timedelta(days=1)]
    assert told
    assert all(any(text in str(event["summary"]) for event in lasting) for text in told)


def test_a_plan_on_paper_has_a_cover_numbered_pages_and_an_entry_a_document(shipped: App, japan: Plan) -> None:
    paper = of_plan(japan, shipped.vocabulary)
    pages = pages_of_pdf(to_pdf(paper))
    assert "Japan" in pages[0]
    assert f"{len(pages)} / {len(pages)}" in pages[-1]
    assert f"1 / {len(pages)}" not in pages[0]
    documents = {citation.document.id for citation in japan.citations}
    assert [entry.document.id for entry in paper.sources] == list(dict.fromkeys(e.document.id for e in paper.sources))
    assert {entry.document.id for entry in paper.sources} == documents
    assert all("http" not in entry_of(entry, "de")[1] for entry in paper.sources)
    assert len(pages) < 7


def test_a_pdf_is_written_in_the_pages_type_and_embeds_it() -> None:
    told = PaperLine("Klasse III kostet 8.600.000 JPY (≥ 5 µg)", "de", (1,))
    paper = Paper("Plan", "de", "made", "2026-11-24", (PaperPart("Schritte", points=(told,)),), ())
    page = pypdf.PdfReader(io.BytesIO(to_pdf(paper))).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    embedded = {str(font["/BaseFont"]).partition("+")[2]: font for font in fonts if "/FontDescriptor" in font}
    assert embedded.keys() == {"IBMPlexSans", "IBMPlexSans-Bold"}
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in embedded.values())


def test_letters_that_the_type_lacks_are_kept_in_a_pdf() -> None:
    words = "日本の医療機器, 한국, 中国 & Ελλάδα"
    paper = Paper(words, "en", "made", "2026-11-24", (PaperPart(words, points=(PaperLine(words, "en"),)),), ())
    assert text_of_pdf(to_pdf(paper)).count(words) == 3


def test_a_plans_files_say_how_soon_a_desk_answers(shipped: App, japan: Plan) -> None:
    [desk, *_] = japan.contact
    told = replace(japan, contact=(replace(desk, answers_within=3),))
    paper = of_plan(told, shipped.vocabulary)
    for text in (to_markdown(paper).decode(), text_of_docx(to_docx(paper)), text_of_pdf(to_pdf(paper))):
        assert squeezed("Antwortet innerhalb von 3 Arbeitstagen.") in squeezed(text)
