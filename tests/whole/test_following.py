"""The index follows what is published: at once on the command line, soon after in a server."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread

import pytest

from assistant.app import App
from corpus.documents import Stage
from index.build import embedded, verify
from index.removal import purge
from tests.conftest import TODAY, House, installation

DEVICES = "japan/devices"


def opened(house: House, behind: Event | None = None) -> App:
    return replace(installation(house, house.folder / "accounts.sqlite"), behind=behind)


@pytest.fixture
def server(house: House) -> App:
    """A server's view of the house, with its thread running."""
    behind = Event()
    app = opened(house, behind)
    Thread(target=app.upkeep.keep_up, daemon=True).start()
    return app


def found(house: House, question: str) -> list[str]:
    return [hit.passage.text for hit in house.search.find(question, language="en", today=TODAY).hits]


def until(true: Callable[[], bool]) -> None:
    """Wait for something to happen; the time limit of all tests ends it when it does not."""
    while not true():
        time.sleep(0.05)


def test_on_the_command_line_a_published_draft_is_found_when_the_call_returns(house: House) -> None:
    app = opened(house)
    house.edit(DEVICES, "The zebrafish rule of 2026.")
    house.review(DEVICES)
    app.upkeep.follow()
    assert "The zebrafish rule of 2026." in found(house, "zebrafish rule")
    assert verify(house.index, house.catalogue) == []


def test_a_draft_is_not_found_and_has_its_vectors_before_it_is_published(house: House) -> None:
    app = opened(house)
    house.edit(DEVICES, "The zebrafish rule of 2026.")
    app.upkeep.follow()
    assert "The zebrafish rule of 2026." not in found(house, "zebrafish rule")
    texts = sorted(embedded(house.catalogue.in_play()))
    assert any("zebrafish" in text for text in texts)
    assert len(house.cache.known(texts)) == len(texts)


def test_in_a_server_the_call_returns_at_once_and_the_index_follows(server: App, house: House) -> None:
    house.edit(DEVICES, "The zebrafish rule of 2026.")
    house.review(DEVICES)
    server.upkeep.follow()
    until(lambda: "The zebrafish rule of 2026." in found(house, "zebrafish rule"))


def test_a_server_finishes_a_purge_in_the_background(server: App, house: House) -> None:
    server.purge([DEVICES], who="ana", why="asked to")
    assert DEVICES not in {hit.document.id for hit in house.search.find("MAH", language="en", today=TODAY).hits}
    until(lambda: all(tombstone.finished for tombstone in house.catalogue.tombstones()))
    assert verify(house.index, house.catalogue) == []


def test_a_server_goes_on_after_a_build_that_failed(
    server: App, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    folder = house.folder / "index"
    folder.rename(house.folder / "away")
    folder.write_bytes(b"no folder")
    house.catalogue.move("brazil/food", Stage.WITHDRAWN, who="ana", why="")
    server.upkeep.follow()
    until(lambda: "The index does not follow" in caplog.text)
    folder.unlink()
    (house.folder / "away").rename(folder)
    server.upkeep.follow()
    until(lambda: house.index.up_to_date(house.catalogue.position))


def test_a_purge_that_was_stopped_is_finished_at_the_next_start(house: House) -> None:
    purge(house.catalogue, [DEVICES], who="ana", why="asked to")
    opened(house).upkeep.make_ready(print)
    assert [tombstone.finished for tombstone in house.catalogue.tombstones()] == [True]
