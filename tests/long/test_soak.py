"""The soak run in its short form; `python -m tests.endurance soak` is the long one."""

from __future__ import annotations

from tests.endurance import soak
from tests.endurance.promises import broken_anywhere, readable


def test_publishing_and_asking_again_and_again_keeps_what_was_promised() -> None:
    promises = soak.run(short=True)
    assert len(promises) == 6
    assert broken_anywhere(promises) == [], readable(promises)
