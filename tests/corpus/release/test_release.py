"""Upgrades: what a release changes, and what staff have made their own."""

from __future__ import annotations

import pytest

from corpus.catalogue.records import RELEASE
from corpus.differences import FieldChange, compare
from corpus.documents import Access, Stage
from corpus.errors import EditConflict, WasPurged
from corpus.front_matter import read_version
from corpus.passages import split_markdown
from corpus.release.release import bring_in, bring_in_anew
from index.removal import finish_purges, purge
from tests.conftest import TODAY, House, write_document

DEVICES, FOOD = "japan/devices", "brazil/food"
NEW = "The new release says 9 months."


def ship(house: House, document_id: str, body: str) -> list[str]:
    """A release that changes one document."""
    write_document(house.library, document_id, house.catalogue.document(document_id).metadata.title, body)
    return bring_in(house.catalogue, house.library)


def stages(house: House, document_id: str) -> list[tuple[int, Stage, str]]:
    return [
        (known.version.number, known.stage, known.version.added_by) for known in house.catalogue.versions(document_id)
    ]


def test_bringing_in_the_same_library_again_changes_nothing(house: House) -> None:
    position = house.catalogue.position
    assert bring_in(house.catalogue, house.library) == []
    bring_in_anew(house.catalogue)
    assert bring_in(house.catalogue, house.library) == []
    assert house.catalogue.position == position


def test_a_document_that_staff_never_touched_follows_the_release(house: House) -> None:
    house.catalogue.still_valid([DEVICES], until=TODAY.replace(year=2028), today=TODAY, who="ana", note="")
    house.catalogue.source_changed("law", who="ana", note="")
    house.catalogue.comment(DEVICES, "Hm.", who="ana")
    assert ship(house, DEVICES, NEW) == [DEVICES]
    assert stages(house, DEVICES) == [(1, Stage.SUPERSEDED, RELEASE), (2, Stage.PUBLISHED, RELEASE)]


def test_beside_an_edited_document_the_release_arrives_as_a_draft_with_the_difference_to_be_seen(house: House) -> None:
    house.edit(DEVICES, "Staff say 10 months.")
    house.review(DEVICES)
    assert ship(house, DEVICES, NEW) == [DEVICES]
    assert stages(house, DEVICES) == [
        (1, Stage.SUPERSEDED, RELEASE),
        (2, Stage.PUBLISHED, "ana"),
        (3, Stage.DRAFT, RELEASE),
    ]
    difference = compare(house.catalogue.document(DEVICES).version, house.catalogue.document(DEVICES, 3).version)
    assert difference.fields == ()
    assert "-Staff say 10 months. [law]" in difference.body
    assert f"+{NEW} [law]" in difference.body
    assert "staff have made this document their own" in house.catalogue.history(DEVICES)[-1].why
    house.review(DEVICES)
    assert not house.catalogue.document(DEVICES).version.self_reviewed


def test_a_release_that_staff_have_not_taken_yet_gives_way_to_the_next_one(house: House) -> None:
    house.edit(DEVICES, "Staff say 10 months.")
    house.review(DEVICES)
    ship(house, DEVICES, NEW)
    ship(house, DEVICES, "Newer still.")
    assert stages(house, DEVICES)[2:] == [(3, Stage.SUPERSEDED, RELEASE), (4, Stage.DRAFT, RELEASE)]


def test_a_draft_that_staff_have_open_is_not_taken_from_them(house: House) -> None:
    house.edit(DEVICES, "Staff begin to write.")
    assert ship(house, DEVICES, NEW) == [DEVICES]
    assert stages(house, DEVICES) == [
        (1, Stage.PUBLISHED, RELEASE),
        (2, Stage.DRAFT, "ana"),
        (3, Stage.SUPERSEDED, RELEASE),
    ]
    assert "kept aside" in house.catalogue.history(DEVICES)[-1].why
    house.edit(DEVICES, "Staff write on.", began_from=2)
    with pytest.raises(EditConflict):
        house.catalogue.restore(DEVICES, 3, began_from=2, who="ana", why="")
    house.catalogue.restore(DEVICES, 3, began_from=4, who="ana", why="the release's after all")
    assert bring_in(house.catalogue, house.library) == []


@pytest.mark.parametrize("act", ["withdrawn", "for members"])
def test_withdrawing_a_document_or_closing_it_is_touching_it_and_no_release_opens_it_again(
    house: House, act: str
) -> None:
    if act == "withdrawn":
        house.catalogue.move(DEVICES, Stage.WITHDRAWN, who="ana", why="wrong")
    else:
        house.catalogue.set_terms([DEVICES], access=Access.MEMBERS, who="ana", why="")
    before = house.catalogue.document(DEVICES)
    ship(house, DEVICES, NEW)
    assert house.catalogue.document(DEVICES) == before
    assert stages(house, DEVICES)[-1] == (2, Stage.DRAFT, RELEASE)


def test_what_is_not_shipped_any_more_is_withdrawn_unless_staff_have_made_it_their_own(house: House) -> None:
    house.edit(FOOD, "Staff write on food.")
    house.review(FOOD)
    for document_id in (DEVICES, FOOD):
        (house.library / f"{document_id}.md").unlink()
    assert bring_in(house.catalogue, house.library) == [DEVICES]
    assert house.catalogue.document(DEVICES).stage is Stage.WITHDRAWN
    assert house.catalogue.history(DEVICES)[-1].why == "no longer shipped with the product"
    assert house.catalogue.document(FOOD).stage is Stage.PUBLISHED
    write_document(house.library, DEVICES, "Devices in Japan", "Shipped once more.")
    assert bring_in(house.catalogue, house.library) == [DEVICES]
    assert stages(house, DEVICES)[-1] == (2, Stage.PUBLISHED, RELEASE)


def test_what_staff_have_written_themselves_is_not_withdrawn_by_a_release(house: House) -> None:
    version = read_version(write_document(house.folder / "own", "own/one", "Our own", "Text."), "own/one")
    house.catalogue.add_version(
        version, split_markdown(version), origin="upload", stage=Stage.DRAFT, who="ana", why="", owner="biom"
    )
    house.review("own/one")
    bring_in_anew(house.catalogue)
    assert bring_in(house.catalogue, house.library) == []
    assert (house.catalogue.document("own/one").stage, house.catalogue.document("own/one").owner) == (
        *(Stage.PUBLISHED, "biom"),
    )


def test_what_was_purged_is_not_shipped_again_even_under_another_name_until_it_is_readmitted(house: House) -> None:
    purge(house.catalogue, [DEVICES], who="ana", why="asked to")
    write_document(house.library, "japan/renamed", "Devices in Japan", "x").write_bytes(
        (house.library / f"{DEVICES}.md").read_bytes()
    )
    assert bring_in(house.catalogue, house.library) == []
    version = read_version(house.library / "japan/renamed.md", "japan/renamed")
    with pytest.raises(WasPurged, match=r"ana purged 'japan/devices' on .* \(asked to\).*corpus readmit japan/devices"):
        house.catalogue.add_version(
            version, split_markdown(version), origin="upload", stage=Stage.DRAFT, who="ben", why=""
        )
    finish_purges(house.catalogue, house.index, house.cache)
    house.catalogue.readmit(DEVICES, who="ana", why="they agree now")
    bring_in_anew(house.catalogue)
    assert sorted(bring_in(house.catalogue, house.library)) == [DEVICES, "japan/renamed"]
    assert stages(house, DEVICES) == [(1, Stage.DRAFT, RELEASE)]


def test_a_difference_names_the_fields_that_changed_with_each_summary_and_source_apart(house: House) -> None:
    house.edit(DEVICES, "New.")
    path = write_document(house.folder / "more", DEVICES, "Devices", "New.", access="members")
    text = path.read_text("utf-8").replace("date: 2025-03", "date: 2026-01").replace("en 3 pasos", "en 4 pasos")
    path.write_text(text.replace("topics: [devices]", "topics: [devices, costs]\nexpires_on: 2027-01-01"), "utf-8")
    changes = compare(house.catalogue.document(DEVICES, 2).version, read_version(path, DEVICES)).fields
    assert {change.field for change in changes} == {
        *("title", "topics", "access", "expires_on", "summary_hash", "sources.law"),
        *(f"summary.{language}" for language in ("en", "ca", "es", "fr", "it", "de")),
    }
    assert FieldChange("expires_on", None, "2027-01-01") in changes
    assert FieldChange("topics", "devices", "costs, devices") in changes
