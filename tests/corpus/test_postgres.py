"""What only a store in a database shows: who waits for whom, what stops, and what is left on its disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import DataError, DBAPIError

from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.holdings import MIGRATIONS
from corpus.catalogue.tables import notes
from corpus.postgres import DatabaseUnfit, Schema, engine, locked
from corpus.store import Store, StoreUnavailable, made
from tests.conftest import PROJECT
from tests.servers import Postgres, postgres


@pytest.fixture
def schema(database_server: Postgres) -> Iterator[Schema]:
    url = database_server.database()
    yield Schema(url, "catalogue")
    engine(url).dispose()


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    """A server that a test may stop."""
    with postgres() as server:
        yield server


pytestmark = pytest.mark.servers


def noted(store: Store, value: str) -> None:
    with store.writing() as connection:
        connection.execute(insert(notes), {"name": value, "value": value})


def half_done(store: Store, server: Postgres) -> None:
    with store.writing() as connection:
        connection.execute(insert(notes), {"name": "half", "value": ""})
        server.stop("immediate")
        connection.execute(insert(notes), {"name": "other half", "value": ""})


def test_who_waits_for_a_writer_longer_than_their_patience_is_told_and_may_try_again(schema: Schema) -> None:
    with closing(Store(schema, MIGRATIONS)) as store, closing(Store(schema, MIGRATIONS, patience=0.2)) as hasty:
        with store.writing(), pytest.raises(StoreUnavailable, match="schema catalogue of the database cannot be used"):
            noted(hasty, "too early")
        noted(hasty, "in time")
        with store.writing(), hasty.reading() as connection:  # who reads waits for nobody
            assert connection.scalars(select(notes.c.name)).all() == ["in time"]


def test_writers_of_different_stores_do_not_wait_for_each_other(schema: Schema) -> None:
    with closing(Store(schema, MIGRATIONS)) as one, closing(Store(schema.beside("other"), MIGRATIONS)) as other:
        with one.writing():
            noted(other, "meanwhile")
        with one.reading() as connection:
            assert connection.scalars(select(notes.c.name)).all() == []


def test_who_reads_cannot_write(schema: Schema) -> None:
    with closing(Store(schema, MIGRATIONS)) as store:
        with pytest.raises(DBAPIError, match="read-only transaction"), store.reading() as connection:
            connection.execute(insert(notes), {"name": "a", "value": "b"})
        noted(store, "a")


def test_a_text_that_no_database_takes_is_a_defect_and_not_said_to_be_unavailable(schema: Schema) -> None:
    with closing(Store(schema, MIGRATIONS)) as store, pytest.raises(DataError):
        noted(store, "a\0b")


def test_a_database_that_is_stopped_is_told_and_used_again_by_itself_when_it_is_back(own_server: Postgres) -> None:
    schema = Schema(own_server.database(), "catalogue")
    with closing(Catalogue(schema)) as catalogue:
        catalogue.make_note("before", "1")
        own_server.stop()
        for use in (lambda: catalogue.note("before"), lambda: catalogue.make_note("x", "1"), lambda: Catalogue(schema)):
            with pytest.raises(StoreUnavailable, match="check that its server runs"):
                use()
        with pytest.raises(StoreUnavailable):
            made(schema)
        own_server.start()
        assert catalogue.note("before") == "1"
        catalogue.make_note("after", "1")


def test_a_server_that_dies_under_a_writer_leaves_nothing_half_done(own_server: Postgres) -> None:
    schema = Schema(own_server.database(), "catalogue")
    with closing(Store(schema, MIGRATIONS)) as store:
        noted(store, "whole")
        with pytest.raises(StoreUnavailable):
            half_done(store, own_server)
        own_server.start()
        with store.reading() as connection:
            assert connection.scalars(select(notes.c.name)).all() == ["whole"]


def test_words_that_were_deleted_stand_in_no_file_of_the_server_once_the_store_is_compact(own_server: Postgres) -> None:
    schema = Schema(own_server.database(), "catalogue")
    with closing(Store(schema, MIGRATIONS)) as store:
        for number in range(300):  # as many as statistics are made of
            noted(store, f"zirconium {number}")
        noted(store, "kept for good")
        own_server.execute("home1", "ANALYZE")
        assert own_server.holds(b"zirconium")
        with store.writing() as connection:
            connection.execute(delete(notes).where(notes.c.name.startswith("zirconium")))
        own_server.execute("home1", "ANALYZE")
        assert own_server.holds(b"zirconium")
        store.compact()
        assert own_server.holds(b"zirconium") == []
        assert own_server.holds(b"kept for good")


_WRITER = """
import sys
from corpus.catalogue.holdings import MIGRATIONS
from corpus.catalogue.tables import notes
from corpus.postgres import Schema
from corpus.store import Store
from sqlalchemy import insert
store = Store(Schema(sys.argv[1], "catalogue"), MIGRATIONS)
for number in range(10**6):
    with store.writing() as connection:
        for part in "ab":
            connection.execute(insert(notes), {"name": f"{number}{part}", "value": ""})
    print(number, flush=True)
"""


@pytest.mark.parametrize("wait", [0.0, 0.05, 0.2])
def test_a_killed_writer_loses_nothing_it_had_acknowledged_and_keeps_nobody_waiting(
    schema: Schema, wait: float
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, schema.url], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(wait)
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged = {int(line) for line in writer.stdout.read().split()} | {0}
    writer.wait()
    writer.stdout.close()
    with closing(Store(schema, MIGRATIONS)) as store:
        noted(store, "after")
        with store.reading() as connection:
            held = set(connection.scalars(select(notes.c.name))) - {"after"}
    numbers = {int(name[:-1]) for name in held}
    assert acknowledged <= numbers
    assert held == {f"{number}{part}" for number in numbers for part in "ab"}


def test_a_lock_of_the_database_is_held_by_one_and_goes_with_its_connection(schema: Schema) -> None:
    with locked(schema.url, "builder", waiting=False) as held:
        assert held is not None
        with locked(schema.url, "builder", waiting=False) as other:
            assert other is None
        with locked(schema.url, "setup", waiting=False) as other:
            assert other is not None
    with locked(schema.url, "builder", waiting=False) as held:
        assert held is not None


def test_a_database_of_another_encoding_is_refused_with_the_command_that_makes_one(database_server: Postgres) -> None:
    url = database_server.database(
        "--encoding", "LATIN1", "--template", "template0", "--locale-provider", "libc", "--locale", "C"
    )
    with pytest.raises(DatabaseUnfit, match=r"is not in UTF-8; make one with `createdb --encoding UTF8"):
        Catalogue(Schema(url, "catalogue"))
    engine(url).dispose()


_WITHOUT = """
import sys
from importlib.abc import MetaPathFinder
class Missing(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] == "psycopg":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from corpus.catalogue.catalogue import Catalogue
from corpus.postgres import DatabaseUnfit, Schema
try:
    Catalogue(Schema("postgresql://nobody@localhost/none", "catalogue"))
except DatabaseUnfit as error:
    print(error)
"""


def test_without_its_package_the_sentence_says_what_to_install() -> None:
    ended = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert ended.stdout == ("PostgreSQL needs the package psycopg; install `market-entry-assistant[postgres]`.\n")


def test_a_password_stands_in_no_message(tmp_path: Path) -> None:
    schema = Schema(f"postgresql://market:geheim@/none?host={tmp_path}", "catalogue")
    with pytest.raises(StoreUnavailable) as told:
        Catalogue(schema)
    assert "geheim" not in f"{told.value} {schema!r}"
