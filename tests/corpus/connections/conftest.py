"""A house with connected places."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import House
from tests.corpus.connections.connected import Connected


@pytest.fixture
def connected(house: House, tmp_path: Path) -> Connected:
    return Connected(house, tmp_path)
