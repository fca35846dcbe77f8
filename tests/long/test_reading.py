"""Files of extreme size."""

from __future__ import annotations

from pathlib import Path

from corpus.files.reading import read_file
from tests.made_files import pdf

LINE = "The register of medical devices is kept by the authority. " * 2


def test_a_document_of_five_thousand_pages_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(pdf([f"Page {number} of the report.", *[LINE] * 40] for number in range(1, 5_001)))
    assert read_file(path).sections[-1].page == 5_000
