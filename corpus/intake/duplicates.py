"""Tells which documents say the same: word for word, or nearly.

A text is the set of its shingles, five words in a row, and two texts resemble each other by the share of shingles that
they have in common (Jaccard). Of each text the smallest hashes of its shingles are kept; among the smallest of both
together, the share that both have estimates it (a bottom-k sketch, after Broder). With 256 hashes the estimate is off
by .03 on average.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, or_, select

from corpus.catalogue import tables
from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.holdings import IN_PLAY, passages_of
from corpus.documents import Passage
from corpus.passages import SUMMARY
from corpus.store import upsert

SHINGLE = 5  # words
KEPT = 256  # hashes of a text
# Measured (see `tests/corpus/intake/test_duplicates.py`): no two documents of the shipped library share more than .05.
# A text of which every tenth sentence is another one shares .75 with what it was, every fourth .51, every second .23.
NEAR = 0.5  # from here on, a document may be superfluous beside the other
SAME_DOCUMENT = 0.2  # from here on, a file with a known name is a new version of what had it

_HELD = 2**16  # hashes before the smallest are chosen
_WIDE = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # of scripts that do not part their words: a sign counts as one
_WORD = re.compile(rf"[{_WIDE}]|[^\W{_WIDE}]+")
_BULLET = re.compile(r"^(?:-|\d+\.)\s+", re.MULTILINE)

Sketch = NDArray[np.uint64]


@dataclass(frozen=True)
class Fingerprint:
    """What a text is known by: the digest of its words, and its sketch."""

    words: str
    sketch: Sketch


def fingerprint(passages: Iterable[Passage]) -> Fingerprint:
    """The fingerprint of a version by its passages. Case, marks, layout and short answers do not count."""
    whole = hashlib.sha256()
    window: deque[str] = deque(maxlen=SHINGLE)
    smallest: Sketch = np.empty(0, np.uint64)
    held: list[int] = []
    for word in _words(passages):
        whole.update(word.encode("utf-8", "surrogatepass") + b" ")
        window.append(word)
        if len(window) == SHINGLE:
            held.append(_hash(" ".join(window)))
        if len(held) == _HELD:
            smallest = _smallest(smallest, held)
            held = []
    if not len(smallest) and not held:  # fewer words than a shingle has
        held = [_hash(" ".join(window))]
    return Fingerprint(whole.hexdigest(), _smallest(smallest, held))


def resemblance(one: Sketch, other: Sketch) -> float:
    """An estimate of the share of shingles that two texts have in common, from 0 to 1."""
    common = np.intersect1d(one, other, assume_unique=True)
    if not len(common):
        return 0.0
    both = np.union1d(one, other)[:KEPT]
    return len(np.intersect1d(common, both, assume_unique=True)) / len(both)


class Known:
    """The fingerprints of all versions in a catalogue. What lacks one is given it on opening."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._fill()

    def same_bytes(self, digest: str) -> tuple[str, int] | None:
        """The version, the newest one, that was read from the file with this SHA-256."""
        versions, originals = tables.versions.c, tables.originals.c
        read_from = (originals.document_id == versions.document_id) & (originals.version == versions.number)
        query = (
            select(versions.document_id, versions.number)
            .outerjoin(tables.originals, read_from)
            .where(or_(originals.digest == digest, versions.digest == digest))
            .order_by(versions.number.desc())
        )
        with self._catalogue.store.reading() as connection:
            row = connection.execute(query).first()
        return (row[0], row[1]) if row else None

    def same_words(self, words: str) -> tuple[str, int] | None:
        """The version, the newest one, whose words are these."""
        query = (
            select(tables.fingerprints.c.document_id, tables.fingerprints.c.version)
            .filter_by(words=words)
            .order_by(tables.fingerprints.c.version.desc())
        )
        with self._catalogue.store.reading() as connection:
            row = connection.execute(query).first()
        return (row[0], row[1]) if row else None

    def sketches(self) -> Mapping[str, list[Sketch]]:
        """The sketches of the versions in play, by document."""
        query = select(tables.fingerprints.c.document_id, tables.fingerprints.c.sketch).join(
            tables.versions, and_(_of_version(), IN_PLAY)
        )
        found: dict[str, list[Sketch]] = {}
        with self._catalogue.store.reading() as connection:
            for document_id, sketch in connection.execute(query):
                found.setdefault(document_id, []).append(np.frombuffer(sketch, np.uint64))
        return found

    def add(self, document_id: str, number: int, found: Fingerprint) -> None:
        """Remember the fingerprint of a version."""
        row = {"document_id": document_id, "version": number, "words": found.words, "sketch": found.sketch.tobytes()}
        with self._catalogue.store.writing() as connection:
            new = upsert(connection, tables.fingerprints)
            replaced = new.on_conflict_do_update(
                index_elements=["document_id", "version"], set_={"words": found.words, "sketch": row["sketch"]}
            )
            connection.execute(replaced, row)

    def _fill(self) -> None:
        query = (
            select(tables.versions.c.document_id, tables.versions.c.number)
            .outerjoin(tables.fingerprints, _of_version())
            .where(tables.fingerprints.c.words.is_(None))
        )
        with self._catalogue.store.reading() as connection:
            missing = connection.execute(query).all()
        for document_id, number in missing:
            with self._catalogue.store.reading() as connection:
                passages = passages_of(connection, document_id, number)
            self.add(document_id, number, fingerprint(passages))


def _of_version() -> ColumnElement[bool]:
    return and_(
        tables.fingerprints.c.document_id == tables.versions.c.document_id,
        tables.fingerprints.c.version == tables.versions.c.number,
    )


def _words(passages: Iterable[Passage]) -> Iterator[str]:
    heading = ""
    for passage in passages:
        if passage.section == SUMMARY:
            continue
        if passage.section != heading:
            heading = passage.section
            yield from _folded(heading.rpartition(" › ")[2])
        yield from _folded(_BULLET.sub("", passage.text))


def _folded(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _smallest(kept: Sketch, held: list[int]) -> Sketch:
    return np.unique(np.concatenate([kept, np.array(held, np.uint64)]))[:KEPT]
