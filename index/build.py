"""What the catalogue says, as a finished and immutable generation; the pointer to it; what is wrong with it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock, RLock
from uuid import uuid4

import numpy as np
from filelock import FileLock

from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Document, Passage, Quotable, quotables
from corpus.errors import KnownError
from corpus.passages import SPLITTER, SUMMARY
from corpus.units import Unit
from index import lexical, vectors
from index.analysis import ANALYSER
from index.embedding import EmbeddingModel
from index.shelf import UNFINISHED, Shelf, ShelfUnavailable
from index.vector_cache import VectorCache
from index.vector_server import (
    ServedVectors,
    VectorsElsewhere,
    VectorServer,
    VectorsGone,
    VectorsUnavailable,
    on_server,
)

_log = logging.getLogger(__name__)

_POINTER = "current"
_KEPT = 2  # finished generations on disk: the current one, and one for readers that have not followed yet


class IndexIsStale(KnownError):
    """The index was made with another model than the settings ask for."""


class IndexDamaged(KnownError):
    """A generation cannot be opened or does not hold what its manifest says."""


class IndexUnavailable(KnownError):
    """The index's folder cannot be read or written just now."""

    retryable = True


@dataclass(frozen=True)
class Manifest:
    """What a generation was made from. Two equal manifests but for name and time mean equal search results."""

    name: str
    built_at: str
    model: str
    engine: str
    dimension: int
    splitter: str
    analyser: str
    position: int
    passages: int


class Generation:
    """A finished generation, opened for reading.

    Its vectors lie in its folder or on a `server`.

    Raises:
        IndexDamaged: it cannot be opened, or holds another number of passages than its manifest says.
        VectorsUnavailable: the server of its vectors cannot be used just now.
        VectorsElsewhere: they lie on one that this machine does not know.
    """

    def __init__(self, folder: Path, server: VectorServer | None = None) -> None:
        self.folder = folder
        try:
            self.manifest = Manifest(**json.loads((folder / "manifest.json").read_text("utf-8")))
            self.vectors = _opened_vectors(folder / "vectors", server)
            self.lexical = lexical.Lexical(folder / "lexical.sqlite")
            counts = {self.vectors.count, self.lexical.count}
        except VectorsUnavailable:
            raise
        except Exception as error:
            raise _damaged(folder.name, str(error)) from error
        if counts != {self.manifest.passages}:
            raise _damaged(folder.name, f"{self.manifest.passages} passages expected, found {sorted(counts)}")

    def close(self) -> None:
        """Close the files."""
        self.vectors.close()
        self.lexical.close()


class Index:
    """The folder of generations, and the way to the current one.

    With a `shelf`, all machines of an installation search the generation that it hands out, each from a copy in its
    folder.

    Raises:
        IndexUnavailable: from `build`, when the folder cannot be written.
        VectorsUnavailable: from every method that opens a generation, when its vectors lie on a server that cannot be
            used.
        ShelfUnavailable: from every method, when a shelf cannot be used; `current` goes on with what it has.
    """

    def __init__(self, folder: Path, model: EmbeddingModel, shelf: Shelf | None = None) -> None:
        self._folder = folder
        self._model = model
        self._shelf = shelf
        self._server = shelf.vectors if shelf else None
        self._open: Generation | None = None
        self._fetching = Lock()
        self._opening = RLock()  # two threads that open the same folder at once confuse Chroma

    def manifest(self) -> Manifest | None:
        """The current generation's manifest, or None where nothing was built yet.

        Raises:
            IndexDamaged: the pointer names a generation that has no readable manifest.
        """
        name = self._current_name()
        if name is None:
            return None
        self._fetch(name)
        try:
            return Manifest(**json.loads((self._folder / name / "manifest.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise _damaged(name, str(error)) from error

    def up_to_date(self, position: int) -> bool:
        """Whether the current generation shows the catalogue at this position.

        Raises:
            IndexIsStale: it was made with another model or engine than this one.
            IndexDamaged: it has no readable manifest.
        """
        manifest = self.manifest()
        if manifest is None or (self._server and not on_server(self._folder / manifest.name / "vectors")):
            return False
        if (manifest.model, manifest.engine) != (self._model.name, self._model.engine):
            raise IndexIsStale(
                f"The index was made with {manifest.model} ({manifest.engine}), the settings ask for"
                f" {self._model.name} ({self._model.engine}); run `market-entry index build`."
            )
        made_by = (manifest.position, manifest.splitter, manifest.analyser)
        return made_by == (position, SPLITTER, ANALYSER)

    def current(self) -> Generation:
        """The current generation, opened; follows the pointer when another process has built a newer one.

        One that is to be fetched first is, by one thread; others go on with the one before.

        Raises:
            IndexDamaged: there is none, or it cannot be opened.
        """
        opened = self._open
        if self._shelf is not None and opened is not None and not self._is_here():
            return opened
        name = self._current_name()
        if name is None:
            raise IndexDamaged("There is no index yet; run `market-entry index build`.")
        with self._opening:
            self._fetch(name)
            if self._open is None or self._open.manifest.name != name:
                try:
                    # The one before stays open until it is collected: another thread may be reading it.
                    self._open = Generation(self._folder / name, self._server)
                except IndexDamaged:
                    if self._current_name() == name:
                        raise
                    return self.current()  # it was cleared away for a newer one just now
            return self._open

    def newest(self) -> Generation:
        """The newest generation, waited for: what whoever was given `current` asks for when its vectors are gone.

        Raises:
            IndexDamaged: there is none, or it cannot be opened.
        """
        with self._opening:
            if self._shelf is not None:
                self._shelf.current(anew=True)
            self._open = None
            return self.current()

    def lost(self) -> bool:
        """Whether the vectors of the current generation are gone from their server."""
        if self._server is None:
            return False
        try:
            self.current().vectors.check()
        except (VectorsGone, IndexDamaged):
            return True
        return False

    def follow(self) -> None:
        """Have what the shelf hands out and nothing else, as a machine that builds nothing has to now and then."""
        if self._shelf is not None:
            self.current()
            self._forget_all_but(self._shelf.names())

    def build(
        self,
        catalogue: Catalogue,
        cache: VectorCache,
        progress: Callable[[int, int], None] | None = None,
    ) -> Manifest:
        """Build a generation of what is published now, and make it the current one.

        One process builds at a time; another waits, and builds nothing when it finds its work done.
        """
        with self._building():
            position = catalogue.position
            try:
                if self.up_to_date(position) and not verify(self, catalogue):
                    return self.current().manifest
            except (IndexIsStale, IndexDamaged, ShelfUnavailable, VectorsGone, VectorsElsewhere):
                pass  # it is to be replaced: that is why we build
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
            building = self._folder / f"building-{name}"
            building.mkdir()
            manifest = self._write(building, name, position, list(catalogue.published()), cache, progress)
            building.rename(self._folder / name)
            if self._shelf is not None:
                self._shelf.publish(self._folder / name, name, position)
                self._shelf.forget_all_but(_KEPT)
            self._point_to(name)
            self._clear_away(name, _KEPT)
            return manifest

    def forget_past(self) -> None:
        """Remove every generation but the current one, at once, so that nothing of them can be read from the disk."""
        with self._building():
            current = self._current_name()
            if current is not None:
                if self._shelf is not None:
                    self._shelf.forget_all_but(1)
                self._clear_away(current, 1)

    def _write(
        self,
        folder: Path,
        name: str,
        position: int,
        passages: list[tuple[Passage, Document]],
        cache: VectorCache,
        progress: Callable[[int, int], None] | None,
    ) -> Manifest:
        passages = [(passage, document) for passage, document in passages if indexed(passage, document)]
        texts = {passage.id: indexed_text(passage, document) for passage, document in passages}
        known = cache.embed(list(texts.values()), progress)
        ids = list(texts)
        matrix = (
            np.stack([known[texts[key]] for key in ids])
            if ids
            else np.zeros((0, self._model.dimension), dtype=np.float32)
        )
        if self._server is not None:
            self._server.write(folder / "vectors", name, ids, matrix)
        else:
            vectors.write(folder / "vectors", ids, matrix)
        lexical.write(
            folder / "lexical.sqlite",
            ((passage.id, texts[passage.id], passage.language) for passage, _ in passages),
        )
        manifest = Manifest(
            name=name,
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            model=self._model.name,
            engine=self._model.engine,
            dimension=self._model.dimension,
            splitter=SPLITTER,
            analyser=ANALYSER,
            position=position,
            passages=len(ids),
        )
        (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1), "utf-8")
        return manifest

    def _is_here(self) -> bool:
        """Whether the generation of the shelf is the open one, or can be opened without waiting for anybody."""
        try:
            name = self._shelf.current() if self._shelf else None
            if name is not None and not (self._folder / name).exists():
                if not self._fetching.acquire(blocking=False):
                    return False
                try:
                    self._fetch(name)
                finally:
                    self._fetching.release()
        except ShelfUnavailable as error:
            _log.warning("the index does not follow: %s", error)
            return False
        return name is not None

    def _fetch(self, name: str) -> None:
        """Have the generation of the shelf in the folder, and none that the shelf has not."""
        if self._shelf is None or (self._folder / name).exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "fetch.lock"):
            if not (self._folder / name).exists():
                self._shelf.fetch(name, self._folder)
                self._point_to(name)
                self._forget_all_but(self._shelf.names() | {name})

    def _forget_all_but(self, names: Collection[str]) -> None:
        """Remove the generations that are handed out no more: a purge has to reach every machine."""
        for path in self._folder.iterdir():
            if path.is_dir() and path.name not in names and not path.name.startswith(("building-", UNFINISHED)):
                shutil.rmtree(path, ignore_errors=True)

    def _current_name(self) -> str | None:
        if self._shelf is not None:
            return self._shelf.current()
        try:
            return (self._folder / _POINTER).read_text("utf-8").strip() or None
        except FileNotFoundError:
            return None

    def _point_to(self, name: str) -> None:
        new = self._folder / f"{_POINTER}-{uuid4().hex}"
        with new.open("w", encoding="utf-8") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._folder / _POINTER)

    def _clear_away(self, current: str, kept: int) -> None:
        """Remove what crashed builds left behind, and all but the newest generations."""
        folders = sorted(
            path for path in self._folder.iterdir() if path.is_dir() and not path.name.startswith(UNFINISHED)
        )
        finished = [path for path in folders if not path.name.startswith("building-") and path.name != current]
        old = finished[: max(len(finished) - (kept - 1), 0)]
        for path in [*old, *(path for path in folders if path.name.startswith("building-"))]:
            shutil.rmtree(path, ignore_errors=True)
        for path in self._folder.glob(f"{_POINTER}-*"):
            path.unlink(missing_ok=True)

    @contextmanager
    def _building(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._folder / "build.lock"), self._shelf.building() if self._shelf else nullcontext():
                yield
        except (OSError, sqlite3.Error) as error:
            raise IndexUnavailable(
                f"The index in {self._folder} cannot be written ({error});"
                " check the folder's rights and the free space on the disk, then run `market-entry index build`."
            ) from error


def _opened_vectors(folder: Path, server: VectorServer | None) -> vectors.VectorIndex | ServedVectors:
    if not on_server(folder):
        return vectors.VectorIndex(folder)
    if server is None:
        raise VectorsElsewhere(
            "The vectors of the index lie on a Chroma server that this machine does not know; set MARKET_ENTRY_CHROMA"
            " as on the other machines, or run `market-entry index build`, and each machine holds them itself."
        )
    return server.open(folder)


def indexed(passage: Passage, document: Document) -> bool:
    """Whether a passage is searched. Summaries in the languages of translation are only shown."""
    return passage.language == document.metadata.language


def indexed_text(passage: Passage, document: Document) -> str:
    """What is embedded and analysed for a passage: its document's title and its heading come before it."""
    above = ". ".join(filter(None, (document.metadata.title, passage.section)))
    return f"{above}.\n{passage.text}" if above else passage.text


def sentence_text(passage: Passage, unit: Quotable) -> str:
    """What is embedded for a sentence: the heading above it says what it is about."""
    return f"{passage.section}: {unit.text}" if passage.section else unit.text


def point_text(unit: Unit, point: str) -> str:
    """What is embedded for a point of a unit, as for a sentence."""
    return f"{unit.section}: {point}" if unit.section else point


def sentences(catalogue: Catalogue) -> list[str]:
    """The short answers in all languages, the quotable parts of all that is searched, what its units say.

    Their vectors are no part of a generation; they let documents vote, rank passages and choose quotations.
    """
    return list(dict.fromkeys(_sentences(catalogue.published())))


def embedded(passages: Iterable[tuple[Passage, Document]]) -> set[str]:
    """Every text of these passages that has a vector where they are published."""
    passages = list(passages)
    texts = {indexed_text(passage, document) for passage, document in passages if indexed(passage, document)}
    return texts.union(_sentences(passages))


def _sentences(passages: Iterable[tuple[Passage, Document]]) -> Iterator[str]:
    for passage, document in passages:
        if passage.section == SUMMARY:
            yield passage.text
        if indexed(passage, document):
            yield from (sentence_text(passage, unit) for unit in quotables(passage.text))
            if unit := document.metadata.unit(passage.section):
                yield from unit.answer.values()
                yield from unit.asked
                yield from (point_text(unit, point) for point in unit.points.get("en", ()))


def verify(index: Index, catalogue: Catalogue) -> list[str]:
    """What is wrong with the current generation; an empty list when nothing is.

    Raises:
        IndexDamaged: it cannot even be opened.
        VectorsGone: its vectors are not on their server any more.
        VectorsUnavailable: their server cannot be used just now.
    """
    generation = index.current()
    generation.vectors.check()
    expected = {passage.id for passage, document in catalogue.published() if indexed(passage, document)}
    problems = []
    for what, held in (("vector", generation.vectors.ids()), ("lexical", generation.lexical.ids())):
        if expected - held:
            problems.append(f"{len(expected - held)} published passages are missing from the {what} index")
        if held - expected:
            problems.append(f"{len(held - expected)} passages in the {what} index are not published any more")
    return problems


def _damaged(name: str, why: str) -> IndexDamaged:
    return IndexDamaged(f"The index generation {name} is damaged ({why}); run `market-entry index build`.")
