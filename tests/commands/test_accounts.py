"""`market-entry accounts`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.accounts.accounts import account_store
from assistant.accounts.sessions import Sessions, SignInRefused
from commands.cli import app
from corpus.errors import KnownError
from tests.conftest import Run, quick_passwords

PASSWORD = "wolken ziehen nachts"  # noqa: S105 - of nobody


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def code_in(printed: str) -> str:
    return printed.splitlines()[-1]


def test_the_first_administrator_is_made_in_a_new_home_and_signs_in_with_the_code(
    market_entry: Run, home: Path
) -> None:
    made = market_entry("accounts", "add", "anna", "--role", "administrator", "--cluster", "biocat", home=home)
    assert made.returncode == 0, made.stderr
    assert "http://127.0.0.1:7860/staff/code" in made.stdout
    store = account_store(home / "accounts.sqlite")
    sessions = Sessions(store, passwords=quick_passwords())
    session = sessions.session(sessions.use_code("anna", code_in(made.stdout), PASSWORD, address=""))
    assert session is not None
    assert session.account.role == "administrator"
    reset = market_entry("accounts", "reset", "anna", home=home)
    with pytest.raises(SignInRefused):
        sessions.sign_in("anna", PASSWORD, address="")
    assert sessions.use_code("anna", code_in(reset.stdout), PASSWORD, address="")
    store.close()


def run(home: Path, *words: str) -> Result:
    """The same command in this process."""
    return CliRunner().invoke(app, ["accounts", *words], env={"MARKET_ENTRY_HOME": str(home)})


def test_accounts_are_listed_disabled_and_enabled(home: Path) -> None:
    for name, role in (("anna", "administrator"), ("acme", "member")):
        assert run(home, "add", name, "--role", role, "--display-name", f"{name.title()} Ltd").exit_code == 0
    assert run(home, "disable", "acme").exit_code == 0
    rows = json.loads(run(home, "list", "--json").stdout)
    assert [(row["name"], row["state"]) for row in rows] == [("anna", "new"), ("acme", "disabled")]
    assert "Acme Ltd" in run(home, "list").stdout
    assert run(home, "enable", "acme").exit_code == 0
    assert json.loads(run(home, "list", "--json").stdout)[1]["state"] == "new"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "anna puig", "--role", "author"], "A name has 2 to 64 characters"),
        (["add", "anna", "--role", "author", "--cluster", "mars"], "choose from biocat"),
        (["reset", "nobody"], "There is no account 'nobody'"),
        (["disable", "nobody"], "There is no account 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_told(home: Path, words: list[str], sentence: str) -> None:
    refused = run(home, *words).exception
    assert isinstance(refused, KnownError)
    assert sentence in str(refused)
