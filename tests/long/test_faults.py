"""The run of faults in its short form; `python -m tests.endurance faults` is the long one."""

from __future__ import annotations

from tests.endurance.faults import run
from tests.endurance.promises import broken_anywhere, readable


def test_whatever_breaks_nothing_is_lost_and_the_service_is_back() -> None:
    promises = run(short=True)
    assert promises
    assert broken_anywhere(promises) == [], readable(promises)
