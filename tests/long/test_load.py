"""The load run in its short form; what it promises in seconds is held by `python -m tests.endurance load`."""

from __future__ import annotations

from tests.endurance import load
from tests.endurance.promises import broken_anywhere, readable


def test_many_at_once_are_answered_or_told_and_the_server_recovers() -> None:
    promises = load.run(short=True)
    assert promises
    assert broken_anywhere(promises) == [], readable(promises)
