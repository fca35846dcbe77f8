"""Takes a document out of everything: catalogue, originals, vectors, index, and what the disk remembers of them."""

from __future__ import annotations

from collections.abc import Iterable

from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.records import Tombstone
from corpus.documents import digest
from index.build import Index, embedded
from index.vector_cache import VectorCache


def purge(catalogue: Catalogue, document_ids: Iterable[str], *, who: str, why: str) -> None:
    """Take documents from everybody's eyes at once, all of them or none; `finish_purges` does the rest.

    Raises:
        UnknownDocument: there is none of one of the ids.
    """
    traces = {key: map(digest, embedded(catalogue.everything_of(key))) for key in document_ids}
    catalogue.purge(traces, who=who, why=why)


def purge_again(catalogue: Catalogue, tombstones: Iterable[Tombstone]) -> None:
    """Purge what was purged elsewhere, or here after a backup was made that has been restored."""
    for tombstone in tombstones:
        if catalogue.versions(tombstone.document_id):
            purge(catalogue, [tombstone.document_id], who=tombstone.who, why=tombstone.why)
        catalogue.bury(tombstone)


def finish_purges(catalogue: Catalogue, index: Index, cache: VectorCache) -> None:
    """Wipe what purged documents have left behind, until nothing of them can be read from any file.

    Whatever it was stopped at, it begins again and ends the same. A text that another document has too keeps its
    vector.
    """
    purged = [tombstone for tombstone in catalogue.tombstones() if not tombstone.finished]
    if not purged:
        return
    index.build(catalogue, cache)  # first: a build that others began before the purge has then ended
    index.forget_past()
    in_use = {digest(text) for text in embedded(catalogue.in_play())}
    cache.forget(trace for tombstone in purged for trace in tombstone.traces - in_use)
    catalogue.finish_purges(tombstone.document_id for tombstone in purged)
