"""Several machines on one database serve one installation; and one machine without any is what it always was."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from assistant.app import App
from assistant.home import STORES
from assistant.logs import secrets_of
from assistant.operate.doctor import Patient, examine
from assistant.operate.retention import compact
from assistant.settings import BadSettings, Settings, read_settings
from assistant.understand.questions import Question
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Stage
from corpus.intake.intake import Intake, IntakeOptions
from corpus.postgres import Schema
from corpus.store import Store, StoreTooNew, revisions
from index.build import Index
from index.shelf import Shelf
from index.vector_server import VectorServer
from tests.chroma_server import chroma
from tests.conftest import PROJECT, TODAY, House, installation, served, word_vectors
from tests.journals import BROWSER, recorded
from tests.letters import hand_over
from tests.servers import Places, Postgres, postgres
from tests.staff_pages import PASSWORD, Browser, people
from ui import web

QUESTION = "Who does a foreign maker of devices work through in Japan?"


@pytest.fixture
def server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture
def machines(house_as_built: Path, tmp_path: Path, server: Postgres) -> Iterator[list[App]]:
    """Two machines with folders of their own and one database, in which the house and its people are."""
    places = Places(server)
    house = House(Path(shutil.copytree(house_as_built, tmp_path / "house")), word_vectors(), places)
    first, second = machine(house, tmp_path / "first", places), machine(house, tmp_path / "second", places)
    people(first)
    first.index.build(first.catalogue, first.cache)
    yield [first, second]
    house.catalogue.close()
    places.close()


def machine(house: House, folder: Path, places: Places, chroma: str = "") -> App:
    place = places(house.folder / "catalogue.sqlite")
    assert isinstance(place, Schema)
    vectors = VectorServer(chroma, place.beside("collections")) if chroma else None
    index = Index(folder / "index", word_vectors(), Shelf(place.beside("shelf"), vectors))
    app = installation(house, places(house.folder / "accounts.sqlite"))
    return replace(app.over(Catalogue(place), index), home=folder)


def found(app: App, question: str = QUESTION) -> list[str]:
    """The passages that are found, once the question was answered: an answer keeps vectors that the next one reads."""
    app.assistant.answer(Question(question))
    return [hit.passage.id for hit in app.search.find(question, language="en", today=TODAY).hits]


@pytest.mark.servers
def test_whatever_people_do_on_one_machine_is_there_on_the_other(machines: list[App]) -> None:
    first, second = machines
    assert found(first) == found(second) != []
    with served(web(first)) as here, served(web(second)) as there:
        browser = Browser(here)
        assert browser.sign_in("ada").status_code == 303
        elsewhere = Browser(there, cookies=dict(browser.client.cookies))
        assert "Ada" in elsewhere.get("/staff/").text
        assert Browser(there).sign_in("ada", PASSWORD).status_code == 303
    number = hand_over(first.handoffs).number
    assert second.handoffs.handoff(number).draft.company == "Größe GmbH"
    assert recorded(first.journal) is not None
    assert len(second.journal.held(BROWSER)) == 1
    assert first.journal.erase(BROWSER).erased["answers"] == 1
    assert second.journal.held(BROWSER) == []
    assert [one.receipt for one in second.erasures.marks()] == [one.receipt for one in first.erasures.marks()] != []


@pytest.mark.servers
def test_what_was_erased_is_gone_from_the_disk_of_the_database_when_the_days_work_is_done(
    machines: list[App], server: Postgres
) -> None:
    first, _ = machines
    assert recorded(first.journal) is not None
    assert server.holds(b"zirconium")
    first.journal.erase(BROWSER)
    assert compact(first)
    assert server.holds(b"zirconium") == []


@pytest.mark.servers
def test_what_is_taken_in_on_one_machine_is_read_and_published_on_the_other(
    machines: list[App], tmp_path: Path
) -> None:
    first, second = machines
    file = tmp_path / "wombats.md"
    file.write_text("# Wombats in Japan\n\nWombats want a permit of the ministry before they are sold.\n", "utf-8")
    outcomes = list(Intake(first.catalogue, who="ana").add(str(file), IntakeOptions()))
    [draft] = second.catalogue.documents(Stage.DRAFT)
    original = second.catalogue.original(draft.id, 1)
    assert original is not None
    assert second.catalogue.originals.read(original.digest) == file.read_bytes()
    assert len(outcomes) == 1
    before = second.catalogue.position
    first.catalogue.move("brazil/food", Stage.WITHDRAWN, who="ben", why="old")
    assert second.catalogue.position > before
    assert not second.index.up_to_date(second.catalogue.position)
    first.upkeep.follow()
    time.sleep(1.1)  # for which a machine does not ask again
    assert second.index.up_to_date(second.catalogue.position)
    assert not [one for one in found(second, "Which agency answers on novel food?") if one.startswith("brazil/food")]


@pytest.mark.servers
def test_pages_say_that_the_database_is_away_and_go_on_by_themselves_when_it_is_back(
    machines: list[App], server: Postgres
) -> None:
    first, _ = machines
    with served(web(first)) as address:
        browser = Browser(address)
        assert [browser.get(path).status_code for path in ("/readyz", "/library")] == [200, 200]
        server.stop()
        away = browser.get("/readyz")
        assert (away.status_code, away.json()["problems"][0]) == (503, "the catalogue cannot be read")
        page = browser.get("/library")
        assert page.status_code == 503
        assert "database" not in page.text.casefold()  # that is for the administrator alone
        assert browser.get("/healthz").status_code == 200
        server.start()
        assert [browser.get(path).status_code for path in ("/readyz", "/library")] == [200, 200]


# An upgrade

_NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("{table}", sa.Column("of_a_newer_release", sa.String))
    op.create_table("of_a_newer_release", sa.Column("name", sa.String, primary_key=True))
"""
_TABLES = {"catalogue": "history", "accounts": "accounts", "handoffs": "handoffs", "journal": "answers"}


def newer_release(place: Schema, migrations: Path, folder: Path) -> None:
    """Do to a store what a machine of a newer release does when it starts."""
    shutil.copytree(migrations, folder)
    next_one = _NEXT.format(before=revisions(migrations)[-1], table=_TABLES[place.name])
    (folder / "versions" / "9999_next.py").write_text(next_one, "utf-8")
    Store(place, folder).close()


@pytest.mark.servers
def test_a_machine_that_is_not_upgraded_yet_serves_on_until_it_is_started_anew(
    machines: list[App], tmp_path: Path
) -> None:
    old, _ = machines
    place = old.catalogue.place
    assert isinstance(place, Schema)
    with served(web(old)) as address:
        browser = Browser(address)
        assert browser.sign_in("ada").status_code == 303
        assert recorded(old.journal) is not None
        old.open_stores()  # as a server does when it starts
        for file in STORES:
            if (name := Path(file.name).stem) in _TABLES:
                newer_release(place.beside(name), file.in_database, tmp_path / name)
        assert "Ada" in browser.get("/staff/").text
        assert Browser(address).sign_in("ada", PASSWORD).status_code == 303
        assert [browser.get(path).status_code for path in ("/readyz", "/library")] == [200, 200]
        assert recorded(old.journal) is not None
        assert hand_over(old.handoffs).number
        old.catalogue.move("brazil/food", Stage.WITHDRAWN, who="ben", why="old")
        old.index.build(old.catalogue, old.cache)
        assert found(old) != []
    for name in _TABLES:
        with pytest.raises(StoreTooNew, match=f"The schema {name} of the database was written by a newer release"):
            reopened(place.beside(name))


def reopened(place: Schema) -> None:
    [file] = [file for file in STORES if Path(file.name).stem == place.name]
    Store(place, file.in_database).close()


# What is refused


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://market:geheim@db.example/market",
        "postgresql://market:geheim@db.example/market?sslmode=prefer",
        "postgresql://market:geheim@/market?host=db.example",
    ],
)
def test_no_other_machine_is_reached_unencrypted(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("MARKET_ENTRY_DATABASE", address)
    with pytest.raises(BadSettings) as told:
        read_settings()
    assert str(told.value) == (
        "The setting MARKET_ENTRY_DATABASE cannot be used: the database would be reached unencrypted;"
        " add ?sslmode=verify-full."
    )


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://market:geheim@db.example/market?sslmode=verify-full",
        "postgresql://market@localhost/market",
        "postgres://market@/market?host=/run/postgresql",
    ],
)
def test_an_encrypted_way_and_this_machine_are_taken(address: str) -> None:
    settings = Settings(database=address)
    assert settings.database.get_secret_value().startswith("postgresql://")
    assert "geheim" not in repr(settings)


@pytest.mark.parametrize("address", ["mysql://a@localhost/b", "postgresql://a@localhost", "market"])
def test_what_is_no_address_of_a_database_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("MARKET_ENTRY_DATABASE", address)
    with pytest.raises(BadSettings, match="write it as postgresql://user:password@host/name"):
        read_settings()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://chroma.example", "put a proxy with a token before it"),
        ("http://geheim@chroma.example:8000", "put a proxy with a token before it"),
        ("chroma.example", "write it as https://TOKEN@host:port"),
        ("https://geheim@chroma.example/tenant", "write it as https://TOKEN@host:port"),
        ("https://geheim@chroma.example/?a=b", "write it as https://TOKEN@host:port"),
    ],
)
def test_a_chroma_server_is_reached_by_https_and_a_token(
    monkeypatch: pytest.MonkeyPatch, address: str, told: str
) -> None:
    monkeypatch.setenv("MARKET_ENTRY_DATABASE", "postgresql://market@localhost/market")
    monkeypatch.setenv("MARKET_ENTRY_CHROMA", address)
    with pytest.raises(BadSettings, match=told) as refused:
        read_settings()
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://geheim@chroma.example:8443",
        "https://geheim@api.trychroma.com/5f0c-4a/market_entry",
        "http://127.0.0.1:8000",
    ],
)
def test_the_token_of_a_chroma_server_stands_in_no_line_of_the_log(address: str) -> None:
    settings = Settings(database="postgresql://market@localhost/market", chroma=address)
    assert settings.chroma.get_secret_value() == address
    assert "geheim" not in repr(settings)
    assert ("geheim" in secrets_of(settings)) == ("geheim" in address)


def test_a_chroma_server_without_a_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_ENTRY_CHROMA", "http://127.0.0.1:8000")
    with pytest.raises(BadSettings) as told:
        read_settings()
    assert str(told.value) == (
        "The setting MARKET_ENTRY_CHROMA cannot be used: it is for several machines; set MARKET_ENTRY_DATABASE too, or"
        " leave it out."
    )


# With a Chroma server


@pytest.mark.servers
def test_readiness_and_the_doctor_tell_of_a_chroma_server_that_is_away(
    house_as_built: Path, tmp_path: Path, server: Postgres
) -> None:
    places = Places(server)
    with chroma(tmp_path / "chroma") as vectors:
        house = House(Path(shutil.copytree(house_as_built, tmp_path / "house")), word_vectors(), places)
        app = machine(house, tmp_path / "first", places, vectors.address)
        app.index.build(app.catalogue, app.cache)
        settings = app.settings.model_copy(
            update={"database": SecretStr(places.database(house.folder)), "chroma": SecretStr(vectors.address)}
        )
        patient = Patient(app.home, settings, app)
        with served(web(app)) as address:
            browser = Browser(address)
            assert browser.get("/readyz").status_code == 200
            assert not [one for one in examine(patient) if "Chroma" in one.what]
            vectors.stop()
            away = browser.get("/readyz")
            assert (away.status_code, away.json()["problems"]) == (503, ["there is no index that can be searched"])
            told = [one.what for one in examine(patient) if "Chroma" in one.what]
            assert told[0].startswith(f"The Chroma server at 127.0.0.1:{vectors.address.rpartition(':')[2]} cannot be")
            assert told[1].startswith("The Chroma server at 127.0.0.1 cannot be used")
            page = browser.get("/library?words=holder")
            assert page.status_code == 503
            vectors.start()
            while browser.get("/readyz").status_code != 200:
                time.sleep(0.1)
            assert browser.get("/library?words=holder").status_code == 200
        app.close()
        house.catalogue.close()
    places.close()


# Without a database


_EMBEDDED = """
import sys
from pathlib import Path
met = []
def watch(event, args):
    if event == "socket.connect" or (event == "import" and str(args[0]).split(".")[0] == "psycopg"):
        met.append((event, str(args[0])))
sys.addaudithook(watch)
import commands.cli, commands.serve, commands.operate
from assistant.app import handoffs_in
from assistant.erasures import ErasureKind, erasures_beside
from assistant.accounts.accounts import account_store
from assistant.home import home_of, open_catalogue
from assistant.journal.journal import Journal
from assistant.model.budget import Budget
from assistant.settings import Settings
from corpus.web.links import Link, Links
from index.vector_cache import VectorCache
from index.embedding import EmbeddingModel
settings = Settings(home=Path(sys.argv[1]))
home = home_of(settings)
catalogue = open_catalogue(home)
account_store(home.place("accounts"))
Journal(home.place("journal")).forget()
handoffs_in(home, settings).find()
Budget(home.place("budget"), (1.0, 1.0)).spent()
Links(home.place("links")).keep(Link("https://a.example", 200, "", "2026-01-01"))
VectorCache(home.place("vectors"), EmbeddingModel("m", "1", 2, None))
erasures_beside(home.place("journal")).add(ErasureKind.SESSION, "x")
catalogue.originals.keep(b"x")
print(met)
"""


@pytest.mark.servers
def test_without_a_database_its_package_is_not_imported_nothing_is_connected_and_the_files_are_the_same(
    tmp_path: Path,
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _EMBEDDED, str(tmp_path / "home")],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT)},
        check=True,
    )
    assert ended.stdout == "[]\n"
    stores = ("accounts", "budget", "catalogue", "handoffs", "journal", "links", "vectors")
    made = {path.name for path in (tmp_path / "home").iterdir() if not path.name.endswith(("-wal", "-shm"))}
    assert made == {f"{name}.sqlite" for name in stores} | {
        *("backup.key", "erasures.jsonl", "erasures.jsonl.lock", "originals", "setup.lock"),
    }
