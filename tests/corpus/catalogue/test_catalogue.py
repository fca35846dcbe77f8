"""The catalogue: versions and their lives, and several processes at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.records import Action, Upload
from corpus.documents import Access, Reuse, Stage
from corpus.errors import (
    BadDate,
    EditConflict,
    MoveNotAllowed,
    NotPublished,
    UnknownDocument,
    UnknownSource,
    UnknownVersion,
)
from corpus.store import StoreUnavailable
from tests.conftest import TODAY, House
from tests.servers import in_files

DEVICES = "japan/devices"


def texts(house: House, document_id: str = DEVICES, number: int | None = None) -> str:
    return " ".join(passage.text for passage in house.catalogue.passages_of(document_id, number))


def acts(house: House, document_id: str = DEVICES) -> list[tuple[str, str | None, str | None, str]]:
    return [(event.act, event.before, event.after, event.who) for event in house.catalogue.history(document_id)]


# Versions


def test_an_edit_is_a_draft_beside_the_published_version_which_readers_go_on_reading(house: House) -> None:
    draft = house.edit(DEVICES, "Everything is new since 2026.", who="ana")
    assert (draft.stage, draft.version.number, draft.version.added_by) == (Stage.DRAFT, 2, "ana")
    shown = house.catalogue.document(DEVICES)
    assert (shown.stage, shown.version.number) == (Stage.PUBLISHED, 1)
    assert house.catalogue.draft(DEVICES) == draft
    published = " ".join(passage.text for passage, _ in house.catalogue.published())
    assert "12 months" in published
    assert "Everything is new" not in published


def test_a_published_draft_takes_the_place_of_the_version_before_in_one_step(house: House) -> None:
    before = [passage.id for passage in house.catalogue.passages_of(DEVICES)]
    house.edit(DEVICES, "Everything is new since 2026.")
    house.review(DEVICES)
    document = house.catalogue.document(DEVICES)
    assert (document.stage, document.version.number) == (Stage.PUBLISHED, 2)
    assert house.catalogue.current(before) == {}
    assert house.catalogue.document(DEVICES, 1).stage is Stage.SUPERSEDED
    assert house.catalogue.draft(DEVICES) is None


def test_a_second_editor_is_told_who_was_first_and_nothing_is_overwritten(house: House) -> None:
    house.edit(DEVICES, "Ana's text.", who="ana", began_from=1)
    with pytest.raises(
        EditConflict,
        match=r"ana has changed 'japan/devices' since you began from version 1, last on 20\d\d-.*look at version 2",
    ):
        house.edit(DEVICES, "Ben's text.", who="ben", began_from=1)
    assert [document.version.number for document in house.catalogue.versions(DEVICES)] == [1, 2]
    assert "Ana's text." in texts(house, number=2)
    house.edit(DEVICES, "Ana's and Ben's text.", who="ben", began_from=2)
    assert house.catalogue.document(DEVICES, 2).stage is Stage.SUPERSEDED
    assert house.catalogue.document(DEVICES, 3).stage is Stage.DRAFT


def test_who_began_before_a_draft_was_discarded_is_told_as_well(house: House) -> None:
    house.edit(DEVICES, "Ana's text.", who="ana")
    house.catalogue.move(DEVICES, Stage.WITHDRAWN, who="cleo", why="no", number=2)
    with pytest.raises(EditConflict, match="cleo has changed"):
        house.edit(DEVICES, "Ben's text.", who="ben", began_from=2)


def test_an_edit_while_a_draft_is_in_review_has_to_be_submitted_again(house: House) -> None:
    house.edit(DEVICES, "One.")
    house.catalogue.move(DEVICES, Stage.IN_REVIEW, who="ana", why="done")
    house.edit(DEVICES, "Two.")
    with pytest.raises(MoveNotAllowed, match="is draft and cannot become published"):
        house.catalogue.move(DEVICES, Stage.PUBLISHED, who="ben", why="")
    with pytest.raises(EditConflict):
        house.catalogue.move(DEVICES, Stage.PUBLISHED, who="ben", why="what I read", number=2)


def test_a_restored_version_is_a_draft_with_its_old_words_and_todays_readers(house: House) -> None:
    house.edit(DEVICES, "Everything is new since 2026.")
    house.review(DEVICES)
    house.catalogue.set_terms([DEVICES], access=Access.MEMBERS, who="ana", why="")
    restored = house.catalogue.restore(DEVICES, 1, began_from=2, who="ana", why="the old one was right")
    assert (restored.stage, restored.version.number) == (Stage.DRAFT, 3)
    assert "12 months" in texts(house, number=3)
    assert restored.metadata.access is Access.MEMBERS
    assert house.catalogue.document(DEVICES).version.number == 2
    assert acts(house)[-1] == (Action.RESTORED, "1", "draft", "ana")
    with pytest.raises(UnknownVersion, match="'japan/devices' has no version 9"):
        house.catalogue.restore(DEVICES, 9, began_from=3, who="ana", why="")
    with pytest.raises(EditConflict):
        house.catalogue.restore(DEVICES, 1, began_from=2, who="ben", why="")


def test_an_original_is_kept_unchanged_with_its_version_and_goes_with_a_restored_one(house: House) -> None:
    data = bytes(range(256)) * 100
    draft = house.edit(DEVICES, "Read from a file.", upload=Upload("devices.pdf", "application/pdf", data))
    original = house.catalogue.original(DEVICES, draft.version.number)
    assert original is not None
    assert (original.name, original.media_type) == ("devices.pdf", "application/pdf")
    assert house.catalogue.originals.read(original.digest) == data
    assert house.catalogue.original(DEVICES, 1) is None
    house.edit(DEVICES, "Written by hand.")
    restored = house.catalogue.restore(DEVICES, 2, began_from=3, who="ana", why="")
    again = house.catalogue.original(DEVICES, restored.version.number)
    assert again is not None
    assert again.digest == original.digest


# Review


def test_a_review_by_another_person_is_told_from_one_by_a_person_who_wrote_it(house: House) -> None:
    house.edit(DEVICES, "One.", who="ana")
    house.review(DEVICES, who="ben")
    by_another = house.catalogue.document(DEVICES).version
    assert (by_another.reviewed_by, by_another.self_reviewed) == ("ben", False)
    house.edit(DEVICES, "Two.", who="ana")
    house.review(DEVICES, who="ana")
    alone = house.catalogue.document(DEVICES).version
    assert (alone.reviewed_by, alone.self_reviewed) == ("ana", True)


def test_who_wrote_an_earlier_state_of_a_draft_has_a_hand_in_it(house: House) -> None:
    house.edit(DEVICES, "Most of it.", who="ana")
    house.edit(DEVICES, "Most of it, with a comma.", who="ben")
    house.review(DEVICES, who="ana")
    assert house.catalogue.document(DEVICES).version.self_reviewed


def test_who_wrote_what_was_published_before_has_no_hand_in_a_new_draft(house: House) -> None:
    house.edit(DEVICES, "One.", who="ana")
    house.review(DEVICES, who="ben")
    house.edit(DEVICES, "Two.", who="ben")
    house.review(DEVICES, who="ana")
    assert not house.catalogue.document(DEVICES).version.self_reviewed


def test_a_review_ends_when_the_document_goes_back_to_its_author(house: House) -> None:
    house.edit(DEVICES, "One.", who="ana")
    house.review(DEVICES, who="ben")
    house.catalogue.move(DEVICES, Stage.WITHDRAWN, who="ben", why="wrong")
    assert house.catalogue.document(DEVICES).version.reviewed_by == "ben"
    house.catalogue.move(DEVICES, Stage.DRAFT, who="ana", why="to be mended")
    assert house.catalogue.document(DEVICES).version.reviewed_by is None


# Moves


def test_a_move_that_the_table_does_not_hold_is_refused_with_those_that_are_allowed(house: House) -> None:
    with pytest.raises(MoveNotAllowed, match="published and cannot become draft; it can become withdrawn"):
        house.catalogue.move(DEVICES, Stage.DRAFT, who="ana", why="")


def test_moves_of_many_documents_happen_all_or_not_at_all(house: House) -> None:
    position = house.catalogue.position
    with pytest.raises(UnknownDocument, match="no document 'x/y'"):
        house.catalogue.move_all({DEVICES: None, "x/y": None}, Stage.WITHDRAWN, who="ana", why="")
    assert house.catalogue.document(DEVICES).stage is Stage.PUBLISHED
    assert (house.catalogue.position, len(acts(house))) == (position, 1)
    house.catalogue.move_all({DEVICES: None, "brazil/food": 1}, Stage.WITHDRAWN, who="ana", why="")
    assert {document.id for document in house.catalogue.documents(Stage.WITHDRAWN)} == {DEVICES, "brazil/food"}


def test_the_history_tells_every_act_with_who_and_why(house: House) -> None:
    house.edit(DEVICES, "New.", who="ana", why="fees changed")
    house.review(DEVICES, who="ben")
    house.catalogue.set_terms(
        [DEVICES], access=Access.MEMBERS, reuse=Reuse.QUOTE, owner="biom", who="cleo", why="theirs"
    )
    house.catalogue.still_valid([DEVICES], until=date(2028, 1, 3), today=TODAY, who="dan", note="called them")
    assert acts(house) == [
        ("added", None, "published", "release"),
        ("revised", "1", "draft", "ana"),
        ("moved", "draft", "in-review", "ben"),
        ("moved", "in-review", "published", "ben"),
        ("access", "public", "members", "cleo"),
        ("owner", "", "biom", "cleo"),
        ("still-valid", "2027-05-11", "2028-01-03", "dan"),
    ]
    whys = [event.why for event in house.catalogue.history(DEVICES)]
    assert (whys[1], whys[-2], whys[-1]) == ("fees changed", "theirs", "called them")


def test_an_unknown_document_is_told_by_name(house: House) -> None:
    with pytest.raises(UnknownDocument, match="no document 'x/y'"):
        house.catalogue.document("x/y")


def test_only_a_change_of_what_is_published_moves_the_position(house: House) -> None:
    before = house.catalogue.position
    house.edit(DEVICES, "New.")
    house.catalogue.comment(DEVICES, "Really?", who="ben")
    house.catalogue.move(DEVICES, Stage.IN_REVIEW, who="ana", why="")
    assert house.catalogue.position == before
    house.catalogue.move(DEVICES, Stage.PUBLISHED, who="ben", why="")
    assert house.catalogue.position == before + 1
    house.catalogue.move(DEVICES, Stage.WITHDRAWN, who="ben", why="")
    assert house.catalogue.position == before + 2


# Terms, comments, keeping it true


def test_terms_hold_for_the_draft_too_so_that_publishing_it_does_not_undo_them(house: House) -> None:
    house.edit(DEVICES, "New.")
    house.catalogue.set_terms([DEVICES], access=Access.STAFF, reuse=Reuse.INTERNAL, owner="biocat", who="ana", why="")
    house.review(DEVICES)
    document = house.catalogue.document(DEVICES)
    assert (document.version.number, document.metadata.access, document.metadata.reuse, document.owner) == (
        *(2, Access.STAFF, Reuse.INTERNAL, "biocat"),
    )


def test_comments_stand_with_the_version_they_were_made_on(house: House) -> None:
    house.edit(DEVICES, "New.")
    house.catalogue.comment(DEVICES, "Since when?", who="ben", number=2)
    house.catalogue.comment(DEVICES, "Fine.", who="ana")
    assert [(comment.version, comment.who, comment.text) for comment in house.catalogue.comments(DEVICES)] == [
        (2, "ben", "Since when?"),
        (1, "ana", "Fine."),
    ]


def test_overdue_and_soon_due_documents_are_listed_and_still_valid_gives_them_a_new_date(house: House) -> None:
    the_day = house.catalogue.document(DEVICES).metadata.review_by
    assert house.catalogue.due(the_day) == []
    overdue = [document.id for document in house.catalogue.due(the_day + timedelta(days=1))]
    assert overdue == ["brazil/food", DEVICES, "japan/staff-notes"]
    house.catalogue.still_valid(overdue[:2], until=date(2028, 1, 3), today=TODAY, who="ana", note="")
    assert [document.id for document in house.catalogue.due(date(2027, 12, 1))] == ["japan/staff-notes"]
    assert house.catalogue.document(DEVICES).version.number == 1


def test_only_what_is_published_is_still_valid_and_only_until_a_day_to_come(house: House) -> None:
    house.catalogue.move("brazil/food", Stage.WITHDRAWN, who="ana", why="")
    with pytest.raises(NotPublished, match="'brazil/food' is withdrawn"):
        house.catalogue.still_valid([DEVICES, "brazil/food"], until=date(2028, 1, 3), today=TODAY, who="a", note="")
    assert house.catalogue.document(DEVICES).metadata.review_by == date(2027, 5, 11)
    with pytest.raises(BadDate, match="not a day to come"):
        house.catalogue.still_valid([DEVICES], until=TODAY, today=TODAY, who="a", note="")


@pytest.mark.parametrize("source", ["law", "https://example.org/law", "ministry", "the LAW"])
def test_documents_are_found_by_a_sources_key_address_title_or_publisher(house: House, source: str) -> None:
    assert [document.id for document in house.catalogue.resting_on(source)] == [
        *("brazil/food", DEVICES, "japan/staff-notes"),
    ]
    assert house.catalogue.resting_on("https://example.org") == []


def flagged(house: House) -> list[tuple[str, int]]:
    return [(document.id, document.version.number) for document in house.catalogue.flagged()]


def test_a_changed_source_flags_all_that_rests_on_it_until_it_is_looked_at_or_written_anew(house: House) -> None:
    house.edit(DEVICES, "A draft that rests on it too.")
    house.catalogue.source_changed("law", who="ana", note="new fees")
    assert flagged(house) == [("brazil/food", 1), (DEVICES, 1), (DEVICES, 2), ("japan/staff-notes", 1)]
    assert [(flag.source, flag.who, flag.note) for flag in house.catalogue.flags("brazil/food")] == [
        ("law", "ana", "new fees")
    ]
    house.catalogue.still_valid(["brazil/food"], until=date(2028, 1, 3), today=TODAY, who="ana", note="")
    house.edit(DEVICES, "With the new fees.")
    assert flagged(house) == [(DEVICES, 1), ("japan/staff-notes", 1)]
    house.review(DEVICES)
    assert flagged(house) == [("japan/staff-notes", 1)]
    with pytest.raises(UnknownSource, match="No document rests on 'nothing'"):
        house.catalogue.source_changed("nothing", who="ana", note="")


# Several processes


def test_a_catalogue_that_is_no_database_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    path.write_bytes(b"this is no database, only some bytes that pretend" * 100)
    with pytest.raises(StoreUnavailable, match=r"is damaged .* restore a backup"):
        Catalogue(path)


_WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from corpus.catalogue.catalogue import Catalogue
from corpus.passages import split
from corpus.documents import Section
catalogue = Catalogue(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    document = catalogue.document("japan/devices")
    version = replace(document.version, body=f"text {number}", digest=str(number))
    added = catalogue.add_version(version, split(version, [Section("S", f"Text number {number}.")]),
                                  origin="test", stage=document.stage, who="w", why="")
    print(added.version.number, flush=True)
"""


@pytest.mark.servers
@in_files
@pytest.mark.parametrize("wait", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_a_killed_writer_loses_nothing_it_had_acknowledged_and_leaves_no_half_version(
    house: House, wait: float
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(house.folder / "catalogue.sqlite"), "100000"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(wait)
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged = [int(line) for line in writer.stdout.read().split()] or [2]
    writer.wait()
    writer.stdout.close()
    document = house.catalogue.document("japan/devices")
    assert document.version.number >= acknowledged[-1]
    assert f"Text number {document.version.body.split()[-1]}." in {
        passage.text for passage in house.catalogue.passages_of("japan/devices")
    }
