"""Folders and archives that are taken in: every file of them has one outcome."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from corpus.errors import (
    LeftPacked,
    TooSlow,
)
from corpus.files.reading import FoundFile
from corpus.intake.intake import CostlyArchives, Refused
from tests.corpus.intake.desk import OTHER, TEXT, Desk, kinds
from tests.made_files import PICTURE, pdf


def test_every_file_of_a_folder_and_its_archives_has_one_outcome(desk: Desk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("law/device.md", TEXT)
        archive.writestr("law/scan.pdf", pdf([PICTURE]))
    desk.write("bundle.zip", packed.getvalue())
    desk.write("sub/food.md", OTHER)
    desk.write("again.txt", OTHER.replace("# ", ""))
    desk.write("picture.png", b"\x89PNG\r\n\x1a\n")
    assert kinds(desk.add()) == {
        "again.txt": "Taken",
        "bundle.zip › law/device.md": "Taken",
        "bundle.zip › law/scan.pdf": "Refused",
        "picture.png": "Refused",
        "sub/food.md": "AlreadyKnown",
    }


def test_the_rest_of_an_archive_is_left_once_five_of_its_files_cost_all_that_a_file_may(tmp_path: Path) -> None:
    costly = CostlyArchives()
    for number in range(5):
        found = FoundFile(f"costly.zip › {number}.pdf", tmp_path)
        assert costly.spared(found) is found
        costly.count(found, Refused(found.name, TooSlow(found.name, "more than 300 seconds")))
    left = costly.spared(FoundFile("costly.zip › last.md", tmp_path))
    assert isinstance(left, LeftPacked)
    assert "5 files of its archive took too much time or memory" in str(left)
    for other in ("another.zip › last.md", "last.md"):
        assert isinstance(costly.spared(FoundFile(other, tmp_path)), FoundFile)


# What programs leave behind


def test_what_programs_leave_in_folders_is_not_taken_in(desk: Desk) -> None:
    left = (
        *(
            "~$device.md",
            ".~lock.device.md#",
            ".device.md.swp",
            "device.md~",
            "device.md.bak",
            "device.pdf:Zone.Identifier",
        ),
        *(
            ".gitignore",
            ".git/config",
            "Agency.url",
            "report.pdf.part",
            "~device.tmp",
            "ehthumbs.db",
            "~$x/../~$y.docx",
        ),
    )
    for name in left[:-1]:
        desk.write(name, "Locked by Ada Lovelace on desk-7, who writes it just now.")
    desk.write("device.md", TEXT)
    assert kinds(desk.add()) == {"device.md": "Taken"}


def zipped(names: list[bytes]) -> bytes:
    """A zip whose members have names of these bytes, in no stated encoding."""
    stands = {f"{number:0{len(name)}d}": name for number, name in enumerate(names)}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for number, name in enumerate(stands):
            archive.writestr(name, f"{TEXT}\n\nCopy {number}.")
    data = written.getvalue()
    for stand, wanted in stands.items():
        data = data.replace(stand.encode(), wanted)
    return data


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        *(
            ("Gebühr für Geräte.txt", "utf-8"),
            ("Opłaty.txt", "utf-8"),
            ("Gebühr.txt", "cp437"),
            ("Gebühr.txt", "cp850"),
        ),
        *(("医療機器の費用について.txt", "cp932"), ("의료기기 수수료 안내문.txt", "euc_kr")),
    ],
)
def test_names_in_an_archive_are_read_by_the_encoding_of_whoever_packed_it(
    desk: Desk, name: str, encoding: str
) -> None:
    path = desk.write("papers.zip", zipped([name.encode(encoding)]))
    assert list(kinds(desk.add(path))) == [f"papers.zip › {name}"]
