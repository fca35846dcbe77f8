"""Files of extreme size, and a kernel that offers little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from corpus.files.confinement import lacking
from corpus.files.reading import read_file
from tests.conftest import PROJECT
from tests.made_files import pdf

LINE = "The register of medical devices is kept by the authority. " * 2


def test_a_document_of_five_thousand_pages_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(pdf([f"Page {number} of the report.", *[LINE] * 40] for number in range(1, 5_001)))
    assert read_file(path).sections[-1].page == 5_000


@pytest.mark.skipif(bool(lacking()), reason="this kernel confines nothing, so there is no other to make it look like")
def test_every_file_is_read_the_same_on_a_kernel_that_confines_nothing() -> None:
    words = ["-m", "tests.old_kernel", "pytest", "-q", "-p", "no:cacheprovider", "tests/corpus/files"]
    ran = subprocess.run([sys.executable, *words], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
