"""One run over a connected place: what is new there becomes a draft, what has changed the next version of its draft.

Nothing is published. What was met is remembered entry by entry, so that a run that was broken off goes on where it
was. What is no longer there stays here as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from corpus.catalogue.catalogue import Catalogue
from corpus.connections.feeds import LIST, FeedSource, SitemapSource
from corpus.connections.places import ASKED, ConnectedPlace, Kind, MetEntry, Places
from corpus.connections.reach import Reach
from corpus.connections.shares import FolderSource, S3Source, WebdavSource
from corpus.connections.sources import Brought, EntrySource, FoundEntry
from corpus.errors import DraftInWork, KnownError, Unreadable
from corpus.files.reading import read_file
from corpus.intake.intake import AlreadyKnown, Intake, IntakeOptions, IntakeOutcome, Refused, Taken
from corpus.scratch import scratch_folder
from corpus.store import alone
from corpus.web.manners import PACE, Manners

_MOST_LINES, _LONGEST_LINE = 10, 300  # of what a note says has changed
_COUNTED: dict[type, str] = {Taken: "taken", AlreadyKnown: "known", Refused: "refused"}


class BeingRun(KnownError):
    """Connections that another run is at work on."""

    def __init__(self) -> None:
        super().__init__("Connections are being run just now; wait until that has ended.")


def source_of(place: ConnectedPlace, reach: Reach, pace: float = PACE) -> EntrySource:
    """A place as it can be read.

    Raises:
        NotReachable: connections must not reach it, or no longer.
    """
    match place.kind:
        case Kind.FOLDER:
            reach.share(place.kind, place.address)
            return FolderSource(place.address)
        case Kind.WEBDAV:
            return WebdavSource(place.address, reach.share(place.kind, place.address))
        case Kind.S3:
            return S3Source(place.address, reach.share(place.kind, place.address))
        case Kind.FEED:
            return FeedSource(place.address, Manners(reach.networks, pace), reach.networks)
        case Kind.SITEMAP:
            return SitemapSource(place.address, Manners(reach.networks, pace), reach.networks)


def run(
    place: ConnectedPlace,
    places: Places,
    reach: Reach,
    intake: Intake,
    catalogue: Catalogue,
    *,
    pace: float = PACE,
) -> Iterator[IntakeOutcome]:
    """Look at a place once, and say what became of each entry that was new or has changed.

    How the run ended stands in `places`: a failure of the place itself is its `problem`.

    Raises:
        BeingRun: another process or thread is at it.
    """
    counts: Counter[str] = Counter()
    problem = ""
    with alone(catalogue.place, "connections", waiting=False) as held:
        if not held:
            raise BeingRun
        try:
            places.began(place.number)
            yield from _Run(place, places, source_of(place, reach, pace), intake, catalogue, counts).outcomes()
        except KnownError as error:
            problem = str(error)
        finally:
            told = {name: counts[name] for name in _COUNTED.values()}
            if any(one.number == place.number for one in places.all()):
                places.change(place.number, problem=problem, **told)


class _Run:
    def __init__(
        self,
        place: ConnectedPlace,
        places: Places,
        source: EntrySource,
        intake: Intake,
        catalogue: Catalogue,
        counts: Counter[str],
    ) -> None:
        self._place = place
        self._places = places
        self._source = source
        self._intake = intake
        self._catalogue = catalogue
        self._counts = counts
        self._met = places.entries(place.number)

    def outcomes(self) -> Iterator[IntakeOutcome]:
        for found in self._source.entries(self._met):
            if isinstance(found, Unreadable):
                self._counts["refused"] += 1
                self._keep(MetEntry(found.name, problem=str(found)))
                yield Refused(found.name, found)
            elif found.name == LIST:
                etag, _, modified = found.stamp.partition("\n")
                self._keep(MetEntry(LIST, found.stamp, etag, modified))
            else:
                for outcome in self._looked_at(found, self._met.get(found.name)):
                    self._counts[_COUNTED[type(outcome)]] += 1
                    yield outcome

    def _looked_at(self, found: FoundEntry, met: MetEntry | None) -> Iterator[IntakeOutcome]:
        if met and found.stamp and met.stamp == found.stamp:
            self._counts["refused" if met.problem else "known"] += 1
            return
        with scratch_folder("connection") as scratch:
            to = scratch / "brought"
            try:
                brought = self._source.bring(found, met, to)
            except Unreadable as error:
                self._keep(self._after(found, met, None, [Refused(found.name, error)]))
                yield Refused(found.name, error)
                return
            if brought is None:
                assert met is not None  # noqa: S101 - it was asked for by what was met
                self._counts["known"] += 1
                self._keep(replace(met, stamp=found.stamp))
                return
            options = IntakeOptions(document_id=met.document_id if met else "")
            outcomes = list(
                self._intake.add_brought(to, brought.called, brought.origin, options, url=brought.url, name=found.name)
            )
            entry = self._after(found, met, brought, outcomes)
            for outcome in outcomes:
                if isinstance(outcome, Refused) and isinstance(outcome.error, DraftInWork):
                    entry = self._told(entry, to, brought)
            self._keep(entry)
        yield from outcomes

    def _after(
        self, found: FoundEntry, met: MetEntry | None, brought: Brought | None, outcomes: list[IntakeOutcome]
    ) -> MetEntry:
        """What is remembered of an entry after it was looked at; what can be tried again has no stamp."""
        refused = [outcome.error for outcome in outcomes if isinstance(outcome, Refused)]
        again = any(error.retryable or isinstance(error, DraftInWork) for error in refused)
        documents = {outcome.document.id for outcome in outcomes if not isinstance(outcome, Refused)}
        kept = met or MetEntry(found.name)
        return replace(
            kept,
            stamp="" if again else found.stamp or ASKED,
            etag=brought.etag if brought and not again else "",
            modified=brought.modified if brought and not again else "",
            document_id=next(iter(documents)) if len(documents) == 1 == len(outcomes) else kept.document_id,
            problem=" ".join(dict.fromkeys(map(str, refused))),
        )

    def _told(self, entry: MetEntry, path: Path, brought: Brought) -> MetEntry:
        """Tell whoever writes a draft what has changed at its source, once for each version there."""
        read = read_file(path, name=brought.called)
        stamp = read.digest
        if not entry.document_id or entry.told == stamp:
            return entry
        draft = self._catalogue.draft(entry.document_id) or self._catalogue.document(entry.document_id)
        known = {
            line.strip()
            for passage in self._catalogue.passages_of(draft.id, draft.version.number)
            for line in passage.text.splitlines()
        }
        lines = [line.strip() for section in read.sections for line in section.text.splitlines() if line.strip()]
        new = [line[:_LONGEST_LINE] for line in lines if line not in known and line not in draft.version.body]
        why = "Somebody is writing a draft here, so it was not taken in; it is when that is published or withdrawn."
        said = f"{brought.origin} has changed. {why} What is new there:"
        text = "\n".join((said, *(f"+ {line}" for line in new[:_MOST_LINES])))
        self._catalogue.comment(draft.id, text, who=f"connection {self._place.number}")
        return replace(entry, told=stamp)

    def _keep(self, entry: MetEntry) -> None:
        self._places.keep(self._place.number, entry)
