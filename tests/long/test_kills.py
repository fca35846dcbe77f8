"""Processes killed in the middle of whatever they do: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

import httpx
import pytest

from assistant.app import open_app
from assistant.settings import Settings
from corpus.scratch import PREFIX
from tests.bombs import paragraph
from tests.conftest import House
from tests.kills import ACTS, add, hand_over_letter, publish, survive, survive_writes
from tests.serving import started
from tests.staff_pages import Browser, people


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


def test_what_a_server_was_sent_when_it_was_killed_is_gone_once_it_is_started_again(
    shipped_as_built: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(shipped_as_built, tmp_path / "home"))
    with closing(open_app(Settings(home=home))) as app:
        people(app)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    address, server = started(home, {"TMPDIR": str(scratch)})
    try:
        browser = Browser(address)
        browser.sign_in("anna")
        Thread(target=_send, args=(browser, paragraph("The fee is paid. ").encode() * 20_000)).start()
        while not list(scratch.glob(f"{PREFIX}upload-*/*/*")):
            time.sleep(0.01)
    finally:
        server.kill()
        server.wait()
    assert list(scratch.glob(f"{PREFIX}upload-*/*/*"))
    _, server = started(home, {"TMPDIR": str(scratch)})
    try:
        while list(scratch.glob(f"{PREFIX}*")):
            time.sleep(0.1)
    finally:
        server.kill()
        server.wait()


def _send(browser: Browser, content: bytes) -> None:
    sent = {"form_token": browser.form_token(), "address": ""}
    with suppress(httpx.HTTPError):  # it is killed
        files = [("files", ("long.txt", content))]
        browser.client.post("/staff/intake", data=sent, files=files, headers={"Origin": browser.origin})
