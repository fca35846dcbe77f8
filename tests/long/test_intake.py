"""A folder of real files is taken in by the real program."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import PROJECT, SHARED

FILES = SHARED / "evaluation/documents/files"


@pytest.mark.skipif(not FILES.exists(), reason="the evaluation's files are not beside the project")
def test_a_folder_of_real_files_of_all_kinds_is_taken_in(shipped_as_built: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(shipped_as_built, tmp_path / "home"))
    folder = Path(shutil.copytree(FILES, tmp_path / "files"))
    count = sum(path.is_file() for path in folder.rglob("*"))
    first, mebibytes = _taken_in(folder, home)
    assert Counter(first.values()).total() >= count, "every file has one outcome, and members of archives as well"
    assert set(first.values()) == {"Taken", "AlreadyKnown", "Refused"}
    assert mebibytes < 700
    again, _ = _taken_in(folder, home)
    assert again == {name: "AlreadyKnown" if kind == "Taken" else kind for name, kind in first.items()}
    edited = max(folder.rglob("*.md"), key=lambda path: path.stat().st_size)
    name = edited.relative_to(folder).as_posix()
    edited.write_text(edited.read_text("utf-8") + "\n\nOne more sentence that nobody has read before.\n", "utf-8")
    for path in list(folder.rglob("*.docx")):
        path.rename(path.with_name(f"renamed {path.name}"))
    last, _ = _taken_in(folder, home)
    assert [called for called, kind in last.items() if kind == "Taken"] == [name]


_PROGRAM = """
import json, sys
from pathlib import Path
from corpus.catalogue.catalogue import Catalogue
from corpus.intake.intake import Intake, IntakeOptions
home, folder = map(Path, sys.argv[1:])
found = [(one.name, type(one).__name__) for one in Intake(Catalogue(home / "catalogue.sqlite"), who="ana").add(
    str(folder), IntakeOptions())]
assert len(dict(found)) == len(found), "a file has two outcomes"
peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(json.dumps([dict(found), int(peak) // 1024]))
"""


def _taken_in(folder: Path, home: Path) -> tuple[dict[str, str], int]:
    """The kind of outcome of each file, and the peak of the asking process in MiB."""
    words = [sys.executable, "-c", _PROGRAM, str(home), str(folder)]
    ran = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=True)
    outcomes, mebibytes = json.loads(ran.stdout)
    return outcomes, mebibytes
