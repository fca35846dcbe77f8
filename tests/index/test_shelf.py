"""Generations that one machine builds and others fetch from a database."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from corpus.catalogue.holdings import MIGRATIONS
from corpus.postgres import Duty, Schema, engine
from corpus.store import Store
from index import shelf as shelves
from index.build import Index, IndexDamaged
from index.removal import finish_purges, purge
from index.search import Search
from index.shelf import Shelf, ShelfUnavailable
from index.upkeep import Upkeep
from tests.conftest import TODAY, House, word_vectors, write_document
from tests.servers import Places, Postgres, postgres

pytestmark = pytest.mark.servers


@pytest.fixture
def places(database_server: Postgres) -> Iterator[Places]:
    places = Places(database_server)
    yield places
    places.close()


@pytest.fixture
def house(house_as_built: Path, tmp_path: Path, places: Places) -> Iterator[House]:
    """A house whose catalogue lies in a database, and whose index is handed out there."""
    house = House(Path(shutil.copytree(house_as_built, tmp_path / "home")), word_vectors(), places)
    shutil.rmtree(house.folder / "index")
    house.index = machine(house, "home/index")
    house.index.build(house.catalogue, house.cache)
    yield house
    house.catalogue.close()


def machine(house: House, name: str) -> Index:
    """The index of a machine with a folder of its own."""
    place = house.catalogue.place
    assert isinstance(place, Schema)
    return Index(house.folder.parent / name, word_vectors(), Shelf(place.beside("shelf")))


def found(house: House, index: Index, query: str = "Who works through a holder in Japan?") -> list[str]:
    findings = Search(house.catalogue, index, house.cache).find(query, language="en", today=TODAY)
    return [hit.passage.id for hit in findings.hits]


def generations(house: House, name: str) -> list[str]:
    return sorted(path.name for path in (house.folder.parent / name).iterdir() if path.is_dir())


def second_later() -> None:
    time.sleep(1.1)  # for which a machine does not ask again


def test_what_one_machine_builds_others_find_the_same_in(house: House) -> None:
    reader = machine(house, "reader")
    assert reader.manifest() == house.index.manifest()
    assert found(house, reader) == found(house, house.index) != []
    assert reader.up_to_date(house.catalogue.position)
    assert generations(house, "reader") == generations(house, "home/index")


def test_readers_follow_what_is_published_and_keep_two_generations(house: House) -> None:
    reader = machine(house, "reader")
    found(house, reader)
    for number in range(3):
        write_document(house.library, f"japan/new-{number}", f"Wombats {number}", "Wombats want a permit.")
        house.publish()
    second_later()
    assert any(one.startswith("japan/new-2") for one in found(house, reader, "Which permit do wombats want?"))
    assert len(generations(house, "reader")) <= 2


def test_a_builder_that_is_late_with_an_older_catalogue_changes_nothing(house: House) -> None:
    late = machine(house, "late")
    manifest = late.manifest()
    assert manifest is not None
    old = house.folder.parent / "late" / manifest.name
    write_document(house.library, "japan/new", "Wombats", "Wombats want a permit.")
    house.publish()
    place = house.catalogue.place
    assert isinstance(place, Schema)
    Shelf(place.beside("shelf")).publish(old, "99990101T000000-late", manifest.position)
    second_later()
    assert late.manifest() == house.index.manifest() != manifest


def test_two_machines_that_build_at_once_build_once(house: House) -> None:
    write_document(house.library, "japan/new", "Wombats", "Wombats want a permit.")
    house.publish()
    other = machine(house, "other")
    assert other.build(house.catalogue, house.cache) == house.index.manifest()


def test_a_generation_that_is_not_as_it_was_put_there_is_never_searched_and_built_again(house: House) -> None:
    place = house.catalogue.place
    assert isinstance(place, Schema)
    with Store(place.beside("shelf"), shelves.MIGRATIONS).writing() as connection:
        connection.execute(text("UPDATE parts SET digest = 'x' WHERE path = 'lexical.sqlite'"))
    reader = machine(house, "reader")
    with pytest.raises(ShelfUnavailable, match=r"is not as it was\); check .* `market-entry index build`"):
        reader.manifest()
    assert generations(house, "reader") == []
    reader.build(house.catalogue, house.cache)
    assert found(house, reader) != []
    second_later()
    assert house.index.manifest() == reader.manifest()


def test_a_reader_that_was_killed_while_it_fetched_leaves_nothing_that_is_searched(house: House) -> None:
    manifest = house.index.manifest()
    assert manifest is not None
    half = house.folder.parent / "reader" / f"{shelves.UNFINISHED}{manifest.name}-dead"
    half.mkdir(parents=True)
    (half / "manifest.json").write_text("half", "utf-8")
    reader = machine(house, "reader")
    assert found(house, reader) == found(house, house.index)


def test_a_purge_reaches_the_copies_of_other_machines(house: House) -> None:
    reader = machine(house, "reader")
    found(house, reader)
    before = generations(house, "reader")
    purge(house.catalogue, ["japan/devices"], who="ana", why="asked to")
    finish_purges(house.catalogue, house.index, house.cache)
    second_later()
    reader.follow()
    assert generations(house, "reader") == generations(house, "home/index") != before
    assert house.cache.known(["A foreign maker works through a Marketing Authorisation Holder (MAH)."]) == {}


def test_the_one_whose_duty_it_is_builds_and_another_takes_over_when_that_ends(house: House) -> None:
    place = house.catalogue.place
    assert isinstance(place, Schema)
    first, second = Duty(place.url, "builder"), Duty(place.url, "builder")
    assert (first.ours(), second.ours(), first.ours()) == (True, False, True)
    first.close()
    assert (second.ours(), first.ours()) == (True, False)
    second.close()


def test_a_duty_goes_with_its_connection(house: House, database_server: Postgres) -> None:
    place = house.catalogue.place
    assert isinstance(place, Schema)
    first, second = Duty(place.url, "builder"), Duty(place.url, "builder")
    assert first.ours()
    database_server.execute(
        "postgres", "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    )
    while not second.ours():
        time.sleep(0.01)
    assert not first.ours()
    second.close()


def test_whoever_has_no_duty_to_builds_nothing_and_follows(house: House) -> None:
    reader = machine(house, "reader")
    upkeep = Upkeep(house.catalogue, house.cache, reader, Path("none"))
    assert replace(upkeep, duty=lambda: False).index is reader
    reader.follow()
    assert generations(house, "reader") == generations(house, "home/index")


def test_a_machine_without_the_database_goes_on_with_what_it_has(house_as_built: Path, tmp_path: Path) -> None:
    with postgres() as server:
        place = Schema(server.database(), "catalogue")
        house = House(Path(shutil.copytree(house_as_built, tmp_path / "home")), word_vectors())
        store = Store(place, MIGRATIONS)
        builder = Index(tmp_path / "builder", word_vectors(), Shelf(place.beside("shelf")))
        builder.build(house.catalogue, house.cache)
        reader = Index(tmp_path / "reader", word_vectors(), Shelf(place.beside("shelf")))
        before = found(house, reader)
        server.stop()
        second_later()
        assert found(house, reader) == before != []
        with pytest.raises(ShelfUnavailable):
            Index(tmp_path / "late", word_vectors(), Shelf(place.beside("shelf"))).current()
        server.start()
        second_later()
        assert found(house, reader) == before
        store.close()
        house.catalogue.close()
        engine(place.url).dispose()


def test_without_a_generation_the_sentence_says_how_to_build_one(tmp_path: Path, database_server: Postgres) -> None:
    url = database_server.database()
    with pytest.raises(IndexDamaged, match="There is no index yet"):
        Index(tmp_path, word_vectors(), Shelf(Schema(url, "shelf"))).current()
    engine(url).dispose()
