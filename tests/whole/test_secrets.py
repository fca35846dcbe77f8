"""No key, password or token is in any page, file or error, nor in what a server prints."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from pydantic import SecretStr

from assistant.accounts.accounts import Details, Role
from assistant.app import open_app
from assistant.settings import Settings
from tests.conftest import free_port
from tests.serving import serving_with
from tests.staff_pages import COOKIE, PASSWORD, Browser

SECRET_SETTINGS = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]
SECRETS = {name: f"of-the-house-{name.replace('_', '-')}-4711" for name in SECRET_SETTINGS}
BESIDE = {  # what else has to be set where a secret is; nobody answers there
    "CHAT_MODEL": "scripted",
    "CHAT_URL": "http://127.0.0.1:9/v1",
    "CHAT_SECONDS": "1",
    "RERANK_URL": "http://127.0.0.1:9/rerank",
    "RERANK_MODEL": "x",
    "OPENID_ISSUER": "http://127.0.0.1:9",
    "OPENID_CLIENT_ID": "x",
    "SMTP_HOST": "127.0.0.1",
    "SMTP_PORT": "9",
    "SMTP_SENDER": "a@x.example",
    "SMTP_USER": "x",
    "WEBHOOK_URL": "http://127.0.0.1:9/",
}
STARTS: tuple[str, ...] = (
    "/",
    "/config",
    "/healthz",
    "/gradio_api/info",
    "/compare?question=fees&market=japan&market=usa",
    "/library",
)
STARTS += ("/plan?market=japan&product=devices", "/contact", "/best-practice/", "/compare/comparison.pdf?question=x")
STAFF = (
    "/staff/",
    "/staff/report.csv",
    "/staff/report.pdf",
    "/staff/accounts",
    "/staff/accounts/anna",
    "/staff/account",
)
ENDS = ("/nothing", "/staff/nothing", "/gradio_api/nothing", "/staff/accounts/nobody", "/staff/sign-in/openid")
_MOST = 400  # pages that are opened


@dataclass
class Seen:
    """What a server gave and printed, and what of it must not be there."""

    texts: dict[str, str]
    printed: str
    secrets: dict[str, str]


@pytest.fixture(scope="module")
def seen(shipped_as_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """A real server with a secret in every setting that is one, used by an administrator and by a stranger."""
    home = tmp_path_factory.mktemp("secrets") / "home"
    shutil.copytree(shipped_as_built, home)
    app = open_app(Settings(home=home))
    code = app.accounts.add("anna", Details(display_name="Anna", role=Role.ADMINISTRATOR, cluster="biom"), who="test")
    app.close()
    port = free_port()
    settings = BESIDE | {name.upper(): value for name, value in SECRETS.items() if name != "embedding_key"}
    settings |= {"PUBLIC_URL": f"http://127.0.0.1:{port}", "EMBEDDING_KEY": SECRETS["embedding_key"]}
    printed = home.parent / "printed"
    named = {f"MARKET_ENTRY_{name}": value for name, value in settings.items()}
    with printed.open("w") as out, serving_with(named, home, port=port, log=out) as address:
        texts, tokens = used(address, code)
    secrets = SECRETS | tokens | {"password": PASSWORD, "code": code} | hashes(home)
    return Seen(texts, printed.read_text("utf-8"), secrets)


def used(address: str, code: str) -> tuple[dict[str, str], dict[str, str]]:
    """Every page and file that two browsers are led to, and the tokens of their sessions."""
    anna, stranger = Browser(address), Browser(address)
    anna.post("/staff/code", form_token="", name="anna", code=code, password=PASSWORD)
    texts = {f"stranger {path}": text for path, text in opened(stranger, [*STARTS, *ENDS])}
    texts |= {f"anna {path}": text for path, text in opened(anna, [*STAFF, *ENDS])}
    wrong = stranger.sign_in("anna", "wrong")
    tried = anna.post("/staff/try", question="What does a 510(k) cost?", language="en")
    texts |= {
        "a wrong password": wrong.text,
        "a trial": tried.text,
        "a wrong code": stranger.post("/staff/code", form_token="", name="anna", code=code, password=PASSWORD).text,
    }
    return texts, {"session": anna.token}


def opened(browser: Browser, starts: list[str]) -> Iterator[tuple[str, str]]:
    """What these addresses give, and those that they lead to, two of each page."""
    waiting, met, times = list(starts), set(starts), dict[str, int]()
    while waiting and len(met) < _MOST:
        address = waiting.pop()
        answer = browser.get(address)
        headers = str(answer.headers).replace(f"{COOKIE}={browser.token}", "")  # it is told to its owner alone
        yield address, headers + answer.content.decode("utf-8", "replace")
        page = answer.text if "html" in answer.headers.get("content-type", "") else ""
        for link in re.findall(r'(?:href|src)="([^"]*)"', page):
            found = urldefrag(urljoin(address, unescape(link)))[0]
            parts = urlsplit(found)
            if (
                parts.scheme
                or parts.netloc
                or found in met
                or times.get(parts.path, 0) > 1
                or "language=" in parts.query
            ):
                continue
            met.add(found)
            times[parts.path] = times.get(parts.path, 0) + 1
            waiting.append(found)


def hashes(home: Path) -> dict[str, str]:
    """What the accounts' file keeps in place of passwords, codes and tokens."""
    with closing(sqlite3.connect(home / "accounts.sqlite")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            f"{table} {number} {column}": value
            for table in tables
            for cursor in [connection.execute(f"SELECT * FROM {table}")]  # noqa: S608 - names of our own tables
            for number, row in enumerate(cursor)
            for column, value in zip([name[0] for name in cursor.description], row, strict=True)
            if isinstance(value, str) and (len(value) > 40 or value.startswith("$argon2"))
        }


def test_every_setting_that_is_a_secret_is_tried() -> None:
    assert len(SECRET_SETTINGS) >= 6
    assert [name for name in Settings.model_fields if re.search("key|secret|password", name)] == SECRET_SETTINGS
    assert not [value for value in SECRETS.values() if value in repr(Settings(**SECRETS))]  # type: ignore[arg-type]


def test_no_page_and_no_file_holds_a_secret(seen: Seen) -> None:
    assert len(seen.texts) > 80
    assert any("text/csv" in text for text in seen.texts.values())
    assert any("application/pdf" in text for text in seen.texts.values())
    found = [(name, at) for at, text in seen.texts.items() for name, value in seen.secrets.items() if value in text]
    assert found == []


def test_nothing_that_a_server_prints_holds_a_secret(seen: Seen) -> None:
    assert "serving on" in seen.printed
    assert [name for name, value in seen.secrets.items() if value in seen.printed] == []
