"""The short forms of the endurance runs keep their promises."""

from __future__ import annotations

import pytest

from tests.endurance import load
from tests.endurance.promises import readable


@pytest.mark.timeout(400)
def test_many_at_once_are_answered_or_told_and_the_server_recovers() -> None:
    promises = load.run(short=True)
    assert all(promise.held for promise in promises), readable(promises)
