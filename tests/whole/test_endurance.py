"""The short forms of the endurance runs keep their promises."""

from __future__ import annotations

import os

import pytest

from tests.endurance import load
from tests.endurance.promises import broken, readable


@pytest.mark.timeout(600)
def test_many_at_once_are_answered_or_told_and_the_server_recovers() -> None:
    """What is promised in seconds is about a machine of the server's own; the rest holds on any."""
    busy = os.getloadavg()[0] > (os.cpu_count() or 1)
    promises = load.run(short=True)
    late = [promise for promise in broken(promises) if promise.aim.endswith(" s")]
    assert broken(promises) == late, readable(promises)
    if late and busy:
        pytest.skip(f"the machine was busy with other work: {readable(late)}")
    assert late == [], readable(late)
