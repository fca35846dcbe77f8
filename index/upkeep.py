"""Keeps the index up to what is published."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from corpus.catalogue.catalogue import Catalogue
from corpus.errors import KnownError
from index.build import Index, IndexDamaged, Manifest, embedded, verify
from index.removal import finish_purges
from index.vector_cache import VectorCache

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None] | None


@dataclass(frozen=True)
class Upkeep:
    """Builds the index of a catalogue, and follows its changes.

    `shipped` is the file of vectors that comes with the library. `behind`, in a server, is set when the index is to
    follow; elsewhere there is none, and whoever changes documents waits. Of several machines, that one builds in the
    background whose duty it is, and looks for changes of the others every few seconds.
    """

    catalogue: Catalogue
    cache: VectorCache
    index: Index
    shipped: Path
    behind: Event | None = None
    duty: Callable[[], bool] = lambda: True
    pause: float = 60.0  # seconds between two looks of a server for changes that it was not notified of

    def build(self, progress: Progress = None) -> Manifest:
        """Bring the index up to what is published.

        The vectors of single sentences follow when it is in use, and those of drafts, so that publishing is quick.
        """
        manifest = self.index.build(self.catalogue, self.cache, progress)
        self.cache.embed(sorted(embedded(self.catalogue.in_play())), progress)
        return manifest

    def follow(self, progress: Progress = None) -> None:
        """Let the index follow a change of the catalogue: in a server soon and in the background, elsewhere now.

        Whoever changes documents calls it afterwards. Readers need not wait for it to lose sight of what is withdrawn.
        """
        if self.behind is not None:
            self.behind.set()
            return
        self.build(progress)
        finish_purges(self.catalogue, self.index, self.cache)

    def keep_up(self) -> None:
        """Follow whenever `behind` is set, and when a process was stopped before it could; never returns."""
        stale = self.behind or Event()
        at_once = replace(self, behind=None)
        while True:
            notified = stale.wait(self.pause)
            stale.clear()
            try:
                if not self.duty():
                    self.index.follow()
                    continue
                if self.cache.anew:
                    self.cache.take_in(self.shipped)
                behind = notified or self.cache.anew or not self.index.up_to_date(self.catalogue.position)
                if behind or self.index.lost():
                    self.cache.anew = False
                    at_once.follow()
            except KnownError as error:
                _log.warning("The index does not follow: %s", error)

    def make_ready(self, notice: Callable[[str], None], progress: Progress = None) -> None:
        """Make sure that there is an index of what is published, building it where that is needed.

        A damaged index is rebuilt, since it can be: `notice` says so. A purge that was stopped halfway is finished.

        Raises:
            IndexIsStale: the index was made with another model; rebuilding may cost money, so a person decides.
        """
        try:
            if self.index.up_to_date(self.catalogue.position):
                self.index.current()
            else:
                self.build(progress)
        except IndexDamaged as error:
            notice(f"{error} It is being rebuilt now; no document is lost.")
            self.build(progress)
        finish_purges(self.catalogue, self.index, self.cache)

    def problems(self) -> list[str]:
        """What is wrong with the current index; an empty list when nothing is."""
        return verify(self.index, self.catalogue)
