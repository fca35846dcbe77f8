"""Many requests a route, of which `tests/whole/test_schema.py` sends a few."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drawn_requests import WHERE, Door, opened_door, withstands

REQUESTS = 40  # a route and kind


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with opened_door(tmp_path_factory.mktemp("schema")) as door:
        yield door


@pytest.mark.parametrize("name", WHERE)
def test_every_route_withstands_much_of_what_its_description_lets_somebody_send(door: Door, name: str) -> None:
    assert withstands(door, name, REQUESTS) >= 2
