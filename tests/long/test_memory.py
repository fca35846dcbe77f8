"""Memory that runs out, as the kernel sees it: it ends a process of those that share too little."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from assistant.app import open_app
from assistant.handoff.handoffs import Handoffs
from assistant.settings import Settings
from corpus.vocabulary import vocabulary
from tests.bombs import paragraph, word
from tests.conftest import Run
from tests.endurance.faults import Visitors
from tests.memory_group import MemoryGroup, memory_group, why_none
from tests.serving import started
from tests.staff_pages import Browser, people

pytestmark = pytest.mark.skipif(bool(why_none()), reason=why_none())

QUESTION = "/compare?question=Who+files+the+product%3F&market=japan&market=brazil"
BEHIND_A_PROXY = {"MARKET_ENTRY_TRUSTED_PROXY": "127.0.0.1"}


@pytest.fixture
def home(shipped_as_built: Path, tmp_path: Path) -> Path:
    """The shipped library, and an account of each role."""
    copied = Path(shutil.copytree(shipped_as_built, tmp_path / "home"))
    with closing(open_app(Settings(home=copied))) as app:
        people(app)
    return copied


@pytest.fixture
def group() -> Iterator[MemoryGroup]:
    with memory_group() as made:
        yield made


def paper(name: str) -> bytes:
    """A text that resembles no other."""
    return " ".join(f"{name}-{number} stands here." for number in range(60)).encode()


def send(browser: Browser, name: str, content: bytes) -> httpx.Response:
    """Take a file in by the form of the page."""
    token, headers = {"form_token": browser.form_token(), "address": ""}, {"Origin": browser.origin}
    return browser.client.post("/staff/intake", data=token, files=[("files", (name, content))], headers=headers)


def taken(home: Path) -> Counter[str]:
    """How often a file stands in the catalogue as one that was taken in."""
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection:
        return Counter(name for (name,) in connection.execute("SELECT origin FROM documents"))


def test_a_file_that_needs_more_memory_than_there_is_is_refused_in_a_sentence_and_the_server_goes_on(
    home: Path, group: MemoryGroup
) -> None:
    hungry = word(paragraph("Words of a text that is long. " * 20) * 200_000)
    address, server = started(home, before=group.words)
    try:
        ada = Browser(address)
        ada.sign_in("ada")
        assert "Taken in as a new document" in send(ada, "first.txt", paper("first")).text
        assert ada.get(QUESTION).status_code == 200
        group.rest()
        group.leave(100)
        shown = send(ada, "hungry.docx", hungry)
        assert group.ended >= 1
        assert shown.status_code == 200
        assert (
            "hungry.docx needs too much memory to read (more than the system has left just now); split it, or save it"
            " in another format." in shown.text
        )
        assert server.poll() is None
        assert "Taken in as a new document" in send(ada, "second.txt", paper("second")).text
        assert ada.get(QUESTION).status_code == 200
        assert server.poll() is None
    finally:
        server.kill()
        server.wait()
    assert {name: count for name, count in taken(home).items() if name.endswith((".txt", ".docx"))} == {
        "first.txt": 1,
        "second.txt": 1,
    }


@contextmanager
def taking_in(address: str, acknowledged: set[str]) -> Iterator[None]:
    """Somebody who takes in one file after the other until the block ends."""
    stop = Event()

    def work() -> None:
        with suppress(httpx.HTTPError):  # the server is ended meanwhile
            ada = Browser(address)
            ada.sign_in("ada")
            number = 0
            while not stop.is_set():
                number += 1
                shown = send(ada, f"paper-{number}.txt", paper(f"paper-{number}"))
                acknowledged.update(
                    re.findall(r'<th scope="row">(paper-\d+\.txt)</th>\s*<td[^>]*>\s*Taken in', shown.text)
                )

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_server_that_is_ended_by_memory_while_people_ask_write_and_take_in_loses_nothing(
    home: Path, group: MemoryGroup, market_entry: Run, tmp_path: Path
) -> None:
    files: set[str] = set()
    visitors = Visitors()
    address, server = started(home, BEHIND_A_PROXY, before=group.words)
    try:
        with visitors.visiting(address), taking_in(address, files):
            while not (files and visitors.acknowledged):
                time.sleep(0.1)
            group.leave(4)
            server.wait()
    finally:
        server.kill()
        server.wait()
    assert (server.returncode, group.ended >= 1) == (-signal.SIGKILL, True)
    for path in home.glob("*.sqlite"):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], path.name
    log = tmp_path / "log"
    with log.open("w") as written:
        address, server = started(home, BEHIND_A_PROXY, log=written)
        try:
            ada = Browser(address)
            ada.sign_in("ada")
            for name in files:
                assert "Known already" in send(ada, name, paper(name.removesuffix(".txt"))).text
            assert ada.get(QUESTION).status_code == 200
        finally:
            server.terminate()
            server.wait()
    assert "did not end by itself" in log.read_text("utf-8")
    found = taken(home)
    assert files <= set(found)
    assert max(found[name] for name in found if name.startswith("paper-")) == 1
    with closing(Handoffs(home / "handoffs.sqlite", vocabulary())) as handoffs:
        letters = [one.draft.message for one in handoffs.find()]
    assert visitors.acknowledged <= set(letters)
    assert len(set(letters)) == len(letters)
    assert market_entry("index", "verify", home=home).returncode == 0
