"""The vector index on the disk."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import vectors


def remember_secrets() -> list[str]:
    """Leave the word in memory that this thread gives back, and that will be handed out again."""
    secrets = [("quokka" * 20_000)[:size] for size in range(40_000, 120_000, 100)]
    del secrets[::2]
    return secrets


def remember_secrets_in_threads() -> list[str]:
    """The same in threads, each of which has memory of its own, and in this one."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: len(remember_secrets()), range(8)))
    return remember_secrets()


def files_with_secrets(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and b"quokka" in path.read_bytes()]


def test_nothing_that_the_process_had_in_memory_is_written_with_the_vectors(tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).normal(size=(1500, 65)).astype(np.float32)
    for turn, count in enumerate([0, 1, 7, 7, 7, 7, 7, 999, 1500]):
        kept = remember_secrets_in_threads()
        folder = tmp_path / str(turn)
        vectors.write(folder, [f"d@1#{number}" for number in range(count)], drawn[:count])
        assert files_with_secrets(folder) == []
        del kept


def test_an_index_is_whole_after_its_unused_places_were_wiped(tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).normal(size=(2500, 65)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    vectors.write(tmp_path / "v", [str(number) for number in range(2500)], drawn)
    opened = vectors.VectorIndex(tmp_path / "v")
    assert opened.count == 2500
    nearest = [opened.nearest(drawn[number], 1)[0][0] for number in range(0, 2500, 50)]
    assert nearest == [str(number) for number in range(0, 2500, 50)]
    opened.close()


@pytest.mark.parametrize("count", [1, 2, 7, 999, 1500, 2001])
def test_reading_an_index_writes_nothing_of_what_the_process_has_in_memory(tmp_path: Path, count: int) -> None:
    drawn = np.random.default_rng(0).normal(size=(count, 65)).astype(np.float32)
    vectors.write(tmp_path / "v", [str(number) for number in range(count)], drawn)
    before = graph_files(tmp_path / "v")
    kept = remember_secrets_in_threads()
    opened = vectors.VectorIndex(tmp_path / "v")
    assert opened.nearest(drawn[-1], 50)[0][0] == str(count - 1)
    assert set(opened.similarities(drawn[0], ["0", "2"])) <= opened.ids()
    opened.close()
    assert files_with_secrets(tmp_path / "v") == []
    assert graph_files(tmp_path / "v") == before
    del kept


def test_an_index_whose_graph_was_never_stored_is_not_opened(tmp_path: Path) -> None:
    vectors.write(tmp_path / "v", ["1"], np.ones((1, 65), dtype=np.float32))
    [labels] = (tmp_path / "v").rglob("index_metadata.pickle")
    labels.unlink()
    before = graph_files(tmp_path / "v")
    with pytest.raises(FileNotFoundError):
        vectors.VectorIndex(tmp_path / "v")
    assert graph_files(tmp_path / "v") == before


def test_two_indexes_of_the_same_vectors_find_the_same_and_miss_nothing(tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).normal(size=(1500, 384)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    asked = np.random.default_rng(1).normal(size=(60, 384)).astype(np.float32)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    ids = [str(number) for number in range(1500)]
    vectors.write(tmp_path / "one", ids, drawn)
    vectors.write(tmp_path / "other", ids[::-1], drawn[::-1])
    one, other = vectors.VectorIndex(tmp_path / "one"), vectors.VectorIndex(tmp_path / "other")
    for question in asked:
        found = one.nearest(question, 200)
        assert found == other.nearest(question, 200)
        assert found[-1][1] >= np.sort(drawn @ question)[-200] - 1e-6
    one.close()
    other.close()


def graph_files(folder: Path) -> dict[str, tuple[int, str]]:
    """When each was written last, and the hash of what it holds."""
    return {
        path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in folder.rglob("*.bin")
    }
