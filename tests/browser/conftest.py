"""A server as people start it, and browsers that may speak to this machine only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from assistant.accounts.accounts import Accounts, Details, account_store
from assistant.accounts.sessions import Sessions
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Stage
from corpus.front_matter import read_version
from corpus.passages import split_markdown
from tests.browser.hostile import plant
from tests.browser.steps import DESK, PASSWORD, PATIENCE, PEOPLE, PHONE, Visits
from tests.conftest import write_document
from tests.mail_server import PostOffice, post_office
from tests.payloads import PAYLOADS
from tests.serving import serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
INSECURE = "market-entry.test"  # this machine under a name whose pages a browser does not trust
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", f"--host-resolver-rules=MAP {INSECURE} 127.0.0.1"),
)

LAMPS = "Otoscope lamps are sold in Brazil with a label in Portuguese."

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def furnished(shipped_as_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped library, a document for members and a hostile one, and an account of each role."""
    home = tmp_path_factory.mktemp("furnished") / "home"
    shutil.copytree(shipped_as_built, home, ignore=shutil.ignore_patterns("*.lock"))
    body = "Members may use the quokka corridor of the Osaka liaison desk from Monday to Thursday."
    path = write_document(home / "new", "japan/corridor", "The quokka corridor in Osaka", body, access="members")
    version = read_version(path, "japan/corridor")
    catalogue = Catalogue(home / "catalogue.sqlite")
    catalogue.add_version(version, split_markdown(version), origin="test", stage=Stage.PUBLISHED, who="ada", why="")
    plant(catalogue, "brazil/otoscope-lamps", "Otoscope lamps in Brazil", LAMPS, PAYLOADS[1], market="brazil")
    catalogue.close()
    store = account_store(home / "accounts.sqlite")
    accounts, sessions = Accounts(store), Sessions(store)
    for name, role in PEOPLE.items():
        code = accounts.add(name, Details(display_name=name.title(), role=role, cluster="biom"), who="test")
        sessions.use_code(name, code, PASSWORD, address="")
    store.close()
    return home


@pytest.fixture(scope="session")
def home(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server of all tests works on; a module whose tests change what others rely on has its own."""
    return Path(shutil.copytree(furnished, tmp_path_factory.mktemp("browser") / "home"))


@pytest.fixture(scope="session")
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture(scope="session")
def mailing(office: PostOffice) -> dict[str, str]:
    """Settings by which letters go to the post office."""
    return {
        "MARKET_ENTRY_SMTP_HOST": "127.0.0.1",
        "MARKET_ENTRY_SMTP_PORT": str(office.port),
        "MARKET_ENTRY_SMTP_STARTTLS": "false",
        "MARKET_ENTRY_SMTP_SENDER": "assistant@alliance.example",
        "MARKET_ENTRY_HANDOFF_TO": "biom=desk@biom.example",
    }


@pytest.fixture(scope="session")
def address(home: Path, mailing: dict[str, str]) -> Iterator[str]:
    with serving(home, **mailing) as address:
        yield address


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all; it must be gone before tests that run an event loop of their own."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine; .ci/run installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visits]:
    """Any request that leaves the machine, refusal by the policy, or error of a page fails the test."""
    visits = Visits(chromium, address)
    yield visits
    for context in chromium.contexts:
        context.close()
    assert visits.trouble == []


@pytest.fixture(params=[DESK, PHONE], ids=["1280", "390"])
def screen(request: pytest.FixtureRequest) -> dict[str, Any]:
    chosen: dict[str, Any] = request.param
    return chosen
