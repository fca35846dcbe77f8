"""Staff pages over a house without documents; most modules have a site of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.app import App
from tests.conftest import Clock, House, served, word_vectors
from tests.staff_pages import Site, peopled, web


@pytest.fixture(scope="module")
def empty_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"), word_vectors())
    yield house
    house.catalogue.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(empty_house: House, tmp_path: Path, clock: Clock) -> Iterator[App]:
    """An installation with an account of each role."""
    app = peopled(empty_house, tmp_path / "accounts.sqlite", clock)
    yield app
    app.accounts.close()


@pytest.fixture
def site(app: App, clock: Clock) -> Iterator[Site]:
    with served(web(app)) as url:
        yield Site(app, clock, url)
