"""Two machines on one database, behind the example of nginx: what a person sees when one of them dies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from assistant.app import open_app
from assistant.home import Home
from assistant.operate.backup import back_up
from assistant.operate.restore import restore_into_database
from assistant.settings import Settings
from assistant.texts import say
from corpus.postgres import engine
from tests.browser.scripted import KNOWN, SLOW, begun, go_on, scripted_process
from tests.browser.steps import Visits, answered, ask, box, ready, send
from tests.conftest import free_port
from tests.nginx import DEPLOY, nginx_before, with_nginx
from tests.servers import Postgres

pytestmark = pytest.mark.servers

NAME = "market-entry.example.org"
NEXT = f"{SLOW} next"


@dataclass(frozen=True)
class Machine:
    """A machine: its own home, and its server."""

    home: Path
    process: Popen[str]


@dataclass(frozen=True)
class Site:
    """What people reach: the proxy's address, and the machines behind it."""

    address: str
    machines: list[Machine]


@pytest.fixture
def site(lean_as_built: Path, tmp_path: Path, database_server: Postgres) -> Iterator[Site]:
    url, port = database_server.database(), free_port()
    homes = [tmp_path / "first", tmp_path / "second"]
    for home in homes:
        shutil.copytree(lean_as_built / "models", home / "models")
    back_up(Home(Path(shutil.copytree(lean_as_built, tmp_path / "home"))), tmp_path / "backup.zip")
    restore_into_database(tmp_path / "backup.zip", Home(homes[0], url), unsigned=True)
    with closing(open_app(Settings(home=homes[0], database=SecretStr(url)))) as app:
        app.upkeep.build()
    settings = {
        "MARKET_ENTRY_DATABASE": url,
        "MARKET_ENTRY_TRUSTED_PROXY": "127.0.0.1",
        "MARKET_ENTRY_PUBLIC_URL": f"https://127.0.0.1:{port}",
    }
    with ExitStack() as stack:
        example = (DEPLOY / "nginx-machines.conf").read_text("utf-8")
        machines = []
        for home, there in zip(homes, ("10.0.0.11:7860", "10.0.0.12:7860"), strict=True):
            address, process = stack.enter_context(scripted_process(home, **settings))
            machines.append(Machine(home, process))
            example = example.replace(there, address.removeprefix("http://"))
        nginx = nginx_before("http://market_entry", tmp_path, "nginx.conf", NAME, port=port, machines=example)
        yield Site(stack.enter_context(nginx), machines)
    engine(url).dispose()


@with_nginx
def test_when_a_machine_dies_in_the_middle_of_an_answer_the_conversation_goes_on_at_another(
    chromium: Browser, site: Site
) -> None:
    visit = Visits(chromium, site.address)
    page = visit("/", locale="fr-FR", ignore_https_errors=True)
    ask(page, KNOWN)
    question = f"{SLOW} dies"
    send(page, question)
    page.locator("#current .turn.running .claim").first.wait_for()
    said = page.locator("#current .claim").first.inner_text()
    box(page).fill(NEXT)  # not sent yet
    [dying] = [one for one in site.machines if begun(one.home, question)]
    [other] = [one for one in site.machines if one is not dying]
    dying.process.kill()
    toast = page.get_by_test_id("toast-body")
    expect(toast).to_have_text(say("fr", "unreachable"))
    expect(toast).to_have_count(0)  # the page has loaded itself from the other machine
    ready(page)
    expect(page.locator(".turn .question")).to_contain_text([KNOWN, question])
    expect(page.locator("#current .claim").first).to_have_text(said)
    expect(box(page)).to_have_value(NEXT)
    go_on(other.home, NEXT)
    box(page).press("Enter")
    answered(page, NEXT)
    assert begun(other.home, NEXT)
    assert dying.process.poll() is not None
    page.context.close()
