"""A home folder: what is said of one that cannot be used, and what lies in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant.accounts.accounts import Accounts, Details, Role, account_store
from assistant.home import Home, serving_alone
from tests.conftest import PROJECT
from tests.privileges import without_privileges


@pytest.fixture
def read_only_home(tmp_path: Path) -> Iterator[Path]:
    """A home with an account in it, into which nobody without privileges may write."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with closing(Accounts(account_store(home / "accounts.sqlite"))) as accounts:
        accounts.add("anna", Details(display_name="Anna", role=Role.AUTHOR), who="test")
    (home / "accounts.sqlite").chmod(0o400)
    home.chmod(0o500)
    yield home
    home.chmod(0o700)


@pytest.mark.servers
@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_a_home_that_can_only_be_read_is_said_to_be_so_and_never_to_be_damaged(
    read_only_home: Path, command: str
) -> None:
    ran = subprocess.run(
        [*without_privileges(), sys.executable, "-m", "commands.cli", command],
        env={"PATH": "/usr/bin:/bin", "MARKET_ENTRY_HOME": str(read_only_home), "PYTHONUTF8": "1"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        f"market-entry: The folder {read_only_home} can only be read, and nothing in it is damaged: run this as the"
        " user to whom it belongs, give this user the right to write there, or set MARKET_ENTRY_HOME to a folder that"
        " can be written.\n"
    )


_LOOK = """
import sys
from pathlib import Path
from assistant.accounts.accounts import account_store
from corpus.errors import KnownError
from corpus.store import problem_of
for use in (problem_of, account_store):
    try:
        use(Path(sys.argv[1]))
    except KnownError as error:
        print(type(error).__name__, error)
"""


@pytest.mark.servers
def test_a_file_that_can_only_be_read_is_said_to_be_so_and_never_to_be_damaged(read_only_home: Path) -> None:
    ran = subprocess.run(
        [*without_privileges(), sys.executable, "-c", _LOOK, str(read_only_home / "accounts.sqlite")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = ran.stdout.splitlines()
    assert len(told) == 2
    for line in told:
        assert line.startswith("StoreReadOnly The file ")
        assert "can only be read, and nothing in it is damaged" in line


_SERVE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from assistant.home import Home, serving_alone
with serving_alone(Home(Path(sys.argv[1])), 7860):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.servers
def test_a_server_that_was_killed_is_told_of_by_the_next_one_and_one_that_ended_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving_alone(Home(tmp_path), 7860):
        pass
    with serving_alone(Home(tmp_path), 7860):
        assert caplog.messages == []
    subprocess.run([sys.executable, "-c", _SERVE_AND_DIE, str(tmp_path)], cwd=PROJECT, check=False)
    with serving_alone(Home(tmp_path), 7860):
        [told] = caplog.messages
    assert "on port 7860) did not end by itself: it was killed" in told
