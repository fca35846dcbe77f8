"""The short form of the soak run; `python -m tests.endurance soak` is the long one."""

from __future__ import annotations

import pytest

from tests.endurance import soak
from tests.endurance.promises import readable


@pytest.mark.timeout(400)
def test_publishing_and_asking_again_and_again_keeps_what_was_promised() -> None:
    promises = soak.run(short=True)
    assert len(promises) == 5
    assert [promise for promise in promises if not promise.held] == [], readable(promises)
