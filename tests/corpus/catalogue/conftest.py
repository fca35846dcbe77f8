"""The house of these tests has its catalogue in a file, and with `make test-servers` in a database too."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import House, word_vectors
from tests.servers import Places


@pytest.fixture
def house(house_as_built: Path, tmp_path: Path, places: Places) -> Iterator[House]:
    """Three documents of the test's own; see the fixture of this name for all tests."""
    house = House(Path(shutil.copytree(house_as_built, tmp_path / "home")), word_vectors(), places)
    yield house
    house.catalogue.close()
