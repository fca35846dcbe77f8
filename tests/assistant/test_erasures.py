"""Marks of what was erased, in a file and in a database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.erasures import KEPT_DAYS, ErasureKind, Erasures, erasures_beside
from tests.conftest import Clock
from tests.servers import Places

_DAY = 86_400.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def erasures(places: Places, tmp_path: Path, clock: Clock) -> Erasures:
    return erasures_beside(places(tmp_path / "journal.sqlite"), clock)


def test_marks_are_kept_in_their_order_with_one_salt_for_all_addresses(erasures: Erasures) -> None:
    assert erasures.marks() == []
    made = [erasures.add(ErasureKind.EMAIL, f"{name}@x.example", receipt=name) for name in ("ana", "bea")]
    made.append(erasures.add(ErasureKind.SESSION, "a pseudonym"))
    assert erasures.marks() == made
    assert len({one.salt for one in made[:2]}) == 1
    assert "ana@x.example" not in str(made)


def test_marks_of_elsewhere_are_taken_in_once(erasures: Erasures, clock: Clock) -> None:
    later = erasures.add(ErasureKind.SESSION, "later")
    clock.now -= _DAY
    earlier = erasures.add(ErasureKind.DOCUMENT, "japan/gone")
    erasures.take_in([later, earlier])
    erasures.take_in([earlier])
    assert erasures.marks() == [earlier, later]
    erasures.lift("japan/gone")
    assert erasures.marks() == [later]


def test_marks_go_when_no_backup_can_be_as_old(erasures: Erasures, clock: Clock) -> None:
    assert erasures.forget() == 0
    erasures.add(ErasureKind.SESSION, "old")
    clock.now += KEPT_DAYS * _DAY + 1
    new = erasures.add(ErasureKind.SESSION, "new")
    assert erasures.forget() == 1
    assert erasures.marks() == [new]


def test_marks_that_are_made_at_once_are_all_kept(erasures: Erasures) -> None:
    with ThreadPoolExecutor(4) as many:
        list(many.map(lambda number: erasures.add(ErasureKind.SESSION, str(number)), range(12)))
    assert sorted(int(one.mark) for one in erasures.marks()) == list(range(12))
