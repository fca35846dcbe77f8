"""A store's schema, and stores of earlier and later releases."""

from __future__ import annotations

from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import MetaData, delete, insert, select, text
from sqlalchemy.exc import IntegrityError

from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.holdings import MIGRATIONS
from corpus.catalogue.tables import SCHEMA, documents, notes, versions
from corpus.documents import Stage
from corpus.store import Place, Store, StoreTooNew, StoreUnavailable, made
from tests.first_release import write_first_catalogue
from tests.servers import Places


@pytest.fixture
def place(places: Places, tmp_path: Path) -> Place:
    return places(tmp_path / "catalogue.sqlite")


def tables(place: Place) -> MetaData:
    found = MetaData()
    with closing(Store(place, MIGRATIONS)) as store, store.reading() as connection:
        found.reflect(connection)
    return found


def test_a_new_store_has_every_table_that_the_code_reads_with_the_same_columns(place: Place) -> None:
    found = tables(place)
    written = {name: set(table.columns.keys()) for name, table in found.tables.items() if name != "alembic_version"}
    assert written == {name: set(table.columns.keys()) for name, table in SCHEMA.tables.items()}


def test_a_store_of_a_newer_release_is_refused_and_left_alone(place: Place) -> None:
    with closing(Store(place, MIGRATIONS)) as store:
        with store.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        before = place.read_bytes() if isinstance(place, Path) else b""
        with pytest.raises(StoreTooNew, match="newer release of the assistant"):
            Catalogue(place)
        assert not before or (isinstance(place, Path) and place.read_bytes() == before)
        with store.reading() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


@pytest.mark.servers
def test_processes_that_open_a_new_store_at_once_make_it_once(place: Place) -> None:
    with get_context("spawn").Pool(3) as pool:
        pool.map(_open_and_close, [place] * 6)
    assert set(SCHEMA.tables) <= set(tables(place).tables)


def _open_and_close(place: Place) -> None:
    Catalogue(place).close()


@pytest.mark.servers
def test_processes_that_write_at_once_lose_nothing(place: Place) -> None:
    Catalogue(place).close()
    with get_context("spawn").Pool(4) as pool:
        pool.map(_count_up, [place] * 4)
    with closing(Catalogue(place)) as catalogue:
        assert catalogue.note("counted") == "100"


def _count_up(place: Place) -> None:
    with closing(Catalogue(place)) as catalogue:
        for _ in range(25):
            with catalogue.store.writing() as connection:
                known = connection.scalar(select(notes.c.value).where(notes.c.name == "counted"))
                connection.execute(delete(notes).where(notes.c.name == "counted"))
                connection.execute(insert(notes), {"name": "counted", "value": str(int(known or 0) + 1)})


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(place: Place) -> None:
    with closing(Catalogue(place)) as catalogue, catalogue.store.reading() as connection:
        before = connection.execute(select(notes)).all()
        catalogue.make_note("later", "1")
        assert connection.execute(select(notes)).all() == before
        assert catalogue.note("later") == "1"


def half_done(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(insert(notes), {"name": "half", "value": "1"})
        raise LookupError


def test_what_raises_leaves_nothing_behind(place: Place) -> None:
    with closing(Catalogue(place)) as catalogue:
        with pytest.raises(LookupError):
            half_done(catalogue.store)
        assert catalogue.note("half") is None


def test_texts_are_ordered_by_their_bytes(place: Place) -> None:
    names = ["a", "B", "a-b", "a/b", "ab", "ä", "Z", "中"]
    with closing(Catalogue(place)) as catalogue:
        for name in names:
            catalogue.make_note(name, "")
        with catalogue.store.reading() as connection:
            found = connection.scalars(select(notes.c.name).where(notes.c.value == "").order_by(notes.c.name))
            assert list(found) == sorted(names)


def test_a_store_is_made_when_it_is_opened(place: Place) -> None:
    assert not made(place)
    Catalogue(place).close()
    assert made(place)


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


@pytest.mark.parametrize("stages", [("published", "withdrawn"), ("draft", "in-review")])
def test_the_store_itself_refuses_two_published_versions_and_two_drafts_of_a_document(
    place: Place, stages: tuple[str, str]
) -> None:
    row = dict.fromkeys(("metadata", "body", "digest", "added_at", "added_by"), "") | {"self_reviewed": False}
    with closing(Store(place, MIGRATIONS)) as store:
        with store.writing() as connection:
            connection.execute(insert(documents), {"id": "a", "origin": "x", "owner": ""})
        numbered = enumerate(stages, start=1)
        rows = [row | {"document_id": "a", "number": number, "stage": stage} for number, stage in numbered]
        with pytest.raises((StoreUnavailable, IntegrityError), match=r"(?i)unique"), store.writing() as connection:
            connection.execute(insert(versions), rows)
