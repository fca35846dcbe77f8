"""`market-entry connections`: a folder, as docs/connections.md connects it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Ran, Run
from tests.corpus.connections.connected import text_of


@pytest.fixture
def home(lean_as_built: Path, tmp_path: Path) -> Path:
    """A home of three documents that may be written to."""
    return Path(shutil.copytree(lean_as_built, tmp_path / "home"))


def test_a_folder_is_connected_run_listed_paused_and_removed(market_entry: Run, home: Path, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "one.md").write_text(text_of(1), "utf-8")
    (papers / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing")
    reach = tmp_path / "connections.toml"
    reach.write_text(f'[[share]]\naddress = "{papers}"\npassword = "not to be shown"\n', "utf-8")
    refused = market_entry("connections", "add", "folder", str(papers), home=home)
    assert refused.returncode == 1
    assert "is not among the places that connections may reach here" in refused.stderr

    def connections(*words: str) -> Ran:
        return market_entry("connections", *words, home=home, MARKET_ENTRY_CONNECTIONS=str(reach))

    assert connections("add", "folder", str(papers)).stdout == "1\n"
    assert "is connected already" in connections("add", "folder", str(papers)).stderr
    ran = connections("run", "--json")
    told = json.loads(ran.stdout)
    assert (len(told["taken"]), len(told["refused"])) == (1, 1)
    assert told["taken"][0]["stage"] == "draft"
    [listed] = json.loads(connections("list", "--json").stdout)
    assert (listed["taken"], listed["known"], listed["refused"]) == (1, 0, 1)
    assert [one["name"] for one in listed["errors"]] == ["broken.pdf"]
    assert "not to be shown" not in json.dumps(listed) + connections("list").stdout
    shutil.rmtree(papers)
    gone = connections("run", "1")
    assert gone.returncode == 1
    assert "does not answer (No such file or directory)" in gone.stderr
    connections("pause", "1")
    assert "paused" in connections("list").stdout
    connections("remove", "1")
    assert connections("list").stdout == ""
    assert "There is no connection 1" in connections("resume", "1").stderr
