"""The shipped library with people, for the tests of the web door as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.accounts.accounts import Accounts, account_store
from assistant.accounts.sessions import Sessions
from assistant.app import App
from tests.conftest import quick_passwords
from tests.staff_pages import people


@contextmanager
def with_people(shipped: App, folder: Path) -> Iterator[App]:
    """The shipped library with accounts of its own in a folder."""
    store = account_store(folder / "accounts.sqlite")
    app = replace(shipped, accounts=Accounts(store), sessions=Sessions(store, passwords=quick_passwords()))
    people(app)
    yield app
    store.close()


@pytest.fixture
def app(shipped: App, tmp_path: Path) -> Iterator[App]:
    """The shipped library with accounts of this test's own."""
    with with_people(shipped, tmp_path) as app:
        yield app
