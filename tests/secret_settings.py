"""A server with a secret in every setting that is one, and all that it tells: for a sample and its long form."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

from pydantic import SecretStr

from assistant.accounts.accounts import Details, Role
from assistant.app import open_app
from assistant.settings import Settings
from tests.conftest import free_port
from tests.serving import serving_with
from tests.staff_pages import COOKIE, PASSWORD, Browser

OF_MACHINES = ("database", "chroma")  # addresses, see `tests/corpus/test_postgres.py`, `tests/whole/test_machines.py`
SECRET_SETTINGS = [
    name for name, field in Settings.model_fields.items() if field.annotation is SecretStr and name not in OF_MACHINES
]
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
_OF_A_DOCUMENT = re.compile(r"(?:(?<=/documents/)|(?<=/intake/)|(?<=/library/))[^/]+/[^/:]+")


@dataclass
class Seen:
    """What a server gave and printed, and what of it must not be there."""

    texts: dict[str, str]
    printed: str
    secrets: dict[str, str]


def seen_of(shipped_as_built: Path, home: Path, most_of_documents: int) -> Seen:
    """A real server with a secret in every setting that is one, used by an administrator and by a stranger.

    They open so many of each page that there is about a document, and two of every other one.
    """
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
        texts, tokens = used(address, code, most_of_documents)
    secrets = SECRETS | tokens | {"password": PASSWORD, "code": code} | hashes(home)
    return Seen(texts, printed.read_text("utf-8"), secrets)


def used(address: str, code: str, most_of_documents: int) -> tuple[dict[str, str], dict[str, str]]:
    """Every page and file that two browsers are led to, and the tokens of their sessions."""
    anna, stranger = Browser(address), Browser(address)
    anna.post("/staff/code", form_token="", name="anna", code=code, password=PASSWORD)
    texts = {f"stranger {path}": text for path, text in opened(stranger, [*STARTS, *ENDS], most_of_documents)}
    texts |= {f"anna {path}": text for path, text in opened(anna, [*STAFF, *ENDS], most_of_documents)}
    wrong = stranger.sign_in("anna", "wrong")
    tried = anna.post("/staff/try", question="What does a 510(k) cost?", language="en")
    texts |= {
        "a wrong password": wrong.text,
        "a trial": tried.text,
        "a wrong code": stranger.post("/staff/code", form_token="", name="anna", code=code, password=PASSWORD).text,
    }
    return texts, {"session": anna.token}


def opened(browser: Browser, starts: list[str], most_of_documents: int) -> Iterator[tuple[str, str]]:
    """What these addresses give, and those that they lead to, two of each page; so many where it is of a document."""
    waiting, met, times = list(starts), set(starts), Counter[str]()
    while waiting and len(met) < _MOST:
        address = waiting.pop()
        answer = browser.get(address)
        headers = str(answer.headers).replace(f"{COOKIE}={browser.token}", "")  # it is told to its owner alone
        yield address, headers + answer.content.decode("utf-8", "replace")
        page = answer.text if "html" in answer.headers.get("content-type", "") else ""
        for link in re.findall(r'(?:href|src)="([^"]*)"', page):
            found = urldefrag(urljoin(address, unescape(link)))[0]
            parts = urlsplit(found)
            kind = _OF_A_DOCUMENT.sub("*", parts.path)
            if (
                parts.scheme
                or parts.netloc
                or found in met
                or times[parts.path] > 1
                or times[kind] >= max(2, most_of_documents if "*" in kind else 0)
                or "language=" in parts.query
            ):
                continue
            met.add(found)
            times.update({parts.path, kind})
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


def told(seen: Seen) -> list[tuple[str, str]]:
    """The secrets that stand in a page or a file, and where."""
    return [(name, at) for at, text in seen.texts.items() for name, value in seen.secrets.items() if value in text]
