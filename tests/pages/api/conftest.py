"""The API as it is served, and clients with keys of each scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from assistant.accounts.keys import Scope
from assistant.app import App
from pages.api.doors import program_doors
from pages.api.site import PATH
from pages.shared.access import TrustedProxy
from pages.shared.admission import admission
from pages.shared.connections import UntilDisconnected
from tests.conftest import PATIENCE, House, served
from tests.staff_pages import TLS, peopled

Client = Callable[..., httpx.Client]


@dataclass
class ApiDoor:
    """A served API and its installation."""

    app: App
    url: str

    def token(self, *scopes: Scope, account: str = "", a_minute: int = 1000) -> str:
        """A key of these scopes, of all without any."""
        wanted = scopes or (Scope.ASK, Scope.READ)
        return self.app.keys.add("test", wanted, account=account, a_minute=a_minute, who="test")[1]

    def client(self, token: str = "", **headers: str) -> httpx.Client:
        """A program that sends a key."""
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, timeout=PATIENCE, verify=TLS, headers=sent | headers)


def api_of(app: App) -> FastAPI:
    """The API as the web door mounts it."""
    door = FastAPI()
    door.mount(PATH, program_doors(app, admission(app)).api)
    door.add_middleware(UntilDisconnected)
    door.add_middleware(TrustedProxy, settings=app.settings)
    return door


@pytest.fixture
def door(house: House, tmp_path: Path) -> Iterator[ApiDoor]:
    """The API over three documents, with an account of each role."""
    app = peopled(house, tmp_path / "accounts.sqlite")
    with served(api_of(app)) as url:
        yield ApiDoor(app, f"{url}{PATH}")
    for store in (app.journal, app.accounts, app.handoffs):
        store.close()


@pytest.fixture
def client(door: ApiDoor) -> Iterator[httpx.Client]:
    """A program with a key that may ask and read."""
    with door.client(door.token()) as client:
        yield client
