"""The staff pages as they are served, an account of each role, and what a browser does with them."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request
from sqlalchemy import insert
from starlette.routing import BaseRoute

from assistant.accounts.accounts import Details, Role
from assistant.app import App
from corpus.catalogue import tables
from corpus.documents import Document, Metadata, Stage, Version, digest
from corpus.passages import split_markdown
from pages.shared.access import TrustedProxy, access_of
from pages.staff.site import staff
from tests.conftest import PATIENCE, Clock, House, installation

PASSWORD = "wolken ziehen nachts"  # noqa: S105 - of nobody
ROLES = {"mia": Role.MEMBER, "ada": Role.AUTHOR, "rosa": Role.REVIEWER, "anna": Role.ADMINISTRATOR}
COOKIE = "market-entry"
TLS = ssl.create_default_context()  # reading the certificates for each browser anew takes longer than most pages


_ROUTES: list[BaseRoute] = []


def staff_site(app: App) -> FastAPI:
    """The staff pages of an installation; FastAPI reads the signatures of their routes once for all of them."""
    site = staff(app)
    if not _ROUTES:
        plain = app.settings.model_copy(update={"openid_issuer": ""})
        _ROUTES.extend(staff(replace(app, settings=plain)).router.routes)
    site.router.routes[: len(_ROUTES)] = _ROUTES  # those of a provider of identities come last
    return site


def web(app: App, site: FastAPI | None = None) -> FastAPI:
    """The staff pages as the web door mounts them, and a page that tells the reader as the chat asks for it."""
    door = FastAPI()
    access = access_of(app)

    @door.get("/")
    def chat(request: Request) -> str:
        return access.reader(request).value

    door.mount("/staff", site or staff_site(app))
    door.add_middleware(TrustedProxy, settings=app.settings)
    return door


@dataclass
class Site:
    """A served installation with an account of each role, the clock by which it lives, and its address."""

    app: App
    clock: Clock
    url: str

    def browser(self, name: str = "", **headers: str) -> Browser:
        """A browser of its own, of somebody who has signed in or of nobody."""
        browser = Browser(self.url, headers=headers)
        if name:
            assert browser.sign_in(name).status_code == 303
        return browser


class Browser:
    """What a browser does: keeps cookies, fills in forms, and says where they come from."""

    def __init__(self, url: str, **options: Any) -> None:  # noqa: ANN401 - as httpx takes them
        self.client = httpx.Client(base_url=url, timeout=PATIENCE, verify=TLS, **options)
        self.origin = url

    def __del__(self) -> None:
        self.client.close()

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def form_token(self) -> str:
        """The token in the forms of this browser's pages."""
        found = re.search(r'name="form_token" value="(\w+)"', self.get("/staff/account").text)
        return found[1] if found else ""

    def post(self, path: str, *, form_token: str | None = None, **fields: str) -> httpx.Response:
        """Send a form of one of our pages."""
        token = self.form_token() if form_token is None else form_token
        return self.client.post(path, data=fields | {"form_token": token}, headers={"Origin": self.origin})

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        return self.post("/staff/sign-in", form_token="", name=name, password=password, **more)

    @property
    def token(self) -> str:
        return self.client.cookies.get(COOKIE) or ""


def people(app: App) -> None:
    """An account of each role, with a password."""
    for name, role in ROLES.items():
        code = app.accounts.add(name, Details(display_name=name.title(), role=role, cluster="biom"), who="test")
        app.sessions.use_code(name, code, PASSWORD, address="")


_PEOPLE: dict[bool, bytes] = {}


def peopled(house: House, accounts: Path, clock: Callable[[], float] = time.time, **settings: str) -> App:
    """An installation with an account of each role, made once for each kind of clock and copied."""
    stands_still = isinstance(clock, Clock)
    if stands_still not in _PEOPLE:
        first = installation(house, accounts, clock)
        people(first)
        first.accounts.close()
        _PEOPLE[stands_still] = accounts.read_bytes()
    accounts.write_bytes(_PEOPLE[stands_still])
    return installation(house, accounts, clock, **settings)


Form = dict[str, list[str]]


def form_of(html: str) -> Form:
    """What a document's form holds, as a browser would send it."""
    form = html[html.index('<form class="sheet"') :]
    found: Form = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name, options in re.findall(r'<select [^>]*name="([^"]*)">(.*?)</select>', form, re.DOTALL):
        found.setdefault(name, []).extend(map(unescape, re.findall(r'value="([^"]*)" selected', options)))
    for name, text in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        found[name] = [unescape(text).replace("\n", "\r\n")]
    return found


def fill(browser: Browser, path: str, form: Form | None = None, /, **changes: str | list[str]) -> httpx.Response:
    """Open a document's form, change fields and send it."""
    form = form or form_of(browser.get(path).text)
    data = form | {name: value if isinstance(value, list) else [value] for name, value in changes.items()}
    return browser.client.post(path, data=data, headers={"Origin": browser.origin})


DEVICES = "/staff/documents/japan/devices"


def add_document(house: House, document_id: str, stage: Stage = Stage.PUBLISHED, **said: object) -> Document:
    """A document with some fields of its own."""
    known = house.catalogue.document("japan/devices").metadata
    metadata: Metadata = replace(known, **{"title": document_id, **said})  # type: ignore[arg-type]
    body = f"## About {document_id}\nIt has a text of its own. [law]\n"
    version = Version(document_id, 0, metadata, body, digest(body))
    passages = split_markdown(version)
    return house.catalogue.add_version(version, passages, origin="test", stage=stage, who="ana", why="")


def ids_shown(html: str) -> list[str]:
    """The ids in the table, in its order."""
    return re.findall(r'</a><span class="id">([^<]+)</span></th>', html)


def add_many(house: House, count: int) -> None:
    """So many published documents, straight into the catalogue, since adding them one by one would take minutes."""
    known = house.catalogue.document("japan/devices").version
    with house.catalogue.store.writing() as connection:
        ids = [f"bulk/n{number}" for number in range(count)]
        connection.execute(insert(tables.documents), [{"id": key, "origin": "test", "owner": ""} for key in ids])
        versions = [replace(known, document_id=key, body=known.body * 50) for key in ids]
        rows = [tables.version_to_row(version, Stage.PUBLISHED) for version in versions]
        connection.execute(insert(tables.versions), rows)
