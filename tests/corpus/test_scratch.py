"""Temporary folders, and what is left of them when their process is killed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from corpus.scratch import clear, left_over, scratch_folder
from tests.conftest import PROJECT

_HOLDING = """
import sys
from corpus.scratch import scratch_folder
with scratch_folder("upload") as folder:
    (folder / "letter.txt").write_text("what somebody sent")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_temporary_folder_is_held_while_it_is_used_and_gone_afterwards() -> None:
    with scratch_folder("upload") as folder:
        (folder / "letter.txt").write_text("what somebody sent")
        assert clear() == 0
        assert (folder / "letter.txt").exists()
    assert not folder.exists()


def test_what_a_killed_process_has_left_is_removed_and_what_another_holds_is_not(tmp_path: Path) -> None:
    with scratch_folder("upload") as mine:
        killed = subprocess.Popen(
            [sys.executable, "-c", _HOLDING],
            env={"TMPDIR": str(tmp_path), "PYTHONPATH": str(PROJECT)},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with killed:
            assert killed.stdout
            theirs = Path(killed.stdout.readline().strip())
            assert not left_over()
            killed.kill()
        assert list(left_over()) == [theirs]
        assert clear() == 1
        assert (theirs.exists(), mine.exists()) == (False, True)


def test_folders_of_other_programs_files_and_links_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "another-program-s").mkdir()
    (tmp_path / "market-entry-letter").write_text("a file")
    (tmp_path / "market-entry-link").symlink_to(tmp_path / "another-program-s")
    assert clear() == 0
    assert len(list(tmp_path.iterdir())) == 3
