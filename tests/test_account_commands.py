"""`market-entry accounts`, as real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.accounts import account_store
from assistant.sessions import Sessions, SignInRefused
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


def test_accounts_are_listed_disabled_and_enabled(market_entry: Run, home: Path) -> None:
    for name, role in (("anna", "administrator"), ("acme", "member")):
        market_entry("accounts", "add", name, "--role", role, "--display-name", f"{name.title()} Ltd", home=home)
    assert market_entry("accounts", "disable", "acme", home=home).returncode == 0
    rows = json.loads(market_entry("accounts", "list", "--json", home=home).stdout)
    assert [(row["name"], row["state"]) for row in rows] == [("anna", "new"), ("acme", "disabled")]
    assert "Acme Ltd" in market_entry("accounts", "list", home=home).stdout
    assert market_entry("accounts", "enable", "acme", home=home).returncode == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "anna puig", "--role", "author"], "A name has 2 to 64 characters"),
        (["add", "anna", "--role", "author", "--cluster", "mars"], "choose from biocat"),
        (["add", "anna", "--role", "king"], "'king'"),
        (["reset", "nobody"], "There is no account 'nobody'"),
        (["disable", "nobody"], "There is no account 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_told_without_a_traceback(
    market_entry: Run, home: Path, words: list[str], sentence: str
) -> None:
    ran = market_entry("accounts", *words, home=home)
    assert ran.returncode != 0
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr
