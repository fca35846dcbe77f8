"""The short form of the soak run; `python -m tests.endurance soak` is the long one."""

from __future__ import annotations

import pytest

from tests.endurance import soak
from tests.endurance.promises import broken, readable


@pytest.mark.timeout(400)
def test_publishing_and_asking_again_and_again_keeps_what_was_promised() -> None:
    promises = soak.run(short=True)
    assert len(promises) == 5
    assert broken(promises) == [], readable(promises)
