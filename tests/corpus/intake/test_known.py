"""What of the files that are taken in is known, and what has changed."""

from __future__ import annotations

import threading
from dataclasses import replace

import docx
import pytest

from corpus.catalogue.records import Matter
from corpus.documents import Reuse, Stage
from corpus.errors import (
    DraftInWork,
    EditConflict,
)
from corpus.intake.intake import AlreadyKnown, IntakeOptions, IntakeOutcome
from tests.corpus.intake.desk import COMMON, EDITED, OTHER, PUBLISHED, TEXT, Desk, kinds, one_refused, one_taken, taken
from tests.made_files import pdf

# What is known


def test_adding_a_folder_twice_changes_nothing(desk: Desk) -> None:
    desk.write("a/device.md", TEXT)
    desk.write("a/food.md", OTHER)
    desk.add()
    before = desk.state()
    assert set(kinds(desk.add()).values()) == {"AlreadyKnown"}
    assert desk.state() == before


def test_renamed_files_and_folders_change_nothing(desk: Desk) -> None:
    desk.write("a/device.md", TEXT)
    desk.write("food.md", OTHER)
    desk.add()
    before = desk.state()
    (desk.folder / "a/device.md").rename(desk.folder / "renamed.md")
    (desk.folder / "food.md").rename(desk.folder / "a/new name.txt")
    desk.folder = desk.folder.rename(desk.folder.with_name("moved"))
    assert set(kinds(desk.add()).values()) == {"AlreadyKnown"}
    assert desk.state() == before


def test_the_same_text_in_another_format_is_known(desk: Desk) -> None:
    desk.write("a.md", TEXT)
    written = docx.Document()
    for line in filter(None, TEXT.split("\n")):
        written.add_heading(line.lstrip("# "), line.count("#")) if line.startswith("#") else written.add_paragraph(line)
    written.save(str(desk.folder / "b.docx"))
    assert kinds(desk.add()) == {"a.md": "Taken", "b.docx": "AlreadyKnown"}


def test_the_shipped_documents_are_known(desk: Desk) -> None:
    [outcome] = desk.add(desk.house.library / "japan" / "devices.md")
    assert isinstance(outcome, AlreadyKnown)
    assert outcome.document.id == "japan/devices"


def test_a_file_whose_document_was_edited_since_is_still_known(desk: Desk) -> None:
    path = desk.write("device.md", TEXT)
    document = one_taken(desk.add(path)).document
    desk.house.edit(document.id, "Somebody wrote it anew on the desk.")
    [outcome] = desk.add(path)
    assert isinstance(outcome, AlreadyKnown)
    assert outcome.document.version.number == 1


# What has changed


def test_one_edited_file_is_one_new_version_and_readers_keep_the_old_one(desk: Desk) -> None:
    desk.write("device.md", TEXT)
    desk.write("food.md", OTHER)
    desk.add(said=PUBLISHED)
    desk.write("device.md", EDITED)
    outcomes = desk.add()
    assert kinds(outcomes) == {"device.md": "Taken", "food.md": "AlreadyKnown"}
    [outcome] = taken(outcomes)
    assert (outcome.before, outcome.document.version.number, outcome.document.stage) == (1, 2, Stage.DRAFT)
    assert desk.catalogue.document(outcome.document.id).version.number == 1


def test_a_published_file_that_has_changed_is_published_in_its_place(desk: Desk) -> None:
    path = desk.write("device.md", TEXT)
    desk.add(path)
    desk.write("device.md", EDITED)
    outcome = one_taken(desk.add(path, PUBLISHED))
    versions = desk.catalogue.versions(outcome.document.id)
    assert [version.stage for version in versions] == [Stage.SUPERSEDED, Stage.PUBLISHED]
    assert desk.catalogue.draft(outcome.document.id) is None


def test_a_moved_and_edited_file_is_a_new_version_of_the_same_document(desk: Desk) -> None:
    desk.write("old/device.md", TEXT)
    document = one_taken(desk.add()).document
    (desk.folder / "old/device.md").unlink()
    desk.write("new/device.md", EDITED)
    assert one_taken(desk.add()).document.id == document.id


def test_two_files_of_one_name_are_two_documents(desk: Desk) -> None:
    desk.write("a/device.md", TEXT)
    first = one_taken(desk.add()).document
    desk.write("b/device.md", EDITED)
    [second] = taken(desk.add())
    assert second.document.id != first.id
    assert first.id in second.open[Matter.RESEMBLANCE]


def test_a_file_of_a_known_name_with_another_text_is_another_document(desk: Desk) -> None:
    path = desk.write("device.md", TEXT)
    first = one_taken(desk.add(path)).document
    desk.write("device.md", OTHER)
    second = one_taken(desk.add(path))
    assert (second.document.id != first.id, second.before) == (True, None)


def test_what_was_settled_about_a_document_holds_for_its_next_version(desk: Desk) -> None:
    path = desk.write("device.md", TEXT)
    document = one_taken(desk.add(path, IntakeOptions(reuse=Reuse.CITE_ONLY))).document
    confirmed = replace(document.metadata, title="What we call it", markets=frozenset({"usa"}))
    desk.catalogue.confirm(document.id, 1, confirmed, who="ben")
    desk.write("device.md", EDITED)
    said = one_taken(desk.add(path)).document.metadata
    assert (said.title, said.markets, said.reuse) == ("What we call it", frozenset({"usa"}), Reuse.CITE_ONLY)


def test_a_draft_that_somebody_writes_is_not_taken_from_them(desk: Desk) -> None:
    path = desk.write("device.md", TEXT)
    document = one_taken(desk.add(path, PUBLISHED)).document
    desk.house.edit(document.id, "Half a thought", who="ben")
    desk.write("device.md", EDITED)
    error = one_refused(desk.add(path)).error
    assert isinstance(error, DraftInWork)
    assert "ben has a draft in work" in str(error)


def test_any_file_can_be_made_the_draft_of_a_document(desk: Desk) -> None:
    path = desk.write("device.pdf", pdf([["The review of a device takes nine months, says the new paper."]]))
    document = desk.intake().revise("japan/devices", path, why="a PDF came")
    assert (document.stage, document.metadata.title) == (Stage.DRAFT, "Devices in Japan")
    assert [event.why for event in desk.catalogue.history(document.id)][-1] == "a PDF came"
    with pytest.raises(EditConflict):
        desk.intake().revise("japan/devices", path, began_from=1)


# Same name, another document


OF_JAPAN = f"In Japan a device of class II is certified. The fee is 380,000 yen, and Japan asks for a file.\n\n{COMMON}"
OF_BRAZIL = (
    f"In Brazil a device of class II is notified. The fee is 1,200 reais, and Brazil asks for a form.\n\n{COMMON}"
)
OF_ALBA = f"Grants in Alba: a small firm gets up to 40,000 euros for an export plan until April.\n\n{COMMON}"
OF_BRINA = (
    f"Support in Brina: each university receives 75,000 euros towards clinical studies before October.\n\n{COMMON}"
)


@pytest.mark.parametrize(("one", "other"), [(OF_JAPAN, OF_BRAZIL), (OF_ALBA, OF_BRINA)], ids=["markets", "regions"])
@pytest.mark.parametrize("single", [True, False], ids=["files", "folders"])
def test_a_file_of_the_same_name_that_is_about_something_else_is_asked_about(
    desk: Desk, one: str, other: str, single: bool
) -> None:
    first, second = desk.write("one/leaflet.txt", one), desk.write("two/leaflet.txt", other)
    kept = one_taken(desk.add(first if single else first.parent, PUBLISHED)).document
    outcome = one_taken(desk.add(second if single else second.parent, PUBLISHED))
    assert (outcome.document.id != kept.id, outcome.before) == (True, None)
    assert kept.id in outcome.open[Matter.RESEMBLANCE]
    assert outcome.document.stage is Stage.DRAFT, "to publish what is added is no answer to that question"
    assert desk.catalogue.document(kept.id).version.number == 1


def test_whoever_was_asked_says_of_which_document_a_file_is_the_next_version(desk: Desk) -> None:
    kept = one_taken(desk.add(desk.write("one/leaflet.txt", OF_ALBA), PUBLISHED)).document
    second = desk.write("two/leaflet.txt", OF_BRINA)
    outcome = one_taken(desk.add(second, IntakeOptions(document_id=kept.id)))
    assert (outcome.document.id, outcome.before) == (kept.id, 1)


def test_a_folder_of_leaflets_of_one_name_is_as_many_documents(desk: Desk) -> None:
    for name, text in (("japan", OF_JAPAN), ("brazil", OF_BRAZIL), ("alba", OF_ALBA)):
        desk.write(f"{name}/leaflet.txt", text)
    assert len({outcome.document.id for outcome in taken(desk.add())}) == 3


# Several at once


def test_two_who_add_the_same_folder_at_once_take_each_file_once(desk: Desk) -> None:
    for number in range(12):
        desk.write(f"{number}.md", f"# Paper {number}\n\n" + f"Sentence {number} says something of its own kind. " * 9)
    outcomes: list[list[IntakeOutcome]] = []

    def work() -> None:
        outcomes.append(desk.add())

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(len(taken(some)) for some in outcomes) == 12
    assert len([known for known in desk.catalogue.documents() if known.origin.startswith("papers/")]) == 12
