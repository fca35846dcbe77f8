"""A small house for the tests: a fixed day, a few documents, and an embedding that needs no model."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from filelock import FileLock
from hypothesis import HealthCheck
from hypothesis import settings as drawing
from langchain_core.embeddings import Embeddings
from sqlalchemy import Connection, Engine, event

from assistant.accounts.accounts import Accounts, account_store
from assistant.accounts.passwords import Passwords
from assistant.accounts.sessions import Sessions
from assistant.app import SHIPPED_VECTORS, App, open_app
from assistant.assistant import Assistant
from assistant.journal.journal import Journal
from assistant.settings import Settings, read_settings
from assistant.verify.verification import Verifier
from assistant.write.quoting_writer import QuotingWriter
from commands.cli import main
from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.holdings import MIGRATIONS
from corpus.catalogue.records import Upload
from corpus.documents import Document, Stage, digest
from corpus.front_matter import parse, read_version, render
from corpus.passages import split_markdown
from corpus.postgres import Schema
from corpus.release.release import LIBRARY, NOTE, Shipped, bring_in, read_library, release_of
from corpus.store import Place
from corpus.units import Unit, english_hash
from corpus.vocabulary import vocabulary
from index.analysis import tokens
from index.build import Index, embedded
from index.embedding import EmbeddingModel
from index.search import Search
from index.vector_cache import VectorCache
from pages.shared.connections import serving_config
from tests.servers import Places, Postgres, postgres

TODAY = date(2026, 11, 22)
PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT.parent / "shared"
FEW = ("japan/devices-and-ivds", "japan/nutrition", "usa/nutrition")  # documents of the shipped library
PATIENCE = 300  # seconds for what takes a moment: who waits so long waits for ever

# A drawn example may take its time: the machine may have other work to do.
drawing.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
drawing.load_profile("ours")


SHIPPED = {"shipped", "shipped_home", "shipped_as_built"}  # fixtures of the whole library with the embedded model


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks the whole library, but for a browser, before tests are chosen by their marks."""
    for item in items:
        if SHIPPED & set(getattr(item, "fixturenames", ())) and PROJECT / "tests" / "browser" not in item.path.parents:
            item.add_marker(pytest.mark.library)


@event.listens_for(Engine, "begin")
def _wait_for_no_disk(connection: Connection) -> None:
    """A test sees what a killed process leaves, never what a lost current does: nothing need reach the disk."""
    if connection.dialect.name == "sqlite" and "hasty" not in connection.info:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        connection.info["hasty"] = True


DOCUMENT = """---
title: {title}
markets: [{market}]
areas: [digital-health]
topics: [devices]
kind: guidance-summary
language: en
published_on: 2026-11-20
facts_as_of: 2026-05
review_by: 2027-05-11
access: {access}
reuse: quote
publisher: Test house
summary:
  en: "{title} in 3 steps."
  ca: "{title} en 3 passos."
  es: "{title} en 3 pasos."
  fr: "{title} en 3 étapes."
  it: "{title} in 3 passi."
  de: "{title} in 3 Schritten."
  en_hash: "{summary_hash}"
sources:
  - {{key: law, title: "The law", publisher: "Ministry", date: 2025-03, url: "https://example.org/law", kind: law}}
---
## What the rules ask
{body} [law]
"""


class WordVectors(Embeddings):
    """Texts that share words are near each other, and no two are far: unrelated ones have a cosine of .75, as with e5.

    Each token counts in one of 64 dimensions; the last dimension is the same for every text. A text answers a question
    of whose words it has many.
    """

    def embed_query(self, text: str) -> list[float]:
        counts = np.full(64, 0.01)
        for token in tokens(text, "en"):
            counts[hashlib.sha256(token.encode()).digest()[0] % 64] += 1
        return [*(counts / np.linalg.norm(counts)), 3**0.5]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def answered(self, question: str, texts: Sequence[str]) -> list[float]:
        asked = set(tokens(question, "en"))
        return [8 * len(asked & set(tokens(text, "en"))) / max(len(asked), 1) - 2 for text in texts]


def word_vectors(name: str = "words") -> EmbeddingModel:
    """The test embedding with its identity."""
    return EmbeddingModel(name, "1", 65, WordVectors())


def write_document(
    folder: Path, document_id: str, title: str, body: str, *, market: str = "japan", access: str = "public"
) -> Path:
    """A library document in the form of the style sheet."""
    path = folder / f"{document_id}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    summary_hash = hashlib.sha256(f"{title} in 3 steps.".encode()).hexdigest()[:12]
    path.write_text(
        DOCUMENT.format(title=title, body=body, market=market, access=access, summary_hash=summary_hash), "utf-8"
    )
    return path


def with_unit(
    path: Path,
    aspect: str,
    answer: str,
    *further: str,
    points: Mapping[str, tuple[str, ...]] | None = None,
    products: tuple[str, ...] = (),
) -> Path:
    """A document of `write_document` with a unit for its section that tells this of an aspect, and of further ones."""
    unit = Unit(
        "What the rules ask",
        {"en": answer},
        {"en": "What do the rules ask?"},
        aspects=(aspect, *further),
        hash=english_hash({"en": answer}, points),
        points=points or {},
        products=products,
    )
    metadata, body = parse(path.read_text("utf-8"), path.stem)
    path.write_text(render(replace(metadata, units=(unit,)), body), "utf-8")
    return path


class House:
    """A catalogue, an index and a search over a library folder of the test's own."""

    def __init__(self, folder: Path, model: EmbeddingModel, places: Places | None = None) -> None:
        places = places or Places()
        self.folder = folder
        self.library = folder / "library"
        self.library.mkdir(parents=True, exist_ok=True)
        self.catalogue = Catalogue(places.moved(folder / "catalogue.sqlite", MIGRATIONS))
        for original in () if places.of_files else (folder / "originals").glob("*"):
            self.catalogue.originals.keep(original.read_bytes())
        self.cache = VectorCache(folder / "vectors.sqlite", model)
        self.index = Index(folder / "index", model)
        self.search = Search(self.catalogue, self.index, self.cache)

    def publish(self) -> None:
        """Bring in what stands in the library folder, and index it."""
        bring_in(self.catalogue, self.library)
        self.index.build(self.catalogue, self.cache)

    def edit(
        self,
        document_id: str,
        body: str,
        *,
        who: str = "ana",
        why: str = "",
        began_from: int | None = None,
        upload: Upload | None = None,
    ) -> Document:
        """Write a new version of a document, beginning from the newest."""
        newest = self.catalogue.draft(document_id) or self.catalogue.document(document_id)
        title = newest.metadata.title
        version = read_version(write_document(self.folder / "edits", document_id, title, body), document_id)
        return self.catalogue.revise(
            version,
            split_markdown(version),
            began_from=began_from or newest.version.number,
            who=who,
            why=why,
            upload=upload,
        )

    def review(self, document_id: str, *, who: str = "ben") -> None:
        """Submit a document's draft, and publish it."""
        self.catalogue.move(document_id, Stage.IN_REVIEW, who=who, why="")
        self.catalogue.move(document_id, Stage.PUBLISHED, who=who, why="")


def as_released(catalogue: Catalogue) -> None:
    """Have an installation that is opened over this catalogue find that the shipped library was brought in already."""
    catalogue.make_note(NOTE, release_of(LIBRARY))


@pytest.fixture(scope="session")
def house_as_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the house that `house` copies."""
    house = House(tmp_path_factory.mktemp("house") / "home", word_vectors())
    write_document(
        house.library,
        "japan/devices",
        "Devices in Japan",
        "A foreign maker works through a Marketing Authorisation Holder (MAH). The review takes 12 months.",
    )
    write_document(
        house.library,
        "brazil/food",
        "Food in Brazil",
        "Novel food follows RDC 839/2023 in Brazil. The agency Anvisa answers within 120 days.",
        market="brazil",
    )
    write_document(
        house.library,
        "japan/staff-notes",
        "Staff notes on Japan",
        "The secret telephone list of the ministry stands in the safe.",
        access="staff",
    )
    house.publish()
    as_released(house.catalogue)
    house.catalogue.close()
    return house.folder


@pytest.fixture
def house(house_as_built: Path, tmp_path: Path) -> Iterator[House]:
    """Three documents of the test's own: devices in Japan, food in Brazil, and one for staff only."""
    house = House(Path(shutil.copytree(house_as_built, tmp_path / "home")), word_vectors())
    yield house
    house.catalogue.close()


@pytest.fixture(scope="session")
def database_server() -> Iterator[Postgres]:
    """A server of PostgreSQL."""
    with postgres() as server:
        yield server


@pytest.fixture(params=["files", pytest.param("database", marks=pytest.mark.servers)])
def places(request: pytest.FixtureRequest) -> Iterator[Places]:
    """Where the stores of a test lie: it runs with files, and with `make test-servers` with a database."""
    places = Places(request.getfixturevalue("database_server") if request.param == "database" else None)
    yield places
    places.close()


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """A folder that is built once for all workers: by the first that wants it."""
    root = factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    built = root / name
    with FileLock(f"{built}.lock"):
        if not built.exists():
            unfinished = factory.mktemp("building") / "home"
            build(unfinished)
            unfinished.rename(built)
    return built


def _ship(home: Path) -> None:
    read_settings()
    opened = open_app(Settings(home=home))
    opened.upkeep.make_ready(print)
    opened.close()


def _ship_few(home: Path) -> None:
    home.mkdir()
    library = home.parent / "library"
    for document_id in FEW:
        (library / document_id).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(LIBRARY / f"{document_id}.md", library / f"{document_id}.md")
    with closing(Catalogue(home / "catalogue.sqlite")) as catalogue:
        bring_in(catalogue, library)
        as_released(catalogue)
        needed = {digest(text) for text in embedded(catalogue.in_play())}
    read_settings()
    opened = open_app(Settings(home=home))
    with np.load(SHIPPED_VECTORS) as shipped:
        opened.cache.forget({key.tobytes().hex() for key in shipped["digests"]} - needed)
    opened.upkeep.make_ready(print)
    opened.warm_up()
    opened.close()


@pytest.fixture(scope="session")
def read_once() -> list[Shipped]:
    """The documents of the shipped library, read."""
    return read_library(LIBRARY)


@pytest.fixture(scope="session")
def shipped_as_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that `shipped_home` copies."""
    return built_once(tmp_path_factory, "shipped-as-built", _ship)


@pytest.fixture(scope="session")
def lean_as_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home to copy where documents change: of a release that ships `FEW` alone, so that to index them is quick."""
    return built_once(tmp_path_factory, "lean-as-built", _ship_few)


@pytest.fixture(scope="session")
def lean(lean_as_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Such a home, opened, for reading: where what counts is that an index is built, and not of how much."""
    opened = open_app(Settings(home=Path(shutil.copytree(lean_as_built, tmp_path_factory.mktemp("lean") / "home"))))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shipped_home(shipped_as_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the shipped library, the real embedded model and a built index; one a worker."""
    return Path(shutil.copytree(shipped_as_built, tmp_path_factory.mktemp("shipped") / "home"))


@pytest.fixture(scope="session")
def shipped(shipped_home: Path) -> Iterator[App]:
    """The shipped library, opened."""
    opened = open_app(Settings(home=shipped_home))
    yield opened
    opened.close()


def free_port() -> int:
    """A port on this machine that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the command says
        return json.loads(self.stdout)


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def market_entry(shipped_home: Path) -> Run:
    """`market-entry` in this process, by its entry point, on the shipped home unless another is named."""

    def run(*words: str, home: Path = shipped_home, **more: str) -> Ran:
        code, out, err = 0, io.StringIO(), io.StringIO()
        surroundings = patch.dict(os.environ, _environment(home, more), clear=True)
        with surroundings, patch("sys.argv", ["market-entry", *words]), redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return Ran(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def market_entry_process(shipped_home: Path) -> Run:
    """The same in a process of its own: for what only a process shows, since each costs seconds of a processor."""

    def run(*words: str, home: Path = shipped_home, **more: str) -> Ran:
        ended = subprocess.run(
            [sys.executable, "-m", "commands.cli", *words],
            env=_environment(home, more),
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    return run


def _environment(home: Path, more: dict[str, str]) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "MARKET_ENTRY_HOME": str(home), "PYTHONUTF8": "1"} | more


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def quick_passwords() -> Passwords:
    """Hashes that cost little, where a test is about something else."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def installation(house: House, accounts: Place, clock: Callable[[], float] = time.time, **settings: str) -> App:
    """An opened installation over a house, with accounts in a place of their own that live by the given clock."""
    words = vocabulary()
    journal = accounts.beside("journal") if isinstance(accounts, Schema) else house.folder / "journal.sqlite"
    if isinstance(accounts, Schema):
        settings["database"] = accounts.url
    store = account_store(accounts)
    return App(
        home=house.folder,
        settings=Settings(home=house.folder, **settings),  # type: ignore[arg-type]
        vocabulary=words,
        catalogue=house.catalogue,
        cache=house.cache,
        index=house.index,
        search=house.search,
        assistant=Assistant(house.search, QuotingWriter(words), Verifier(house.cache, words), words),
        accounts=Accounts(store, clock),
        sessions=Sessions(store, clock, quick_passwords()),
        journal=Journal(journal),
    )


class BriefServer(uvicorn.Server):
    """uvicorn looks ten times a second whether it shall end, and waits a tenth when it does; this one ends at once."""

    async def main_loop(self) -> None:
        counter = 0
        while not await self.on_tick(counter // 10):
            counter += 1
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # in which those close that answer nobody just now
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
        else:
            await self.lifespan.shutdown()


@contextmanager
def served(web: FastAPI, port: int | None = None) -> Iterator[str]:
    """A real server of a web application on this machine, as the product runs it; yields its address."""
    port = port or free_port()
    server = BriefServer(serving_config(web, "127.0.0.1", port))
    thread = Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
