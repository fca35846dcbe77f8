"""The catalogue: versions, stages, and several processes at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from corpus.catalogue import Catalogue
from corpus.documents import Stage
from corpus.errors import CatalogueUnavailable, MoveNotAllowed, UnknownDocument
from corpus.release import bring_in
from tests.conftest import House, write_document


def test_a_changed_file_is_a_new_version_and_the_old_passages_are_current_no_more(house: House) -> None:
    before = [passage.id for passage in house.catalogue.passages_of("japan/devices")]
    write_document(house.library, "japan/devices", "Devices in Japan", "Everything is new since 2026.")
    assert bring_in(house.catalogue, house.library) == ["japan/devices"]
    assert house.catalogue.document("japan/devices").version.number == 2
    assert house.catalogue.current(before) == {}


def test_bringing_in_the_same_library_again_changes_nothing(house: House) -> None:
    position = house.catalogue.position
    assert bring_in(house.catalogue, house.library) == []
    assert house.catalogue.position == position


def test_a_withdrawn_document_stays_withdrawn_when_a_release_changes_it(house: House) -> None:
    house.catalogue.move("japan/devices", Stage.WITHDRAWN, who="ana", why="wrong")
    write_document(house.library, "japan/devices", "Devices in Japan", "New words.")
    bring_in(house.catalogue, house.library)
    assert house.catalogue.document("japan/devices").stage is Stage.WITHDRAWN


def test_a_move_that_the_table_does_not_hold_is_refused_with_those_that_are_allowed(house: House) -> None:
    with pytest.raises(MoveNotAllowed, match="published and cannot become draft; it can become withdrawn"):
        house.catalogue.move("japan/devices", Stage.DRAFT, who="ana", why="")


def test_an_unknown_document_is_told_by_name(house: House) -> None:
    with pytest.raises(UnknownDocument, match="no document 'x/y'"):
        house.catalogue.document("x/y")


def test_every_write_moves_the_position(house: House) -> None:
    before = house.catalogue.position
    house.catalogue.move("japan/devices", Stage.WITHDRAWN, who="ana", why="")
    assert house.catalogue.position == before + 1


def test_a_catalogue_that_is_no_database_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    path.write_bytes(b"this is no database, only some bytes that pretend" * 100)
    with pytest.raises(CatalogueUnavailable, match=r"cannot be used just now .* try again"):
        Catalogue(path)


_WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from corpus.catalogue import Catalogue, next_version
from corpus.passages import split
from corpus.documents import Section
catalogue = Catalogue(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    document = catalogue.document("japan/devices")
    version = next_version(document, document.metadata, f"text {number}", str(number))
    catalogue.add_version(version, split(version, [Section("S", f"Text number {number}.")]),
                          origin="test", stage=document.stage, who="w", why="")
    print(version.number, flush=True)
"""


@pytest.mark.parametrize("wait", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_a_killed_writer_loses_nothing_it_had_acknowledged_and_leaves_no_half_version(
    house: House, wait: float
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(house.folder / "catalogue.sqlite"), "100000"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(wait)
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged = [int(line) for line in writer.stdout.read().split()] or [2]
    writer.wait()
    writer.stdout.close()
    document = house.catalogue.document("japan/devices")
    assert document.version.number >= acknowledged[-1]
    assert f"Text number {document.version.body.split()[-1]}." in {
        passage.text for passage in house.catalogue.passages_of("japan/devices")
    }
