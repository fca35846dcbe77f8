"""Processes killed in the middle of whatever they do: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

from tests.conftest import House
from tests.kills import (
    ACTS,
    survive,
)


def test_ten_processes_killed_at_random_moments_lose_nothing_and_double_nothing(house: House) -> None:
    assert survive(house, range(10)).total() > 10


def test_two_hundred_processes_killed_at_random_moments_lose_nothing_and_double_nothing(house: House) -> None:
    done = survive(house, range(100, 300))
    assert done.keys() == {act.__name__ for act in ACTS}
