"""What the tests of accounts share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assistant.accounts.doors import Doors
from tests.servers import Places


@pytest.fixture
def doors(tmp_path: Path, places: Places) -> Iterator[Doors]:
    doors = Doors(places(tmp_path / "accounts.sqlite"))
    yield doors
    doors.store.close()
