"""A store's schema, and stores of earlier and later releases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, inspect

from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.holdings import MIGRATIONS
from corpus.catalogue.tables import SCHEMA
from corpus.documents import Stage
from corpus.store import StoreTooNew
from tests.first_release import write_first_catalogue


def tables(path: Path) -> set[str]:
    return set(inspect(create_engine(f"sqlite:///{path}")).get_table_names())


def test_a_new_store_has_every_table_that_the_code_reads_with_the_same_columns(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    Catalogue(path).close()
    found = MetaData()
    found.reflect(create_engine(f"sqlite:///{path}"))
    written = {name: set(table.columns.keys()) for name, table in found.tables.items() if name != "alembic_version"}
    assert written == {name: set(table.columns.keys()) for name, table in SCHEMA.tables.items()}


def test_a_store_of_a_newer_release_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    Catalogue(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="newer release of the assistant"):
        Catalogue(path)
    assert path.read_bytes() == before


def test_processes_that_open_a_new_store_at_once_make_it_once(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    with get_context("spawn").Pool(3) as pool:
        pool.map(_open_and_close, [path] * 6)
    assert set(SCHEMA.tables) <= tables(path)


def _open_and_close(path: Path) -> None:
    Catalogue(path).close()


def test_migrations_form_one_line() -> None:
    revisions = sorted(path.stem.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]


def test_a_catalogue_of_the_first_release_keeps_its_documents_versions_stages_and_history(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    write_first_catalogue(path)
    catalogue = Catalogue(path)
    assert catalogue.position == 7
    assert [(known.version.number, known.stage) for known in catalogue.versions("a")] == [
        (1, Stage.SUPERSEDED),
        (2, Stage.PUBLISHED),
    ]
    withdrawn = catalogue.document("b")
    assert (withdrawn.stage, withdrawn.owner, withdrawn.version.body) == (Stage.WITHDRAWN, "", "body 1")
    assert withdrawn.metadata.sources[0].key == "law"
    assert [(passage.id, passage.text) for passage, _ in catalogue.published()] == [("a@2#0", "text 2")]
    assert catalogue.passages_of("a")[0].source_keys(0, 6) == ("law",)
    assert [(event.act, event.before, event.after, event.who, event.why) for event in catalogue.history("a")] == [
        ("added", None, "published", "release", "shipped"),
        ("revised", "1", "published", "release", "shipped"),
    ]
    assert [(event.act, event.before, event.after, event.at) for event in catalogue.history("b")][1:] == [
        ("moved", "published", "withdrawn", "2026-03-01")
    ]
    catalogue.move("b", Stage.DRAFT, who="ana", why="to be mended")
    catalogue.close()


def test_the_store_itself_refuses_two_published_versions_and_two_drafts_of_a_document(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    Catalogue(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO documents VALUES ('a', 'x', '')")
        row = "INSERT INTO versions (document_id, number, stage, metadata, body, digest, added_at, added_by)"
        for stages in (("published", "withdrawn"), ("draft", "in-review")):
            connection.execute("DELETE FROM versions")
            with pytest.raises(sqlite3.IntegrityError):
                connection.executemany(
                    f"{row} VALUES ('a', ?, ?, '', '', '', '', '')",
                    enumerate(stages, start=1),
                )
