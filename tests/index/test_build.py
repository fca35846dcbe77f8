"""Generations: immutable, pointed to, rebuilt when damaged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from corpus.documents import Stage
from index.build import Index, IndexDamaged, IndexIsStale, verify
from tests.conftest import House, word_vectors, write_document

PROJECT = Path(__file__).parents[2]


def generations(house: House) -> list[str]:
    return sorted(path.name for path in (house.folder / "index").iterdir() if path.is_dir())


def test_the_manifest_says_what_the_generation_was_made_from(house: House) -> None:
    manifest = house.index.manifest()
    assert manifest is not None
    assert (manifest.model, manifest.dimension, manifest.position) == ("words", 65, house.catalogue.position)
    assert verify(house.index, house.catalogue) == []


def test_a_sound_generation_is_not_built_again(house: House) -> None:
    before = generations(house)
    house.index.build(house.catalogue, house.cache)
    assert generations(house) == before


def test_an_open_reader_follows_the_pointer(house: House) -> None:
    reader = Index(house.folder / "index", word_vectors())
    assert reader.current().manifest.passages == 6
    write_document(house.library, "japan/more", "More on Japan", "Another text.")
    house.publish()
    assert reader.current().manifest.passages == 8


def test_many_threads_that_ask_first_open_one_generation(house: House) -> None:
    for n in range(5):
        write_document(house.library, f"japan/more-{n}", "More on Japan", "Another text.")
        house.publish()
        index = Index(house.folder / "index", word_vectors())
        with ThreadPoolExecutor(8) as pool:
            opened = list(pool.map(lambda of: of.current(), [index] * 8))
        assert len({id(one) for one in opened}) == 1


def test_only_the_current_generation_and_the_one_before_stay_on_disk(house: House) -> None:
    for number in range(4):
        write_document(house.library, "japan/more", "More", f"Text number {number}.")
        house.publish()
    assert len(generations(house)) == 2


def test_another_model_is_told_with_the_command_to_run(house: House) -> None:
    other = Index(house.folder / "index", word_vectors("other-model"))
    with pytest.raises(IndexIsStale, match=r"made with words .* ask for other-model .* run `market-entry index build`"):
        other.up_to_date(house.catalogue.position)


@pytest.mark.parametrize("lost", ["manifest.json", "lexical.sqlite", "vectors/chroma.sqlite3"])
def test_a_damaged_generation_is_told_and_a_build_mends_it(house: House, lost: str) -> None:
    name = house.index.current().manifest.name
    path = house.folder / "index" / name / lost
    path.write_bytes(b"") if lost != "vectors/chroma.sqlite3" else path.unlink()
    fresh = Index(house.folder / "index", word_vectors())
    with pytest.raises(IndexDamaged, match=r"is damaged .* run `market-entry index build`"):
        fresh.current()
    fresh.build(house.catalogue, house.cache)
    assert fresh.current().manifest.name != name
    assert verify(fresh, house.catalogue) == []


def test_verify_tells_what_the_index_lacks_and_what_it_should_not_hold(house: House) -> None:
    house.catalogue.move("brazil/food", Stage.WITHDRAWN, who="ana", why="")
    assert verify(house.index, house.catalogue) == [
        "2 passages in the vector index are not published any more",
        "2 passages in the lexical index are not published any more",
    ]


_BUILDER = """
import sys
from pathlib import Path
from tests.conftest import House, word_vectors
house = House(Path(sys.argv[1]), word_vectors())
print("building", flush=True)
house.publish()
"""


@pytest.mark.servers
@pytest.mark.parametrize(
    "wait", [0.0, pytest.param(0.3, marks=pytest.mark.long), 0.8, pytest.param(1.2, marks=pytest.mark.long), 1.6]
)
def test_a_build_that_is_killed_leaves_the_last_good_generation(house: House, wait: float) -> None:
    before = house.index.current().manifest.name
    write_document(house.library, "japan/more", "More on Japan", "Another text.")
    builder = subprocess.Popen(
        [sys.executable, "-c", _BUILDER, str(house.folder)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert builder.stdout is not None
    builder.stdout.readline()
    time.sleep(wait)
    os.kill(builder.pid, signal.SIGKILL)
    builder.wait()
    builder.stdout.close()
    survivor = Index(house.folder / "index", word_vectors())
    assert survivor.current().manifest.name == before or verify(survivor, house.catalogue) == []
    house.publish()
    assert verify(survivor, house.catalogue) == []
    assert not [name for name in generations(house) if name.startswith("building-")]


@pytest.mark.servers
def test_two_builders_at_once_wait_for_each_other(house: House) -> None:
    write_document(house.library, "japan/more", "More on Japan", "Another text.")
    builders = [
        subprocess.Popen([sys.executable, "-c", _BUILDER, str(house.folder)], cwd=PROJECT, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [builder.wait() for builder in builders] == [0, 0]
    assert verify(Index(house.folder / "index", word_vectors()), house.catalogue) == []
