"""Processes killed in the middle of whatever they do: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import House
from tests.kills import ACTS, add, hand_over_letter, publish, survive, survive_writes


def test_ten_processes_killed_at_random_moments_lose_nothing_and_double_nothing(house: House) -> None:
    assert survive(house, range(10)).total() > 10


def test_two_hundred_processes_killed_at_random_moments_lose_nothing_and_double_nothing(house: House) -> None:
    done = survive(house, range(100, 300))
    assert done.keys() == {act.__name__ for act in ACTS}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace, which kills at a write, is not on this machine")
@pytest.mark.parametrize("act", [add, publish, hand_over_letter], ids=lambda act: act.__name__)
def test_a_process_killed_at_any_of_its_writes_leaves_all_or_nothing(
    act: Callable[[House, random.Random, str], None], house: House, tmp_path: Path
) -> None:
    writes, before = survive_writes(house, act, 20, tmp_path / "writes.txt")
    assert writes > 10
    assert before > 10
