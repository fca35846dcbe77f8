"""Scans read by text recognition, in the process that reads files."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.errors import Scanned
from corpus.files.formats.pdf import read
from corpus.files.reading import read_file
from tests.made_files import PICTURE, pdf, scan

pytest.importorskip("rapidocr", reason="the extra `ocr` is not installed")

LINES = ("Registering a device in Japan takes ten months.", "The fee is EUR 5,429 for a device of class B.")
CELLS = b"BT /F 11 Tf 60 700 Td (Class B) Tj 120 0 Td (9,800) Tj 90 0 Td (12 months) Tj ET"


def test_a_scan_is_read_and_says_how_sure_that_is(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan([LINES]))
    found = read_file(path)
    text = " ".join(section.text for section in found.sections)
    assert all(line in text for line in LINES)
    [(page, sure)] = found.recognised
    assert (page, 80 < sure <= 100, found.unread) == (1, True, ())


def test_figures_of_two_cells_are_never_glued() -> None:
    [section] = read(scan([CELLS])).sections
    assert "9,800 12 months" in section.text.replace(";", "")


def test_a_picture_without_text_is_still_no_text() -> None:
    with pytest.raises(Scanned):
        read(pdf([PICTURE]))


def test_pages_with_a_text_layer_are_not_recognised() -> None:
    assert read(pdf([LINES])).recognised == ()
