"""The vector index on the disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from index import vectors


def remember_secrets() -> list[str]:
    """Leave the word in memory that this thread gives back, and that will be handed out again."""
    secrets = [("quokka" * 20_000)[:size] for size in range(40_000, 120_000, 100)]
    del secrets[::2]
    return secrets


def test_nothing_that_the_process_had_in_memory_is_written_with_the_vectors(tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).normal(size=(1500, 65)).astype(np.float32)
    for turn, count in enumerate([0, 7, 7, 7, 7, 7, 999, 1500]):
        kept = remember_secrets()
        with ThreadPoolExecutor(8) as pool:  # each has memory of its own
            list(pool.map(lambda _: len(remember_secrets()), range(8)))
        folder = tmp_path / str(turn)
        vectors.write(folder, [f"d@1#{number}" for number in range(count)], drawn[:count])
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert [path.name for path in files if b"quokka" in path.read_bytes()] == []
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


def test_reading_an_index_writes_nothing(tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).normal(size=(1500, 65)).astype(np.float32)
    vectors.write(tmp_path / "v", [str(number) for number in range(1500)], drawn)
    before = {path: path.read_bytes() for path in (tmp_path / "v").rglob("*.bin")}
    opened = vectors.VectorIndex(tmp_path / "v")
    opened.nearest(drawn[0], 50)
    opened.similarities(drawn[0], ["1", "2"])
    opened.close()
    assert {path: path.read_bytes() for path in (tmp_path / "v").rglob("*.bin")} == before
