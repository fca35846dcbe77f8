"""Exports and imports: what leaves one home arrives in another, and nothing there is overwritten."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from corpus.catalogue import tables
from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.exchange import BadExport, ExportUnwritable, export_to, import_from
from corpus.catalogue.records import Action, Upload
from corpus.documents import Access, Stage
from corpus.front_matter import parse
from corpus.release.release import bring_in, bring_in_anew
from index.removal import purge
from tests.conftest import House, word_vectors, write_document
from tests.servers import Places

DEVICES, FOOD, NOTES = "japan/devices", "brazil/food", "japan/staff-notes"


@pytest.fixture(scope="module")
def lived_in_as_built(house_as_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that `lived_in` copies."""
    house = House(Path(shutil.copytree(house_as_built, tmp_path_factory.mktemp("lived-in") / "home")), word_vectors())
    house.edit(DEVICES, "Staff say 10 months — «dix mois».", upload=Upload("a.pdf", "application/pdf", b"\x00PDF\xff"))
    house.review(DEVICES)
    house.edit(DEVICES, "A draft that is not ready.")
    house.catalogue.comment(DEVICES, "Not yet.", who="ben")
    house.catalogue.set_terms([DEVICES], access=Access.MEMBERS, owner="biom", who="ana", why="theirs")
    house.catalogue.source_changed("law", who="ana", note="new")
    write_document(house.library, "japan/gone", "Gone", "Will be purged.")
    house.publish()
    purge(house.catalogue, ["japan/gone"], who="ana", why="asked to")
    house.catalogue.finish_purges(["japan/gone"])
    house.catalogue.close()
    return house.folder


@pytest.fixture
def lived_in(lived_in_as_built: Path, tmp_path: Path, places: Places) -> Iterator[House]:
    """A home in which people have worked: edits, a review, an original, a comment, a flag, terms, a purge."""
    house = House(Path(shutil.copytree(lived_in_as_built, tmp_path / "home")), word_vectors(), places)
    yield house
    house.catalogue.close()


@pytest.fixture
def empty(tmp_path: Path, places: Places) -> Iterator[Catalogue]:
    (tmp_path / "empty").mkdir()
    catalogue = Catalogue(places(tmp_path / "empty" / "catalogue.sqlite"))
    yield catalogue
    catalogue.close()


def rows(catalogue: Catalogue, *, without: tuple[str, ...] = ("notes",)) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, but for numbers of rows and what an import adds to the history."""
    with catalogue.store.reading() as connection:
        return {
            table.name: sorted(
                (
                    {name: value for name, value in row.items() if not (name == "id" and table.name == "history")}
                    for row in connection.execute(select(table)).mappings()
                    if row.get("act") != Action.IMPORTED
                ),
                key=str,
            )
            for table in tables.SCHEMA.sorted_tables
            if table.name not in without
        }


def test_an_export_into_an_empty_home_carries_everything(lived_in: House, empty: Catalogue, tmp_path: Path) -> None:
    assert export_to(tmp_path / "e.zip", lived_in.catalogue) == 3
    imported = import_from(tmp_path / "e.zip", empty, who="dan")
    assert (imported.taken, imported.known, imported.conflicts) == ((FOOD, DEVICES, NOTES), (), {})
    assert rows(empty) == rows(lived_in.catalogue)
    original = empty.original(DEVICES, 2)
    assert original is not None
    assert empty.originals.read(original.digest) == b"\x00PDF\xff"
    assert [(event.act, event.who, event.why) for event in empty.history(FOOD)][-1] == (
        *(Action.IMPORTED, "dan", "imported from e.zip"),
    )


def test_people_can_read_an_export(lived_in: House, tmp_path: Path) -> None:
    export_to(tmp_path / "e.zip", lived_in.catalogue)
    with zipfile.ZipFile(tmp_path / "e.zip") as file:
        metadata, body = parse(file.read("documents/japan/devices@2.md").decode(), "d")
        history = [json.loads(line) for line in file.read("records/history.jsonl").splitlines()]
    assert metadata == lived_in.catalogue.document(DEVICES, 2).metadata
    assert "«dix mois»" in body
    assert {"document_id": DEVICES, "act": "access", "before": "public", "after": "members"}.items() <= next(
        event for event in history if event["act"] == "access"
    ).items()


def test_the_same_import_twice_changes_nothing_the_second_time(
    lived_in: House, empty: Catalogue, tmp_path: Path
) -> None:
    export_to(tmp_path / "e.zip", lived_in.catalogue)
    import_from(tmp_path / "e.zip", empty, who="dan")
    before = rows(empty)
    again = import_from(tmp_path / "e.zip", empty, who="dan")
    assert (again.taken, again.known) == ((), (FOOD, DEVICES, NOTES))
    assert rows(empty) == before


@pytest.fixture
def other(lived_in: House, tmp_path: Path, places: Places) -> Iterator[House]:
    """Another home with the same release."""
    house = House(tmp_path / "other", word_vectors(), places)
    bring_in(house.catalogue, lived_in.library)
    yield house
    house.catalogue.close()


def test_where_only_releases_have_been_at_work_the_work_of_people_arrives_and_purges_are_told(
    lived_in: House, other: House, tmp_path: Path
) -> None:
    export_to(tmp_path / "e.zip", lived_in.catalogue)
    imported = import_from(tmp_path / "e.zip", other.catalogue, who="dan")
    assert imported.taken == (FOOD, DEVICES, NOTES)  # all bear the flag
    assert other.catalogue.document(DEVICES).version.number == 2
    assert [tombstone.document_id for tombstone in imported.purged] == ["japan/gone"]
    write_document(lived_in.library, DEVICES, "Devices in Japan", "The next release.")
    bring_in_anew(other.catalogue)
    bring_in(other.catalogue, lived_in.library)
    assert other.catalogue.document(DEVICES).version.number == 2
    assert other.catalogue.document(DEVICES, 4).stage is Stage.SUPERSEDED


def test_what_people_have_changed_in_both_homes_is_told_and_left_alone_while_the_rest_arrives(
    lived_in: House, other: House, tmp_path: Path
) -> None:
    other.edit(DEVICES, "Ours.", who="eva")
    other.edit("japan/gone", "Ours too.", who="eva")
    export_to(tmp_path / "e.zip", lived_in.catalogue)
    before = other.catalogue.versions(DEVICES)
    imported = import_from(tmp_path / "e.zip", other.catalogue, who="dan")
    assert imported.conflicts == {
        DEVICES: "eva has changed it here",
        "japan/gone": "ana purged it there, and eva has changed it here",
    }
    assert other.catalogue.versions(DEVICES) == before
    assert imported.taken == (FOOD, NOTES)


def test_what_was_purged_here_does_not_come_back_by_an_import(lived_in: House, other: House, tmp_path: Path) -> None:
    export_to(tmp_path / "e.zip", lived_in.catalogue)
    purge(other.catalogue, [DEVICES], who="eva", why="asked to")
    imported = import_from(tmp_path / "e.zip", other.catalogue, who="dan")
    assert imported.conflicts[DEVICES].startswith("eva purged it here on 20")
    assert other.catalogue.versions(DEVICES) == []


def change(path: Path, name: str, old: bytes, new: bytes) -> None:
    """The same file with other bytes in one of its members."""
    with zipfile.ZipFile(path) as file:
        members = {member: file.read(member) for member in file.namelist()}
    assert old in members[name]
    members[name] = members[name].replace(old, new, 1)
    with zipfile.ZipFile(path, "w") as file:
        for member, data in members.items():
            file.writestr(member, data)


@pytest.mark.parametrize(
    ("member", "old", "new"),
    [
        ("export.json", b'"format": 1', b'"format": 2'),
        ("records/versions.jsonl", b'"superseded"', b'"published"'),
        ("records/versions.jsonl", b'"superseded"', b'"lost"'),
        ("records/versions.jsonl", b'"number": 2', b'"number": 7'),
        ("records/versions.jsonl", b'"number": 2', b'"number": "2"'),
        ("records/versions.jsonl", b'"digest"', b'"colour"'),
        ("records/history.jsonl", b'"added"', b'"eaten"'),
        (
            "records/passages.jsonl",
            b"{",
            b"[",
        ),
        ("originals/", b"PDF", b"PDX"),
    ],
)
def test_a_damaged_export_is_told_and_nothing_of_it_is_taken_in(
    lived_in: House, empty: Catalogue, tmp_path: Path, member: str, old: bytes, new: bytes
) -> None:
    path = tmp_path / "e.zip"
    export_to(path, lived_in.catalogue)
    with zipfile.ZipFile(path) as file:
        name = next(known for known in file.namelist() if known.startswith(member))
    change(path, name, old, new)
    with pytest.raises(BadExport, match=r"is no export .* or is damaged .* nothing was taken in"):
        import_from(path, empty, who="dan")
    assert empty.documents() == []


def test_a_file_that_cannot_be_read_or_written_is_told(house: House, tmp_path: Path) -> None:
    with pytest.raises(BadExport):
        import_from(tmp_path / "none.zip", house.catalogue, who="dan")
    with pytest.raises(ExportUnwritable, match="name another one"):
        export_to(tmp_path / "none" / "e.zip", house.catalogue)
