"""What whoever has the duty does beside the answering."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from assistant.desk.background import work_in_background
from tests.conftest import PATIENCE, House, installation
from tests.mail_server import post_office


def test_all_that_is_done_in_the_background_is_begun_and_ends_when_it_is_told_to(house: House, tmp_path: Path) -> None:
    stop = threading.Event()
    with post_office() as office:
        opened = installation(house, tmp_path / "accounts.sqlite")
        with closing(replace(opened, settings=office.settings(house.folder))) as app:
            before = set(threading.enumerate())
            work_in_background(app, stop)
            begun = set(threading.enumerate()) - before
            stop.set()
            for thread in begun:
                thread.join(PATIENCE)
    assert {thread.name for thread in begun} == {"retention", "handoffs", "arrivals", "watches", "connections"}
