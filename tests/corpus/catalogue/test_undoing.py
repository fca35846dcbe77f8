"""What a person did last to documents, undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from corpus.catalogue.records import Action, Confirmation, Matter
from corpus.documents import Access, Document, Passage, Reuse, Stage
from corpus.errors import NothingToUndo
from corpus.passages import split_markdown
from tests.conftest import House

DEVICES, FOOD = "japan/devices", "brazil/food"


def state(house: House, *keys: str) -> dict[str, object]:
    """All that an act can change."""
    return {
        key: [
            [(known, known.stage) for known in house.catalogue.versions(key)],
            house.catalogue.flags(key),
            [house.catalogue.concerns(key, known.version.number) for known in house.catalogue.versions(key)],
            [passage for known in house.catalogue.versions(key) for passage in passages(house, known)],
        ]
        for key in keys
    }


def passages(house: House, known: Document) -> list[Passage]:
    return house.catalogue.passages_of(known.id, known.version.number)


def test_publishing_many_is_undone_with_all_that_it_changed(house: House) -> None:
    for key in (DEVICES, FOOD):
        house.edit(key, "It is told anew.")
    house.catalogue.move_all({DEVICES: None, FOOD: None}, Stage.IN_REVIEW, who="ana", why="")
    before, position = state(house, DEVICES, FOOD), house.catalogue.position
    house.catalogue.move_all({DEVICES: None, FOOD: None}, Stage.PUBLISHED, who="rosa", why="fine")
    assert house.catalogue.document(DEVICES).version.number == 2
    batch = house.catalogue.last_batch("rosa")
    assert batch is not None
    assert (batch.act, batch.documents) == (Stage.PUBLISHED, (FOOD, DEVICES))
    house.catalogue.undo(who="rosa")
    assert state(house, DEVICES, FOOD) == before
    assert house.catalogue.position > position + 1, "the index follows both times"
    assert house.catalogue.history(DEVICES)[-1].act is Action.UNDONE
    with pytest.raises(NothingToUndo):
        house.catalogue.undo(who="rosa")


def test_terms_validity_and_confirmations_are_undone(house: House) -> None:
    catalogue, day = house.catalogue, date.today()
    catalogue.source_changed("law", who="ana", note="new")
    before = state(house, DEVICES, FOOD)
    catalogue.set_terms([DEVICES, FOOD], access=Access.STAFF, owner="biom", who="rosa", why="")
    catalogue.undo(who="rosa")
    assert state(house, DEVICES, FOOD) == before
    catalogue.still_valid([DEVICES, FOOD], until=day + timedelta(days=99), today=day, who="rosa", note="")
    catalogue.undo(who="rosa")
    assert state(house, DEVICES, FOOD) == before

    known = catalogue.document(DEVICES)
    draft = replace(known.version, document_id="x/draft")
    concerns = {Matter.METADATA: "They are proposals.", Matter.REUSE: "Nobody has said."}
    catalogue.add_version(
        draft, split_markdown(draft), origin="t", stage=Stage.DRAFT, who="ada", why="", concerns=concerns
    )
    before = state(house, "x/draft")
    said = replace(known.metadata, title="Other", language="fr", reuse=Reuse.CITE_ONLY)
    catalogue.confirm_all([Confirmation("x/draft", 1, said)], who="ada", submit=True)
    catalogue.undo(who="ada")
    assert state(house, "x/draft") == before


def test_what_somebody_has_changed_since_is_not_undone(house: House) -> None:
    house.catalogue.move_all({DEVICES: None}, Stage.WITHDRAWN, who="rosa", why="old")
    assert house.catalogue.last_batch("rosa") is not None
    assert house.catalogue.last_batch("ada") is None
    house.catalogue.move(DEVICES, Stage.DRAFT, who="ben", why="")
    assert house.catalogue.last_batch("rosa") is None
    with pytest.raises(NothingToUndo):
        house.catalogue.undo(who="rosa")
    assert house.catalogue.document(DEVICES).stage is Stage.DRAFT


def test_what_was_purged_is_in_no_note(house: House) -> None:
    house.catalogue.set_terms([DEVICES, FOOD], owner="biom", who="rosa", why="")
    house.catalogue.purge({FOOD: []}, who="anna", why="wrong")
    assert house.catalogue.last_batch("rosa") is None
    assert not house.catalogue.note("last-batch/rosa")
