"""What the tests of intake share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import House
from tests.corpus.intake.desk import Desk


@pytest.fixture
def desk(house: House, tmp_path: Path) -> Desk:
    return Desk(house, tmp_path / "papers")
