"""The endurance run of faults, in its short form."""

from __future__ import annotations

import pytest

from tests.endurance.faults import run
from tests.endurance.promises import broken, readable


@pytest.mark.timeout(600)
def test_whatever_breaks_nothing_is_lost_and_the_service_is_back() -> None:
    promises = run(short=True)
    assert promises
    assert broken(promises) == [], readable(promises)
