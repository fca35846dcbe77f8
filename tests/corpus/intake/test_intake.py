"""Taking documents in, from real files: what is taken and what is refused."""

from __future__ import annotations

import threading

import pytest

from corpus.catalogue.records import Matter
from corpus.characters import slug
from corpus.documents import Access, Reuse, Stage
from corpus.errors import (
    BadDocument,
    NotFetched,
    Scanned,
    WasPurged,
)
from corpus.intake.intake import AlreadyKnown, Intake, IntakeOptions, Taken
from corpus.intake.proposals import Confidence, detail_of, graded
from corpus.passages import SUMMARY
from index.removal import finish_purges, purge
from tests.conftest import House, write_document
from tests.corpus.intake.desk import COMMON, TEXT, Desk, one_refused, one_taken, taken
from tests.made_files import PICTURE, pdf

# What is taken


def test_a_file_becomes_a_draft_with_its_passages_its_original_and_its_origin(desk: Desk) -> None:
    path = desk.write("device.pdf", pdf([["Registering a device in Japan takes ten months in most cases."]]))
    document = one_taken(desk.add(path)).document
    assert (document.stage, document.origin, document.version.added_by) == (Stage.DRAFT, "device.pdf", "ana")
    [passage] = desk.catalogue.passages_of(document.id)
    assert (passage.text, passage.page) == ("Registering a device in Japan takes ten months in most cases.", 1)
    original = desk.catalogue.original(document.id, 1)
    assert original is not None
    assert desk.catalogue.originals.read(original.digest) == path.read_bytes()
    assert (original.name, original.media_type) == ("device.pdf", "application/pdf")


def test_what_a_document_says_about_itself_is_proposed_from_its_text(desk: Desk) -> None:
    path = desk.write("x.html", f"<html lang='de'><title>Guidance on devices</title><body><p>{TEXT}</p></body></html>")
    outcome = one_taken(desk.add(path))
    said = outcome.document.metadata
    assert (said.title, said.kind, said.language) == ("Guidance on devices", "guidance-summary", "en")
    assert said.markets == {"japan"}
    assert "devices" in said.topics
    assert outcome.document.id == "japan/guidance-on-devices"
    assert "published_on" in outcome.open[Matter.METADATA], "what rests on nothing is named"


def test_each_proposed_field_is_graded_by_what_it_rests_on(desk: Desk) -> None:
    head = "<title>Guidance on devices in Japan</title><meta name='dcterms.publisher' content='x'>"
    body = f"<h1>Guidance on devices in Japan</h1><p>{TEXT} {COMMON * 4}</p>"
    stated = one_taken(desk.add(desk.write("x.html", f"<html><head>{head}</head><body>{body}</body></html>")))
    grades = graded(stated.open[Matter.METADATA])
    assert {grades[name] for name in ("title", "kind", "markets", "topics", "language")} == {Confidence.SURE}
    assert grades["published_on"] is grades["facts_as_of"] is Confidence.GUESS
    found = graded(one_taken(desk.add(desk.write("y.txt", f"{TEXT}\n\n{TEXT}"))).open[Matter.METADATA])
    assert (found["title"], found["kind"]) == (Confidence.GUESS, Confidence.GUESS)
    assert found["markets"] is Confidence.LIKELY, "the text names it, the title does not"


def test_grades_are_read_as_they_were_told_also_by_an_earlier_release() -> None:
    grades = {"title": Confidence.SURE, "publisher": Confidence.GUESS, "kind": Confidence.LIKELY}
    told = graded(detail_of(grades))
    assert {name: told[name] for name in grades} == grades
    assert set(graded("They are proposals.").values()) == {Confidence.LIKELY}
    before = graded("They are proposals; nothing was found for title, kind.")
    assert [name for name, grade in before.items() if grade is Confidence.GUESS] == ["title", "kind"]
    assert graded("They are those of version 3; dates and short answers may have changed.") == {}


def test_markdown_in_the_library_s_form_keeps_what_it_says_and_is_asked_nothing(desk: Desk) -> None:
    write_document(desk.folder, "x", "Devices in Korea", "A text about it.", market="south-korea", access="members")
    outcome = one_taken(desk.add())
    said = outcome.document.metadata
    assert (said.title, said.markets, said.access, said.reuse) == (
        *("Devices in Korea", frozenset({"south-korea"}), Access.MEMBERS, Reuse.QUOTE),
    )
    assert outcome.open == {}
    assert [p.section for p in desk.catalogue.passages_of(outcome.document.id)].count(SUMMARY) == 6


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("markets: [japan]", "markets: [atlantis]", "there is no market 'atlantis'"),
        ("facts_as_of: 2026-05\n", "", "lacks the field 'facts_as_of'"),
        ("title: T", "title: &a [x]\nother: *a", "by an alias"),
    ],
)
def test_markdown_in_the_library_s_form_that_is_not_in_order_is_refused(
    desk: Desk, old: str, new: str, why: str
) -> None:
    path = write_document(desk.folder, "x", "T", "A text.")
    path.write_text(path.read_text().replace(old, new))
    assert why in str(one_refused(desk.add()).error)


def test_ids_are_of_market_or_folder_and_title_and_never_given_twice(desk: Desk) -> None:
    for number, text in enumerate((TEXT, "# Notes\n\nShort and about nothing that is on a list of terms.")):
        desk.write(f"Große Prüfung/{number}.md", text)
    desk.write("Große Prüfung/2.md", "# Notes\n\nSomething else entirely, written by others for another day.")
    assert [outcome.document.id for outcome in taken(desk.add())] == [
        *("japan/registering-a-device-in-japan", "grosse-prufung/notes", "grosse-prufung/notes-2"),
    ]


def test_a_title_in_other_letters_still_gives_an_id(desk: Desk) -> None:
    desk.write("医.md", "# 中国医疗器械注册\n\n外国制造商须指定中国境内代理人。")
    assert one_taken(desk.add()).document.id.startswith("china/")
    assert slug("医疗") == ""


def test_what_is_said_of_files_is_not_proposed(desk: Desk) -> None:
    path = desk.write("device.md", TEXT)
    said = IntakeOptions(document_id="usa/mine", markets=frozenset({"usa"}), reuse=Reuse.CITE_ONLY)
    outcome = one_taken(desk.add(path, said))
    assert (outcome.document.id, outcome.document.metadata.markets) == ("usa/mine", frozenset({"usa"}))
    assert outcome.document.metadata.reuse is Reuse.CITE_ONLY
    assert outcome.open.keys() == {Matter.METADATA}


def test_one_id_is_for_one_file(desk: Desk) -> None:
    with pytest.raises(BadDocument, match="add its files one by one"):
        desk.add(desk.folder, IntakeOptions(document_id="a"))
    with pytest.raises(BadDocument, match="small letters"):
        desk.add(desk.folder, IntakeOptions(document_id="../A"))


# What is refused


def test_what_was_purged_stays_out_whatever_it_is_called(desk: Desk) -> None:
    document = one_taken(desk.add(desk.write("device.md", TEXT))).document
    purge(desk.catalogue, [document.id], who="ana", why="asked to")
    finish_purges(desk.catalogue, desk.house.index, desk.house.cache)
    (desk.folder / "device.md").rename(desk.folder / "other.txt")
    assert isinstance(one_refused(desk.add()).error, WasPurged)


def test_a_file_that_changes_while_it_is_read_is_never_half_taken(desk: Desk) -> None:
    path = desk.write("growing.txt", "The first line of a file that somebody is still writing to.\n" * 4_000)
    stop = threading.Event()

    def grow() -> None:
        with path.open("a") as file:
            while not stop.wait(0.002):
                file.write("One more line.\n")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        error = one_refused(desk.add(path)).error
    finally:
        stop.set()
        writer.join()
    assert "changed while it was read" in str(error)
    assert isinstance(desk.add(path)[0], Taken), "once it is complete it is taken"


def test_a_scan_is_refused_with_what_to_do(desk: Desk) -> None:
    error = one_refused(desk.add(desk.write("scan.pdf", pdf([PICTURE])))).error
    assert isinstance(error, Scanned)
    assert "OCR" in str(error)


# The web


def test_a_page_of_the_web_is_taken_with_its_address_as_source_and_known_by_it(desk: Desk) -> None:
    url = "https://example.org/device.html"
    page = f"<html><title>Devices</title><body><p>{TEXT}</p></body></html>"
    document = one_taken(desk.add(url, web={url: page.encode()})).document
    assert (document.origin, document.metadata.publisher) == (url, "example.org")
    assert [source.url for source in document.metadata.sources] == [url]
    assert isinstance(desk.add(url, web={url: page.encode()})[0], AlreadyKnown)
    changed = page.replace("ten months", "nine months").encode()
    assert one_taken(desk.add(url, web={url: changed})).document.id == document.id


def test_an_address_that_gives_nothing_is_refused(desk: Desk) -> None:
    url = "https://example.org/device.html"
    outcome = one_refused(desk.add(url, web={url: NotFetched(url, "it answers 404")}))
    assert (outcome.name, "it answers 404" in str(outcome.error)) == (url, True)


def test_nothing_of_this_machine_is_taken_in_by_its_address(house: House) -> None:
    outcome = one_refused(list(Intake(house.catalogue, who="ana").add("http://localhost:1/", IntakeOptions())))
    assert "not on the public internet" in str(outcome.error)


# Who publishes


@pytest.mark.parametrize(
    ("opening", "publisher"),
    [
        ("Therapeutic Goods Administration\n\nFees of devices", "TGA"),
        ("Bundesinstitut für Arzneimittel und Medizinprodukte\n\nGebühren", "BfArM"),
        ("Chamber of Commerce of Testland\n\nFees of devices", "Chamber of Commerce of Testland"),
        ("Fees of devices\n\nThe authority asks for a fee before it begins.", ""),
    ],
)
def test_a_publisher_is_an_organisation_of_the_list_or_of_the_letterhead(
    desk: Desk, opening: str, publisher: str
) -> None:
    outcome = one_taken(desk.add(desk.write("fees.txt", f"{opening}\n\n{COMMON}")))
    assert outcome.document.metadata.publisher == publisher
    grade = graded(outcome.open[Matter.METADATA])["publisher"]
    assert grade is (Confidence.LIKELY if publisher else Confidence.GUESS), "no file states it here"
