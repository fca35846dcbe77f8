"""Files that are made to cost much; `python -m tests.endurance bombs` has all of them and their figures."""

from __future__ import annotations

from tests.endurance import bombs
from tests.endurance.promises import broken_anywhere, readable


def test_a_file_that_is_made_to_cost_much_costs_one_outcome_and_leaves_nothing_behind() -> None:
    promises = bombs.run(short=True)
    assert promises
    assert broken_anywhere(promises) == [], readable(promises)
