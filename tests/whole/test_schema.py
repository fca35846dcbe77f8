"""Whatever a route says that it takes is answered: no failure, nothing of our insides, and the border's headers.

Schemathesis draws requests from the OpenAPI descriptions of our sites, such as fit and such as do not. FastAPI
makes the descriptions for the test alone: the product serves none.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import PATIENCE
from tests.drawn_requests import WHERE, Door, opened_door, withstands

REQUESTS = 2  # a route and kind; many more with `make test-long`


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with opened_door(tmp_path_factory.mktemp("schema")) as door:
        yield door


@pytest.mark.parametrize("name", WHERE)
def test_every_route_withstands_what_its_description_lets_somebody_send(door: Door, name: str) -> None:
    assert withstands(door, name, REQUESTS) >= 2


_TOO_LARGE = 10**30  # for a store


@pytest.mark.parametrize(
    "path",
    [
        f"/staff/gaps/{_TOO_LARGE}",
        f"/staff/handoffs/{_TOO_LARGE}",
        f"/staff/documents/japan/devices-and-ivds:compare?before={_TOO_LARGE}&after=1",
        f"/staff/documents/japan/devices-and-ivds?version={_TOO_LARGE}",
        f"/staff/documents/japan/devices-and-ivds:original?version={_TOO_LARGE}",
        f"/library?number={_TOO_LARGE}",
        f"/library/japan/devices-and-ivds?version={_TOO_LARGE}",
    ],
)
def test_a_number_that_no_store_holds_is_refused(door: Door, path: str) -> None:
    assert 400 <= door.session.get(f"{door.url}{path}", timeout=PATIENCE).status_code < 500


@pytest.mark.parametrize("path", ["/staff/intake:settle", "/staff/documents/japan/devices-and-ivds:comment"])
def test_a_number_in_a_form_that_no_store_holds_is_refused(door: Door, path: str) -> None:
    fields = {"form_token": door.form_token, "document_id": "japan/devices-and-ivds", "text": "x", "note": "x"}
    numbers = {"version": _TOO_LARGE, "number": _TOO_LARGE, "matter": "near-duplicate"}
    answer = door.session.post(f"{door.url}{path}", fields | numbers, timeout=PATIENCE)
    assert answer.status_code == 422
