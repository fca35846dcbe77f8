"""The vectors of generations on a Chroma server, of which several machines have the rest from a database."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import chromadb.errors
import numpy as np
import pytest

from corpus.documents import Stage
from corpus.postgres import Schema
from index.build import Index, IndexDamaged
from index.embedding import Vectors
from index.removal import finish_purges, purge
from index.search import Filters, Search
from index.shelf import Shelf
from index.upkeep import Upkeep
from index.vector_server import (
    IdTooLong,
    ServedVectors,
    VectorsElsewhere,
    VectorServer,
    VectorsGone,
    VectorsUnavailable,
    on_server,
)
from index.vectors import VectorIndex
from index.vectors import write as write_into_folder
from tests.chroma_server import Chroma, chroma, relay
from tests.conftest import TODAY, House, word_vectors, write_document
from tests.servers import Places, Postgres

QUESTION = "Who works through a holder in Japan?"
NOWHERE = Schema("postgresql://nobody@localhost/nowhere", "collections")


@pytest.fixture(scope="module")
def shared_chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    with chroma(tmp_path_factory.mktemp("chroma") / "data") as server:
        yield server


@pytest.fixture
def places(database_server: Postgres) -> Iterator[Places]:
    places = Places(database_server)
    yield places
    places.close()


@pytest.fixture
def house(house_as_built: Path, tmp_path: Path, places: Places, shared_chroma: Chroma) -> House:
    return house_on(house_as_built, tmp_path, places, shared_chroma.address)


def house_on(built: Path, folder: Path, places: Places, address: str) -> House:
    """A house whose records lie in a database, and whose vectors on a Chroma server."""
    house = House(Path(shutil.copytree(built, folder / "home")), word_vectors(), places)
    shutil.rmtree(house.folder / "index")
    house.index = machine(house, "builder", address)
    house.index.build(house.catalogue, house.cache)
    return house


def machine(house: House, name: str, address: str) -> Index:
    """The index of a machine with a folder of its own; without an address, one that knows no Chroma server."""
    place = house.catalogue.place
    assert isinstance(place, Schema)
    server = VectorServer(address, place.beside("collections")) if address else None
    return Index(house.folder.parent / name, word_vectors(), Shelf(place.beside("shelf"), server))


def found(house: House, index: Index, query: str = QUESTION) -> list[tuple[str, float]]:
    findings = Search(house.catalogue, index, house.cache).find(query, language="en", today=TODAY)
    return [(hit.passage.id, round(hit.score, 5)) for hit in findings.hits]


def collection_of(index: Index) -> str:
    manifest = index.manifest()
    assert manifest is not None
    return f"market-entry-{manifest.name}"


def second_later() -> None:
    time.sleep(1.1)  # for which a machine does not ask again


def drawn(count: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, 384)).astype(np.float32)
    drawn: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return drawn


# What is found


@pytest.mark.servers
def test_a_server_finds_what_a_folder_finds(shared_chroma: Chroma, places: Places, tmp_path: Path) -> None:
    ids = [f"japan/devices@1#{number}" for number in range(1500)]
    server = VectorServer(shared_chroma.address, Schema(places.database(tmp_path), "collections"))
    server.write(tmp_path / "served", "same", ids, drawn(1500))
    write_into_folder(tmp_path / "folder", ids, drawn(1500))
    served, here = server.open(tmp_path / "served"), VectorIndex(tmp_path / "folder")
    assert isinstance(served, ServedVectors)
    assert on_server(tmp_path / "served")
    assert not on_server(tmp_path / "folder")
    for question in drawn(60, seed=1):
        assert same(served.nearest(question, 200), here.nearest(question, 200))
        assert served.similarities(question, ids[:700]) == pytest.approx(here.similarities(question, ids[:700]))
    assert len(served.nearest(drawn(1)[0], 1000)) == served.most == 300
    assert served.ids() == here.ids() == set(ids)
    server.forget_all_but([])
    here.close()


def same(one: list[tuple[str, float]], other: list[tuple[str, float]]) -> bool:
    """Whether two lists are one, but for the last digits of a similarity."""
    return [key for key, _ in one] == [key for key, _ in other] and np.allclose(
        [value for _, value in one], [value for _, value in other], atol=1e-6
    )


@pytest.mark.servers
def test_machines_search_one_collection_and_find_what_an_embedded_index_finds(
    house: House, shared_chroma: Chroma
) -> None:
    embedded = Index(house.folder.parent / "embedded", word_vectors())
    embedded.build(house.catalogue, house.cache)
    reader = machine(house, "reader", shared_chroma.address)
    for question in (QUESTION, "Which agency answers on novel food?", "wombats"):
        assert found(house, reader, question) == found(house, house.index, question) == found(house, embedded, question)
    assert reader.manifest() == house.index.manifest()
    assert [path.name for path in (house.folder.parent / "reader").rglob("*.bin")] == []


@pytest.mark.servers
def test_walls_that_keep_all_that_is_near_out_end_the_search(house: House) -> None:
    search = Search(house.catalogue, house.index, house.cache)
    findings = search.find(QUESTION, language="en", today=TODAY, filters=Filters(markets=frozenset({"usa"})))
    assert findings.hits == ()


@pytest.mark.servers
def test_an_empty_library_is_searched(shared_chroma: Chroma, places: Places, tmp_path: Path) -> None:
    server = VectorServer(shared_chroma.address, Schema(places.database(tmp_path), "collections"))
    server.write(tmp_path / "served", "empty", [], drawn(0))
    opened = server.open(tmp_path / "served")
    assert (opened.nearest(drawn(1)[0], 5), opened.ids(), opened.similarities(drawn(1)[0], [])) == ([], set(), {})
    server.forget_all_but([])


# What is removed


@pytest.mark.servers
def test_the_collections_of_two_generations_are_kept_and_those_of_others_never_touched(
    house: House, shared_chroma: Chroma
) -> None:
    first = collection_of(house.index)
    others = set(shared_chroma.collections()) - {first}
    shared_chroma.make("market-entry-of-another-installation")
    for number in range(3):
        write_document(house.library, f"japan/new-{number}", f"Wombats {number}", "Wombats want a permit.")
        house.publish()
    held = set(shared_chroma.collections())
    assert held >= others | {"market-entry-of-another-installation", collection_of(house.index)}
    assert first not in held
    assert len(held - others) == 3
    shared_chroma.delete("market-entry-of-another-installation")


@pytest.mark.servers
def test_a_build_that_was_killed_leaves_no_collection_behind(house: House, shared_chroma: Chroma) -> None:
    place = house.catalogue.place
    assert isinstance(place, Schema)
    VectorServer(shared_chroma.address, place.beside("collections")).write(
        house.folder / "dead", "19990101T000000-dead", ["1"], drawn(1)
    )
    assert "market-entry-19990101T000000-dead" in shared_chroma.collections()
    write_document(house.library, "japan/new", "Wombats", "Wombats want a permit.")
    house.publish()
    assert "market-entry-19990101T000000-dead" not in shared_chroma.collections()


@pytest.mark.servers
def test_a_purge_leaves_one_collection_without_the_document(house: House, shared_chroma: Chroma) -> None:
    before = collection_of(house.index)
    purge(house.catalogue, ["japan/devices"], who="ana", why="asked to")
    finish_purges(house.catalogue, house.index, house.cache)
    second_later()
    assert before not in shared_chroma.collections()
    assert not [key for key in house.index.current().vectors.ids() if key.startswith("japan/devices")]


# What goes wrong


@pytest.mark.servers
def test_a_reader_whose_collection_was_removed_follows_and_answers(house: House, shared_chroma: Chroma) -> None:
    reader = machine(house, "reader", shared_chroma.address)
    found(house, reader)
    old = collection_of(reader)
    house.catalogue.move("brazil/food", Stage.WITHDRAWN, who="ben", why="old")
    house.index.build(house.catalogue, house.cache)
    shared_chroma.delete(old)
    assert found(house, reader) == found(house, house.index) != []  # though it has asked a moment ago
    assert collection_of(reader) == collection_of(house.index) != old


@pytest.mark.servers
@pytest.mark.parametrize("how", ["the whole collection", "a part of it"])
def test_what_somebody_deletes_on_the_server_is_built_again_by_itself(
    house: House, shared_chroma: Chroma, how: str
) -> None:
    before, old = found(house, house.index), collection_of(house.index)
    if how == "a part of it":
        shared_chroma.take_from(old, [key for key, _ in before[:1]])
    else:
        shared_chroma.delete(old)
    with pytest.raises((VectorsGone, IndexDamaged)):
        house.index.current().vectors.check()
    assert house.index.lost()
    over = Event()

    def ours() -> bool:
        if over.is_set():
            raise SystemExit  # of the thread
        return True

    server = Upkeep(house.catalogue, house.cache, house.index, Path("none"), Event(), ours, pause=0.5)
    builder = Thread(target=server.keep_up)
    builder.start()
    while collection_of(house.index) == old or house.index.lost():
        time.sleep(0.1)
    over.set()
    builder.join()
    assert {key for key, _ in found(house, house.index)} == {key for key, _ in before}


@pytest.mark.servers
def test_a_server_that_is_away_is_told_and_all_goes_on_when_it_is_back(
    house_as_built: Path, tmp_path: Path, places: Places
) -> None:
    with chroma(tmp_path / "chroma") as server:
        house = house_on(house_as_built, tmp_path, places, server.address)
        before = found(house, house.index)
        server.stop()
        told = "The Chroma server at 127.0.0.1 cannot be used ([Errno 111] Connection refused); see that it runs"
        for _ in range(5):
            with pytest.raises(VectorsUnavailable) as away:
                found(house, house.index)
        assert away.value.retryable
        assert "has failed several times just now" in str(away.value)
        with pytest.raises(VectorsUnavailable) as away:
            machine(house, "reader", server.address).current()
        assert str(away.value).startswith(told)
        server.start()
        while not answers(house):
            time.sleep(0.1)
        assert found(house, house.index) == before


def answers(house: House) -> bool:
    try:
        return bool(found(house, house.index))
    except VectorsUnavailable:
        return False


@pytest.mark.servers
def test_a_server_that_keeps_less_than_it_was_given_is_never_searched(
    house: House, shared_chroma: Chroma, tmp_path: Path
) -> None:
    place = house.catalogue.place
    assert isinstance(place, Schema)
    given = []

    def loses_the_second(_method: str, path: str) -> tuple[int, bytes] | None:
        given.append(path)
        return (201, b"{}") if sum(one.endswith("/add") for one in given) == 2 and path.endswith("/add") else None

    with relay(shared_chroma.address, loses_the_second) as address:
        server = VectorServer(address, place.beside("collections"))
        with pytest.raises(VectorsUnavailable) as told:
            server.write(tmp_path / "half", "half", [str(number) for number in range(700)], drawn(700))
    assert str(told.value) == "The Chroma server holds 400 of 700 vectors; run `market-entry index build` again."
    assert not (tmp_path / "half").exists()
    house.index.build(house.catalogue, house.cache)
    server.forget_all_but([collection_of(house.index).removeprefix("market-entry-")])


@pytest.mark.servers
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b"<html><head><title>401 Authorization Required</title></head></html>", "401"),
        (502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", "502"),
        (200, b"<html>A page of another server</html>", "unexpected character|Could not connect"),
    ],
)
def test_what_a_proxy_says_in_its_place_is_told_in_a_sentence(
    house: House, shared_chroma: Chroma, status: int, body: bytes, said: str
) -> None:
    broken = Event()
    with relay(shared_chroma.address, lambda *_: (status, body) if broken.is_set() else None) as address:
        reader = machine(house, "reader", address)
        assert found(house, reader) != []
        broken.set()
        for index in (reader, machine(house, "other", address)):
            with pytest.raises(VectorsUnavailable, match=said) as told:
                found(house, index)
            assert "<" not in str(told.value)


@pytest.mark.servers
def test_a_server_that_says_nothing_holds_nobody_up_for_ever(
    house: House, shared_chroma: Chroma, tmp_path: Path
) -> None:
    place = house.catalogue.place
    assert isinstance(place, Schema)
    silent, ended = Event(), Event()

    def says_nothing(_method: str, _path: str) -> None:
        if silent.is_set():
            ended.wait()

    with relay(shared_chroma.address, says_nothing) as address:
        server = VectorServer(address, place.beside("collections"), seconds=5.0)  # it answers at first
        server.write(tmp_path / "v", "silent", ["1"], drawn(1))
        opened = server.open(tmp_path / "v")
        silent.set()
        with pytest.raises(VectorsUnavailable, match="timed out"):
            opened.nearest(drawn(1)[0], 1)
        with pytest.raises(VectorsUnavailable, match="timed out"):
            VectorServer(address, place.beside("collections"), seconds=0.2).open(tmp_path / "v")
        ended.set()


@pytest.mark.servers
def test_a_machine_that_was_not_told_of_the_server_says_so_and_can_take_the_vectors_back(
    house: House,
) -> None:
    before = found(house, house.index)
    alone = machine(house, "alone", "")
    with pytest.raises(VectorsElsewhere, match="set MARKET_ENTRY_CHROMA as on the other machines"):
        found(house, alone)
    alone.build(house.catalogue, house.cache)
    assert found(house, alone) == before
    second_later()
    assert found(house, house.index) == before
    assert not house.index.up_to_date(house.catalogue.position)  # so that its builder moves them to the server again


def test_every_error_of_chroma_is_told_as_one_of_ours() -> None:
    server = VectorServer("http://token@127.0.0.1:9", NOWHERE)
    for kind in {*chromadb.errors.error_types.values()} - {chromadb.errors.NotFoundError}:
        with pytest.raises(VectorsUnavailable) as told:
            raise_within(server, kind("no"))
        assert "token" not in str(told.value).removesuffix("and holds its token.")


def test_a_defect_of_ours_is_not_told_as_one_of_the_server() -> None:
    with pytest.raises(ZeroDivisionError):
        raise_within(VectorServer("http://127.0.0.1:9", NOWHERE), ZeroDivisionError())


def raise_within(server: VectorServer, error: Exception) -> None:
    server._connected = object()  # as if it had answered
    with server.asked():
        raise error


def test_an_address_at_which_nobody_listens_is_told() -> None:
    with pytest.raises(VectorsUnavailable), VectorServer("http://127.0.0.1:9", NOWHERE).asked():
        pass


def test_an_id_that_chroma_cloud_does_not_take_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    server = VectorServer("https://token@api.trychroma.com/tenant/database", NOWHERE)
    long = f"japan/{'devices-' * 16}@1#0"
    with pytest.raises(IdTooLong, match="give the document a shorter id"):
        server.write(tmp_path / "v", "long", [long], drawn(1))
