"""A flood of questions; `python -m tests.endurance flood` has the figures of a hundred a second for a minute."""

from __future__ import annotations

from tests.endurance import flood
from tests.endurance.promises import broken_anywhere, readable


def test_a_flood_of_questions_is_answered_or_told_to_come_back_and_others_are_answered_meanwhile() -> None:
    promises = flood.run(short=True)
    assert promises
    assert broken_anywhere(promises) == [], readable(promises)
