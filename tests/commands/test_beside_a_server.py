"""Commands on a home that is being served, beside one server for all of them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.request import urlopen

import pytest

from assistant.answers import Answer, Outcome
from assistant.app import App
from assistant.journal.journal import Journal
from assistant.understand.questions import Question, understand
from tests.conftest import PATIENCE, Run, free_port
from tests.serving import Server, started

pytestmark = pytest.mark.servers

QUESTION = "Do we need a local representative to sell a class II device in Japan?"
FOOD = "japan/nutrition"


@dataclass(frozen=True)
class Running:
    """A server of a home in which a question was remembered before it began."""

    address: str
    server: Server
    home: Path


@pytest.fixture(scope="module")
def running(lean: App, lean_as_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """It keeps no wording of a question; at its end it is told to stop, and does."""
    home = Path(shutil.copytree(lean_as_built, tmp_path_factory.mktemp("running") / "home"))
    question = Question("Does our zirconium graft need a licence in Vietnam?")
    answer = Answer(Outcome.NOT_IN_LIBRARY, "en", "")
    with closing(Journal(home / "journal.sqlite")) as journal:
        journal.remember(question, understand(question, lean.vocabulary), answer, session="browser-1")
        assert journal.holdings()[0].count == 1
    address, server = started(home, {"MARKET_ENTRY_KEEP_QUESTIONS": "never"}, log=subprocess.DEVNULL)
    try:
        yield Running(address, server, home)
        assert server.poll() is None
        server.terminate()
        assert server.wait() in (0, -signal.SIGTERM)
    finally:
        server.kill()
        server.wait()


def test_questions_are_answered_and_the_index_is_built(running: Running, market_entry: Run) -> None:
    assert market_entry("ask", QUESTION, "--json", home=running.home).json["outcome"] == "grounded"
    assert market_entry("index", "build", home=running.home).returncode == 0
    with urlopen(f"{running.address}/", timeout=PATIENCE) as page:  # noqa: S310 - our own address
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_second_server_of_the_home_or_on_the_port_is_refused(
    running: Running, market_entry_process: Run, lean_as_built: Path, tmp_path: Path
) -> None:
    port = running.address.rpartition(":")[2]
    second = market_entry_process("serve", "--port", str(free_port()), home=running.home)
    assert second.returncode == 1
    assert f"is already served by process {running.server.pid} on port {port}" in second.stderr
    another = Path(shutil.copytree(lean_as_built, tmp_path / "another"))
    taken = market_entry_process("serve", "--port", port, home=another)
    assert taken.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in taken.stderr


def test_documents_are_revised_withdrawn_and_purged(running: Running, market_entry: Run, tmp_path: Path) -> None:
    shown = market_entry("corpus", "show", FOOD, "--markdown", home=running.home).stdout
    file = tmp_path / "food.md"
    assert "Functional foods" in shown
    file.write_text(shown.replace("Functional foods", "Quokkas as food, functional foods"), "utf-8")
    for words in (
        ("revise", FOOD, str(file)),
        ("move", FOOD, "withdrawn", "--why", "wrong"),
        ("purge", FOOD, "--why", "asked to"),
    ):
        ran = market_entry("corpus", *words, home=running.home)
        assert ran.returncode == 0, ran.stderr
    held = [path for path in running.home.rglob("*") if path.is_file() and b"quokka" in path.read_bytes().lower()]
    assert held == []
    assert running.server.poll() is None


def test_a_server_removes_what_is_not_to_be_kept_by_itself(running: Running) -> None:
    with closing(Journal(running.home / "journal.sqlite")) as journal:
        while journal.holdings()[0].count:
            time.sleep(0.2)  # the test's own time limit ends it
        assert journal.last_forgotten() == date.today()
