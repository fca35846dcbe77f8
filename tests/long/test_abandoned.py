"""Questions that nobody listens to; `python -m tests.endurance abandoned` has the figure of the long form."""

from __future__ import annotations

from tests.endurance import abandoned
from tests.endurance.promises import broken, readable


def test_the_memory_that_abandoned_questions_take_is_given_back() -> None:
    promises = abandoned.run(short=True)
    assert promises
    assert broken(promises) == [], readable(promises)
